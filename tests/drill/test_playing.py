"""One play of a drill: what is counted, and how a release is told. Whole plays stand in `tests/test_drill.py`."""

import pytest

from ewarn.drill.playing import SENT, _difference, _line
from ewarn.seismic.origin import Origin, Report
from ewarn.wire.releases import Release

REPORT = Report("q", 2, "update", Origin(0.0, 30.0, 103.0, 10.0, 6.04), "Qingzang", 8.0)


def test_every_counter_that_a_play_takes_down_is_one_of_the_gateway(shared_gateway):
    said = {line.split()[0] for line in shared_gateway.get("/metrics").splitlines() if line[:1] not in ("", "#")}
    assert set(SENT.values()) <= said


@pytest.mark.parametrize(
    ("after", "before", "difference"),
    [({"a": 5}, {"a": 3}, 2), ({}, {"a": 3}, None), ({"a": 5}, {}, None), ({"a": 3}, {"a": 3}, 0)],
)
def test_of_a_counter_that_one_side_lacks_there_is_no_difference(after, before, difference):
    assert _difference(after, before, "a") == difference


def test_a_release_is_one_line_with_the_note_of_the_gateway():
    said = _line(Release(REPORT, 0, 10), 8.0, 1_234)
    assert said.strip().startswith("+ 8.00 s")
    assert said.endswith("report 2 (update), magnitude 6.0, to 1,234 users")
    assert _line(Release(REPORT, 0, 10, "held back"), 8.0, 0).endswith("to 0 users; held back")
