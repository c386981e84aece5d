"""Many flows as arrays, each beside a reference of its own: told the same, they must say the same.

What is held together after every step: the bytes that may be read, who opened, was refused or ended, every segment that
goes out (in order for each row; PSH, and fields that a segment's flags make void, are left out), states and numbers.
`Flows.next_ns` may be earlier than the first timer of any reference, since it may wake for nothing, and never later.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.packets import state as phases
from ewarn.packets.flows import Flows
from ewarn.packets.segments import Segments
from tests.packets.reference import ACK, PSH, RST, Flow, Segment, State

PHASES = {
    State.CLOSED: phases.CLOSED,
    State.SYN_SENT: phases.SYN_SENT,
    State.ESTABLISHED: phases.ESTABLISHED,
    State.FIN_WAIT_1: phases.FIN_WAIT,
    State.FIN_WAIT_2: phases.FIN_WAIT,
    State.CLOSE_WAIT: phases.CLOSE_WAIT,
    State.CLOSING: phases.LAST_ACK,
    State.LAST_ACK: phases.LAST_ACK,
}
REMEMBERED = 12
"""acts on a row, told where it falls out of step"""
NUMBERS = ("phase", "next_out", "unacknowledged", "next_in", "window", "their_window")
Told = tuple[int, int, int, int, bytes]


class OutOfStepError(AssertionError):
    """A row and its reference differ."""


class NearTheEnd:
    """Draws first sequence numbers: half of them so near to the end of the numbers that they soon begin again."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def integers(self, high: int, *, size: int, dtype: type) -> NDArray[np.uint32]:
        near = self._rng.integers(-300, 1, size) % high
        return np.where(self._rng.random(size) < 0.5, near, self._rng.integers(high, size=size)).astype(dtype)


class SideBySide:
    """So many clients; `exact`: by row, windows of those that hardly read."""

    def __init__(self, clients: int, rng: np.random.Generator, *, mss: int, exact: dict[int, int]) -> None:
        self.flows = Flows(clients, NearTheEnd(rng), mss=mss)  # type: ignore[arg-type]
        self.references = [Flow(mss, exact.get(row, 65535), exact=row in exact) for row in range(clients)]
        self.exact = exact
        self.now = 1_000
        self.fed = self.said = self.bytes_read = 0
        """segments in, segments out"""
        self.met: Counter[State] = Counter()
        """states in which a segment came"""
        self._history: list[deque[str]] = [deque(maxlen=REMEMBERED) for _ in range(clients)]
        for row, window in exact.items():
            self.flows.narrow(row, window)

    # What the client does

    def connect(self, rows: NDArray[np.int64]) -> None:
        self.flows.connect(rows, self.now)
        first = self.flows.state.unacknowledged[rows].tolist()
        for row, one in zip(rows.tolist(), first, strict=True):
            self._note(row, f"connects with {one}")
            self.references[row].connect(one, self.now)

    def say(self, row: int, data: bytes) -> None:
        self._note(row, f"says {len(data)} bytes")
        self.flows.say(row, data, self.now)
        self.references[row].say(data, self.now)

    def say_first(self, rows: Sequence[int], data: Sequence[bytes]) -> None:
        """Of those that opened in the last look, each a segment's worth: no other than if each said it by itself."""
        self.flows.say_first(rows, data, self.now)
        for row, one in zip(rows, data, strict=True):
            self._note(row, f"says {len(one)} bytes first")
            self.references[row].say(one, self.now)

    def hang_up(self, row: int) -> None:
        self._note(row, "hangs up")
        self.flows.hang_up(row, self.now)
        self.references[row].hang_up(self.now)

    def reset(self, rows: NDArray[np.int64]) -> None:
        self.flows.reset(rows)
        for row in rows.tolist():
            self._note(row, "resets")
            self.references[row].reset()

    def read(self, row: int, most: int) -> None:
        self._note(row, f"reads {most}")
        self.flows.read(row, most)
        self.references[row].read(most)

    # What comes

    def look(self, segments: Segments) -> list[int]:
        """These came in one look; the rows that opened."""
        taken = self.flows.take(segments, self.now)
        self.fed += len(segments)
        data: dict[int, bytes] = {}
        opened, refused, ended = [], [], []
        for segment, row in zip(spelt(segments), segments.row.tolist(), strict=True):
            self._note(row, segment._replace(payload=len(segment.payload)))
            self.met[self.references[row].state] += 1
            heard = self.references[row].take(segment, self.now)
            self.bytes_read += len(heard.data)
            if heard.data:
                data[row] = data.get(row, b"") + heard.data
            opened += [row] * heard.opened
            refused += [row] * heard.refused
            ended += [row] * heard.ended
        self._alike("the bytes that may be read", read(segments, taken), data)
        self._rows("opened", taken.opened, opened)
        self._rows("refused", taken.refused, refused)
        self._rows("ended", taken.ended, ended)
        return opened

    def settle(self, after_ns: int = 0) -> None:
        """Time passes, timers end, and everything is compared."""
        self.now += after_ns
        self.flows.due(self.now)
        earliest = phases.NEVER
        for reference in self.references:
            at = reference.next_ns
            if at is not None and at <= self.now:
                reference.due(self.now)
                at = reference.next_ns
            earliest = min(earliest, phases.NEVER if at is None else at)
        if self.flows.next_ns > earliest:
            raise OutOfStepError(f"flows sleep until {self.flows.next_ns}, and something is due at {earliest}")
        self.compare()

    def compare(self) -> None:
        """What went out since the last time, and how all flows stand."""
        self._outgoing()
        self._states()

    def _outgoing(self) -> None:
        ours: dict[int, list[Told]] = {}
        out = self.flows.outgoing()
        self.said += len(out)
        for segment, row in zip(spelt(out), out.row.tolist(), strict=True):
            ours.setdefault(row, []).append(told(segment))
        theirs = {row: list(map(told, one.sent)) for row, one in enumerate(self.references) if one.sent}
        for row in theirs:
            self.references[row].sent.clear()
        self._alike("what goes out (sequence, acknowledged, flags, window, payload)", ours, theirs)

    def _states(self) -> None:
        ours = np.stack([getattr(self.flows.state, name).astype(np.int64) for name in NUMBERS], axis=1)
        theirs = np.array([numbers(one) for one in self.references], np.int64)
        differ = (ours != theirs) & (theirs >= 0)
        if differ.any():
            row, column = np.argwhere(differ)[0].tolist()
            self._fail(NUMBERS[column], row, ours[row, column], theirs[row, column])

    def _rows(self, what: str, ours: NDArray[np.int64], theirs: Sequence[int]) -> None:
        if sorted(ours.tolist()) != sorted(theirs):
            self._alike(what, dict.fromkeys(ours.tolist(), 1), dict.fromkeys(theirs, 1))
            twice = next(row for row in ours.tolist() if ours.tolist().count(row) != theirs.count(row))
            self._fail(f"how often it {what}", twice, ours.tolist().count(twice), theirs.count(twice))

    def _alike(self, what: str, ours: dict[int, Any], theirs: dict[int, Any]) -> None:
        if ours != theirs:
            row = min(row for row in {*ours, *theirs} if ours.get(row) != theirs.get(row))
            self._fail(what, row, ours.get(row), theirs.get(row))

    def _fail(self, what: str, row: int, ours: object, theirs: object) -> None:
        past = "\n  ".join(self._history[row])
        reference = self.references[row]
        raise OutOfStepError(
            f"row {row}, {what}: flows have {ours!r}, the reference {theirs!r} ({reference.state.value}, next in "
            f"{reference.hearing.next}, window {reference.hearing.window}, next out {reference.saying.next})"
            f"\nbefore:\n  {past}"
        )

    def _note(self, row: int, act: object) -> None:
        self._history[row].append(f"{self.now} {act}")


def spelt(segments: Segments) -> Iterable[Segment]:
    """One by one."""
    columns = zip(
        segments.sequence.tolist(),
        segments.acknowledged.tolist(),
        segments.flags.tolist(),
        segments.window.tolist(),
        segments.length.tolist(),
        segments.payload,
        strict=True,
    )
    for sequence, acknowledged, flags, window, length, payload in columns:
        yield Segment(sequence, acknowledged, flags, window, payload[:length].tobytes() if length else b"")


def told(segment: Segment) -> Told:
    """A segment as it is compared: without PSH, and without what its flags make void."""
    flags = segment.flags & ~PSH
    acknowledged = segment.acknowledged if flags & ACK else 0
    return segment.sequence, acknowledged, flags, 0 if flags & RST else segment.window, segment.payload


def read(segments: Segments, taken: object) -> dict[int, bytes]:
    """By row, the bytes that a look brought."""
    found: dict[int, bytes] = {}
    pieces = (taken.row, taken.index, taken.first, taken.last)  # type: ignore[attr-defined]
    for row, index, first, last in zip(*(one.tolist() for one in pieces), strict=True):
        if last > first:
            found[row] = found.get(row, b"") + segments.payload[index, first:last].tobytes()
    return found


def numbers(flow: Flow) -> tuple[int, ...]:
    """As in NUMBERS; -1 for what a flow in this state has not."""
    hearing, saying, state = flow.hearing, flow.saying, flow.state
    if state is State.CLOSED:
        return PHASES[state], -1, -1, -1, -1, -1
    if state is State.SYN_SENT:
        return PHASES[state], saying.next, saying.unacknowledged, -1, hearing.window, -1
    return PHASES[state], saying.next, saying.unacknowledged, hearing.next, hearing.window, saying.window
