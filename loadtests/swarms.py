"""The swarm processes of one Locust process, a local runner or a worker: one a Locust user."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from gevent.event import Event

from loadtests.account import TALLIES, Reached, Word, deliveries
from loadtests.children import CHECK_FAILED, UNTRUSTED, boot, end, start


class Swarms:
    """Runs them as the conductor's messages say, and hands each one's word on by `deliver`."""

    def __init__(self, index: int, deliver: Callable[[Word], None]) -> None:
        self._index, self._deliver = index, deliver
        self._play: dict[str, Any] = {}
        """the conductor's first message; empty while there is nothing to attend"""
        self._releases: dict[int, int] = {}
        self._told = Event()
        self._running: set[subprocess.Popen[str]] = set()
        self._begun = 0

    def begin(self, play: dict[str, Any]) -> None:
        """A test begins: this is where its gateway is, and what to do there."""
        self._play, self._begun = play, 0
        self._told.clear()

    def storm(self) -> None:
        """All clients hang up, and return."""
        for process in self._running:
            process.send_signal(signal.SIGUSR1)

    def go_home(self, releases: dict[int, int]) -> None:
        """Every client has had its time: have the receipts written. `releases` by report, monotonic ns."""
        self._releases = releases
        self._told.set()
        for process in self._running:
            process.terminate()  # as Ctrl-C; but SIGINT is ignored by whatever a shell started in the background

    def give_up(self) -> None:
        """End all at once; the test is over before its end."""
        self._play = {}
        self._told.set()
        for process in self._running:
            process.terminate()

    def attend(self) -> Word | None:
        """Be one swarm process's Locust user, from its start to its word; None if the test is over before its end."""
        play = self._play
        if not play:
            return None
        self._begun += 1
        if play["boot"] != boot():
            why = "a worker runs on another machine than the master, and their monotonic clocks cannot be compared: "
            word = _word(play, problem=f"{why}boot {boot()} is not {play['boot']}")
        else:
            word = self._swarm(play, seed=1 + 1000 * self._index + self._begun)
        if play is not self._play:
            return None
        self._deliver(word)
        return word

    def _swarm(self, play: dict[str, Any], seed: int) -> Word:
        words = ["--to", play["to"], "--quake", play["quake"], "--clients", str(play["clients"]), "--seed", str(seed)]
        words += ["--churn-per-s", str(play["churn_per_s"]), "--connects-per-s", str(play["connects_per_s"])]
        with TemporaryDirectory(prefix="ewarn-load-") as folder:
            process = start("swarm", *words, "--out", folder, "--json", stderr=subprocess.PIPE)
            self._running.add(process)
            try:
                said, complaint = process.communicate()
            finally:
                self._running.discard(process)
                end(process)
            # One that ended by itself would have no releases to hold its receipts against before the others end.
            early = not self._told.is_set()
            last = (complaint.strip().splitlines() or ["it said nothing"])[-1]
            code = process.returncode if process.returncode in (0, CHECK_FAILED) else UNTRUSTED
            if early or code == UNTRUSTED:
                when = "before it was sent home " if early else ""
                problem = f"a swarm process ended {when}with exit code {process.returncode}: {last}"
                return _word(play, json.loads(said) if said else {}, problem=problem, code=code or UNTRUSTED)
            receipts = np.load(Path(folder) / "receipts.npy")
            found = deliveries(receipts, self._releases, play["clients"])
            lost = f"a swarm process lost something: {last}" if code else None
            return _word(play, json.loads(said), found, lost, code)


def _word(
    play: dict[str, Any],
    counts: dict[str, int] | None = None,
    found: dict[int, Reached] | None = None,
    problem: str | None = None,
    code: int = UNTRUSTED,
) -> Word:
    counts = counts or {}
    return Word(
        play=play["id"],
        bytes=counts.get("bytes", 0),
        tallies={name: counts.get(name, 0) for name in TALLIES},
        deliveries=[(number, one.plain()) for number, one in (found or {}).items()],
        problem=problem,
        code=code if problem else 0,
    )
