"""Shapes of load, by what each asks for and when."""

import pytest

from loadtests.shapes import RAMP_SPLIT, SHAPES


class Notes:
    """Takes down what a shape asks for."""

    def __init__(self):
        self.said = []

    def await_clients(self, share):
        self.said.append(f"await {share:g}")

    def publish(self, first=1, last=None, *, storm=False):
        self.said.append(f"publish {first}-{last or ''}{' with a storm' if storm else ''}")

    def expect_late_joiners(self):
        self.said.append("late joiners")


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ("steady", ["await 1", "publish 1-"]),
        ("churn", ["await 1", "publish 1-"]),
        ("storm", ["await 1", "publish 1- with a storm", "late joiners"]),
        (
            "ramp",
            [
                "await 0.5",
                f"publish 1-{RAMP_SPLIT}",
                "await 1",
                "late joiners",
                f"publish {RAMP_SPLIT + 1}-",
            ],
        ),
    ],
)
def test_a_shape_asks_for_this_in_this_order(shape, said):
    notes = Notes()
    SHAPES[shape].conduct(notes)
    assert notes.said == said


def test_those_who_hang_up_all_at_once_are_counted_as_often_as_they_do():
    assert {name: shape.storms for name, shape in SHAPES.items()} == {"steady": 0, "ramp": 0, "churn": 0, "storm": 1}
    assert [name for name, shape in SHAPES.items() if shape.churn_per_s] == ["churn"]
