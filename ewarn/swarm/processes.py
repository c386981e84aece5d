"""The processes of a swarm, and the talk with them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import repeat

from ewarn.errors import MeasurementError
from ewarn.swarm.instructions import Complaint, Instruction, Reply, expect
from ewarn.system import process

ANSWER_S = 60.0
"""how long a process may take to answer its conductor, or to take in what it is told"""


class Processes:
    """Of one kind. They run from their start to `close`; whatever is said to one that died raises MeasurementError."""

    def __init__(self, patience_s: float = ANSWER_S) -> None:
        self._patience_s = patience_s
        self._children: list[process.Child] = []

    def __len__(self) -> int:
        """How many were started."""
        return len(self._children)

    def start(self, target: str, job: object, descriptors: Iterable[int] = ()) -> None:
        """One more; see `process.spawn`."""
        with self._heard():
            spawned = process.spawn(target, job, descriptors=descriptors, patience_s=self._patience_s)
            self._children.append(spawned)

    def close(self) -> None:
        """Let all go at once, and wait until they have gone."""
        process.stop(self._children)

    def pids(self) -> list[int]:
        """By process."""
        return [child.process.pid for child in self._children]

    def check(self) -> None:
        """Raise MeasurementError if one has died."""
        for index, child in enumerate(self._children):
            if (status := child.ended()) is not None:
                raise MeasurementError(f"swarm process {index} of {len(self)} died (status {status})")

    def tell(self, instructions: Iterable[Instruction]) -> None:
        """One instruction each, to which there is no answer."""
        with self._heard():
            for child, instruction in zip(self._children, instructions, strict=False):
                child.channel.send(instruction)

    def ask(self, instruction: Instruction, kind: type[Reply]) -> list[Reply]:
        """The same instruction to all, and their answers."""
        self.tell(repeat(instruction))
        return self.answers(kind)

    def answers(self, kind: type[Reply]) -> list[Reply]:
        """One of each process. Raises MeasurementError where one complains, or says nothing for too long."""
        found = []
        with self._heard():
            for index, child in enumerate(self._children):
                if not child.channel.poll(self._patience_s):
                    raise MeasurementError(f"swarm process {index} gave no answer within {self._patience_s:g} s")
                found.append(expect(child.channel.recv(), kind))
        return found

    def complaints(self) -> list[str]:
        """What those who have complained had to say, one a process; waits for none."""
        with self._heard():
            said = [child.channel.recv() for child in self._children if child.channel.poll()]
        return [one.why for one in said if isinstance(one, Complaint)]

    @contextmanager
    def _heard(self) -> Iterator[None]:
        try:
            yield
        except BlockingIOError:  # it stopped in the middle of a message, or lets them lie
            raise MeasurementError(f"a swarm process stood still for {self._patience_s:g} s") from None
        except (EOFError, OSError):
            self.check()
            raise MeasurementError("a swarm process is gone") from None
