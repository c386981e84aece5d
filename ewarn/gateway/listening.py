"""Listening to parked connections: reads what they say, and does what comes of it."""

from itertools import groupby

from ewarn.gateway import sockets
from ewarn.gateway.connections import Connections
from ewarn.gateway.conversation import PINGED, Act, Conversations, End, Grant, Say
from ewarn.gateway.counters import Reason
from ewarn.gateway.desk import Desk
from ewarn.gateway.leaving import Leaving
from ewarn.system.clock import Clock
from ewarn.wire.chat import CHAT
from ewarn.wire.framing import header
from ewarn.wire.service_time import TIME
from ewarn.wire.subscriptions import Follow, Snapshot

READ_BYTES = 4096
COUNTED = {PINGED: "pongs", CHAT: "chats", TIME: "times"}
"""of answers, by what they are about"""


class Listening:
    """Reads and writes for conversations."""

    def __init__(self, most_bytes: int, connections: Connections, leaving: Leaving, desk: Desk, clock: Clock) -> None:
        """`most_bytes` is the longest message."""
        self.conversations = Conversations(most_bytes)
        connections.forgetters.append(self.conversations.forget)
        self._connections = connections
        self._leaving = leaving
        self._desk = desk
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
        if not acts:  # so it is with every pong, and these are most of what is heard
            return
        # Answers about the same go out with one system call.
        for about, run in groupby(acts, key=lambda act: act.about if isinstance(act, Say) else None):
            if not self._act(descriptor, about, list(run)):
                self._connections.drop(descriptor, acts[-1].reason if isinstance(acts[-1], End) else Reason.LOST)
                return

    def _act(self, descriptor: int, about: str | None, acts: list[Act]) -> bool:
        """Do a few like things; False where the connection turns out to be gone."""
        frames = [act.frame for act in acts if isinstance(act, Say)]
        if about is not None:
            if about in COUNTED:
                self._connections.counters.add(COUNTED[about], len(frames))
            return self._connections.say(descriptor, b"".join(frames), about)
        for act in acts:
            if isinstance(act, Grant):
                self._grant(descriptor, act.wish)
            elif isinstance(act, End):
                self._leaving.depart(descriptor, act.reason)
        return True

    def _grant(self, descriptor: int, wish: Follow | Snapshot) -> None:
        roster = self._connections.roster
        if isinstance(wish, Snapshot):
            text = self._desk.snapshot(roster.places(descriptor)).encode()
            self._connections.say(descriptor, header(len(text)) + text, "snapshot")
            return
        if wish.threshold is not None:
            roster.threshold[descriptor] = wish.threshold
        self._connections.counters.add("follows")
        self._connections.follow(descriptor, wish.places)
