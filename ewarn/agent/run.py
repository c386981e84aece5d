"""One run as its agent has it: what each order does to the swarm of this host."""

from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Self

import numpy as np
from msgspec.structs import replace

from ewarn import __version__
from ewarn.agent.handing import Stamps, gathered
from ewarn.agent.preparing import Way, asking, standing_of, swarm_of
from ewarn.clocks.ear import Ear
from ewarn.clocks.identity import this_clock
from ewarn.drill.asking import Asking
from ewarn.errors import EwarnError, InputError, MeasurementError
from ewarn.swarm.crew import Swarm
from ewarn.swarm.fleet import Host
from ewarn.swarm.kind import Phones
from ewarn.system import usage
from ewarn.system.clock import Clock
from ewarn.system.machine import Machine
from ewarn.system.tls import in_memory
from ewarn.wire.pieces import Hands, Taking
from ewarn.wire.swarms import (
    WIRE,
    Begin,
    Collect,
    Collected,
    Connect,
    Disturb,
    Do,
    Done,
    Give,
    Hello,
    Here,
    Leave,
    Prepare,
    Problem,
    Said,
    Standing,
    State,
    Take,
)

EAR = "ewarn.clocks.ear:main"


@dataclass(frozen=True)
class Joining:
    """How a host joins a fleet."""

    name: str
    ear_port: int = 0
    """UDP; 0: any that is free"""
    sources: tuple[str, ...] = ()
    """addresses of this host that sockets connect from; none: the kernel's choice"""
    phones: Phones = field(default_factory=Phones)
    """how packets reach gateways, where the conductor wants them"""
    ca: str | None = None
    """file with the certificates to trust where gateways speak TLS; None: those that the conductor sends, or else those
    that this system trusts"""
    stay: bool = False
    """wait for another conductor after one, whatever became of it"""
    lease_s: float | None = None
    """for which a conductor may be silent; None: as it says"""
    ear_target: str = EAR
    stamps: Stamps = np.array
    """what a time of the swarm is told as; as it is, unless a test has a clock that drifts"""


class Run:
    """A context: whatever was started for a run ends with it."""

    def __init__(self, joining: Joining, machine: Machine, clock: Clock) -> None:
        self._joining, self._machine, self._clock = joining, machine, clock
        self._stack = ExitStack()
        self._taking, self._complaints = Taking(), list[str]()
        self._state: State = "waiting"
        self._ear: Ear | None = None
        self._crew: Swarm | None = None
        self._asking: Asking | None = None
        self._hosts: tuple[Host, ...] = ()
        self._moves = True
        """whether users go by the newest list; packets keep to their homes"""
        self._hands: Hands | None = None
        self._had_s = 0.0
        """of CPU, that the swarm had used as the play began"""
        self.problem: MeasurementError | None = None
        """what it has ended of"""

    def __enter__(self) -> Self:
        """Nothing runs before it is asked for."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """All connections end, and all processes."""
        self._stack.close()

    def obey(self, do: Do) -> Said:
        """Do it, or say why not."""
        if self.problem and not isinstance(do, Leave):
            return Problem(str(self.problem), self.problem.exit_code)
        try:
            return self._do(do)
        except MeasurementError as error:
            self._end(error)
            return Problem(str(error), error.exit_code)
        except EwarnError as error:
            return Problem(str(error), error.exit_code)

    def look(self) -> None:
        """Go by the newest list of gateways; see whether all have settled, and whether all processes are there."""
        try:
            self._look()
        except MeasurementError as error:
            self._end(error)

    def standing(self) -> Standing:
        """How it stands; who it is stands elsewhere."""
        found = standing_of(self._joining.name, self._crew, self._state, self._complaints)
        if self.problem:
            return replace(found, problem=str(self.problem), code=self.problem.exit_code)
        return found

    def _do(self, do: Do) -> Said:
        match do:
            case Hello():
                return self._here(do)
            case Take():
                self._taking.take(do)
            case Prepare():
                self._prepare(do)
            case Connect():
                self._prepared(do).let_in(1.0)
                self._state = "connecting"
            case Begin(quake=quake):
                self._prepared(do).begin(quake)
                self._had_s = _spent_s(self._prepared(do))
            case Disturb(bounce=bounce, chat=chat):
                crew = self._prepared(do)
                for act, share in ((crew.bounce, bounce), (crew.chat, chat)):
                    if share is not None:
                        act(share)
            case Collect():
                return self._collect(self._prepared(do))
            case Give():
                if self._hands is None:
                    raise MeasurementError("give came before collect")
                return self._hands.give(do)
            case Leave():
                self._stack.close()
        return Done()

    def _here(self, hello: Hello) -> Here:
        if hello.wire != WIRE:
            raise InputError(
                f"ewarn {__version__} here (wire {WIRE}), ewarn {hello.ewarn} conducts (wire {hello.wire}); "
                "a fleet has one version"
            )
        ear = Ear(port=self._joining.ear_port, key=hello.key, target=self._joining.ear_target)
        self._ear, self._state = self._stack.enter_context(ear), "preparing"
        known = this_clock()
        return Here(
            self._joining.name, __version__, WIRE, known.boot, known.time_ns, self._ear.port, **asdict(self._machine)
        )

    def _prepared(self, do: Do) -> Swarm:
        if not self._crew:
            raise MeasurementError(f"{type(do).__name__.lower()} came before prepare")
        return self._crew

    def _prepare(self, do: Prepare) -> None:
        if self._crew or not self._ear:
            raise MeasurementError("prepare came twice" if self._crew else "prepare came before hello")
        arrays, self._taking = self._taking.arrays(do.users), Taking()
        ca = self._joining.ca
        if do.ca and not ca:
            ca = self._stack.enter_context(in_memory(do.ca.encode()))
        self._asking = self._stack.enter_context(asking(do, ca))
        self._hosts = self._asking.hosts
        way = Way(self._hosts, self._joining.phones, self._joining.sources)
        swarm = swarm_of(do, arrays, way, self._machine, self._clock)
        self._crew, self._moves = self._stack.enter_context(swarm), do.phones == "sockets"

    def _look(self) -> None:
        if self.problem:
            return
        if self._ear:
            self._ear.check()
        if not (self._crew and self._asking):
            return
        self._crew.check()
        if self._moves and (newest := self._asking.hosts) != self._hosts:
            self._hosts = newest
            self._crew.go_by(newest)
        self._complaints += self._asking.problems()
        if self._state == "connecting" and self._crew.settled >= self._crew.devices:
            self._complaints += self._crew.complaints()
            self._state = "there"

    def _collect(self, crew: Swarm) -> Collected:
        frames = crew.collect()
        self._hands, names = gathered(crew.book, frames, crew.hosts_known(), self._joining.stamps)
        cpu_s = max(0.0, _spent_s(crew) - self._had_s)
        return Collected(self._hands.said(), names, crew.placed(), cpu_s, crew.mss or 0)

    def _end(self, error: MeasurementError) -> None:
        """Let all go at once; what is asked from now on is answered by this."""
        self.problem, self._state = error, "ended"
        self._crew = self._asking = self._ear = None
        self._stack.close()


def _spent_s(crew: Swarm) -> float:
    """CPU of its processes."""
    return sum(usage.cpu_s_of(pid) or 0.0 for pid in crew.pids())
