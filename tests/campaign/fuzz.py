"""Fuzz: bad inputs of every kind, made from a corpus by a seed; nothing but a clear sentence may come of one.

Of a fault one line is printed that makes it again: `python -m tests.campaign.fuzz "KIND" SEED NUMBER`.
"""

import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

from tests.campaign import fuzz_far_side, fuzz_files, fuzz_kinds
from tests.campaign.fuzz_hypothesis import by_hypothesis
from tests.campaign.fuzz_kinds import Kind
from tests.campaign.fuzz_mutation import made
from tests.campaign.fuzz_sockets import by_sockets
from tests.campaign.rows import Row

PART = "fuzz"
INPUTS = 1_000_000
MINUTES = 10.0
"""in which they are made by mutation; besides, a fifth of it by hypothesis and a quarter of it by sockets"""
PART_OF_HYPOTHESIS, PART_OF_SOCKETS = 0.1, 0.04
SHORT_INPUTS, SHORT_S = 20_000, 20.0
SEED, PROCESSES = 17, 2
SLOWEST_S = 1.0
"""of processor time: an input that takes longer is a fault"""
TURNS = 100
"""in which each kind gets its inputs, so that all have theirs where the time is short"""
MOST_FAULTS = 5
"""of a kind, after which it is left"""


@dataclass
class Found:
    """What came of the inputs of a kind."""

    kind: str
    inputs: int = 0
    took_s: float = 0.0
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)


def kinds() -> list[Kind]:
    """All that are fuzzed in this process."""
    return [*fuzz_kinds.kinds(), *fuzz_far_side.kinds(), *fuzz_files.kinds()]


def feed(kind: Kind, seed: int, numbers: range, found: Found) -> None:
    """These inputs of a kind; what comes of them is added to what was found."""
    began = time.monotonic()
    for number in numbers:
        if len(found.faults) >= MOST_FAULTS:
            break
        data = made(kind.name, seed, number, kind.corpus)
        again_ = f'python -m tests.campaign.fuzz "{kind.name}" {seed} {number}'
        started = time.process_time()
        try:
            kind.feed(data)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is the find
            where = traceback.extract_tb(error.__traceback__)[-1]
            text = f"{type(error).__name__}: {str(error)[:100]} at {where.filename.rpartition('/')[2]}:{where.lineno}"
            found.faults.append(f"{again_}  # {text}")
        spent = time.process_time() - started
        found.slowest_s = max(found.slowest_s, spent)
        if spent > SLOWEST_S:
            found.faults.append(f"{again_}  # took {spent:.1f} s")
        found.inputs += 1
    found.took_s += time.monotonic() - began


def in_process(inputs: int, seconds: float, seed: int = SEED, only: str = "") -> list[Found]:
    """All kinds, each with its part of the inputs, a little of each in turn until the time is up."""
    todo, until = [kind for kind in kinds() if only in kind.name], time.monotonic() + seconds
    found = {kind.name: Found(kind.name) for kind in todo}
    due = {kind.name: max(1, round(inputs * kind.part / sum(one.part for one in todo))) for kind in todo}
    try:
        for turn in range(TURNS):
            for kind in todo:
                if time.monotonic() < until:
                    whole = due[kind.name]
                    feed(kind, seed, range(whole * turn // TURNS, whole * (turn + 1) // TURNS), found[kind.name])
    finally:
        for kind in todo:
            kind.close()
    return list(found.values())


def by_mutation(inputs: int, seconds: float) -> list[Found]:
    """The same in as many processes as CI has cores, each with a seed of its own."""
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        seeds = range(SEED, SEED + PROCESSES)
        shares = list(pool.map(partial(in_process, inputs // PROCESSES, seconds), seeds))
    return [_together(list(of_kind)) for of_kind in zip(*shares, strict=True)]


def _together(found: list[Found]) -> Found:
    """What several processes found of a kind, in the time that the longest took."""
    inputs, took_s = sum(one.inputs for one in found), max(one.took_s for one in found)
    faults = [fault for one in found for fault in one.faults]
    return Found(found[0].kind, inputs, took_s, max(one.slowest_s for one in found), faults)


def rows(found: list[Found]) -> list[Row]:
    """One a kind, one a fault, and one of all."""
    made_ = []
    for one in found:
        seen = f"{one.inputs:,} inputs, slowest {one.slowest_s * 1000:.0f} ms, {len(one.faults)} faults"
        rate = one.inputs / max(one.took_s, 1e-9)
        made_.append(Row(PART, one.kind, "a clear sentence or none", seen, not one.faults, rate, "inputs/s"))
        made_ += [Row(PART, f"fault of {one.kind}", "a clear sentence", fault, False) for fault in one.faults]
    inputs, took_s = sum(one.inputs for one in found), sum(one.took_s for one in found)
    made_.append(Row(PART, "by mutation, in all", "no fault", f"{inputs:,} in {took_s:.0f} s", True, inputs, "inputs"))
    return made_


def fuzz(*, short: bool = False) -> list[Row]:
    """All of it: by mutation, by hypothesis, and by sockets."""
    seconds, inputs = (SHORT_S, SHORT_INPUTS) if short else (60 * MINUTES, INPUTS)
    made_ = list(by_hypothesis(round(inputs * PART_OF_HYPOTHESIS), seconds / 5, SEED))
    made_ += rows(by_mutation(round(inputs * (1 - PART_OF_HYPOTHESIS - PART_OF_SOCKETS)), seconds))
    return [*made_, *by_sockets(round(inputs * PART_OF_SOCKETS), seconds / 4, SEED)]


def again(kind: str, seed: int, number: int) -> None:
    """Make an input again, show it, and feed it."""
    (found,) = (one for one in kinds() if one.name == kind)
    data = made(kind, seed, number, found.corpus)
    print(data)
    try:
        found.feed(data)
    finally:
        found.close()


if __name__ == "__main__":
    again(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
