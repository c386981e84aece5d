"""Where each microsecond of a delivery goes: all cores, from release until the last was read, divided among all. Pure.

A delivery costs cores x time of the last reading / users. Every part here is such microseconds, and together they are
that sum. docs/explanation/budget.md says what each of them holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self, SupportsFloat

import numpy as np
from msgspec import Struct, convert

DIGITS = 3
"""of a microsecond"""


@dataclass(frozen=True)
class Cpu:
    """What processes had of the cores, seconds."""

    total_s: float
    user_s: float
    """of it in the program, and in the kernel, as the kernel's ticks found them: these two need not add up to it"""
    system_s: float

    def __sub__(self, earlier: "Cpu") -> "Cpu":
        """From then until now."""
        return Cpu(self.total_s - earlier.total_s, self.user_s - earlier.user_s, self.system_s - earlier.system_s)

    @classmethod
    def sum(cls, some: Iterable["Cpu"]) -> Self:
        """Of all of them."""
        total, user, system = np.sum([(one.total_s, one.user_s, one.system_s) for one in some], axis=0).tolist()
        return cls(total, user, system)


@dataclass(frozen=True)
class Parts:
    """What a gateway counts of its shards' CPU while they send reports, seconds."""

    plan: float
    frames: float
    send: float
    """the engine's calls, with what the kernel does in them"""
    notes: float

    def __sub__(self, earlier: "Parts") -> "Parts":
        """From then until now."""
        return Parts(
            self.plan - earlier.plan,
            self.frames - earlier.frames,
            self.send - earlier.send,
            self.notes - earlier.notes,
        )


@dataclass(frozen=True)
class Counted:
    """One play, in which all who were due were reached."""

    users: int
    cores: int
    """of which `busy_s` is"""
    seconds: float
    """from release until the last was read"""
    sending: Cpu
    reading: Cpu
    busy_s: float
    """of all cores together, interrupts included"""
    parts: Parts | None = None
    """None where the sending side counts none"""


class Budget(Struct, frozen=True, kw_only=True):
    """Microseconds a delivery; None: it was not told apart, and is in `rest`, or in `reading`."""

    plan: float | None
    frames: float | None
    engine: float | None
    """of the engine's calls, what is not the kernel's"""
    notes: float | None
    rest: float
    """of the sending side, what is none of the parts before, and not the kernel's"""
    sending_kernel: float | None
    reading: float
    """of the clients' side, what is not the kernel's"""
    reading_kernel: float | None
    others: float
    """busy time that is of neither side: other programs, interrupts that met neither, what a hypervisor took"""
    idle: float
    calls: float | None
    """of the engine, with the kernel in them: counted, not told apart by ticks, and no part of the sum"""

    @property
    def sending_side(self) -> float:
        """All of it."""
        return _together(self.plan, self.frames, self.engine, self.notes, self.rest, self.sending_kernel)

    @property
    def reading_side(self) -> float:
        """All of it."""
        return _together(self.reading, self.reading_kernel)

    @property
    def whole(self) -> float:
        """The sum of all parts: cores x time of the last reading / users."""
        return self.sending_side + self.reading_side + self.others + self.idle


class Figure(Struct, frozen=True):
    """One part over the plays, microseconds a delivery."""

    median: float
    least: float
    most: float


class Budgets(Struct, frozen=True, kw_only=True):
    """Of a row of the bench."""

    plays: int
    cores: int
    sending_s: float
    """CPU in all plays together, of which ticks told the kernel's share: the more, the better it is known"""
    reading_s: float
    middle: Budget
    """of the play in the middle by its time, or halfway between the two: its parts add up to the row's median"""
    parts: dict[str, Figure | None]
    """each by itself, so that these need not add up; by the names of `Budget`"""


def over(plays: Iterable[Counted | None]) -> Budgets | None:
    """Of all plays of a contender that were counted; None where none was.

    How much is the kernel's is a ratio of ticks, a few hundred a second: that of all plays is taken for each of them.
    """
    known = sorted((one for one in plays if one), key=lambda one: one.seconds)
    if not known:
        return None
    sending, reading = Cpu.sum(one.sending for one in known), Cpu.sum(one.reading for one in known)
    each = [divide(one, kernel_share(sending), kernel_share(reading)) for one in known]
    return Budgets(
        plays=len(known),
        cores=known[0].cores,
        sending_s=_rounded(sending.total_s),
        reading_s=_rounded(reading.total_s),
        middle=_mean(each[(len(each) - 1) // 2 : len(each) // 2 + 1]),
        parts={name: _figure([getattr(one, name) for one in each]) for name in Budget.__struct_fields__},
    )


def kernel_share(side: Cpu) -> float | None:
    """Of its time, 0 to 1; None where no tick met it."""
    told = side.user_s + side.system_s
    return side.system_s / told if told > 0 else None


def divide(play: Counted, sending: float | None, reading: float | None) -> Budget:
    """One play; `sending` and `reading` are the kernel's shares of the two sides.

    Ticks do not say which part they met. What the kernel does in plan, frames and notes (new pages) stays theirs, and
    all else of the sending side's kernel is taken for the engine's calls, as far as they go, though shards spend some
    of it to wake, and to read their pipes. So the engine's own part may be more than told, and the rest less.
    """
    counted, total_s = play.parts, play.sending.total_s
    plan_s, frames_s, notes_s, calls_s = (
        (counted.plan, counted.frames, counted.notes, counted.send) if counted else (None, None, None, None)
    )
    before_s = _together(plan_s, frames_s, notes_s)
    kernel_s = None if sending is None else max(0.0, min(sending * total_s, total_s - before_s))
    engine_s = None if calls_s is None or kernel_s is None else max(0.0, calls_s - kernel_s)
    read_kernel_s = None if reading is None else reading * play.reading.total_s
    times = {
        "plan": plan_s,
        "frames": frames_s,
        "engine": engine_s,
        "notes": notes_s,
        "rest": total_s - before_s - _together(engine_s, kernel_s),
        "sending_kernel": kernel_s,
        "reading": play.reading.total_s - _together(read_kernel_s),
        "reading_kernel": read_kernel_s,
        "others": play.busy_s - total_s - play.reading.total_s,
        "idle": play.cores * play.seconds - play.busy_s,
        "calls": calls_s,
    }
    return convert({name: None if value is None else value / play.users * 1e6 for name, value in times.items()}, Budget)


def less(ours: Budget, floor: Budget) -> float:
    """What our sending side takes more than the floor's: our own part, by difference."""
    return ours.sending_side - floor.sending_side


def _together(*parts: float | None) -> float:
    return sum(one for one in parts if one is not None)


def _mean(few: Sequence[Budget]) -> Budget:
    """Rounded, so that what is told adds up."""
    each = {name: _known([getattr(one, name) for one in few]) for name in Budget.__struct_fields__}
    return convert({name: _rounded(np.mean(found)) if found else None for name, found in each.items()}, Budget)


def _figure(values: Sequence[float | None]) -> Figure | None:
    if not (found := _known(values)):
        return None
    return Figure(_rounded(np.median(found)), _rounded(min(found)), _rounded(max(found)))


def _known(values: Sequence[float | None]) -> list[float]:
    """All of them, or none where one is not known."""
    found = [one for one in values if one is not None]
    return found if len(found) == len(values) else []


def _rounded(value: SupportsFloat) -> float:
    return round(float(value), DIGITS)
