"""The processes of a load test: the gateway, whoever publishes, and the swarms. They end with the Locust process."""

import ctypes
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from ewarn.errors import InputError, MeasurementError, NobodyConnectedError

EWARN = [sys.executable, "-m", "ewarn"]
PR_SET_PDEATHSIG = 1  # linux/prctl.h
BAD_INPUT, CHECK_FAILED, UNTRUSTED = (kind.exit_code for kind in (InputError, NobodyConnectedError, MeasurementError))
INTERRUPTED = 130
"""exit codes, as those of `ewarn`"""
_LIBC = ctypes.CDLL(None)


class LoadError(Exception):
    """A test that cannot go on; the sentence says why, and the code is the one that Locust ends with."""

    def __init__(self, why: str, code: int = UNTRUSTED) -> None:
        super().__init__(why)
        self.code = code


def start(*words: str, **options: Any) -> "subprocess.Popen[str]":
    """Start an `ewarn` command with its stdout piped.

    It stands in a session of its own, so Ctrl-C reaches Locust alone, which ends it in order; and should Locust die
    without a word, the kernel ends it.
    """
    return subprocess.Popen(
        [*EWARN, *words],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
        **options,
    )


def end(process: "subprocess.Popen[str]") -> None:
    """End it as Ctrl-C would, and wait."""
    if process.poll() is None:
        process.terminate()
    process.wait()


def boot() -> str:
    """What tells this running machine from others: only on one of them does a monotonic clock mean the same."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class GatewayProcess:
    """A gateway on free loopback ports."""

    def __init__(self) -> None:
        self._process = start("gateway", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--json")
        line = ""
        try:
            line = self._process.stdout.readline() if self._process.stdout else ""
        finally:  # also where the test is stopped while this waits
            if not line:
                end(self._process)
        if not line:
            raise LoadError(f"the gateway did not start (exit code {self._process.returncode})")
        told = json.loads(line)
        self.listen, self.control = str(told["listen"]), str(told["control"])

    def connections(self) -> int:
        """Clients connected now."""
        return int(json.loads(self._get("/healthz"))["connections"])

    def counters(self) -> dict[str, int]:
        """Its metrics, without their `ewarn_` and `_total`."""
        pairs = (line.split() for line in self._get("/metrics").splitlines() if not line.startswith("#"))
        return {name.removeprefix("ewarn_").removesuffix("_total"): int(float(value)) for name, value in pairs}

    def end(self) -> None:
        """End it and its shards."""
        end(self._process)

    def check(self) -> None:
        """Raise LoadError if it has died."""
        if (status := self._process.poll()) is not None:
            raise LoadError(f"the gateway died (exit code {status})", CHECK_FAILED)

    def _get(self, path: str) -> str:
        self.check()
        with urllib.request.urlopen(f"http://{self.listen}{path}", timeout=10) as answer:
            return str(answer.read(), "utf-8")
