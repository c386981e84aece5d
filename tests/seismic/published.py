"""What centres are published to have said beside what ours says, over seeds: `python -m tests.seismic.published`."""

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ewarn.centre.centre import Centre
from ewarn.config.drill import CentreSettings, NetworkTable
from ewarn.seismic.geodesy import distance_km
from ewarn.seismic.origin import Origin, Quake

HERE = Path(__file__).parent
OLD = HERE / "published_crps_before.csv"
QUANTITIES = {
    "first_s": "first report, s",
    "first_after_trigger_s": "first report after the first P at a station, s",
    "reports": "reports",
    "final_s": "final report, s",
    "first_magnitude": "first magnitude",
    "final_magnitude": "final magnitude",
    "greatest_magnitude": "greatest magnitude",
    "blind_zone_km": "blind zone, km",
    "place_error_km": "final: place off by, km",
    "depth_error_km": "final: depth off by, km",
    "magnitude_error": "final: magnitude off by",
}


@dataclass(frozen=True)
class Held:
    """A published value, and the modelled ones."""

    quake: str
    quantity: str
    relation: str
    value: float
    widest: float
    modelled: np.ndarray

    @property
    def spread(self):
        """5, 50 and 95 %."""
        return np.percentile(self.modelled, [5, 50, 95])

    @property
    def inside(self):
        """Within 5-95 %; of a bound, whether it is the rule and not the exception."""
        if self.relation == "is":
            low, _, high = self.spread
            return bool(low <= self.value <= high)
        return self.share >= 0.5

    @property
    def share(self):
        """Of the modelled, that keep the bound."""
        keeps = self.modelled < self.value if self.relation == "below" else self.modelled > self.value
        return float(np.mean(keeps))

    @property
    def crps(self):
        """Continuous ranked probability score: in the value's own unit, 0 at best."""
        ordered = np.sort(self.modelled)
        count = len(ordered)
        ranks = 2 * np.arange(1, count + 1) - count - 1
        return float(np.abs(ordered - self.value).mean() - (ranks * ordered).sum() / count**2)


def rows(name):
    with (HERE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def quakes():
    """Quakes by id, each with the spacing of its network, or None."""
    return {
        row["quake"]: (
            Quake(
                row["quake"],
                row["quake"],
                Origin(0.0, *(float(row[key]) for key in ("latitude", "longitude", "depth_km", "magnitude"))),
                "Qingzang",
            ),
            float(row["spacing_km"]) if row["spacing_km"] else None,
        )
        for row in rows("published_quakes.csv")
    }


def said(centre, quake):
    """Every quantity of one series."""
    reports = [one.report for one in centre.solutions(quake)]
    first, last, true = reports[0], reports[-1].origin, quake.origin
    magnitudes = [report.origin.magnitude for report in reports]
    return {
        "first_s": first.released,
        "first_after_trigger_s": first.released - float(centre.picks(quake).p_s.min()),
        "reports": len(reports),
        "final_s": reports[-1].released,
        "first_magnitude": magnitudes[0],
        "final_magnitude": magnitudes[-1],
        "greatest_magnitude": max(magnitudes),
        "blind_zone_km": centre.earth.times.s_distance_km(true.depth_km, first.released),
        "place_error_km": float(distance_km(true.latitude, true.longitude, last.latitude, last.longitude)),
        "depth_error_km": last.depth_km - true.depth_km,
        "magnitude_error": last.magnitude - true.magnitude,
    }


def ensemble(quake, spacing_km, seeds):
    """Quantities over seeds, by name."""
    whole = Centre(CentreSettings())
    found = []
    for seed in range(seeds):
        centre = Centre(CentreSettings(seed=seed, network=NetworkTable(spacing_km=spacing_km)))
        vars(centre)["earth"] = whole.earth  # its tables are the same for every seed, and slow to make
        if spacing_km is None:
            vars(centre)["whole"] = whole.whole
        found.append(said(centre, quake))
    return {name: np.array([one[name] for one in found], float) for name in QUANTITIES}


def held(seeds):
    """Every published value beside the modelled ones."""
    modelled = {name: ensemble(quake, spacing_km, seeds) for name, (quake, spacing_km) in quakes().items()}
    return [
        Held(
            row["quake"],
            row["quantity"],
            row["relation"],
            float(row["value"]),
            float(row["widest"] or "inf"),
            modelled[row["quake"]][row["quantity"]],
        )
        for row in rows("published_performance.csv")
    ]


def before():
    """CRPS of the state before the centre was held against these, by quake and quantity."""
    return {(row["quake"], row["quantity"]): float(row["crps"]) for row in rows(OLD.name)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    earlier = before()
    print("| quake | quantity | published | modelled 5 / 50 / 95 % | inside | CRPS | before |")
    print("|---|---|---|---|---|---|---|")
    for one in held(parser.parse_args().seeds):
        low, middle, high = one.spread
        exact = one.relation == "is"
        share = "yes" if one.inside else "**no**"
        print(
            f"| {one.quake} | {QUANTITIES[one.quantity]} | {'' if exact else one.relation + ' '}{one.value:g} "
            f"| {low:.1f} / {middle:.1f} / {high:.1f} | {share if exact else f'{one.share:.0%} of seeds'} "
            + (f"| {one.crps:.2f} | {earlier[one.quake, one.quantity]:.2f} |" if exact else "| | |")
        )


if __name__ == "__main__":
    main()
