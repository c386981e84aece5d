"""A swarm of a fleet by a clock that is wrong as a trial wants it: `python -m tests.campaign.fleet_agent --help`.

What it tells is what that clock would have shown. What its host's own clock showed it keeps in a file, which is how a
trial knows the truth. `Step` has the clock step, oscillator included, from an instant on.
"""

import argparse
import mmap
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ewarn.agent.agent import serve
from ewarn.agent.run import Joining
from ewarn.bus.addresses import parse_bus, read_identity
from ewarn.bus.roles import role
from ewarn.clocks import ear
from ewarn.clocks.readings import monotonic_ns, raw_ns
from ewarn.system.clock import WallClock

PPM, STEP = "EWARN_CAMPAIGN_PPM", "EWARN_CAMPAIGN_STEP"
STEP_NS = 1_000_000
NEVER_NS = 2**62
Instants = TypeVar("Instants", int, NDArray[np.int64])


def wrong_ns(right: Instants, ppm: int, step_at: int) -> Instants:
    """What the clock shows where its host's own shows this."""
    found: Instants = right + right * ppm // 1_000_000 + STEP_NS * (right >= step_at)
    return found


class Step:
    """The instant of the host's own clock from which on its wrong one is ahead: a file that several processes see."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(NEVER_NS.to_bytes(8, "little"))
        with file.open("r+b") as opened:
            self._at = memoryview(mmap.mmap(opened.fileno(), 8)).cast("q")

    @property
    def at(self) -> int:
        """Ns; far away where there is none."""
        return self._at[0]

    @at.setter
    def at(self, instant: int) -> None:
        self._at[0] = instant


def main(channel: Any, wanted: ear.Wanted) -> None:
    """Child: an ear by such a clock."""
    ppm, step = int(os.environ[PPM]), Step(Path(os.environ[STEP]))
    ear.serve(
        channel,
        wanted,
        lambda: wrong_ns(monotonic_ns(), ppm, step.at),
        lambda: wrong_ns(raw_ns(), ppm, step.at),
    )


@dataclass
class Stamps:
    """What times of the swarm are told as; the right ones are kept as DIR/NAME-0.npy, -1, ... as they are asked for."""

    folder: Path
    name: str
    ppm: int
    step: Step
    asked: int = 0

    def __call__(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """Wrong ones of the right ones."""
        np.save(kept(self.folder, self.name, self.asked), times)
        self.asked += 1
        return wrong_ns(times, self.ppm, self.step.at)


def kept(folder: Path, name: str, turn: int) -> Path:
    """The file of what a swarm gave in its turn: an even one is of readings, the next one of the kernel's stamps."""
    return folder / f"{name}-{turn}.npy"


def _serve() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.fleet_agent")
    parser.add_argument("name")
    parser.add_argument("bus")
    parser.add_argument("key")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ppm", type=int, default=0, help="so much too fast")
    parser.add_argument("--version", help="say that it is of this one")
    given = parser.parse_args()
    file = given.folder / f"{given.name}.step"
    os.environ[PPM], os.environ[STEP] = str(given.ppm), str(file)
    if given.version:
        for name in [name for name in sys.modules if name.split(".")[0] == "ewarn"]:
            if hasattr(sys.modules[name], "__version__"):
                sys.modules[name].__version__ = given.version
    stamps = Stamps(given.folder, given.name, given.ppm, Step(file))
    joining = Joining(given.name, stay=True, ear_target="tests.campaign.fleet_agent:main", stamps=stamps)
    identity = read_identity(role("swarm"), given.key, None)
    serve(joining, parse_bus(given.bus), identity, WallClock(), lambda line: print(line, flush=True))


if __name__ == "__main__":
    _serve()
