"""Runs the blocks of a page that are marked so, top to bottom, in a folder and a network of their own."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import ROOT, Block, blocks

RUN = re.compile(r"run(?:, exit (?P<code>\d+))?")
PAGE_S = 100
PRELUDE = """set -eu
# Whether a drill keeps its promises hangs on how busy the machine is, and is no matter of the page.
ewarn() { command ewarn "$@" || { code=$?; [ "$1" = drill ] && [ $code = 3 -o $code = 4 ]; }; }
"""
LISTENING = "until (exec 3<>/dev/tcp/127.0.0.1/8600) 2>/dev/null; do sleep 0.1; done"
OWN_NETWORK = (sys.executable, str(ROOT / "tests" / "docs" / "own_network.py"))


def to_run(page: Path) -> list[Block]:
    return [block for block in blocks(page, "sh") if RUN.fullmatch(block.comment)]


def script(found: list[Block]) -> str:
    """Run blocks one after the other; ends with 1 and the block's name where one did not end as it should."""
    lines = []
    for number, block in enumerate(found):
        code = RUN.fullmatch(block.comment)["code"]
        shell = f"bash -eu {number}.sh" if code else f"bash -c '. ./prelude.sh; . ./{number}.sh'"
        wrong = f"{block.name}: exit code $code, not {code or 0}"
        lines.append(f'code=0; {shell} || code=$?; [ $code = {code or 0} ] || {{ echo "{wrong}" >&2; exit 1; }}')
        if re.search(r"(?m)^ewarn (gateway|demo)\b.*&$", block.text):
            lines.append(LISTENING)
    return "\n".join(lines)


def have_own_networks() -> bool:
    """Whether pages can be run at once, each with the usual ports."""
    return subprocess.run(OWN_NETWORK, check=False).returncode == 0


@dataclass
class PageRun:
    """A page that runs."""

    child: subprocess.Popen
    folder: Path

    def end(self) -> str:
        """Wait until it is through; what went wrong, or nothing."""
        try:
            code = self.child.wait(PAGE_S)
        finally:
            self.stop()
        return (self.folder / "said").read_text() if code else ""

    def stop(self) -> None:
        """What still runs in the background ends, too."""
        with suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGTERM)
        self.child.kill()
        self.child.wait()


@contextmanager
def running(page: Path, folder: Path) -> Iterator[PageRun]:
    """Begin to run a page; it has ended with the context."""
    folder.mkdir()
    for number, block in enumerate(found := to_run(page)):
        (folder / f"{number}.sh").write_text(block.text)
    (folder / "prelude.sh").write_text(PRELUDE)
    for name in ("configs", "loadtests"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "docs").symlink_to(ROOT / "docs")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with (folder / "said").open("w") as said:
        child = subprocess.Popen(
            [*OWN_NETWORK, "/bin/bash", "-c", script(found)],
            cwd=folder,
            env=os.environ
            | {"PATH": path, "XDG_RUNTIME_DIR": str(folder), "XDG_STATE_HOME": str(folder / "state-home")},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    one = PageRun(child, folder)
    try:
        yield one
    finally:
        one.stop()
