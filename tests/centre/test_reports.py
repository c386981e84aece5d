"""Which reports a centre sends of a quake."""

from itertools import pairwise

import pytest

from ewarn.centre.centre import Centre
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import load_drill
from ewarn.config.tables import shipped
from ewarn.seismic.course import FOLLOWED_BY

QUAKES = [path.stem for path in sorted((shipped() / "quakes").glob("*.toml"))]


@pytest.mark.parametrize("quake", QUAKES)
def test_a_gateway_takes_every_report_of_a_series_in_its_turn(quake):
    """Before, a quick report came after the cancel of a false alarm: refused, so that its drill always failed."""
    settings = load_drill(shipped() / "drill.toml", {"quake": quake, "detection.quick_s": 6.0})
    reports = Centre(settings).reports(find_quake(quake))
    assert all(later.status in FOLLOWED_BY[one.status] for one, later in pairwise(reports))
    taken_back = any(report.status == "cancel" for report in reports)
    assert (reports[-1].status == "reviewed") != taken_back
