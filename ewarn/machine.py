"""What this machine is and holds, so that a run that cannot fit is refused before it starts."""

import os
import platform
import resource
from dataclasses import dataclass
from pathlib import Path

from ewarn.errors import InputError

# Descriptors that a process keeps free of connections: its own files, HTTP requests, refusals.
RESERVED_FILES = 256

CONNECTION_BYTES = 9_000
"""memory of one loopback connection, both ends: some 6.5 KB of kernel and 2 KB of processes, measured at 100,000"""
PROCESS_BYTES = 50 * 2**20


@dataclass(frozen=True)
class Machine:
    """The facts a verdict is read with."""

    cpus: int
    """cores this process may run on"""
    memory_gib: float
    """physical memory"""
    open_files: int
    """open files a process may have"""
    kernel: str
    python: str

    @property
    def connections_per_process(self) -> int:
        """Connections one process can hold; zero or fewer where the limit leaves no room."""
        return self.open_files - RESERVED_FILES

    def processes_for(self, connections: int) -> int:
        """One process a core, or as many more as the open-file limit demands."""
        return max(self.cpus, -(-connections // max(1, self.connections_per_process)))


def this_machine() -> Machine:
    """Ask the system."""
    return Machine(
        cpus=len(os.sched_getaffinity(0)),
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        kernel=platform.release(),
        python=platform.python_version(),
    )


def available_bytes() -> int:
    """Memory that can be had without swapping: MemAvailable, or what a container's limit leaves where that is less."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return min(int(line.split()[1]) * 1024, _left_in_container())
    raise OSError("/proc/meminfo has no MemAvailable line")


def _left_in_container(group: Path = Path("/sys/fs/cgroup")) -> int:
    try:
        most = (group / "memory.max").read_text().strip()
        used = int((group / "memory.current").read_text())
        return int(most) - used + _page_cache(group / "memory.stat")
    except (OSError, ValueError):  # no limit ("max"), or no cgroup of version 2
        return 1 << 62


def _page_cache(stat: Path) -> int:
    """Files that were read lately count as used, and give way to whoever wants the memory."""
    try:
        fields = dict(line.split() for line in stat.read_text().splitlines())
    except OSError:
        return 0
    return int(fields.get("inactive_file", 0))


def local_ports() -> int:
    """Ports that one source address has for connections to one target: net.ipv4.ip_local_port_range."""
    first, last = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    return int(last) - int(first) + 1


def free_files() -> int:
    """Files that may still be opened on the whole machine: fs.file-max less those that are."""
    used, _, most = Path("/proc/sys/fs/file-nr").read_text().split()
    return int(most) - int(used)


def check_fit(users: int, machine: Machine) -> None:
    """Raise InputError, with the two numbers, where this machine cannot hold so many users."""
    if machine.connections_per_process < 1:
        raise InputError(f"open files: the limit is {machine.open_files}, a process needs more than 256 for itself")
    have = available_bytes()
    each = CONNECTION_BYTES + 2 * PROCESS_BYTES / machine.connections_per_process
    if (need := users * each) > have:
        fit = int(have / each) // 1000 * 1000
        raise InputError(
            f"audience.users: {users:,} users need about {need / 2**30:.1f} GiB, {have / 2**30:.1f} GiB are available; "
            f"about {fit:,} would fit"
        )
    if (wanted := 2 * users) > (free := free_files()):
        raise InputError(
            f"audience.users: {users:,} users need {wanted:,} files, both ends; the machine has {free:,} left "
            f"(fs.file-max); {free // 2:,} would fit"
        )
