"""The physical floor: the same fan-out in plain C, built on demand and run beside our own."""

import contextlib
import json
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from ewarn.bench import costs
from ewarn.bench.budget import Counted, Cpu
from ewarn.bench.sample import Footprint, Sample
from ewarn.errors import InputError, MeasurementError
from ewarn.swarm.kind import Kind
from ewarn.system.machine import Machine
from ewarn.words import say

SOURCE = Path(__file__).parent / "floor.c"
NOT_ASKED = Footprint(*[float("nan")] * 4)
"""what its connections take is nobody's question"""


class Program:
    """`floor.c`, built and then run: it connects by portions, and then plays rounds."""

    def __init__(self, descriptors: Iterable[int] = ()) -> None:
        """`descriptors` keep their numbers in it."""
        self._descriptors = tuple(descriptors)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._command: list[str] = []

    def build(self, *words: object) -> None:
        """Have it ready to be run with these. Raises InputError where it cannot be built."""
        self._folder = tempfile.TemporaryDirectory(prefix="ewarn-")
        self._command = [str(_build(Path(self._folder.name))), *map(str, words)]

    def begin_portion(self) -> None:
        """Have it connect the next portion; the first one as it comes up."""
        if self._process:
            self.begin_round()
            return
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=self._descriptors
        )
        if self._folder:
            self._folder.cleanup()  # it runs, and so nothing is left behind whichever way this ends

    def await_portion(self) -> None:
        """Until that is connected. Raises MeasurementError."""
        if self._answer() != "ready\n":
            raise MeasurementError("the floor did not come up")

    def begin_round(self) -> None:
        """Have it send."""
        assert self._process and self._process.stdin  # noqa: S101  `begin_portion` made them
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def await_round(self) -> dict[str, Any]:
        """What it found. Raises MeasurementError."""
        if not (answer := self._answer()):
            raise MeasurementError("the floor gave up in the middle of a round")
        found: dict[str, Any] = json.loads(answer)
        return found

    def close(self) -> None:
        """End it."""
        if self._process:
            with contextlib.suppress(BrokenPipeError):
                self._process.communicate()
        if self._folder:
            self._folder.cleanup()

    def _answer(self) -> str:
        assert self._process and self._process.stdout  # noqa: S101
        return self._process.stdout.readline()


def cpu_of(found: dict[str, Any], users: int, side: Literal["send", "receive"]) -> Cpu:
    """What one side had in a round."""
    all_s, system_s = (found[name] * users / 1e6 for name in (f"{side}_us", f"{side}_system_us"))
    return Cpu(all_s, all_s - system_s, system_s)


class Floor:
    """A contender; see `contender.Contender`. Its frames all have the same bytes, and nobody parses them."""

    kind, engine = "floor", "C send()"
    phones: Kind = "sockets"

    def __init__(self, order: str, users: int, frame_bytes: int, machine: Machine) -> None:
        self.name, self.order, self.frames = f"floor ({order})", order, "shared"
        self.settings: str = say("contest.set-floor")
        self._frame_bytes = frame_bytes
        self._pairs = machine.processes_for(users)
        self._each = -(-users // self._pairs)
        self.users = self._pairs * self._each
        self._program = Program()

    def start(self, portions: int) -> None:
        """See `Contender.start`; its processes connect as they come up, so they do with the first portion.

        Raises InputError where it cannot be built.
        """
        self._program.build(self._pairs, self._each, self._frame_bytes, self.order, portions)

    def connect(self) -> None:
        """See `Contender.connect`."""
        self._program.begin_portion()
        self._program.await_portion()

    def rehearse(self) -> Footprint:
        """See `Contender.rehearse`."""
        self.play()
        return NOT_ASKED

    def play(self) -> Sample:
        """See `Contender.play`."""
        busy_s, since = costs.busy_s(), time.monotonic()
        self._program.begin_round()
        found = self._program.await_round()
        users, busy_s, watched_s = found["connections"], costs.busy_s() - busy_s, time.monotonic() - since
        sides = cpu_of(found, users, "send"), cpu_of(found, users, "receive")
        return Sample(
            users=users,
            delivered=users,
            seconds=found["received_s"],
            p50_ms=float("nan"),
            p99_ms=float("nan"),
            send_us=found["send_us"],
            receive_us=found["receive_us"],
            busy_us=float("nan"),
            bytes_per_frame=found["length"],
            counted=Counted(users, costs.cores(), found["received_s"], *sides, busy_s, watched_s),
        )

    def close(self) -> None:
        """See `Contender.close`."""
        self._program.close()


def problem() -> str | None:
    """Why the floor cannot be built here, or None."""
    return None if _compiler() else "there is no C compiler (cc)"


def _compiler() -> str | None:
    return shutil.which("cc") or shutil.which((sysconfig.get_config_var("CC") or "cc").split()[0])


def _build(folder: Path) -> Path:
    if why := problem():
        raise InputError(f"--engines: floor: {why}")
    binary = folder / "floor"
    built = subprocess.run(
        [str(_compiler()), "-O2", "-o", str(binary), str(SOURCE)], capture_output=True, text=True, check=False
    )
    if built.returncode:
        raise InputError(f"--engines: floor: the compiler failed: {built.stderr.strip().splitlines()[0]}")
    return binary
