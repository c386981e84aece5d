"""What a drill starts on hosts, and ends however it ends itself: commands such as `ssh g1 ewarn gateway ...`.

Nothing of it is left. Each command has the other end of a pipe as its standard input, which closes with this process,
and `--until-eof` has ours end then, on whatever host. The command here gets SIGTERM from the kernel too, as the thread
ends that started it.
"""

import re
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from os import killpg
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import IO, Self

from ewarn.errors import InputError

LONGEST_LINE = 300
"""letters of what a command said last"""
LEAVE_S = 5.0
"""in which a command may end by itself, and again when it was told to"""
UNSEEN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[^\x20-\x7e\u00a0-\U0010ffff]")
"""what moves a terminal's cursor, or is no letter"""


class Command:
    """One command that runs."""

    def __init__(self, words: Sequence[str], folder: Path) -> None:
        """Start it in this folder. Raises OSError."""
        self._said: deque[str] = deque(maxlen=1)
        self._process = subprocess.Popen(
            [*_ends_with_us(), *words],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us alone
        )
        assert self._process.stderr  # noqa: S101  it was asked for
        self._thread = Thread(target=self._hear, args=(self._process.stderr,), daemon=True)
        self._thread.start()

    @property
    def said(self) -> str:
        """The last line that it wrote on standard error; empty where it wrote none."""
        return next(iter(self._said), "")

    def ended(self) -> int | None:
        """The exit status where it has ended (negative: the signal), else None; all that it said is known then."""
        status = self._process.poll()
        if status is not None:
            self._thread.join(LEAVE_S)
        return status

    def let_go(self) -> None:
        """Close its standard input."""
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()

    def signal(self, number: int) -> None:
        """To it, and to all that it has started here."""
        with suppress(ProcessLookupError, PermissionError):
            killpg(self._process.pid, number)

    def wait(self, until_s: float) -> bool:
        """Whether it has ended by then, monotonic s."""
        try:
            self._process.wait(max(0.0, until_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True

    def _hear(self, stream: IO[bytes]) -> None:
        with stream:
            for line in iter(lambda: stream.readline(1 << 16), b""):
                if text := shown(line):
                    self._said.append(text)


class Started:
    """A context: all commands end with it. Use it from the main thread."""

    def __init__(self, folder: Path) -> None:
        """`folder`: where commands start."""
        self._folder = folder
        self._commands: dict[str, Command] = {}

    def __enter__(self) -> Self:
        """Nothing runs yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def start(self, name: str, words: Sequence[str]) -> None:
        """Start a command for a host. Raises InputError where there is no such program."""
        try:
            self._commands[name] = Command(words, self._folder)
        except OSError as error:
            raise InputError(f"{name}: start: cannot run {words[0]} ({error.strerror})") from None
        except ValueError as error:  # a word that has a zero byte in it
            raise InputError(f"{name}: start: {error}") from None

    def why_ended(self, name: str) -> str | None:
        """In words why the command of a host has ended; None: it goes on, or there is none."""
        one = self._commands.get(name)
        status = one.ended() if one else None
        if one is None or status is None:
            return None
        how = f"killed by signal {-status}" if status < 0 else f"exit code {status}"
        return f"its command has ended ({how}): {one.said or 'it said nothing'}"

    def said(self, name: str) -> str:
        """The last line that the command of a host wrote; empty where there is none."""
        one = self._commands.get(name)
        return one.said if one else ""

    def close(self) -> None:
        """End all of them: at first by the end of their input, then by SIGTERM, then by SIGKILL."""
        them = list(self._commands.values())
        for one in them:
            one.let_go()
        for number in (signal.SIGTERM, signal.SIGKILL):
            until_s = time.monotonic() + LEAVE_S
            staying = [one for one in them if not one.wait(until_s)]
            for one in staying:
                one.signal(number)
            them = staying
        for one in them:
            one.wait(time.monotonic() + LEAVE_S)
        self._commands.clear()


def shown(line: bytes) -> str:
    """What a program said, as a line of ours: without our own name, colours, and what is too long."""
    text = UNSEEN.sub("", line.decode("utf-8", "replace")).strip().removeprefix("ewarn: ")
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 3]}..."


def _ends_with_us() -> tuple[str, ...]:
    """What has the kernel end a command with the thread that started it; nothing where there is no such tool."""
    tool = shutil.which("setpriv")
    return (tool, "--pdeathsig", "TERM", "--") if tool else ()
