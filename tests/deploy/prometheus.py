"""A real Prometheus for tests: found where `make watch-tools` puts it, or on PATH, and asked over its HTTP API."""

import json
import math
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode

import pytest

from tests.bus.servers import free_port

PATIENCE_S = 30.0
OWN = Path(sys.prefix) / "prometheus" / "usr" / "bin"


def tool(name: str) -> str | None:
    """Its path: `prometheus` or `promtool`."""
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], str(OWN)]))


needed = pytest.mark.skipif(not tool("prometheus"), reason="no Prometheus here: `make watch-tools` gets Debian's")


def promtool(*words: str | Path, given: str | None = None) -> tuple[int, str]:
    """Exit code, and all that it said."""
    command = [str(tool("promtool")), *map(str, words)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def until(what: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """Its value, once that is true."""
    end = time.monotonic() + patience_s
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


class Prometheus:
    """One that runs."""

    def __init__(self, address: str) -> None:
        self._url = f"http://{address}"

    def get(self, path: str, **asked: str) -> Any:
        """What the API answers."""
        with urllib.request.urlopen(f"{self._url}/api/v1/{path}?{urlencode(asked)}", timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read())["data"]

    def now(self, query: str) -> list[dict[str, str]]:
        """Labels of what is there at this instant; what is no number is not."""
        found = self.get("query", query=query)
        if found["resultType"] == "scalar":
            return [{}]
        return [one["metric"] for one in found["result"] if not math.isnan(float(one["value"][1]))]

    def since(self, query: str, began: float) -> int:
        """How many numbers a panel would draw that shows the time since then."""
        drawn = {"start": f"{began}", "end": f"{time.time()}", "step": "1s"}
        found = self.get("query_range", query=query, **drawn)["result"]
        return sum(not math.isnan(float(value)) for one in found for _, value in one["values"])

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=5):  # noqa: S310
                return True
        except (URLError, OSError):
            return False


@contextmanager
def running(config: Path) -> Iterator[Prometheus]:
    """One with this configuration, which ends with the context; its data stands beside that."""
    address, program = f"127.0.0.1:{free_port()}", str(tool("prometheus"))
    words = [f"--config.file={config}", f"--storage.tsdb.path={config.parent / 'data'}"]
    with subprocess.Popen(
        [program, *words, f"--web.listen-address={address}", "--log.level=warn"], cwd=config.parent
    ) as process:
        try:
            made = Prometheus(address)
            until(lambda: made.is_ready() or process.poll() is not None)
            assert process.poll() is None
            yield made
        finally:
            process.kill()
