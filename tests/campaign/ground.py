"""Where a command is played with: folders of its own, its processes by a mark, and what it leaves behind."""

import contextlib
import json
import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psutil

from ewarn.runs.folder import UNFINISHED
from tests.campaign.endings import NEVER, Ending

MARK = "EWARN_CAMPAIGN"
"""in the environment of everything that a command starts"""
PATIENCE_S = 180.0
"""for a command that is to end by itself"""
GONE_S = 15.0
"""for its processes to be gone then"""
SHARED = Path("/dev/shm")
DRILL = """
quake = "luding-2022"
speed = 4.0
[audience]
users = {users}
[gateway]
rate_per_s = {rate}
[detection]
interval_s = 5.2
change = 9.0
quick_s = 8.0
[budgets]
delivery_s = 60.0
epicentre_s = 60.0
"""
"""Three reports more than a second apart, each on its way to users for half of one, and a review two seconds later:
there is a before, a middle and an after of the reports. Budgets are so wide that no busy machine breaks them."""


@dataclass
class Ground:
    """A folder of its own."""

    folder: Path
    mark: str = field(default_factory=lambda: uuid4().hex)
    before: frozenset[str] = field(default_factory=lambda: frozenset(path.name for path in SHARED.glob("*")))

    @property
    def out(self) -> Path:
        """Of `--out`."""
        return self.folder / "disk" / "run"

    def environment(self, **more: str) -> dict[str, str]:
        """With the mark, and with folders for what lives as long as a process."""
        rooms = {name: str(self.folder / name.lower()) for name in ("XDG_RUNTIME_DIR", "TMPDIR")}
        return {**os.environ, **rooms, MARK: self.mark, **more}

    def drill(self, users: int = 1000, rate: int = 2000) -> Path:
        """A drill file."""
        path = self.folder / "drill.toml"
        path.write_text(DRILL.format(users=users, rate=rate))
        return path

    def processes(self, words: str = "") -> list[psutil.Process]:
        """All that stand here, or those whose command line holds these words, the eldest first."""
        mark = f"{MARK}={self.mark}".encode()
        found = []
        for one in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if mark in Path(f"/proc/{one.pid}/environ").read_bytes() and words in " ".join(one.cmdline()):
                    found.append(one)
        return sorted(found, key=lambda one: (one.create_time(), one.pid))

    def end(self) -> None:
        """Kill all that stand here."""
        for one in self.processes():
            with contextlib.suppress(psutil.Error):
                one.kill()

    def left(self) -> tuple[str, ...]:
        """What stands here after a command has ended: processes that do not go soon, shared memory, files."""
        until = time.monotonic() + GONE_S
        while (running := self.processes()) and time.monotonic() < until:
            time.sleep(0.05)
        names = []
        for one in running:
            with contextlib.suppress(psutil.Error):
                names.append(f"process {' '.join(one.cmdline()[-2:])} ({one.status()})")
        shared = {path.name for path in SHARED.glob("*")} - self.before
        names += [f"shared memory {name}" for name in sorted(shared) if "ewarn" in name or name.startswith("psm_")]
        for room in ("xdg_runtime_dir", "tmpdir"):
            names += [str(path.relative_to(self.folder)) for path in (self.folder / room).rglob("*") if path.is_file()]
        return tuple(names)

    def kept(self, folder: Path | None = None) -> str:
        """See `Ending.kept`; of `out`, or of a copy of it."""
        folder = folder or self.out
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        if not names:
            return "nothing"
        if "verdict.json" not in names or any(name.startswith(UNFINISHED) for name in names):
            return f"half a run: {', '.join(names)}"
        passed = json.loads((folder / "verdict.json").read_text())["passed"]
        return f"a whole run, {'passed' if passed else 'failed'}"

    def played(
        self,
        command: Sequence[str],
        when: str = "",
        act: Callable[["subprocess.Popen[str]"], None] | None = None,
        look: Callable[[], str] | None = None,
        **environment: str,
    ) -> Ending:
        """Run a command to its end; `act` once a line on stderr holds `when`; `look` for what is kept, before it is."""
        said: list[str] = []
        acted = threading.Event()

        def hear(process: "subprocess.Popen[str]") -> None:
            for line in process.stderr or ():
                said.append(line)
                if act and not acted.is_set() and re.search(when, line):
                    act(process)
                    acted.set()

        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, text=True, env=self.environment(**environment), **pipes) as process:
            # Whoever is left behind may hold the pipe open, so that its end is not the command's.
            hearing = threading.Thread(target=hear, args=(process,))
            hearing.start()
            code = None
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(PATIENCE_S)
            left = self.left() if code is not None else ()
            self.end()
            hearing.join()
        if act and not acted.is_set():
            said.append(NEVER)
        return Ending(code, "".join(said), left, (look or self.kept)())


@contextmanager
def ground() -> Iterator[Ground]:
    """A place to play, which is gone afterwards with all that stands in it."""
    with tempfile.TemporaryDirectory(prefix="campaign-") as name:
        made = Ground(Path(name))
        for room in ("xdg_runtime_dir", "tmpdir", "disk"):
            (made.folder / room).mkdir()
        try:
            yield made
        finally:
            made.end()
