"""One TCP flow as a phone speaks it: plain Python, a segment at a time, slow, written from the standards alone. Pure.

RFC 9293 (sections in brackets) with RFC 5961 (blind attacks), RFC 6298 (retransmission) and RFC 1122 4.2.3.2 (delayed
acknowledgements). Where they leave freedom, a phone of this project does this:

- it offers no option but the MSS, takes no simultaneous open, and no payload with a SYN;
- what begins ahead of what is expected is dropped, and acknowledged at once;
- an acknowledgement is late by 40 ms, counted from the first byte that is owed one, or is sent at once when two full
  segments are owed; that of a SYN is due in the same instant, and so can go with what is said then;
- it retransmits after 1 s, doubling up to 60 s, one segment at a time, for as long as it lives;
- the window of every segment counts that is heard and acknowledges nothing old: SND.WL1 and SND.WL2 would make a
  difference to what was put together anew from old and fresh bytes alone;
- a reset of its own carries an acknowledgement, and the program is told once that the other side has ended;
- a FIN has a segment of its own, which waits for no room, but for a byte that asks for some;
- after it hung up it reads nothing more, and acknowledges at once what comes, until the other side has finished; then
  the flow is over: TIME-WAIT lasts no time.

Times are nanoseconds of any clock. Sequence numbers are taken modulo 2**32.
"""

from enum import Enum
from typing import NamedTuple

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
AROUND = 1 << 32
FIRST_RTO_NS, LONGEST_RTO_NS = 1_000_000_000, 60_000_000_000
MOST_BEHIND = 65_535
"""how old an acknowledgement may be: the largest window that can be told without scale (RFC 5961 5.2, MAX.SND.WND)"""
ACK_DELAY_NS = 40_000_000


class State(Enum):
    """Of a connection [3.3.2], as far as a client comes."""

    CLOSED = "closed"
    SYN_SENT = "syn sent"
    ESTABLISHED = "established"
    FIN_WAIT_1 = "fin wait 1"
    FIN_WAIT_2 = "fin wait 2"
    CLOSING = "closing"
    CLOSE_WAIT = "close wait"
    LAST_ACK = "last ack"


READING = (State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2)
"""the other side has not finished"""


class Segment(NamedTuple):
    """What is on the line; `window` is not scaled."""

    sequence: int
    acknowledged: int
    flags: int
    window: int = 65535
    payload: bytes = b""

    @property
    def length(self) -> int:
        """SEG.LEN [3.4]: SYN and FIN are counted."""
        return len(self.payload) + bool(self.flags & SYN) + bool(self.flags & FIN)


class Heard(NamedTuple):
    """What the program learns of a look."""

    data: bytes = b""
    opened: bool = False
    refused: bool = False
    ended: bool = False


def ahead(later: int, earlier: int) -> int:
    """How far a sequence number is ahead of another, negative where it is behind [3.4]."""
    return (later - earlier + AROUND // 2) % AROUND - AROUND // 2


class Hearing:
    """The receiving half: RCV.NXT, RCV.WND, and what is owed an acknowledgement."""

    def __init__(self, mss: int, window: int, *, exact: bool) -> None:
        self.mss, self.size, self.exact = mss, window, exact
        self.next = self.told = 0
        self.window, self.unread = window, 0
        self.ack_at: int | None = None

    def begin(self, next_: int) -> None:
        """RCV.NXT, known by the other side's SYN."""
        self.next = self.told = next_

    def holds(self, sequence: int) -> bool:
        """Whether it lies in the window."""
        return 0 <= ahead(sequence, self.next) < self.window

    def accepts(self, segment: Segment) -> bool:
        """The four cases of the table of [3.10.7.4]."""
        if segment.length == 0:
            return segment.sequence == self.next if self.window == 0 else self.holds(segment.sequence)
        last = (segment.sequence + segment.length - 1) % AROUND
        return self.holds(segment.sequence) or self.holds(last)

    def take(self, segment: Segment) -> bytes:
        """What is new and within the window of a segment that does not begin ahead [3.10.7.4, seventh]."""
        fresh = segment.payload[-ahead(segment.sequence, self.next) :][: self.window]
        self.next = (self.next + len(fresh)) % AROUND
        return fresh

    def kept(self, count: int) -> None:
        """Bytes wait for the program: the right edge of the window stays where it is [3.8.6.2.2]."""
        if self.exact:
            self.unread += count
            self.window -= count

    def read(self, count: int) -> bool:
        """The program read so many; whether the other side must be told of the window."""
        self.unread -= min(count, self.unread)
        before, free = self.window, self.size - self.unread
        enough = min(self.mss, self.size // 2)
        if free - before >= max(1, enough):
            self.window = free
        return self.window > before and before < enough

    @property
    def owed(self) -> int:
        """Sequence numbers that came and were not acknowledged."""
        return ahead(self.next, self.told)


class Saying:
    """The sending half: SND.UNA, SND.NXT, SND.WND, what was said and is not acknowledged, and the timer (RFC 6298)."""

    def __init__(self, mss: int, first: int) -> None:
        self.mss = mss
        self.unacknowledged = self.next = first
        self.window = 0
        self.waiting = bytearray()
        """from SND.UNA on; the SYN is none of it"""
        self.closing = self.finished = False
        """a FIN is to follow what waits; it was sent"""
        self.probing = False
        """one byte is on its way that nobody said there is room for"""
        self.rto, self.at = FIRST_RTO_NS, None

    @property
    def sent(self) -> int:
        """Sequence numbers that are on their way."""
        return ahead(self.next, self.unacknowledged)

    def hear(self, segment: Segment, now: int) -> None:
        """SEG.ACK of what was sent, and SEG.WND [3.10.7.4, fifth]."""
        acknowledged = ahead(segment.acknowledged, self.unacknowledged)
        if acknowledged < 0:
            return
        if acknowledged > 0:
            del self.waiting[:acknowledged]
            self.unacknowledged, self.probing = segment.acknowledged, False
            self.rto, self.at = FIRST_RTO_NS, None  # RFC 6298 (5.2)
            if self.sent:
                self.at = now + self.rto  # (5.3)
        self.window = segment.window

    def pieces(self, now: int) -> list[tuple[int, int, bytes]]:
        """Sequence, flags and payload of what may be sent now."""
        found: list[tuple[int, int, bytes]] = []
        if self.probing and self.window:
            self.next, self.probing = self.unacknowledged, False  # what asked for room had none
        idle = self.sent == 0
        while (start := self.sent) < min(len(self.waiting), self.window):
            found.append((self.next, PSH, bytes(self.waiting[start : min(start + self.mss, self.window)])))
            self.next = (self.next + len(found[-1][2])) % AROUND
        if self.closing and not (self.finished or self.probing) and self.sent == len(self.waiting):
            found.append((self.next, FIN, b""))
            self.next, self.finished = (self.next + 1) % AROUND, True
        if found and idle:
            self.rto, self.at = FIRST_RTO_NS, now + FIRST_RTO_NS  # RFC 6298 (5.1)
        elif self.waiting and self.at is None:
            self.at = now + self.rto  # for probing a window that is shut [3.8.6.1]
        return found

    def again(self, now: int) -> tuple[int, int, bytes]:
        """The earliest of what is not acknowledged, or a byte that asks for room (RFC 6298 5.4 to 5.6)."""
        self.rto = min(2 * self.rto, LONGEST_RTO_NS)
        self.at = now + self.rto
        if not self.sent:
            self.probing, self.next = True, (self.next + 1) % AROUND
        if not self.waiting:
            return self.unacknowledged, FIN, b""
        return self.unacknowledged, PSH, bytes(self.waiting[: min(self.sent - self.finished, self.mss)])


class Flow:
    """A client's flow; `sent` is what goes out, to be drained by whoever looks on."""

    def __init__(self, mss: int = 1460, window: int = 65535, *, exact: bool = False) -> None:
        self.mss = mss
        self.state = State.CLOSED
        self.hearing = Hearing(mss, window, exact=exact)
        self.saying = Saying(mss, 0)
        self.sent: list[Segment] = []
        self._answer = False

    def connect(self, first: int, now: int) -> None:
        """SYN, with this initial sequence number [3.10.1]."""
        self.state = State.SYN_SENT
        self.hearing = Hearing(self.mss, self.hearing.size, exact=self.hearing.exact)
        self.saying = Saying(self.mss, first)
        self.saying.next = (first + 1) % AROUND
        self.saying.at = now + self.saying.rto
        self._put(first, SYN, b"")

    def take(self, segment: Segment, now: int) -> Heard:
        """What came [3.10.7]."""
        if self.state is State.CLOSED:
            return self._refuse(segment)
        if self.state is State.SYN_SENT:
            return self._open(segment, now)
        heard = self._hear(segment, now)
        if self._answer or self.hearing.owed >= 2 * self.mss:
            self._acknowledge()
        elif self.hearing.owed and self.hearing.ack_at is None:
            self.hearing.ack_at = now + ACK_DELAY_NS
        return heard

    def say(self, data: bytes, now: int) -> None:
        """SEND [3.10.2]."""
        if self.state in (State.ESTABLISHED, State.CLOSE_WAIT):
            self.saying.waiting += data
            self._push(now)

    def hang_up(self, now: int) -> None:
        """CLOSE [3.10.4]: a FIN after all that was said; what waits to be read is thrown away."""
        if self.state is State.SYN_SENT:
            self._end()
        elif self.state in (State.ESTABLISHED, State.CLOSE_WAIT):
            self.state = State.FIN_WAIT_1 if self.state is State.ESTABLISHED else State.LAST_ACK
            self.saying.closing = True
            opened, before = self.hearing.read(self.hearing.unread), len(self.sent)
            self._push(now)
            if opened and len(self.sent) == before:
                self._acknowledge()

    def reset(self) -> None:
        """ABORT [3.10.5]."""
        if self.state in (State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2, State.CLOSE_WAIT):
            self._put(self.saying.next, RST | ACK, b"")
        self._end()

    def read(self, count: int) -> None:
        """The program of a client with an exact window took so many bytes."""
        if self.hearing.read(count) and self.state in READING:
            self._acknowledge()

    def due(self, now: int) -> None:
        """Timers: first what is owed an acknowledgement, then what is sent again."""
        if self.hearing.ack_at is not None and self.hearing.ack_at <= now:
            self._acknowledge()
        if self.saying.at is not None and self.saying.at <= now:
            if self.state is State.SYN_SENT:
                self.saying.rto = min(2 * self.saying.rto, LONGEST_RTO_NS)
                self.saying.at = now + self.saying.rto
                self._put(self.saying.unacknowledged, SYN, b"")
            else:
                sequence, flags, payload = self.saying.again(now)
                self._put(sequence, flags | ACK, payload)

    @property
    def next_ns(self) -> int | None:
        """When a timer is due, if one runs."""
        return min((at for at in (self.saying.at, self.hearing.ack_at) if at is not None), default=None)

    def _refuse(self, segment: Segment) -> Heard:
        """[3.10.7.1]."""
        if not segment.flags & RST:
            if segment.flags & ACK:
                self.sent.append(Segment(segment.acknowledged, 0, RST, 0))
            else:
                after = (segment.sequence + segment.length) % AROUND
                self.sent.append(Segment(0, after, RST | ACK, 0))
        return Heard()

    def _open(self, segment: Segment, now: int) -> Heard:
        """[3.10.7.3]."""
        if not segment.flags & ACK:
            return Heard()
        if segment.acknowledged != self.saying.next:
            return self._refuse(segment)
        if segment.flags & RST:
            self._end()
            return Heard(refused=True)
        if not segment.flags & SYN:
            return Heard()
        self.state = State.ESTABLISHED
        self.hearing.begin((segment.sequence + 1) % AROUND)
        self.hearing.ack_at = now
        saying = self.saying
        saying.unacknowledged, saying.rto, saying.at = segment.acknowledged, FIRST_RTO_NS, None
        saying.window = segment.window
        return Heard(opened=True)

    def _hear(self, segment: Segment, now: int) -> Heard:
        """[3.10.7.4], first to fifth."""
        hearing, saying = self.hearing, self.saying
        if segment.flags & RST:  # RFC 5961 3.2: by its sequence number alone
            if segment.sequence == hearing.next:
                reading = self.state is State.ESTABLISHED
                self._end()
                return Heard(ended=reading)
            self._answer = hearing.holds(segment.sequence)
            return Heard()
        early = ahead(segment.sequence, hearing.next)
        accepted = hearing.accepts(segment)
        if not accepted and not (hearing.window == 0 == early):  # a shut window hears acknowledgements [3.10.7.4]
            self._answer = True
            return Heard()
        if segment.flags & SYN:  # RFC 5961 4.2
            self._answer = True
            return Heard()
        if not segment.flags & ACK:
            return Heard()
        if early > 0 or not -MOST_BEHIND <= ahead(segment.acknowledged, saying.unacknowledged) <= saying.sent:
            self._answer = True
            return Heard()
        saying.hear(segment, now)
        self._push(now)
        if saying.finished and not saying.sent:
            self._all_acknowledged()
        if self.state is State.CLOSED or not segment.length:
            return Heard()
        return self._read(segment)

    def _read(self, segment: Segment) -> Heard:
        """[3.10.7.4], seventh and eighth: text, then FIN."""
        if self.state not in READING:
            self._answer = True
            return Heard()
        heard, old, room = self.state is State.ESTABLISHED, segment.sequence != self.hearing.next, self.hearing.window
        fresh = self.hearing.take(segment)
        end = (segment.sequence + len(segment.payload)) % AROUND
        self._answer = bool(old or not heard or self.hearing.next != end or not fresh)
        if heard:
            self.hearing.kept(len(fresh))
        if segment.flags & FIN:
            self._answer = True
            if self.hearing.next == end and len(fresh) < room:
                self._finish()
        return Heard(fresh if heard else b"", ended=self.state is State.CLOSE_WAIT)

    def _finish(self) -> None:
        """The other side has said all."""
        self.hearing.next = (self.hearing.next + 1) % AROUND
        self._acknowledge()
        if self.state is State.FIN_WAIT_2:
            self._end()
        else:
            self.state = State.CLOSE_WAIT if self.state is State.ESTABLISHED else State.CLOSING

    def _all_acknowledged(self) -> None:
        """Our FIN among it."""
        if self.state in (State.LAST_ACK, State.CLOSING):
            self._end()
        elif self.state is State.FIN_WAIT_1:
            self.state = State.FIN_WAIT_2

    def _end(self) -> None:
        self.state, self._answer = State.CLOSED, False
        self.hearing.told, self.hearing.ack_at = self.hearing.next, None
        self.saying.at = None

    def _push(self, now: int) -> None:
        if self.state not in (State.CLOSED, State.SYN_SENT):
            for sequence, flags, payload in self.saying.pieces(now):
                self._put(sequence, flags | ACK, payload)

    def _acknowledge(self) -> None:
        self._put(self.saying.next, ACK, b"")

    def _put(self, sequence: int, flags: int, payload: bytes) -> None:
        acknowledged = self.hearing.next if flags & ACK else 0
        self.sent.append(Segment(sequence, acknowledged, flags, self.hearing.window, payload))
        if flags & ACK:
            self.hearing.told, self.hearing.ack_at, self._answer = self.hearing.next, None, False
