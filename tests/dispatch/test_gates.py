"""Gates: what holds an alert back from whom, and how it is shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.dispatch.gates import TIERS, Gate, Gates

numbers = st.floats(0, 12)
GATES = Gates(magnitude=5.0, intensity=2.0)


def judged(magnitude, intensity, threshold, told=False, gates=GATES):
    return Gate(int(gates.judge(magnitude, np.array([intensity]), np.array([threshold]), np.array([told]))[0]))


@pytest.mark.parametrize(
    ("magnitude", "intensity", "threshold", "gate"),
    [
        (4.9, 8.0, 0.0, Gate.MAGNITUDE),
        (5.0, 1.9, 0.0, Gate.INTENSITY),
        (5.0, 2.0, 0.0, Gate.OPEN),
        (5.0, 3.9, 4.0, Gate.THRESHOLD),
        (4.0, 1.0, 4.0, Gate.MAGNITUDE),
    ],
)
def test_the_first_gate_that_is_shut_is_the_reason(magnitude, intensity, threshold, gate):
    assert judged(magnitude, intensity, threshold) is gate


@given(numbers, numbers, numbers)
def test_who_was_told_is_told_to_the_end(magnitude, intensity, threshold):
    assert judged(magnitude, intensity, threshold, told=True) is Gate.OPEN


@given(numbers, numbers, numbers, numbers)
def test_a_stronger_report_shuts_no_gate_that_was_open(magnitude, intensity, threshold, more):
    if judged(magnitude, intensity, threshold) is Gate.OPEN:
        assert judged(magnitude + more, intensity + more, threshold) is Gate.OPEN


def test_a_tier_begins_at_its_intensity():
    shown = GATES.tier(np.array([0.0, 1.99, 2.0, 4.99, 5.0, 12.0]))
    assert [TIERS[index] for index in shown] == [
        "in-page", "in-page", "notification", "notification", "alarm", "alarm"
    ]  # fmt: skip


@given(numbers, numbers)
def test_stronger_shaking_is_never_shown_more_quietly(intensity, more):
    weaker, stronger = GATES.tier(np.array([intensity, intensity + more]))
    assert weaker <= stronger


def test_nothing_holds_a_cancel_back():
    shut = np.array([12.0])
    assert GATES.judge(0.0, np.zeros(1), shut, np.zeros(1, bool), cancel=True).tolist() == [Gate.OPEN]


def test_what_is_no_warning_is_never_shown_as_an_alarm():
    assert [TIERS[int(index)] for index in GATES.tier(np.array([1.0, 9.0]), may_alarm=False)] == [
        "in-page",
        "notification",
    ]


@given(st.floats(0, 12), st.floats(0, 12))
def test_an_alarm_is_no_weaker_than_a_notification_or_refused_with_both(notification, alarm):
    if notification <= alarm:
        assert Gates(notification=notification, alarm=alarm).alarm == alarm
        return
    with pytest.raises(ValueError, match=r"notification: .* is above alarm") as refused:
        Gates(notification=notification, alarm=alarm)
    assert f"{notification:g}" in str(refused.value) and f"{alarm:g}" in str(refused.value)
