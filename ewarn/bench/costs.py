"""What processes cost: CPU time to the nanosecond, memory that is theirs, and how busy the machine was."""

from collections.abc import Iterable, Sequence

import psutil

from ewarn.bench.budget import Cpu
from ewarn.system.usage import busy_s, cores, cpu_s_of

__all__ = ["busy_s", "cores", "cpu", "cpu_s", "memory_bytes"]


def cpu_s(pids: Iterable[int]) -> float:
    """As `cpu_s_of`, of all of them. Raises ProcessLookupError where one is gone."""
    total = 0.0
    for pid in pids:
        if (had := cpu_s_of(pid)) is None:
            raise ProcessLookupError(pid)
        total += had
    return total


def cpu(pids: Sequence[int]) -> Cpu:
    """As `cpu_s`, and how much of it ticks of the kernel (some hundreds a second) found in the program and in itself.

    From /proc/PID/stat, hundredths of a second, of a process and all its threads.
    """
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return Cpu(cpu_s(pids), sum(one.user for one in times), sum(one.system for one in times))


def memory_bytes(pids: Iterable[int]) -> int:
    """Proportional set size: what these processes have in memory, shared pages divided among those who share."""
    return sum(int(psutil.Process(pid).memory_full_info().pss) for pid in pids)
