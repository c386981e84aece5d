"""What processes cost: CPU time to the nanosecond, memory that is theirs, and how busy the machine was."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil

from ewarn.bench.budget import Cpu


def cpu_s(pids: Iterable[int]) -> float:
    """Seconds on a core so far, over all threads of these, the kernel's helpers for io_uring among them.

    From /proc/PID/task/*/schedstat, which counts nanoseconds; psutil reads /proc/PID/stat: hundredths of a second.
    """
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            total += int(task.read_text().split()[0])
    return total / 1e9


def cpu(pids: Sequence[int]) -> Cpu:
    """As `cpu_s`, and how much of it ticks of the kernel (some hundreds a second) found in the program and in itself.

    From /proc/PID/stat, hundredths of a second, of a process and all its threads.
    """
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return Cpu(cpu_s(pids), sum(one.user for one in times), sum(one.system for one in times))


def cores() -> int:
    """Those that `busy_s` is of: also such as a container may not use."""
    return psutil.cpu_count() or 1


def busy_s() -> float:
    """Seconds that the machine's cores were not idle, interrupts included, since it started."""
    spent = psutil.cpu_times()
    # What guests had is in `user` and `nice` already.
    return float(spent.user + spent.nice + spent.system + spent.irq + spent.softirq + spent.steal)


def memory_bytes(pids: Iterable[int]) -> int:
    """Proportional set size: what these processes have in memory, shared pages divided among those who share."""
    return sum(int(psutil.Process(pid).memory_full_info().pss) for pid in pids)
