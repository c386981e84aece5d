"""From whom a report was held back, in words. What a whole play comes to: tests/test_drill.py, tests/test_views.py."""

import numpy as np
import pytest

from ewarn.dispatch.gates import Gate
from ewarn.drill.outcome import from_whom
from ewarn.words import say

MAGNITUDE, THRESHOLD = (say(f"gate.{gate}") for gate in ("magnitude", "threshold"))


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        ([], ""),
        ([Gate.OPEN] * 3, ""),
        ([Gate.MAGNITUDE] * 1_200, f"from all 1,200 users by {MAGNITUDE}"),
        ([Gate.OPEN, Gate.THRESHOLD], f"from 1 users by {THRESHOLD}"),
        ([Gate.MAGNITUDE, Gate.THRESHOLD], f"from 1 users by {MAGNITUDE} and 1 users by {THRESHOLD}"),
    ],
)
def test_users_are_counted_by_the_gate_that_held_it_back(gates, said):
    assert from_whom(np.array(gates, np.uint8)) == said
