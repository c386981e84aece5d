"""Charts by what is drawn in them: how many marks, where, and none for who was never reached."""

import io

import numpy as np
import pytest

from ewarn.briefing import charts
from ewarn.briefing.curves import FEWEST, Cells, Group, Leads, Ranked
from ewarn.briefing.palette import light
from ewarn.seismic.geodesy import distance_km
from ewarn.verdict.fate import Fate
from ewarn.watching.show import PROVINCE

NEVER = np.inf
COLOURS = light()


def rendered(figure):
    """The figure, once it was turned into a picture without a complaint."""
    figure.savefig(io.BytesIO(), format="svg")
    return figure


def lines(figure):
    return [line for axis in figure.axes for line in axis.get_lines()]


def points(line):
    """(x, y) of those of its points that are drawn."""
    both = np.column_stack([line.get_xdata(), line.get_ydata()]).astype(float)
    return both[np.isfinite(both).all(axis=1)].tolist()


def marks(figure):
    """By label, (x, y) of the marks that are drawn."""
    found = {}
    for one in figure.axes[0].collections:
        at = np.ma.filled(np.ma.asarray(one.get_offsets(), float), np.nan)
        found[one.get_label()] = at[np.isfinite(at).all(axis=1)].tolist()
    return found


def test_a_delivery_curve_is_drawn_in_ms_with_its_limits():
    figure = charts.delivery(
        COLOURS, [("report 1", np.array([0.05, 0.2]), np.array([0.5, 0.9]), "accent")], {"1 s": 1.0}
    )
    curve, limit = lines(figure)
    assert curve.get_xdata().tolist() == [50.0, 200.0]
    assert curve.get_ydata().tolist() == [50.0, 90.0]
    assert limit.get_xdata() == [1000.0, 1000.0]
    assert figure.axes[0].get_xlim()[1] > 1000


def test_of_a_report_that_nobody_read_the_curve_has_no_point():
    nobody = np.array([])
    (curve, _) = lines(rendered(charts.delivery(COLOURS, [("report 1", nobody, nobody, "accent")], {"1 s": 1.0})))
    assert points(curve) == []


def ranked(p50_s, p90_s, max_s):
    share = np.linspace(0, 1, len(p50_s) + 1)[1:]
    return Ranked("", share, *(np.array(one) for one in (p50_s, p90_s, max_s)))


def test_what_was_never_read_is_not_drawn():
    figure = rendered(charts.rank(COLOURS, ranked([0.1, 0.3, NEVER, NEVER], [0.2] + [NEVER] * 3, [NEVER] * 4), 0.25))
    by_label = {line.get_label(): points(line) for line in lines(figure)}
    assert by_label["half sooner"] == [[25.0, 100.0], [50.0, 300.0]]
    assert by_label["90 % sooner"] == [[25.0, 200.0]]
    assert by_label["slowest"] == []


def test_a_limit_far_above_all_that_was_measured_is_not_drawn():
    known = ranked([0.1, 0.2], [0.2, 0.3], [0.3, 0.4])
    assert len(lines(charts.rank(COLOURS, known, 1.0))) == 4
    assert len(lines(charts.rank(COLOURS, known, 1.3))) == 3
    assert len(lines(charts.rank(COLOURS, known, None))) == 3


@pytest.mark.parametrize(
    ("times_s", "drawn_ms"),
    [
        ((0.1, 0.2, 0.3), (100.0, 200.0, 300.0)),
        ((0.1, NEVER, NEVER), (100.0, None, None)),
        ((NEVER, NEVER, NEVER), (None, None, None)),
    ],
)
def test_a_group_has_a_mark_for_each_time_that_is_known(times_s, drawn_ms):
    other = Group("plan 2", 5, 1.0, 2.0, 3.0)
    found = marks(rendered(charts.groups(COLOURS, [Group("plan 1", 10, *times_s), other])))
    for name, ms, of_other in zip(("half sooner", "90 % sooner", "slowest"), drawn_ms, (1e3, 2e3, 3e3), strict=True):
        assert found[name] == ([] if ms is None else [pytest.approx([ms, 1])]) + [[of_other, 0]]


def leads(users, p10_s, p50_s, p90_s):
    inner_km = 10.0 * np.arange(len(users))
    return Leads(inner_km, np.array(users), *(np.array(one) for one in (p10_s, p50_s, p90_s)))


@pytest.mark.parametrize("effective", [None, 20.0, 45.0])
def test_lead_times_are_drawn_with_the_blind_zones(effective):
    figure = rendered(charts.leads(COLOURS, leads([20, 30], [-NEVER, 1.0], [1.0, 2.0], [2.0, 3.0]), 20.0, effective))
    said = {text.get_text() for text in figure.axes[0].texts}
    assert ("blind zone at receipt" in said) == (effective == 45.0)
    upright = [line for line in lines(figure) if list(line.get_xdata()) == [effective] * 2]
    assert len(upright) == (effective == 45.0)


def test_lead_times_are_drawn_in_the_middle_of_each_ring_and_not_where_half_were_never_told():
    figure = rendered(
        charts.leads(COLOURS, leads([20, 30, 40], [-NEVER] * 3, [1.0, -NEVER, 2.0], [3.0] * 3), 5.0, None)
    )
    (line,) = [one for one in lines(figure) if one.get_label() == "half have more"]
    assert points(line) == [[5.0, 1.0], [25.0, 2.0]]


def test_the_band_is_drawn_over_rings_of_enough_users_whose_ends_are_known():
    users = [20, 20, FEWEST - 1, FEWEST, 20, 20]
    low = [1.0, 1.0, 1.0, 1.0, 1.0, -NEVER]
    figure = rendered(charts.leads(COLOURS, leads(users, low, [2.0] * 6, [3.0] * 6), 5.0, None))
    (band,) = [one for one in figure.axes[0].collections if one.get_label().startswith("middle 80 %")]
    covered = sorted((path.vertices[:, 0].min(), path.vertices[:, 0].max()) for path in band.get_paths())
    assert covered == [(5.0, 15.0), (35.0, 45.0)]


def bars(figure):
    """By label, (left end, width) of each bar from the top down."""
    return {
        container.get_label(): [(bar.get_x(), bar.get_width()) for bar in container]
        for container in figure.axes[0].containers
    }


def test_levels_without_users_have_no_bar():
    levels = {"all": np.array([3, 1, 0, 0, 0, 0, 0]), "red": np.zeros(7, int), "blue": np.array([3, 1, 0, 0, 0, 0, 0])}
    figure = rendered(charts.warned(COLOURS, levels))
    assert [one.get_text() for one in figure.axes[0].get_yticklabels()] == ["all (4)", "blue (4)"]


def test_a_bar_has_a_part_for_each_fate_that_somebody_had_one_after_another_up_to_all():
    fates = {"in_time": 5, "late": 2, "missing": 3}
    counts = np.array([fates.get(fate.key, 0) for fate in Fate])
    drawn = bars(rendered(charts.warned(COLOURS, {"all": counts})))
    assert drawn == {"in time": [(0, 50)], "late": [(50, 20)], "missing": [(70, 30)]}


def cells(*found):
    """By hand: (latitude, longitude, users, what came of most)."""
    columns = list(zip(*found, strict=True)) or [()] * 4
    return Cells(*(np.array(one, kind) for one, kind in zip(columns, (float, float, int, int), strict=True)))


def ending(found):
    return rendered(charts.ending(COLOURS, found, (29.6, 102.1), {"at release": 20.0, "at receipt": 30.0}, PROVINCE))


def test_the_map_is_drawn_of_nobody_too():
    assert marks(ending(cells())) == {"epicentre": [[102.1, 29.6]]}


def test_the_map_has_a_mark_a_cell_by_what_came_of_most_there():
    found = cells(
        (30.0, 103.0, 4, Fate.IN_TIME),
        (31.0, 104.0, 400, Fate.IN_TIME),
        (29.7, 102.2, 7, Fate.LATE),
        (29.6, 102.1, 9, Fate.BLIND_ZONE),
    )
    assert marks(ending(found)) == {
        "most in time": [[103.0, 30.0], [104.0, 31.0]],
        "most late": [[102.2, 29.7]],
        "most in the blind zone": [[102.1, 29.6]],
        "epicentre": [[102.1, 29.6]],
    }


def test_a_map_across_the_date_line_has_all_marks_side_by_side_and_says_on_which_side():
    found, box = (
        cells((-17.0, 179.5, 4, Fate.IN_TIME), (-17.0, -179.0, 400, Fate.IN_TIME)),
        (178.0, -18.5, 183.0, -15.5),
    )
    figure = rendered(charts.ending(COLOURS, found, (-17.0, -179.9), {"at release": 20.0}, box))
    assert {name: np.round(at, 6).tolist() for name, at in marks(figure).items()} == {
        "most in time": [[179.5, -17.0], [181.0, -17.0]],
        "epicentre": [[180.1, -17.0]],
    }
    (zone,) = (np.array(points(line)) for line in lines(figure) if line.get_label() == "at release")
    assert zone[:, 0].min() > 179.8 and zone[:, 0].max() < 180.4
    ticks = {one.get_text() for one in figure.axes[0].get_xticklabels()}
    assert {"179° E", "180°", "179° W"} <= ticks


def test_a_cell_of_more_users_has_a_larger_mark():
    figure = ending(cells((30.0, 103.0, 4, Fate.IN_TIME), (31.0, 104.0, 400, Fate.IN_TIME)))
    small, large = figure.axes[0].collections[0].get_sizes()
    assert 0 < small < large


def test_a_zone_is_a_circle_of_its_radius_around_the_epicentre():
    by_label = {line.get_label(): np.array(points(line)) for line in lines(ending(cells()))}
    for name, km in (("at release", 20.0), ("at receipt", 30.0)):
        longitude, latitude = by_label[name].T
        assert distance_km(29.6, 102.1, latitude, longitude) == pytest.approx(km, rel=0.01)


@pytest.mark.parametrize("km", [0.5, 12.0, 45.0, 3677.9])
@pytest.mark.filterwarnings("error")
def test_the_words_of_a_zone_stand_on_the_chart_however_far_out_it_ends(km):
    """Before, a zone beyond all users had its words far outside, and the axes collapsed to nothing."""
    figure = rendered(charts.leads(COLOURS, leads([20, 30, 40], [1.0] * 3, [2.0] * 3, [3.0] * 3), km, km + 3))
    (axis,) = figure.axes
    box = axis.get_window_extent()
    assert box.width > 0.5 * figure.bbox.width
    for words in axis.texts:
        at = words.get_window_extent()
        assert box.x0 - 1 <= at.x0 and at.x1 <= box.x1 + 1, words.get_text()
