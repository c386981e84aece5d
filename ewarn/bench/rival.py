"""Another library as a contender: a server process for each of the swarm's, see `library`."""

from ewarn.bench.contender import Terms, WithSwarm
from ewarn.bench.library import SETTINGS, LibraryJob
from ewarn.seismic.origin import Report
from ewarn.swarm.client import Target
from ewarn.system import process


class Rival(WithSwarm):
    """A library's server, a process for each of the swarm's."""

    kind = "library"

    def __init__(self, terms: Terms, library: str, order: str, frames: str) -> None:
        super().__init__(terms)
        self.name, self.engine, self.order, self.frames = f"{library}/{order}", library, order, frames
        self.settings = SETTINGS[library]
        self._children: list[process.Child] = []

    def gateway_pids(self) -> list[int]:
        """See `WithSwarm.gateway_pids`."""
        return [child.process.pid for child in self._children]

    def _open(self) -> list[Target]:
        terms = self._terms
        for index in range(terms.machine.workers_for(self.users)):
            job = LibraryJob(self.engine, self.order, self.frames, terms.seed + index)
            self._children.append(process.spawn("ewarn.bench.library:main", job))
            self._stack.callback(self._children[-1].stop)
        return [Target("127.0.0.1", child.channel.recv()) for child in self._children]

    def _release(self, report: Report) -> int:
        stamp = self._clock.monotonic_ns()
        for child in self._children:
            child.channel.send(report)
        return stamp
