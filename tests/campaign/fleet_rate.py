"""Gateways that keep a rate, one to eight of them: until the last user, held against the forecast of `ewarn plan`."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ewarn.fleet.lab import Fleet
from ewarn.fleet.plan import CENTRE, Plan, clocks
from tests.campaign.fleet_figures import Held, busy_between, median_of
from tests.campaign.fleet_ground import Busy
from tests.campaign.guard import HarnessError
from tests.campaign.rows import Row
from tests.campaign.service import EWARN

PART, NAME = "fleet", "gateways"
OF_SHARD = 14_000
"""users: as many as a shard holds without a thought"""
WITHIN = 0.10
"""measured and modelled, of the modelled"""
AT_LIMIT = 0.9
"""A share of all cores from which on the machine is what a play waited for."""
WORDS = "one-report.toml", "--speed", "20"


def plan_of(gateways: int, users: int, rate_per_s: float) -> Plan:
    """So many of them with a rate, with room for all, and two swarms with clocks of their own.

    They keep no journals, and nobody asks for their clocks: on hosts of their own that would take none of the others'.
    """
    shards = -(-users // gateways // OF_SHARD)
    return Plan(gateways=gateways, swarms=2, shards=shards, rate_per_s=rate_per_s, cables=clocks(2), journals=False)


def played(folder: Path, gateways: int, users: int, rate_per_s: float, plays: int) -> list[Held]:
    """So many plays of one report over the same connections. Raises HarnessError."""
    with Fleet(folder / f"fleet-{gateways}", plan_of(gateways, users, rate_per_s)) as fleet:
        turn = len(list(folder.glob(f"rate-{gateways}-*")))
        out, log = folder / f"rate-{gateways}-{turn}", folder / f"rate-{gateways}-{turn}.log"
        words = ("drill", f"configs/{WORDS[0]}", *WORDS[1:], "--fleet", fleet.places.fleet_file, "--users", str(users))
        more = ("--repeat", str(plays), "--out", out)
        with Busy() as busy, log.open("w") as said:
            code = fleet.hosts[CENTRE].start(*EWARN, *words, *more, stdout=subprocess.DEVNULL, stderr=said).wait(300)
            planned_ms = _planned_ms(fleet)
    if code not in (0, 3, 4):
        raise HarnessError(f"the drill has ended (exit code {code}): {' '.join(log.read_text().splitlines()[-2:])}")
    runs = [out / str(play) for play in range(1, plays + 1)] if plays > 1 else [out]
    return [_held(run, one, rate_per_s, busy, planned_ms) for run, one in zip(runs, forecast(runs), strict=True)]


def forecast(runs: Sequence[Path]) -> list[Mapping]:
    """What `ewarn plan --held` says of runs. Raises CalledProcessError."""
    words = [word for run in runs for word in ("--held", str(run))]
    said = subprocess.run([*EWARN, "plan", "--json", *words], capture_output=True, check=True, timeout=60).stdout
    return json.loads(said)["held"]


def _held(run: Path, said: Mapping, rate_per_s: float, busy: Busy, planned_ms: float) -> Held:
    receipts = np.load(run / "receipts.npy")
    verdict = json.loads((run / "verdict.json").read_text())
    measured, modelled = said["measured"], said["modelled"]
    first, last = int(receipts["released"].min()), int(receipts["read"].max())
    return Held(
        gateways=measured["gateways"],
        seconds=measured["seconds"],
        modelled_s=modelled["expected_s"],
        due_s=measured["fullest"] / rate_per_s,
        busy=busy_between(busy.samples, first, last),
        planned_ms=planned_ms,
        lag_ms=verdict["harness"]["lag_ms"]["p99"],
        doubts=tuple(verdict["harness"]["untrusted"]),
    )


def _planned_ms(fleet: Fleet) -> float:
    """From a report's coming until a shard had planned whom to tell: the mean of all shards and plays."""
    sums = dict.fromkeys(("sum", "count"), 0.0)
    for name in fleet.plan.gates:
        for line in fleet.get(name, "/metrics")[1].splitlines():
            for one in sums:
                if line.startswith(f"ewarn_release_to_plan_seconds_{one} "):
                    sums[one] += float(line.split()[-1])
    return 1e3 * sums["sum"] / max(1.0, sums["count"])


def judged(gateways: int, users: int, rate_per_s: float, plays: Sequence[Held]) -> Row:
    """The row of so many gateways. Pure."""
    figures = median_of(plays)
    off = [f"{one.off:+.1%}" for one in plays]
    seen = [
        f"{users:,} users, {len(plays)} plays: {figures['seconds']:.3f} s, modelled {figures['modelled_s']:.3f} s: "
        f"{figures['off']:+.1%} ({', '.join(off)})",
        f"the fullest gateway's users take {figures['due_s']:.3f} s at its rate",
        f"shards had planned after {figures['planned_ms']:.0f} ms (mean)",
        f"cores in use meanwhile {figures['busy']:.0%}",
        f"clients read {figures['lag_ms']:.0f} ms late (p99)",
        *sorted({doubt for one in plays for doubt in one.doubts}),
    ]
    if figures["busy"] >= AT_LIMIT:
        seen.append("the machine was at its limit, and not the gateways alone: hosts of their own would do better")
    passed = abs(figures["off"]) <= WITHIN and not any(one.doubts for one in plays)
    expected = f"within {WITHIN:.0%} of the forecast, {rate_per_s:,.0f}/s a gateway"
    return Row(PART, name_of(gateways), expected, "; ".join(seen), passed, figures["seconds"], "s until the last user")


def name_of(gateways: int) -> str:
    """Of its row."""
    return f"{gateways} {NAME if gateways > 1 else NAME[:-1]}"


def held(ground_folder: Path, users: int, rate_per_s: float, ks: Sequence[int], plays: int) -> dict[int, list[Held]]:
    """All of them in turn, forth and back, so that whatever else the machine does is shared by all."""
    found: dict[int, list[Held]] = {k: [] for k in ks}
    first = -(-plays // 2)
    for order, count in ((list(ks), first), (list(ks)[::-1], plays - first)):
        for k in order if count else ():
            print(f"    {name_of(k)}, {count} plays", file=sys.stderr, flush=True)
            found[k] += played(ground_folder, k, users, rate_per_s, count)
    return found
