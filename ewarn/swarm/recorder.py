"""From bytes read to receipts, for the clients of one process; no sockets here."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.chat import ECHOED
from ewarn.wire.framing import CLOSE, PING, PONG, TEXT, next_frame
from ewarn.wire.reports import AtPlace
from ewarn.wire.service_time import is_told


class _Report(msgspec.Struct):
    """What a receipt needs a frame to say; the rest is parsed and let go."""

    type: str
    drill: bool
    quake: str
    number: int
    places: list[AtPlace]


_decode = msgspec.json.Decoder(_Report).decode

NEWS = ("receipts", "duplicates", "twins", "stale", "parts")
"""tallies of reports; what is given again to those who connect anew is no news, nor is what is foreign, to them"""
Heard = tuple[int, int, bytes, int]
"""(row, read at, bytes, arrived in the kernel at or 0), monotonic ns"""
Question = tuple[int, int, bytes]
"""(row, opcode, payload) of a control frame that wants an answer"""


@dataclass(frozen=True)
class Users:
    """Whose the devices of one process are; `user_of` and `way_of` by row, `sampled` by user."""

    first: int
    user_of: NDArray[np.int64]
    """from 0 in this process"""
    way_of: NDArray[np.int64]
    """which gateway the device is on"""
    sampled: NDArray[np.bool_]


class Recorder:
    """Takes down receipts; a user has a report once the first of their devices has read it, and it is shown once."""

    def __init__(self, book: ReceiptBook, process: int, theirs: Users, *, apart: bool = False) -> None:
        users = slice(theirs.first, theirs.first + len(theirs.sampled))
        self.kept: list[tuple[int, bytes]] = []
        """(user, payload) of the sampled users' receipts"""
        self._book, self._process, self._first_user, self._apart = book, process, theirs.first, apart
        self._user, self._way = theirs.user_of.tolist(), theirs.way_of.tolist()
        self._sampled = theirs.sampled.tolist()
        self._read, self._kernel, self._via = book.read[:, users], book.kernel[:, users], book.via[:, users]
        self._seen = [0] * len(self._user)
        """by row: bit n is set once report n was read there"""
        self._newest = [0] * len(self._user)
        """by row: number of the newest report that was read there"""
        self._shown = [0] * len(self._sampled)
        """by user: number of the newest report that they have"""
        self._partial: dict[int, bytes] = {}
        """by row, the beginning of a frame whose rest is still to come"""
        self._warned = [0] * len(self._user)
        """by row: number of the newest warning that was read there"""
        self._may_repeat: dict[int, int] = {}
        """rows that connected anew, and are given what is in force whether they have it or not: the newest warning, and
        a quick report after it; by row the number that was last repeated, 0 for none"""
        self._quake: str | None = None
        self.told_at = 0
        """when a report of any quake that was news was last read, as far as taken down, monotonic ns; 0: never"""

    def comes_by(self, row: int, way: int) -> None:
        """The device is on another gateway from now on."""
        self._way[row] = way

    def begin_anew(self, rows: Iterable[int]) -> None:
        """All that these said before was heard; they connect once more."""
        for row in rows:
            self._partial.pop(row, None)
            self._may_repeat[row] = 0

    def told(self, row: int) -> list[str]:
        """Quakes of which a warning was read there; a quick report is none."""
        return [self._quake] if self._quake and self._warned[row] else []

    def begin(self, quake: str) -> None:
        """Forget all, and take down reports of this quake from now on."""
        self._quake = quake
        self._read[:], self._kernel[:], self._via[:] = 0, 0, 0
        self._seen, self._newest, self._warned = ([0] * len(self._user) for _ in range(3))
        self._shown = [0] * len(self._shown)
        self._book.clear(self._process)
        self.kept.clear()

    def take(self, heard: Iterable[Heard]) -> list[Question]:
        """Take down what was heard, in order; return what must be answered."""
        questions: list[Question] = []
        tallies: Counter[str] = Counter()
        for row, read_at, data, arrived in heard:
            if row in self._partial:
                data, arrived = self._partial.pop(row) + data, 0
            at = 0
            while (frame := next_frame(data, at)) is not None:
                payload = data[frame.start : frame.end]
                tallies["frames"] += 1
                tallies["bytes"] += frame.end - at
                if frame.opcode == TEXT:
                    # The kernel's stamp is of the last byte read, so it is this frame's only if it came alone.
                    alone = at == 0 and frame.end == len(data)
                    tallies[self._record(row, payload, read_at, arrived if alone else 0)] += 1
                elif frame.opcode in (PING, PONG, CLOSE):
                    tallies["answers"] += 1
                    if frame.opcode != PONG:
                        questions.append((row, frame.opcode, payload))
                else:
                    tallies["garbled"] += 1
                at = frame.end
            if at < len(data):
                self._partial[row] = data[at:]
        for name, count in tallies.items():
            self._book.count(self._process, name, count)
        if any(tallies[name] for name in NEWS):
            self.told_at = read_at
        return questions

    def _record(self, row: int, payload: bytes, read_at: int, arrived: int) -> str:
        """Take down one text frame; return the tally that it belongs to."""
        if payload.startswith(ECHOED):
            return "echoes"
        if is_told(payload):
            return "answers"
        if (report := _report(payload)) is None:
            return "garbled"
        if report.quake != self._quake:
            if row not in self._may_repeat:
                self.told_at = read_at
            return "foreign"
        if (number := report.number) > len(self._read):
            return "garbled"
        if self._seen[row] >> number & 1:
            return self._repeated(row, number, read_at)
        self._may_repeat.pop(row, None)  # what is in force comes first, or nothing is
        self._seen[row] |= 1 << number
        if report.type == "report":
            self._warned[row] = max(number, self._warned[row])
        older = number < self._newest[row]
        if older:
            self._book.out_of_order[self._process, number - 1] += 1
        else:
            self._newest[row] = number
        user = self._user[row]
        if self._read[number - 1, user]:
            return "twins"
        if number < self._shown[user] and not older:
            return "stale"
        self._shown[user] = max(number, self._shown[user])
        self._read[number - 1, user], self._via[number - 1, user] = read_at, self._way[row] + 1
        if arrived:
            self._kernel[number - 1, user] = arrived
        if self._sampled[user]:
            self.kept.append((self._first_user + user, payload))
        return "receipts"

    def _repeated(self, row: int, number: int, read_at: int) -> str:
        """A report that was read on this very device before."""
        in_force = number in (self._warned[row], self._newest[row])
        if in_force and number > self._may_repeat.get(row, number):
            self._may_repeat[row] = number
            return "again"
        if self._apart:
            self._read[number - 1, self._user[row]] = read_at
            return "parts"
        self._book.duplicates[self._process, number - 1] += 1
        return "duplicates"


def _report(payload: bytes) -> _Report | None:
    """What a report says; None if it is none."""
    try:
        report = _decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if report.type not in ("report", "quick") or not report.drill or report.number < 1 or not report.places:
        return None
    return report
