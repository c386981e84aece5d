"""The part of the campaign that pours segments into phones: what makes its rows pass or fail."""

import pytest

from tests.campaign import packets
from tests.packets.reference import State
from tests.packets.side_by_side import OutOfStepError

WHOLE = packets.Went(18, 600, 90, 500, 9_000, 600, frozenset(State))


def test_all_that_was_promised_went_in_and_none_was_out_of_step():
    (row,) = packets.rows([WHOLE, WHOLE], 1_000, 2.0)
    assert row.passed
    assert "1,000 segments" in row.seen
    assert (row.figure, row.unit) == (500.0, "segments/s")


@pytest.mark.parametrize("bad", [{"segments": 499}, {"met": frozenset({State.CLOSED})}, {"fault": "so"}])
def test_less_than_that_fails(bad):
    went = packets.Went(**{**{name: getattr(WHOLE, name) for name in WHOLE.__dataclass_fields__}, **bad})
    assert not packets.rows([went], 500, 1.0)[0].passed


def test_a_fault_is_told_with_the_line_that_makes_it_again(monkeypatch, capsys):
    def out_of_step(*_):
        raise OutOfStepError("row 3, phase: 1, 2\nbefore:\n  it connects")

    monkeypatch.setattr(packets, "poured", out_of_step)
    whole, fault = packets.rows([packets.pour(250, 19), WHOLE], 500, 1.0)
    assert not whole.passed
    assert fault.seen.startswith("python -m tests.campaign.packets 19 250  # OutOfStepError at ")
    assert "row 3, phase: 1, 2" in fault.seen
    assert "before:\n  it connects" in capsys.readouterr().out
