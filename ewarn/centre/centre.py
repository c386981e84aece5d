"""A warning centre as settings describe it: its earth, its network, and the reports that it makes of a quake."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ewarn.config.drill import CentreSettings
from ewarn.config.networks import load_network
from ewarn.config.velocity import load_velocity
from ewarn.seismic.course import FOLLOWED_BY
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.magnitudes import MagnitudeType
from ewarn.seismic.origin import Origin, Quake, Report
from ewarn.seismic.picks import Picks
from ewarn.seismic.reports import Solution, series
from ewarn.seismic.stations import REGION, Box, Network, around, regular
from ewarn.seismic.streams import quake_stream, stream


class Centre:
    """Raises InputError for a file that it cannot use, when that is first wanted."""

    def __init__(self, settings: CentreSettings) -> None:
        self._settings = settings
        self.detection = settings.detection
        self._around: dict[Origin, Network] = {}
        """the last regular network around a quake"""

    @cached_property
    def earth(self) -> Earth:
        """With its tables."""
        return Earth(earth_model(self._settings))

    @cached_property
    def whole(self) -> Network:
        """All stations, those that are out among them; of a regular network those in its box, or over Sichuan."""
        return self.over(self._settings.network.bounds or REGION)

    @cached_property
    def network(self) -> Network:
        """Stations of `whole` that are not out."""
        return self.working(self.whole)

    @property
    def box(self) -> Box | None:
        """Where alone its regular network stands, where settings say so."""
        return self._settings.network.bounds

    def over(self, box: Box, begin: tuple[float, float] = (0.0, 0.0)) -> Network:
        """All stations; a regular network covers `box`, see `regular`. Any other stands where it stands."""
        wanted = self._settings.network
        if wanted.spacing_km is None:
            return load_network(Path(wanted.stations))
        grid = load_network(Path(wanted.stations), regular(wanted.spacing_km, box, begin))
        return replace(grid, name=f"regular, {wanted.spacing_km:g} km apart, classes of {grid.name}")

    def working(self, whole: Network) -> Network:
        """Stations of a network that are not out."""
        wanted = self._settings.network
        return whole.without(frozenset(wanted.out)).thinned(wanted.out_share, stream(self._settings.seed, "outage"))

    def network_of(self, quake: Quake) -> Network:
        """Who listens to a quake: `network`, but a regular one without a box lies around it, by chance how."""
        wanted = self._settings.network
        if wanted.spacing_km is None or wanted.box is not None:
            return self.network
        if quake.origin not in self._around:
            north, east = quake_stream(self._settings.seed, "grid", quake).random(2).tolist()
            box = around(quake.origin.latitude, quake.origin.longitude)
            self._around = {quake.origin: self.working(self.over(box, (north, east)))}
        return self._around[quake.origin]

    def solutions(self, quake: Quake) -> list[Solution]:
        """See `series`; the same seed gives a quake the same, and another quake another.

        Magnitudes are of the kind of the quake's own.
        """
        solutions = series(quake, self.network_of(quake), self.earth, self.detection, self._noise(quake))
        return [_of_kind(one, quake.origin.magnitude_type) for one in solutions]

    def reports(self, quake: Quake) -> list[Report]:
        """All that it sends: the reports of its solutions, and where settings want one, the quick report afterwards.

        Of a warning that was taken back there is none: a gateway refuses it.
        """
        reports = [solution.report for solution in self.solutions(quake)]
        last, after_s = reports[-1], self.detection.quick_s
        if after_s is not None and "reviewed" in FOLLOWED_BY[last.status]:
            reports.append(
                Report(quake.id, last.number + 1, "reviewed", quake.origin, quake.zone, last.released + after_s)
            )
        return reports

    def picks(self, quake: Quake) -> Picks:
        """What the stations hear, on which `solutions` rest."""
        return Picks.draw(quake, self.network_of(quake), self.earth, self._noise(quake), self.detection.silent_share)

    def _noise(self, quake: Quake) -> np.random.Generator:
        return quake_stream(self._settings.seed, "reports", quake)


def _of_kind(solution: Solution, kind: MagnitudeType) -> Solution:
    report = solution.report
    return replace(solution, report=replace(report, origin=replace(report.origin, magnitude_type=kind)))


def earth_model(settings: CentreSettings) -> EarthModel:
    """What the gateway is told of it."""
    earth, levels = settings.earth, settings.levels
    return EarthModel(earth.intensity, earth.vs30_m_s, load_velocity(Path(earth.velocity)), levels)
