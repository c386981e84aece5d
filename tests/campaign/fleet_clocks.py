"""Drills over hosts whose clocks the trial knows: the truth within bounds, a step, a line that is slow one way."""

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ewarn.fleet.plan import Cable
from tests.campaign.fleet_agent import STEP_NS, Step, kept
from tests.campaign.fleet_figures import Known, known, true_instants
from tests.campaign.fleet_ground import Ended, Ground
from tests.campaign.hosts_fleet import REPORTS
from tests.campaign.rows import Row

PART = "fleet"
TRUTH, STEPPED, SLOW = "clocks of their own", "a step of 1 ms", "1 ms out, 6 ms back"
BEHIND_S = float(min(1800, int(time.monotonic()) // 2))
"""no clock can show less than nothing"""
AHEAD_S = {"b1": 60, "b2": 600, "g1": 900, "g2": -BEHIND_S / 2, "g3": 2400, "s1": 3600, "s2": -BEHIND_S, "s3": 7}
PPM = {"s1": 30, "s2": -100, "s3": 30}
LOST = 0.01
SLOW_LINE = {"delay_s": 0.001, "back_s": 0.006, "jitter_s": 0.001}
LEAST_US = 7_000.0
"""A bound is no narrower than such a line is slow."""


def cables() -> dict[str, Cable]:
    """Every host has a clock of its own, and s3 a slow line."""
    return {name: Cable(ahead_s=ahead, **(SLOW_LINE if name == "s3" else {})) for name, ahead in AHEAD_S.items()}


def truth(ground: Ground, users: int) -> Row:
    """Ten reports to users of two swarms, whose clocks drift."""
    ended, found = _played(ground, users, "s1", "s2")
    return judged(TRUTH, ended, found, users)


def slow(ground: Ground, users: int) -> Row:
    """The same, with one of the swarms behind a line that is slow one way, and loses packets."""
    ground.fleet.hosts["s3"].lose(LOST)
    try:
        ended, found = _played(ground, users, "s1", "s3")
    finally:
        ground.fleet.hosts["s3"].lose(0.0)
    row = judged(SLOW, ended, found, users)
    clock = ended.verdict["fleet"]["hosts"]["s3"]["clock"]
    seen = f"{row.seen}; of s3 {clock['exchanges']} exchanges, {clock['lost']} lost, width {_said(clock['width_us'])}"
    wide = clock["width_us"]["p50"] >= LEAST_US
    return Row(PART, SLOW, row.expected, seen, row.passed and wide, clock["width_us"]["max"], "us, the widest")


def stepped(ground: Ground, users: int) -> Row:
    """A clock of a swarm steps in the middle of ten reports."""
    ground.describe("s1", "s2")
    with ground.agents(_drifting("s1", "s2")), ground.drill(ground.drill_file(users)) as drill:
        drill.until_said(f"report {REPORTS // 2} (")
        Step(ground.folder / "s2.step").at = time.monotonic_ns() + round(AHEAD_S["s2"] * 1e9) + 50_000_000
        ended = drill.over()
    return judged_step(ended.code, ended.untrusted, len(ended.lines))


def judged_step(code: int, untrusted: list[str], lines: int) -> Row:
    """The row of a step. Pure.

    What is known of the host's times without its clock may be said besides: that is too little for a promise.
    """
    said = [one for one in untrusted if one.startswith("s2's clock was stepped or slewed")]
    rest = [one for one in untrusted if one not in said]
    passed = code == 4 and len(said) == 1 and all(" on s2 is known only to within " in one for one in rest)
    seen = f"exit code {code}; {'; '.join(untrusted) or f'nothing in {lines} lines'}"
    return Row(PART, STEPPED, "refused: one line that names the host, exit code 4", seen, passed, STEP_NS / 1e3, "us")


def _played(ground: Ground, users: int, *swarms: str) -> tuple[Ended, Known]:
    ground.describe(*swarms)
    with ground.agents(_drifting(*swarms)), ground.drill(ground.drill_file(users)) as drill:
        ended = drill.over()
    return ended, _known(ground.folder, ended, swarms)


def _drifting(*swarms: str) -> dict[str, tuple[str, ...]]:
    return {name: ("--ppm", str(PPM[name])) for name in swarms}


def _known(folder: Path, ended: Ended, swarms: tuple[str, ...]) -> Known:
    ahead = [round(AHEAD_S[name] * 1e9) for name in swarms]
    true = true_instants([np.load(kept(folder, name, 0)) for name in swarms], ahead)
    return known(np.load(ended.out / "receipts.npy"), np.load(ended.out / "earliest.npy"), true)


def judged(name: str, ended: Ended, found: Known, users: int) -> Row:
    """The row of a drill whose truth is known."""
    due = users * REPORTS
    passed = (
        ended.code == 0
        and ended.missed == 0
        and sum(one["delivered"] for one in ended.verdict["reports"]) == due
        and found.receipts == found.told == found.inside == due
    )
    seen = [
        f"exit code {ended.code}",
        f"{found.told:,} receipts of {due:,}",
        f"truth inside the bound for {found.inside:,}, {found.least_us:.1f} us from an end at the closest",
        f"width p50 {found.width_us[0]:,.0f}, p99 {found.width_us[1]:,.0f}, most {found.width_us[2]:,.0f} us",
        f"last user {max(one['delivery_ms']['max'] or np.inf for one in ended.verdict['reports']):,.0f} ms",
        *ended.untrusted,
    ]
    expected = "every user has every report, exit code 0, the truth inside the bound for every receipt"
    return Row(PART, name, expected, "; ".join(seen), passed, found.width_us[2], "us, the widest")


def _said(width: Mapping[str, float]) -> str:
    return f"p50 {width['p50']:,.0f}, p99 {width['p99']:,.0f}, most {width['max']:,.0f} us"
