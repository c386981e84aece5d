"""The table of a comparison, from one made by hand: what is infinite is said, and what differs between plays."""

import pytest
from msgspec.structs import replace

from ewarn.runs.compared import Comparison, Row, Spread
from ewarn.runs.comparison import MEASURES
from ewarn.runs.comparison_results import doubted, headings, lines, title


def spread(median, least=None, most=None):
    return Spread(median=median, least=median if least is None else least, most=median if most is None else most)


def row(**others):
    measured = dict.fromkeys([*MEASURES, "speed_needed"], spread(0.0)) | others
    return Row(name="fifo, uring", order="fifo", engine="uring", rate_per_s=None, rings=[], plays=(), **measured)


def comparison(*rows, **others):
    plain = Comparison(quake="x", users=2_000, best="a", unlike=(), unchecked=(), untrusted=(), strategies=rows)
    return replace(plain, **others)


def cell(found, label):
    (line,) = [line for line in lines(found) if line[0].strip() == label]
    return line[1]


def test_every_measure_has_a_place_in_a_row():
    assert set(MEASURES) < set(Row.__struct_fields__)


@pytest.mark.parametrize(
    ("name", "value", "label", "said"),
    [
        ("in_time", spread(1234.0), "warned in time", "1,234"),
        ("in_time", spread(10.0, 5.0, 2000.0), "warned in time", "10 (5 to 2,000)"),
        ("theoretical_km", spread(21.34), "blind zone at release", "21.3 km"),
        ("effective_km", spread(None), "blind zone at receipt", "no end"),
        ("effective_km", spread(30.0, 20.0, None), "blind zone at receipt", "30.0 km"),
        ("first_last_ms", spread(1500.0), "first report, last user", "1.5 s"),
        ("first_last_ms", spread(None), "first report, last user", "never"),
        ("lead_lost_mean_s", spread(None), "lead time lost, mean", "-"),
        ("speed_needed", spread(1.0), "speed to equal the best", "it does"),
        ("speed_needed", spread(2.5), "speed to equal the best", "2.5 x"),
        ("speed_needed", spread(None), "speed to equal the best", "none can"),
    ],
)
def test_a_value_is_said_with_its_unit_and_none_as_what_it_stands_for(name, value, label, said):
    assert cell(comparison(row(**{name: value})), label).startswith(said)


def test_who_was_held_back_or_never_told_has_a_line_where_there_is_anyone():
    assert "missing" not in [line[0] for line in lines(comparison(row()))]
    assert cell(comparison(row(), row(missing=spread(0.0, 0.0, 3.0))), "missing") == "0"


def test_a_heading_counts_plays_and_a_title_says_what_is_not_alike():
    assert headings(comparison(row())) == ["fifo, uring"]
    assert title(comparison(row())) == "x, 2,000 users"
    assert title(comparison(row(), unlike=("b: quakes differ",))).endswith("NOT ALIKE")


def test_each_doubt_is_a_line():
    told = doubted(comparison(row(), unlike=("a",), unchecked=("b",), untrusted=("c", "d")))
    assert told == ["NOT ALIKE, compared anyway: a", "not checked: b", "not trustworthy: c", "not trustworthy: d"]
