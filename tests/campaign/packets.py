"""Packets: a torrent of frames into phones that are rows of arrays, each row beside a plain reference of one flow.

Of a fault one line is printed that makes it again: `python -m tests.campaign.packets SEED SEGMENTS`.
"""

import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from tests.campaign.rows import Row
from tests.packets.pouring import CLIENTS, MSS, poured
from tests.packets.reference import State

PART = "packets"
SEGMENTS, POURINGS = 1_000_000, 8
SHORT_SEGMENTS, SHORT_POURINGS = 60_000, 2
SEED, PROCESSES = 18, 2
"""each pouring has a seed of its own, from this one on, and flows of its own"""


@dataclass(frozen=True)
class Went:
    """How one pouring ended."""

    seed: int
    frames: int
    spoilt: int
    segments: int
    bytes_read: int
    said: int
    met: frozenset[State]
    """in which states flows were when segments came"""
    fault: str = ""


def pour(count: int, seed: int) -> Went:
    """One pouring; whatever goes wrong is its fault."""
    try:
        went = poured(seed, count)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is the find
        where = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__} at {where.filename.rpartition('/')[2]}:{where.lineno}: {error}"
        print(f"python -m tests.campaign.packets {seed} {count}\n{said}", flush=True)
        return Went(seed, 0, 0, 0, 0, 0, frozenset(), said.partition("\n")[0][:300])
    return Went(seed, went.frames, went.spoilt, went.segments, went.bytes_read, went.said, frozenset(went.met))


def rows(went: list[Went], count: int, took_s: float) -> list[Row]:
    """One of all, and one a fault."""
    faults = [one for one in went if one.fault]
    fed = sum(one.segments for one in went)
    met = frozenset().union(*(one.met for one in went))
    seen = (
        f"{sum(one.frames for one in went):,} frames, {sum(one.spoilt for one in went):,} of them spoilt, gave {fed:,} "
        f"segments to {len(went)} times {CLIENTS:,} flows (MSS {MSS}), seeds from {went[0].seed} on: "
        f"{sum(one.bytes_read for one in went):,} bytes read, {sum(one.said for one in went):,} segments went out, "
        f"in {len(met)} of {len(State)} states; {len(faults)} out of step"
    )
    whole = not faults and fed >= count and met == set(State)
    made = [
        Row(
            PART, "segments beside a reference of one flow", "none out of step", seen, whole, fed / took_s, "segments/s"
        )
    ]
    for one in faults:
        again = f"python -m tests.campaign.packets {one.seed} {-(-count // len(went))}  # {one.fault}"
        made.append(Row(PART, f"out of step, seed {one.seed}", "in step", again, False))
    return made


def packets(*, short: bool = False) -> list[Row]:
    """All of it, in as many processes as CI has cores."""
    count, pourings = (SHORT_SEGMENTS, SHORT_POURINGS) if short else (SEGMENTS, POURINGS)
    began = time.monotonic()
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        went = list(pool.map(partial(pour, -(-count // pourings)), range(SEED, SEED + pourings)))
    found = rows(went, count, time.monotonic() - began)
    print(found[0].seen, flush=True)
    return found


if __name__ == "__main__":
    made_again = pour(int(sys.argv[2]), int(sys.argv[1]))
    print(made_again)
    sys.exit(3 if made_again.fault else 0)
