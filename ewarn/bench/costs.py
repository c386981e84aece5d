"""What processes cost: CPU time to the nanosecond, memory that is theirs, and how busy the machine was."""

import os
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")


def cpu_s(pids: Iterable[int]) -> float:
    """Seconds on a core so far, over all threads of these, the kernel's helpers for io_uring among them.

    From /proc/PID/task/*/schedstat, which counts nanoseconds; /proc/PID/stat counts hundredths of a second.
    """
    total = 0
    for pid in pids:
        for task in (PROC / str(pid) / "task").glob("*/schedstat"):
            total += int(task.read_text().split()[0])
    return total / 1e9


def busy_s() -> float:
    """Seconds that the machine's cores were not idle, interrupts included, since it started."""
    user, nice, system, _idle, _wait, irq, softirq, steal = map(int, (PROC / "stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def memory_bytes(pids: Iterable[int]) -> int:
    """Proportional set size: what these processes have in memory, shared pages divided among those who share."""
    total = 0
    for pid in pids:
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total
