"""Runs without sockets: users are told one after another at a rate, in an order; the files are those of a drill."""

import json
from dataclasses import dataclass

import numpy as np

from ewarn.audience.followed import Followed
from ewarn.audience.forecast import forecast
from ewarn.dispatch.gates import Gate, Gates
from ewarn.dispatch.orders import ORDERS, Situation
from ewarn.runs import run_files
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.geodesy import offset_deg
from ewarn.seismic.intensity import level_index
from ewarn.seismic.origin import Origin, Quake, Report
from ewarn.verdict.balance import fates
from ewarn.verdict.fate import alarms_of, counts
from ewarn.verdict.ledger import USERS, ledger
from ewarn.verdict.percentiles import finite, percentile
from ewarn.verdict.receipts import NEVER, RECEIPT

ORIGIN_S = 1_700_000_000.0
TRUE = Origin(ORIGIN_S, 29.59, 102.08, 16.0, 6.8)
QUAKE = Quake("luding-2022", "Luding", TRUE, "Qingzang")
START_NS = 5_000_000_000_000
EARTH = Earth(EarthModel())


@dataclass(frozen=True)
class Simulated:
    """What a run was made of."""

    reports: list
    users: np.ndarray
    followed: Followed
    gates: Gates
    gate: np.ndarray
    rows: np.ndarray


def report(number, magnitude, released_s, status="update"):
    """An estimate a little off the truth."""
    origin = Origin(ORIGIN_S + 0.3, 29.62, 102.05, 12.0, magnitude)
    return Report("luding-2022", number, status, origin, "Qingzang", ORIGIN_S + released_s)


def simulate(
    folder,
    *,
    order="deadline",
    rate_per_s=50.0,
    users=300,
    magnitudes=(4.7, 5.6, 6.4),
    gates=None,
    drag=1.0,
    seed=1,
    quake="luding-2022",
    truth=QUAKE,
    reach=1.0,
    away_km=0.0,
    **verdict,
):
    """Write the files of such a run into a folder, and give what it was made of.

    Everything takes `drag` times as long as at that rate. `truth` None: of a version that did not keep the quake.
    `reach` is the share of users who are connected: nothing gets to the others. All live `away_km` north of the quake.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng, gates = np.random.default_rng(seed), gates or Gates(intensity=2.0)
    audience, followed = _audience(users, rng, away_km)
    reports = [report(number, magnitude, 3.0 + 3 * number) for number, magnitude in enumerate(magnitudes, 1)]
    strongest, first_s = _expected(reports, followed)
    gate, received = _tell(
        reports, strongest, first_s, audience["threshold"], followed, gates, order, rate_per_s / drag, rng
    )
    received[:, round(reach * users) :] = np.nan
    rows = _ledger(reports, received, gate, audience)
    owner = np.repeat(np.arange(users), followed.count)
    places = np.zeros(len(owner), run_files.PLACE)
    places["user"], places["latitude"], places["longitude"] = owner, followed.latitude, followed.longitude
    run_files.write(folder, ledger=rows, users=audience, places=places, reports=reports, origin_s=ORIGIN_S, quake=truth)
    environment = {"order": order, "engine": "uring", "rate_per_s": rate_per_s}
    told = {"quake": quake, "users": users, "connected": users, "environment": environment}
    told["warned"] = _warned(rows, reports)
    (folder / "verdict.json").write_text(json.dumps(told | verdict))
    table = "".join(f"{name} = {value}\n" for name, value in vars(gates).items())
    (folder / "drill.toml").write_text(f'quake = "{quake}"\n\n[delivery]\n{table}')
    return Simulated(reports, audience, followed, gates, gate, rows)


def _warned(rows, reports):
    """Zone and lead times, as a judge has them; nothing was public where no report was due to anybody."""
    of = fates(rows, alarms_of(reports))
    theoretical = EARTH.times.s_distance_km(TRUE.depth_km, 6.0) if of.due.any() else None
    lead = {name: finite(percentile(of.lead_s[of.due], share), 3) for name, share in (("p10", 0.1), ("p50", 0.5))}
    return {**counts(of.fate), "blind_zone_km": {"theoretical": theoretical}, "lead_s": lead}


def _audience(users, rng, away_km):
    table = np.zeros(users, USERS)
    east_km, north_km = rng.uniform(-120, 120, (2, users))
    north, east = offset_deg(TRUE.latitude, east_km, north_km + away_km)
    table["user"], table["latitude"], table["longitude"] = (
        np.arange(users),
        TRUE.latitude + north,
        TRUE.longitude + east,
    )
    true = forecast(TRUE, "Qingzang", table["latitude"], table["longitude"], EARTH)
    for name in ("distance_km", "s_s", "intensity"):
        table[name] = getattr(true, name)
    table["level"], table["platforms"] = level_index(true.intensity), rng.integers(1, 4, users)
    table["threshold"], table["places"] = rng.choice([0.0, 0.0, 3.0, 4.9], users), rng.integers(0, 4, users)
    count = table["places"].astype(np.int64)
    away = rng.normal(0, 0.5, (2, count.sum()))
    followed = Followed(
        count, np.repeat(table["latitude"], count) + away[0], np.repeat(table["longitude"], count) + away[1]
    )
    return table, followed


def _expected(reports, followed):
    """Strongest intensity and first S by report and user; nothing for who follows no place."""
    users = np.repeat(np.arange(len(followed)), followed.count)
    shape = len(reports), len(followed)
    strongest, first_s = np.full(shape, -np.inf), np.full(shape, np.inf)
    for index, one in enumerate(reports):
        due = forecast(one.origin, one.zone, followed.latitude, followed.longitude, EARTH)
        np.maximum.at(strongest[index], users, due.intensity)
        np.minimum.at(first_s[index], users, due.s_s - one.release_s)
    return strongest, first_s


def _tell(reports, strongest, first_s, threshold, followed, gates, order, rate_per_s, rng):
    """Gate and receipt (seconds after release, NaN for never) by report and user."""
    gate, received = np.zeros(strongest.shape, np.uint8), np.full(strongest.shape, np.nan)
    told = np.zeros(len(followed), bool)
    for index, one in enumerate(reports):
        gate[index] = gates.judge(one.origin.magnitude, strongest[index], threshold.astype(np.float64), told)
        due = np.flatnonzero((gate[index] == Gate.OPEN) & (followed.count > 0))
        since, news = due.astype(np.uint64), ~told[due]
        told[due] = True
        situation = Situation(first_s[index, due], first_s[index, due], strongest[index, due], since, news)
        received[index, due[np.argsort(ORDERS[order](situation, rng))]] = (1 + np.arange(len(due))) / rate_per_s
    return gate, received


def _ledger(reports, received, gate, audience):
    table = np.zeros(gate.shape, RECEIPT)
    released = START_NS + np.array([round((one.released - ORIGIN_S) * 1e9) for one in reports])[:, None]
    read = np.where(np.isnan(received), NEVER, released + np.nan_to_num(received * 1e9).astype(np.int64))
    table["user"], table["report"] = np.arange(gate.shape[1]), np.arange(1, len(gate) + 1)[:, None]
    table["released"], table["read"], table["kernel"] = released, read, NEVER
    return ledger(
        table.ravel(),
        planned=np.where(read == NEVER, NEVER, released + 2_000_000),
        written=np.where(read == NEVER, NEVER, read - 1_000_000),
        via=np.where(read == NEVER, 0, 1),
        gate=gate,
        s_ns=START_NS + (audience["s_s"].astype(np.float64) * 1e9).astype(np.int64),
        follows=audience["places"] > 0,
    )
