"""What processes and the machine had of cores and memory so far. Linux: /proc."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

EVERY = ("0.0.0.0", "::")  # noqa: S104  nobody listens here
"""who listens at every address"""


def cpu_s_of(pid: int) -> float | None:
    """Seconds on a core so far, over all threads, the kernel's helpers for io_uring among them; None: it is gone.

    From /proc/PID/task/*/schedstat, which counts nanoseconds; psutil reads /proc/PID/stat: hundredths of a second.
    """
    total, tasks = 0, []
    with suppress(OSError):
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    for task in tasks:
        with suppress(OSError, ValueError):  # a thread that ended meanwhile
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9 if tasks else None


def memory_bytes_of(pids: Iterable[int]) -> int:
    """Proportional set size: what these processes have in memory, shared pages divided among those who share.

    What the kernel holds of their sockets is not in it. Of those who are gone, or are somebody else's, it is nothing.
    """
    total = 0
    for pid in pids:
        try:
            total += int(psutil.Process(pid).memory_full_info().pss)
        except psutil.Error:
            continue
    return total


def cores() -> int:
    """Those that `busy_s` is of: also such as a container may not use."""
    return psutil.cpu_count() or 1


def busy_s() -> float:
    """Seconds that the machine's cores were not idle, interrupts included, since it started."""
    spent = psutil.cpu_times()
    # What guests had is in `user` and `nice` already.
    return float(spent.user + spent.nice + spent.system + spent.irq + spent.softirq + spent.steal)


def below(pid: int, *, deep: bool = True) -> list[tuple[int, str]]:
    """A process and all below it, oldest first: number, and what `top` calls it; nobody where it is gone.

    Not `deep`: its own children alone.
    """
    try:
        root = psutil.Process(pid)
        them = sorted(root.children(recursive=deep), key=lambda one: (one.create_time(), one.pid))
        return [(one.pid, one.name()) for one in (root, *them)]
    except psutil.Error:
        return []


def listening(address: tuple[str, int]) -> int | None:
    """The process that listens on a TCP port at this address, or at every one, of this machine; None: it is not known.

    Of several it is the oldest; who listens at the address itself comes before who does at every one.
    """
    try:
        listeners = [one for one in psutil.net_connections("tcp") if one.status == "LISTEN"]
        at = [(one.laddr.ip, one.pid) for one in listeners if one.laddr.port == address[1]]
        found = {pid for ip, pid in at if ip == address[0]} or {pid for ip, pid in at if ip in EVERY}
        them = [psutil.Process(pid) for pid in found if pid is not None]
        return min(them, key=lambda one: one.create_time()).pid if them else None
    except psutil.Error:
        return None
