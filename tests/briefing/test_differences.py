import pytest

from ewarn.briefing import differences
from ewarn.runs import comparison
from ewarn.runs.compared import Spread
from tests.briefing.conftest import simulated


def exact(value):
    return Spread(median=value, least=value, most=value)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared")
    simulated(folder / "fifo", order="fifo", rate_per_s=20.0)
    simulated(folder / "deadline", rate_per_s=20.0)
    strategies = comparison.load([folder / "fifo", folder / "deadline"])
    return comparison.document(strategies).strategies


def test_what_differs_most_comes_first_and_what_is_the_same_last(rows):
    found = differences.differences(rows)
    apart = [one.apart for one in found]
    assert apart == sorted(apart, reverse=True) and apart[0] > 0 and apart[-1] == 0
    assert "lost to dispatch: orange" in {str(one.label) for one in found if one.apart}
    assert "blind zone at release: radius" in {str(one.label) for one in found if not one.apart}


@pytest.mark.parametrize(
    ("field", "before", "after", "said"),
    [
        ("in_time", 100, 150, "150 (+50, +50.0 %, better)"),
        ("in_time", 150, 100, "100 (−50, −33.3 %, worse)"),
        ("lost", 0, 7, "7 (+7, worse)"),
        ("effective_km", 60.0, 45.0, "45.0 km (−15.0 km, −25.0 %, better)"),
        ("effective_km", None, 45.0, "45.0 km (better)"),
        ("effective_km", 45.0, None, "no end (worse)"),
        ("suppressed", 10, 5, "5 (−5, −50.0 %, fewer)"),
        ("first_last_ms", 2_000.0, 2_000.0, "2.00 s"),
        ("speed_needed", 2.0, 0.9, "it does (better)"),
    ],
)
def test_a_difference_has_its_sign_its_size_and_a_word_for_its_worth(field, before, after, said):
    (measure,) = [one for one in differences.MEASURES if one.field == field]
    assert differences._compared(measure, [exact(before), exact(after)]).cells[1] == said


def test_where_plays_overlap_no_difference_is_claimed():
    (measure,) = [one for one in differences.MEASURES if one.field == "lost"]
    first, other = Spread(median=10, least=5, most=20), Spread(median=12, least=8, most=30)
    found = differences._compared(measure, [first, other])
    assert found.cells[1] == "12 (8 to 30) (+2, +20.0 %, no clear difference: plays overlap)"
    assert not found.clear
