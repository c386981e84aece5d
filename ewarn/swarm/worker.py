"""One process of the swarm: thousands of clients, from their handshakes to their receipts.

What to do is decided elsewhere, without a socket: who leaves and comes back (`presence`), who speaks (`chatter`), when
there is time to parse (`lull`), what a frame is worth (`recorder`). Here it is done.
"""

import gc
import select
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from random import Random

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import Followed
from ewarn.swarm.chatter import MESSAGE, Chatter
from ewarn.swarm.client import reply
from ewarn.swarm.destinations import Destinations
from ewarn.swarm.finding import Finding
from ewarn.swarm.fleet import Host
from ewarn.swarm.habits import Habits
from ewarn.swarm.instructions import Collected, Complaint, Done, Instruction, Placed, Verb, unknown
from ewarn.swarm.lull import MOST_UNPARSED, Lull, pause_s
from ewarn.swarm.opening import ELSEWHERE, Way
from ewarn.swarm.over import Wired
from ewarn.swarm.packets import Packets
from ewarn.swarm.presence import Presence
from ewarn.swarm.recorder import Recorder, Users
from ewarn.swarm.sockets import Sockets
from ewarn.swarm.transport import Told, Transport
from ewarn.system import heap, priority
from ewarn.system.process import Channel
from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.framing import TEXT, masked_frame
from ewarn.wire.subscriptions import request_path

EVENTS = 1024
ROUNDS = 4
"""reports to all clients of a process, which are kept until there is time to parse them"""
KEPT_BYTES = 704
"""of a frame, and of what is noted of it, between its reading and its parsing"""


@dataclass(frozen=True)
class Job:
    """What one process is told."""

    index: int
    ways: tuple[Way, ...]
    """to each gateway that its devices connect to; where they find one themselves, each is a `Host`"""
    users: Users
    followed: Followed
    threshold: NDArray[np.float64]
    """by user"""
    habits: Habits
    gather_s: float
    """how long frames that pour in are left to gather before they are read"""
    book: int
    """descriptor of the receipt book"""
    book_shape: tuple[int, int, int]
    wired: Wired | None = None
    """how they are connected, where they are packets"""

    def random(self, what: str = "") -> Random:
        """A generator of this process's own, for one thing."""
        return Random(f"{self.habits.seed} {self.index}{what}")


class Worker:
    """The devices of one process's users; `row` counts devices from 0."""

    def __init__(self, channel: Channel, job: Job) -> None:
        self.channel, self.job, self.users = channel, job, job.users
        self.book = ReceiptBook(job.book, *job.book_shape)
        self.to = _destinations(job)
        theirs = replace(job.users, way_of=self.to.way_of)
        self.recorder = Recorder(self.book, job.index, theirs, apart=job.habits.apart)
        if job.habits.quake:
            self.recorder.begin(job.habits.quake)
        self.epoll = select.epoll()
        self.random = job.random()
        seeks = job.habits.finding is not None
        self.presence = Presence(len(self.users.user_of), self.random, reconnect=job.habits.reconnect, seeks=seeks)
        self.transport = self._connected_by(Told(self._path, self._opened, self._failed))
        self.chatter = Chatter(job.habits.chat_per_s, job.random(" chat"))
        # A process of packets has many more clients, and fan-outs to all of them must not be stood in the way of.
        self.lull = Lull(job.habits.longest_s, max(MOST_UNPARSED, ROUNDS * len(self.users.user_of)))
        self.complained = False

    def _connected_by(self, told: Told) -> Transport:
        job, users = self.job, self.users
        if job.wired:
            return Packets(job.wired, job.ways, users.way_of, self.epoll, self.random, told)
        return Sockets(
            self.to.way,
            lambda row: bool(users.sampled[users.user_of[row]]),
            self.epoll,
            self.random,
            told,
            gather_s=job.gather_s,
            tls=any(way.target.tls for way in job.ways),
            patience=ELSEWHERE if job.habits.finding else None,
        )

    def run(self) -> None:
        """Work until the conductor closes the channel."""
        if self.job.wired:
            priority.raised()
        # Nothing here makes reference cycles, and a collection walks a hundred thousand waiting frames.
        gc.disable()
        self.epoll.register(self.channel.fileno(), select.EPOLLIN)
        if not self.job.habits.held:
            self._let_in(range(len(self.users.user_of)))
        try:
            while True:
                self._go_round()
        except EOFError:
            self._leave()

    def _go_round(self) -> None:
        """Read once, and see to whatever else is due. Raises EOFError once the conductor is done, or gone."""
        self.transport.go_on()
        opening, unparsed, now = self.transport.busy, self.transport.kept, time.monotonic()
        back_s = min(self.presence.next_s(now), self.to.next_s(now))
        wait_s = pause_s(opening, unparsed, self.chatter.pause(now), back_s)
        pieces, gone = self.transport.read(wait_s)
        # Chat never ends, so its echoes count neither for the conductor nor as frames that pour in.
        pieces = self.chatter.unasked(pieces)
        self.book.count(self.job.index, "reads", pieces)
        for name, count in self.transport.doubts():
            self.book.count(self.job.index, name, count)
        for row in gone:
            self._ended(row)
        if rows := self.presence.returning(time.monotonic()):
            self._return(rows)
        if self.to.next_s(now) <= 0:
            self._move()
        events = self._serve()
        self._chat()
        if self.lull.begun(time.monotonic(), pieces, unparsed, stirred=events > 0, opening=opening):
            self._record()

    def _serve(self) -> int:
        """Go on with handshakes, and obey the conductor; how many events there were."""
        total = 0
        while events := self.epoll.poll(0, EVENTS):
            total += len(events)
            for descriptor, _ in events:
                if descriptor == self.channel.fileno():
                    self._obey(self.channel.recv())
                else:
                    self.transport.ready(descriptor)
        return total

    # Connections

    def _let_in(self, rows: Sequence[int]) -> None:
        # Only now, or what a worker has from the beginning would fill it, and a bench would not see that it is there.
        heap.keep(KEPT_BYTES * len(self.users.user_of))
        self._connect(rows)

    def _connect(self, rows: Sequence[int]) -> None:
        *_, processes = self.job.book_shape
        self.transport.call(rows, self.job.habits.connects_per_s / processes)

    def _path(self, row: int) -> str:
        user = int(self.users.user_of[row])
        places, threshold = self.job.followed.places(user), float(self.job.threshold[user])
        return request_path(f"u{self.job.habits.first + self._user(row)}", places, threshold, self.recorder.told(row))

    def _user(self, row: int) -> int:
        return self.users.first + int(self.users.user_of[row])

    def _opened(self, row: int, handle: int) -> None:
        self.book.there[self._user(row)] += 1
        self.book.count(self.job.index, self.presence.opened(row, handle))
        if self.to.arrived(row, time.monotonic()):
            self.book.count(self.job.index, "moved")

    def _failed(self, row: int, why: str) -> None:
        now = time.monotonic()
        self.to.failed(row, now)
        if not self.presence.failed(row, now, self.to.lap):
            return
        if not self.complained:
            self.complained = True
            self.channel.send(Complaint(why))
        # Counted after it is said: the conductor looks for complaints once all are counted.
        self.book.count(self.job.index, "failed")

    def _ended(self, row: int) -> None:
        self.book.there[self._user(row)] -= 1
        self.transport.close(int(self.presence.handle_of[row]))
        now = time.monotonic()
        self.to.ended(row, now, let_go=not self.presence.expects(row))
        self.book.count(self.job.index, self.presence.ended(row, now))

    def _return(self, rows: list[int]) -> None:
        """Begin anew with those whose old connection has ended; what they heard on it is taken down first."""
        self._record()
        self.recorder.begin_anew(rows)
        for row, way in self.to.steps(rows):
            self.recorder.comes_by(row, way)
        self._connect(rows)

    def _move(self) -> None:
        """Have those hang up who are to go elsewhere, once it is known whether a report has just been read."""
        if self.transport.kept:
            self._record()
        for row in self.to.movers(time.monotonic(), self.recorder.told_at / 1e9 or -inf):
            self.presence.expect(row)
            self.transport.hang_up(int(self.presence.handle_of[row]))

    def _leave(self) -> None:
        """Reset all connections at once."""
        self.transport.leave(self.presence.handles())

    # Talking and listening

    def _chat(self) -> None:
        """Have those speak whose turn it is."""
        for row in self.chatter.due(self.presence.handle_of, time.monotonic()):
            frame = masked_frame(TEXT, MESSAGE, self.random.randbytes(4))
            handle = int(self.presence.handle_of[row])
            written = self.transport.say(handle, frame)
            if written == len(frame):
                self.chatter.said()
                self.book.count(self.job.index, "chats")
            elif written:
                self.transport.hang_up(handle)  # nothing is understood after half a frame

    def _record(self) -> None:
        """Turn what was read into receipts, and answer pings and closes."""
        self.lull.over()
        for row, opcode, payload in self.recorder.take(self.transport.take()):
            handle = int(self.presence.handle_of[row])
            if handle >= 0:
                self.transport.say(handle, reply(opcode, payload, self.random.randbytes(4)))

    # The conductor

    def _obey(self, said: object) -> None:
        # A list comes by itself, perhaps in the middle of a report: nothing is parsed for it.
        if isinstance(said, Instruction) and said.verb is Verb.FLEET and isinstance(self.to, Finding):
            self.to.heard(said.hosts, time.monotonic())
            return
        self._record()
        match said:
            case Instruction(Verb.BEGIN, quake=quake):
                self.recorder.begin(quake)
                self.channel.send(Done(Verb.BEGIN))
            case Instruction(Verb.COLLECT):
                self.channel.send(Collected(self.recorder.kept))
            case Instruction(Verb.LET_IN, rows=rows):
                self._let_in(rows)
            case Instruction(Verb.BOUNCE, share=share):
                for row in self.presence.leavers(share):
                    self.transport.hang_up(int(self.presence.handle_of[row]))
            case Instruction(Verb.WHERE):
                self.channel.send(Placed(self.to.standing()))
            case Instruction(Verb.CHAT, share=share):
                self.chatter.speak(share)
            case Instruction(Verb.STAND_STILL):
                self.channel.send(Done(Verb.STAND_STILL))
                while (said := self.channel.recv()) != Instruction(Verb.GO_ON):
                    self.channel.send(unknown(said))
            case _:
                self.channel.send(unknown(said))


def _destinations(job: Job) -> Destinations:
    users, rules, first = job.users, job.habits.finding, job.habits.first + job.users.first
    if not rules:
        return Destinations(job.ways, users.way_of)
    return Finding(
        [way for way in job.ways if isinstance(way, Host)],
        len(users.user_of),
        lambda rows: [f"u{first + user}" for user in users.user_of[rows].tolist()],
        rules,
        job.random(" finding"),
    )


def main(channel: Channel, job: Job) -> None:
    """Entry of the child process."""
    Worker(channel, job).run()
