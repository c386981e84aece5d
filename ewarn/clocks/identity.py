"""Which clock a process reads: processes of one kernel have one, unless they are in namespaces of time."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""random(4): drawn anew at each boot"""
TIME = Path("/proc/self/ns/time")
"""time_namespaces(7): monotonic clocks of two of them differ, and what BOOT says does not"""


@dataclass(frozen=True)
class ClockId:
    """What a clock is known by; empty where the kernel does not say."""

    boot: str
    time_ns: str
    """such as `time:[4026531834]`"""

    def is_one_with(self, other: "ClockId") -> bool:
        """Whether both are one clock, for all that is known. Copies of a running virtual machine say so wrongly."""
        return bool(self.boot and self.time_ns) and self == other


def this_clock() -> ClockId:
    """That of this process."""
    boot = time_ns = ""
    with suppress(OSError):
        boot = BOOT.read_text(encoding="ascii").strip()
    with suppress(OSError):
        time_ns = str(TIME.readlink())
    return ClockId(boot, time_ns)
