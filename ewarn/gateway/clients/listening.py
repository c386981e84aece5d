"""Listening to parked connections: reads what they say, and does what comes of it, answers in the order of asking.

A snapshot takes time, so whoever asks for one is not heard until it is there, and what they said after it waits.
"""

from functools import partial
from itertools import groupby

from ewarn.gateway.clients import sockets
from ewarn.gateway.clients.allowance import Allowance
from ewarn.gateway.clients.connections import Connections
from ewarn.gateway.clients.conversation import CLOSING, PINGED, Act, Conversations, End, Grant, Say
from ewarn.gateway.clients.hearing import Mute
from ewarn.gateway.clients.leaving import Leaving
from ewarn.gateway.clients.questions import Body, Later, Questions
from ewarn.gateway.counters import Reason
from ewarn.gateway.sending.desk import Desk
from ewarn.gateway.settings import Limits
from ewarn.system.clock import Clock
from ewarn.wire.chat import CHAT
from ewarn.wire.framing import CLOSE, header
from ewarn.wire.service_time import TIME
from ewarn.wire.subscriptions import SNAPSHOT_PATH, Follow, Snapshot

READ_BYTES = 1024
"""at a time: of the smallest frames they take some 3 ms to hear"""
WISH = 16
"""A wish takes as long as so many frames: for each, all quakes under way are looked at."""
WHILES = 60
"""of too many frames, on end: of half a second each"""
_WHY = b"more messages than are heard"
TOO_MUCH = header(2 + len(_WHY), CLOSE) + (1008).to_bytes(2, "big") + _WHY
SNAPSHOT = "snapshot"
COUNTED = {PINGED: "pongs", CHAT: "chats", TIME: "times"}
"""of answers, by what they are about"""


class Listening:
    """Reads and writes for conversations."""

    def __init__(
        self,
        limits: Limits,
        connections: Connections,
        leaving: Leaving,
        desk: Desk,
        questions: Questions,
        clock: Clock,
    ) -> None:
        self.conversations = Conversations(limits.message_bytes)
        self._allowance = Allowance(limits.frames, WHILES)
        self._unsaid: dict[int, list[Act]] = {}
        """by descriptor of who waits for a snapshot: what comes after it"""
        connections.forgetters += [self.conversations.forget, self._allowance.forget, self._forget]
        self._connections = connections
        self._leaving = leaving
        self._desk = desk
        self._questions = questions
        self._clock = clock

    def read(self, descriptor: int) -> None:
        """Read once, and hear it."""
        data = sockets.read(descriptor, READ_BYTES)
        if data == b"":
            self._connections.drop(descriptor, Reason.LOST)
        elif data:
            self.hear(descriptor, data)

    def hear(self, descriptor: int, data: bytes) -> None:
        """Act on bytes from a client."""
        acts = self.conversations.hear(descriptor, data, self._clock.time())
        self._spend(descriptor, self.conversations.heard)
        if acts:  # there is nothing to do about a pong, and these are most of what is heard
            self._obey(descriptor, acts)

    def end_while(self) -> None:
        """A while is over: hear those again who said too much in it, and close those who went on doing so."""
        over = self._allowance.end_while()
        for descriptor in over.rested:
            self._connections.hearing.unmute(descriptor, Mute.RESTING)
        for descriptor in over.floods:
            self._connections.say(descriptor, TOO_MUCH, CLOSING)
            self._leaving.depart(descriptor, Reason.FLOOD)

    def _spend(self, descriptor: int, frames: int) -> None:
        if self._allowance.spend(descriptor, frames):
            self._connections.counters.add("rests")
            self._connections.hearing.mute(descriptor, Mute.RESTING)

    def _obey(self, descriptor: int, acts: list[Act]) -> None:
        if descriptor in self._unsaid:  # it hung up, which is heard of though it is muted
            self._unsaid[descriptor] += acts
            return
        # Answers about the same go out with one system call; most have one thing to say at a time.
        runs = groupby(acts, key=_about) if len(acts) > 1 else iter([(_about(acts[0]), iter(acts))])
        for about, run in runs:
            said = list(run)
            if about == SNAPSHOT:
                self._ask(descriptor, [act for _, more in runs for act in more])
                return
            if not self._act(descriptor, about, said):
                self._connections.drop(descriptor, _why(acts))
                return

    def _ask(self, descriptor: int, unsaid: list[Act]) -> None:
        """Have a snapshot made; `unsaid` are for when it is there."""
        self._spend(descriptor, WISH)
        self._unsaid[descriptor] = unsaid
        self._connections.hearing.mute(descriptor, Mute.ASKED)
        places = tuple(self._connections.roster.places(descriptor))
        later = Later(f"{SNAPSHOT_PATH} {places} said", lambda: ("", self._desk.snapshot(places)), places)
        self._questions.ask(descriptor, later, partial(self._answer, descriptor))

    def _answer(self, descriptor: int, said: Body) -> None:
        unsaid, text = self._unsaid.pop(descriptor), said[1].encode()
        self._connections.hearing.unmute(descriptor, Mute.ASKED)
        self._connections.counters.add("snapshots")
        if not self._connections.say(descriptor, header(len(text)) + text, SNAPSHOT):
            self._connections.drop(descriptor, _why(unsaid))
        elif unsaid:
            self._obey(descriptor, unsaid)

    def _forget(self, descriptor: int) -> None:
        self._unsaid.pop(descriptor, None)
        self._questions.forget(descriptor)

    def _act(self, descriptor: int, about: str | None, acts: list[Act]) -> bool:
        """Do a few like things; False where the connection turns out to be gone."""
        if about is not None:
            frames = [act.frame for act in acts if isinstance(act, Say)]
            if about in COUNTED:
                self._connections.counters.add(COUNTED[about], len(frames))
            return self._connections.say(descriptor, b"".join(frames), about)
        for act in acts:
            if isinstance(act, Grant) and isinstance(act.wish, Follow):
                self._follow(descriptor, act.wish)
            elif isinstance(act, End):
                self._leaving.depart(descriptor, act.reason)
        return True

    def _follow(self, descriptor: int, wish: Follow) -> None:
        if wish.threshold is not None:
            self._connections.roster.threshold[descriptor] = wish.threshold
        self._spend(descriptor, WISH)
        self._connections.counters.add("follows")
        self._connections.follow(descriptor, wish.places)


def _about(act: Act) -> str | None:
    """What an act says something about; snapshots asked for in one breath are one."""
    if isinstance(act, Grant) and isinstance(act.wish, Snapshot):
        return SNAPSHOT
    return act.about if isinstance(act, Say) else None


def _why(acts: list[Act]) -> Reason:
    """Why a connection that is gone has ended: it may have said so."""
    return acts[-1].reason if acts and isinstance(acts[-1], End) else Reason.LOST
