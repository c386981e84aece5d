"""How a command ended that something befell, and whether it should have. All but `befall` is pure."""

import re
import signal
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.campaign.rows import Row

PART = "faults"
STOPPED_S = 2.0
FOR_A_WHILE, FOR_GOOD = "stopped for a while", "stopped for good"
ACTS = {"killed": signal.SIGKILL, "told to end": signal.SIGTERM, FOR_A_WHILE: signal.SIGSTOP}
NEVER = "the moment to act never came"


@dataclass(frozen=True)
class Ending:
    """How a command ended."""

    code: int | None
    """None: it did not, and was killed"""
    said: str
    """on stderr"""
    left: tuple[str, ...]
    """processes and files that should be gone"""
    kept: str
    """of the run: `nothing`, `a whole run, passed`, `a whole run, failed` or `half a run: ...`"""

    @property
    def error(self) -> str:
        """The line that ends the first traceback in what it said."""
        _, _, after = self.said.partition("Traceback")
        return next((line[:160] for line in after.splitlines()[1:] if line[:1].strip()), "cut short")

    @property
    def last(self) -> str:
        """What it said at last."""
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        return re.sub(r"/\S*/campaign-\w+", "...", lines[-1])[:160] if lines else "nothing"


def befall(process: psutil.Process, act: str) -> None:
    """Do it, and where it is for a while, undo it."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(ACTS.get(act, signal.SIGSTOP))
        if act == FOR_A_WHILE:
            time.sleep(STOPPED_S)
            process.send_signal(signal.SIGCONT)


def judged(name: str, codes: tuple[int, ...], ending: Ending, kept: tuple[str, ...] = ()) -> Row:
    """The row of a command that ended; `kept` is what may stand of its run, where the exit code does not say. Pure."""
    wanted = kept or _kept(ending.code)
    expected = f"exit code {' or '.join(map(str, codes))}; {' or '.join(wanted)}; nothing left behind"
    code = "did not end" if ending.code is None else f"exit code {ending.code}"
    problems = list(ending.left)
    if "Traceback" in ending.said:
        problems.append(f"a traceback: {ending.error}")
    if ending.last == NEVER:
        problems.append(ending.last)
    passed = ending.code in codes and ending.kept in wanted and not problems
    seen = "; ".join([code, ending.kept, *problems, *([] if passed else [f"said at last: {ending.last}"])])
    return Row(PART, name, expected, seen, passed)


def _kept(code: int | None) -> tuple[str, ...]:
    """What a drill that ends with this code may leave of its run."""
    whole = {0: ("a whole run, passed",), 3: ("a whole run, failed",)}
    untrusted = ("nothing", "a whole run, passed", "a whole run, failed")
    return untrusted if code == 4 else whole.get(code if code is not None else -1, ("nothing",))
