"""Faults: every process of a drill and of a service killed and stopped, at each phase of the reports.

Each has the exit code that it should end with. None leaves a process, shared memory, a file in the runtime folder or
half a run behind, and none ends in a traceback.
"""

import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product

import psutil

from tests.campaign import clocks, demos, disks, marked, restarts, services
from tests.campaign.endings import ACTS, FOR_A_WHILE, FOR_GOOD, PART, befall, judged
from tests.campaign.ground import ground
from tests.campaign.guard import guarded
from tests.campaign.rows import Row
from tests.campaign.service import EWARN

AT_ONCE = 3
"""drills that are played at the same time; they mostly wait"""
PHASES = {"before the reports": "users connected", "in mid-fan-out": r"report 2 \(", "after the reports": r"\(final\)"}
"""by phase, the line that begins it"""
SETTLED_S = 1.0
"""from the last report until everyone has read it"""
PROCESSES = {
    "conductor": "",
    "supervisor": "gateway.supervisor:main",
    "shard": "gateway.shard:main",
    "swarm worker": "swarm.worker:main",
}
"""by name, words of its command line"""
LOST, UNTRUSTED, INTERRUPTED = (3,), (4,), (130,)
SUPERSEDED = (0, 3)
"""What a shard held while it was stopped may be superseded by the next report, and was not delivered in time then."""
CODES = {
    "conductor": {"killed": (-signal.SIGKILL,), "told to end": INTERRUPTED},
    "supervisor": {"killed": LOST, "told to end": LOST, FOR_GOOD: (3, 4)},
    "shard": {"killed": LOST, "told to end": LOST, FOR_GOOD: LOST, FOR_A_WHILE: SUPERSEDED},
    "swarm worker": {"killed": UNTRUSTED, "told to end": UNTRUSTED, FOR_GOOD: UNTRUSTED},
}
"""Expected exit codes. Whoever is stopped for a while goes on, and the drill fails nothing: it ends with 0."""
NONE_BEFORE = (3, 4)
"""a gateway that dies before any report: all of them are missing, or there is nothing to judge"""


@dataclass(frozen=True)
class Fault:
    """What befalls which process of a drill, and when."""

    process: str
    act: str
    phase: str

    @property
    def name(self) -> str:
        """In the table."""
        return f"{self.process} {self.act} {self.phase}"

    @property
    def codes(self) -> tuple[int, ...]:
        """With which the drill may end."""
        codes = CODES[self.process].get(self.act, (0,))
        dies = self.process == "supervisor" and self.act in ("killed", "told to end")
        return NONE_BEFORE if dies and self.phase == next(iter(PHASES)) else codes


def faults_of_drills() -> list[Fault]:
    """All of them."""
    ended = [Fault(process, FOR_GOOD, "in mid-fan-out") for process in PROCESSES if process != "conductor"]
    return [Fault(*one) for one in product(PROCESSES, ACTS, PHASES)] + ended


def tasks() -> dict[str, Callable[[], Row]]:
    """By name, what is tried."""
    drills = {fault.name: partial(_drilled, fault) for fault in faults_of_drills()}
    return drills | disks.TASKS | clocks.TASKS | services.tasks() | demos.tasks()


IN_SHORT = (
    "conductor told to end in mid-fan-out",
    "supervisor killed in mid-fan-out",
    "shard killed in mid-fan-out",
    "shard stopped for good in mid-fan-out",
    "swarm worker killed in mid-fan-out",
    "disk full, of 32 KiB",
    "disk read-only in mid-drill",
    "clock: a gateway an hour ahead of its drill",
    "publisher stopped for a while in mid-fan-out",
    "publisher told to end in mid-fan-out",
    "shard of a service killed",
    "shard of a service stopped for good",
    "service killed in mid-fan-out",
    "demo told to end in mid-fan-out",
)
"""The bounded part: of each process and of each kind of fault. Few of them end well only where reports come apart: on a
noisy machine one may be superseded."""


def _drilled(fault: Fault) -> Row:
    with ground() as here:
        command = [*EWARN, "drill", str(here.drill()), "--out", str(here.out)]

        def act(process: "subprocess.Popen[str]") -> None:
            if fault.phase == "after the reports":
                time.sleep(SETTLED_S)
            words = PROCESSES[fault.process]
            victim = here.processes(words)[0] if words else psutil.Process(process.pid)
            befall(victim, fault.act)

        return judged(fault.name, fault.codes, here.played(command, PHASES[fault.phase], act))


def faults(*, short: bool = False, only: str = "", say: Callable[..., None] = print) -> list[Row]:
    """The rows of every fault whose name holds a word, or of the bounded part; each is said as it is done."""
    names = IN_SHORT if short and not only else None
    chosen = [(name, task) for name, task in tasks().items() if only in name and (names is None or name in names)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(lambda one: guarded(PART, *one, say), chosen))
    # Times are judged here, and nothing else is played meanwhile.
    rows += restarts.rows(short=short, only=only, say=say)
    # Hosts are laid by a process that has the machine to itself.
    return rows if short or only else rows + marked.rows(say)
