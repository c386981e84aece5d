"""What this machine is and holds, so that a run that cannot fit is refused before it starts."""

import math
import os
import platform
import resource
from dataclasses import dataclass
from pathlib import Path

from ewarn.errors import InputError
from ewarn.system import container
from ewarn.words import say

# Descriptors that a process keeps free of connections: its own files, HTTP requests, refusals.
RESERVED_FILES = 256

FILES_A_CHILD = 2
"""descriptors by which a process holds one that it started: to talk to it, and to hand connections over"""

MOST_FILES = 1 << 17
"""Of a process, however many it is allowed: what it keeps for each is made as it starts, and "unlimited" is 2^30."""
PROCESS_BYTES = 50 * 2**20
FEWEST_PER_PROCESS = 250
"""users of a swarm's process, where cores are many"""


@dataclass(frozen=True)
class Ends:
    """What a connection takes of this machine."""

    sockets: int
    memory_bytes: int


BOTH_ENDS = Ends(sockets=2, memory_bytes=9_000)
"""over loopback: some 6.5 KB of kernel and 2 KB of processes, measured at 100,000"""
GATEWAYS_END = Ends(sockets=1, memory_bytes=5_500)
"""where clients are packets"""


@dataclass(frozen=True)
class Machine:
    """The facts a verdict is read with."""

    cpus: int
    """cores this process may run on, or have the time of"""
    memory_gib: float
    """physical memory"""
    open_files: int
    """open files a process may have, or `MOST_FILES` where that is less"""
    kernel: str
    python: str

    @property
    def connections_per_process(self) -> int:
        """Connections one process can hold; zero or fewer where the limit leaves no room."""
        return self.open_files - RESERVED_FILES

    @property
    def most_children(self) -> int:
        """Processes that one process can hold, by two descriptors each; zero or fewer where there is no room."""
        return (self.open_files - RESERVED_FILES) // FILES_A_CHILD

    def processes_for(self, connections: int) -> int:
        """One process a core, or as many more as the open-file limit demands."""
        return max(self.cpus, -(-connections // max(1, self.connections_per_process)))

    def workers_for(self, users: int) -> int:
        """Processes of a swarm of so many: fewer than cores where each would have too few."""
        fewest = self.processes_for(users) if users > self.connections_per_process else 1
        return max(fewest, min(self.cpus, -(-users // FEWEST_PER_PROCESS)))


def this_machine() -> Machine:
    """Ask the system."""
    return Machine(
        cpus=math.ceil(min(len(os.sched_getaffinity(0)), container.cores())),
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        open_files=min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], MOST_FILES),
        kernel=platform.release(),
        python=platform.python_version(),
    )


def use_all_files() -> None:
    """Let this process, and those that it starts, open as many files as they may: most shells allow 1,024 at first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < (allowed := min(hard, MOST_FILES)):  # neither is ever infinite: fs.nr_open bounds both
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def available_bytes() -> int:
    """Memory that can be had without swapping: MemAvailable, or what a container's limit leaves where that is less."""
    # Every process of a gateway or swarm runs this module; few ask.
    import psutil

    return min(int(psutil.virtual_memory().available), container.memory_left())


def local_ports() -> int:
    """Ports that one source address has for connections to one target: net.ipv4.ip_local_port_range."""
    first, last = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    return int(last) - int(first) + 1


def free_files() -> int:
    """Files that may still be opened on the whole machine: fs.file-max less those that are."""
    used, _, most = Path("/proc/sys/fs/file-nr").read_text().split()
    return int(most) - int(used)


def files_to_hold(children: int) -> int:
    """Open files that a process needs to hold so many others."""
    return RESERVED_FILES + FILES_A_CHILD * children


def check_fit(users: int, machine: Machine, ends: Ends = BOTH_ENDS) -> None:
    """Raise InputError, with the two numbers, where this machine cannot hold so many users."""
    if machine.connections_per_process < 1:
        raise InputError(say("fit.no-files", str(machine.open_files)))
    workers = machine.workers_for(users) if ends == BOTH_ENDS else machine.cpus
    children = max(machine.processes_for(users), workers)
    if children > machine.most_children:
        raise InputError(
            say(
                "fit.children",
                f"{machine.open_files:,}",
                f"{users:,}",
                f"{children:,}",
                f"{files_to_hold(children):,}",
                f"{machine.most_children * machine.connections_per_process:,}",
            )
        )
    have, processes = available_bytes(), machine.processes_for(users) + workers
    if (need := users * ends.memory_bytes + processes * PROCESS_BYTES) > have:
        each = ends.memory_bytes + 2 * PROCESS_BYTES / machine.connections_per_process
        fit = max(0, int((have - 2 * machine.cpus * PROCESS_BYTES) / each)) // 1000 * 1000
        raise InputError(
            say(
                "problem.memory",
                f"{users:,}",
                f"{need / 2**30:.1f}",
                f"{processes:,}",
                f"{have / 2**30:.1f}",
                f"{fit:,}",
            )
        )
    if (wanted := ends.sockets * users) > (free := free_files()):
        key = "fit.files-both" if ends == BOTH_ENDS else "fit.files"
        raise InputError(say(key, f"{users:,}", f"{wanted:,}", f"{free:,}", f"{free // ends.sockets:,}"))
