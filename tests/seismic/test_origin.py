"""What a report of each status is taken for."""

import pytest

from ewarn.seismic.origin import Origin, Report


@pytest.mark.parametrize(
    ("status", "may_alarm", "cancels", "counts_as_warning"),
    [
        ("update", True, False, True),
        ("final", True, False, True),
        ("cancel", False, True, True),
        ("reviewed", False, False, False),
    ],
)
def test_a_cancel_sounds_no_siren_but_is_judged_as_a_warning_and_a_reviewed_origin_is_neither(
    status, may_alarm, cancels, counts_as_warning
):
    report = Report("q", 1, status, Origin(0.0, 30.0, 103.0, 10.0, 6.0), "Qingzang", 6.0)
    assert report.may_alarm is may_alarm
    assert report.cancels is cancels
    assert report.counts_as_warning is counts_as_warning
