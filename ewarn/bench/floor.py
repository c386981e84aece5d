"""The physical floor: the same fan-out in plain C, built on demand and run beside our own."""

import contextlib
import json
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path

from ewarn.bench.sample import Footprint, Sample
from ewarn.errors import InputError, MeasurementError
from ewarn.system.machine import Machine

SOURCE = Path(__file__).parent / "floor.c"


class Floor:
    """A contender; see `contender.Contender`. Its frames all have the same bytes, and nobody parses them."""

    kind, engine = "floor", "C send()"

    def __init__(self, order: str, users: int, frame_bytes: int, machine: Machine) -> None:
        self.name, self.order, self.frames = f"floor ({order})", order, "shared"
        self.settings = "send() a connection, epoll and recv(), no WebSocket, no plan, no parsing"
        self._frame_bytes = frame_bytes
        self._pairs = machine.processes_for(users)
        self._each = -(-users // self._pairs)
        self.users = self._pairs * self._each
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._command: list[str] = []

    def start(self, portions: int) -> None:
        """See `Contender.start`; its processes connect as they come up, so they do with the first portion.

        Raises InputError where it cannot be built.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="ewarn-")
        numbers = [str(number) for number in (self._pairs, self._each, self._frame_bytes)]
        self._command = [str(_build(Path(self._folder.name))), *numbers, self.order, str(portions)]

    def connect(self) -> None:
        """See `Contender.connect`."""
        if self._process:
            self._go_on()
        else:
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            if self._folder:
                self._folder.cleanup()  # it runs, and so nothing is left behind whichever way this ends
        if self._answer() != "ready\n":
            raise MeasurementError("the floor did not come up")

    def rehearse(self) -> Footprint:
        """See `Contender.rehearse`; what it takes is nobody's question."""
        self.play()
        nothing = float("nan")
        return Footprint(nothing, nothing, nothing, nothing)

    def play(self) -> Sample:
        """See `Contender.play`."""
        self._go_on()
        found = json.loads(self._answer() or "{}")
        if not found:
            raise MeasurementError("the floor gave up in the middle of a round")
        return Sample(
            users=found["connections"],
            delivered=found["connections"],
            seconds=found["received_s"],
            p50_ms=float("nan"),
            p99_ms=float("nan"),
            send_us=found["send_us"],
            receive_us=found["receive_us"],
            busy_us=float("nan"),
            bytes_per_frame=found["length"],
        )

    def close(self) -> None:
        """See `Contender.close`."""
        if self._process:
            with contextlib.suppress(BrokenPipeError):
                self._process.communicate()
        if self._folder:
            self._folder.cleanup()

    def _go_on(self) -> None:
        assert self._process and self._process.stdin  # noqa: S101  `connect` made them
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def _answer(self) -> str:
        assert self._process and self._process.stdout  # noqa: S101
        return self._process.stdout.readline()


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
