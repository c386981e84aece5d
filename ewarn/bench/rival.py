"""Another library as a contender: as many server processes as open files demand, see `library`."""

from ewarn.bench.contender import Terms, WithSwarm
from ewarn.bench.harness import MOST_GATEWAYS, Doors
from ewarn.bench.library import LibraryJob
from ewarn.errors import InputError
from ewarn.seismic.origin import Report
from ewarn.swarm.client import Target
from ewarn.system import process
from ewarn.words import say


class Rival(WithSwarm):
    """A library's server in several processes, each with users of its own."""

    kind = "library"

    def __init__(self, terms: Terms, library: str, order: str, frames: str) -> None:
        super().__init__(terms)
        self.name, self.engine, self.order, self.frames = f"{library}/{order}", library, order, frames
        self.settings = say(f"contest.set-{library}")
        self._servers = terms.machine.workers_for(self.users)
        if terms.phones == "packets" and self._servers > MOST_GATEWAYS:
            raise InputError(
                f"--users: {self.users:,} users take {self._servers} processes of {library}, and clients as packets "
                f"reach {MOST_GATEWAYS} of them at most"
            )
        self._children: list[process.Child] = []

    def gateway_pids(self) -> list[int]:
        """See `WithSwarm.gateway_pids`."""
        return [child.process.pid for child in self._children]

    def _open(self, doors: Doors | None) -> list[Target]:
        terms = self._terms
        behind = []
        for index in range(self._servers):
            door = doors() if doors else None
            listener = door.descriptor if door else None
            job = LibraryJob(self.engine, self.order, self.frames, terms.seed + index, listener)
            shared = () if listener is None else (listener,)
            self._children.append(process.spawn("ewarn.bench.library:main", job, descriptors=shared))
            self._stack.callback(self._children[-1].stop)
            behind.append(door)
        ports = [child.channel.recv() for child in self._children]
        return [door.target if door else Target("127.0.0.1", port) for door, port in zip(behind, ports, strict=True)]

    def _release(self, report: Report) -> int:
        stamp = self._clock.monotonic_ns()
        for child in self._children:
            child.channel.send(report)
        return stamp
