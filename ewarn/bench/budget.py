"""Where each microsecond of a delivery goes: all cores, from release until the last was read, divided among all. Pure.

A delivery costs cores x time of the last reading / users. Every part here is such microseconds, and together they are
that sum. docs/explanation/budget.md says what each of them holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
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
    calls: float
    """of the engine, with what the kernel does in them"""
    notes: float

    def __sub__(self, earlier: "Parts") -> "Parts":
        """From then until now."""
        return Parts(
            self.plan - earlier.plan,
            self.frames - earlier.frames,
            self.calls - earlier.calls,
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
    watched_s: float
    """in which all of this was counted: from the release until the bench had seen the last reading, some ms later"""
    parts: Parts | None = None
    """None where the sending side counts none"""


class Budget(Struct, frozen=True, kw_only=True):
    """Microseconds a delivery; None: not known."""

    plan: float | None
    frames: float | None
    calls: float | None
    """of the engine, with what the kernel does in them"""
    notes: float | None
    rest: float
    """of the sending side, what is none of the parts before; all of it where these are not known"""
    reading: float
    """the clients' side"""
    others: float
    """busy time that is of neither side: other programs, interrupts that met neither, what a hypervisor took"""
    idle: float
    sending_kernel: float | None
    """of the sending side, what ticks found in the kernel: it is in the parts before, and is no part of the sum"""
    reading_kernel: float | None
    """likewise of the clients' side"""

    @property
    def sending(self) -> float:
        """The sending side."""
        return sum(one or 0.0 for one in (self.plan, self.frames, self.calls, self.notes, self.rest))

    @property
    def sending_own(self) -> float | None:
        """Of it, what is not the kernel's."""
        return None if self.sending_kernel is None else self.sending - self.sending_kernel

    @property
    def reading_own(self) -> float | None:
        """As `sending_own`."""
        return None if self.reading_kernel is None else self.reading - self.reading_kernel

    @property
    def whole(self) -> float:
        """The sum of all parts: cores x time of the last reading / users."""
        return self.sending + self.reading + self.others + self.idle


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

    Ticks do not say which part they met, so the kernel's time stays in the parts: most of it is in the engine's calls,
    but new pages, for one, are made in all of them. What neither side had until the last reading is divided among
    others and idle as it was until the bench saw that reading.
    """
    sending_s, reading_s, counted = play.sending.total_s, play.reading.total_s, play.parts
    parts = asdict(counted) if counted else dict.fromkeys(Parts.__dataclass_fields__)
    sides_s = sending_s + reading_s
    left_s, watched_s = play.cores * play.seconds - sides_s, play.cores * play.watched_s - sides_s
    others = min(1.0, max(0.0, play.busy_s - sides_s) / watched_s) if watched_s > 0 else 0.0
    times = {
        **parts,
        "rest": sending_s - sum(one or 0.0 for one in parts.values()),
        "reading": reading_s,
        "others": others * left_s,
        "idle": (1 - others) * left_s,
        "sending_kernel": None if sending is None else sending * sending_s,
        "reading_kernel": None if reading is None else reading * reading_s,
    }
    return convert({name: None if value is None else value / play.users * 1e6 for name, value in times.items()}, Budget)


def less(ours: Budget, floor: Budget) -> float:
    """What our sending side takes more than the floor's: our own part, by difference."""
    return ours.sending - floor.sending


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
