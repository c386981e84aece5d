import numpy as np
import pytest

from ewarn.report import charts
from ewarn.report.curves import Cells, Group, Leads, Ranked
from ewarn.report.palette import light
from ewarn.show import PROVINCE

NEVER = np.inf
COLOURS = light()


def lines(figure):
    return [line for axis in figure.axes for line in axis.get_lines()]


def test_a_delivery_curve_is_drawn_in_ms_with_its_limits():
    figure = charts.delivery(
        COLOURS, [("report 1", np.array([0.05, 0.2]), np.array([0.5, 0.9]), "accent")], {"1 s": 1.0}
    )
    curve, limit = lines(figure)
    assert curve.get_xdata().tolist() == [50.0, 200.0]
    assert curve.get_ydata().tolist() == [50.0, 90.0]
    assert limit.get_xdata() == [1000.0, 1000.0]
    assert figure.axes[0].get_xlim()[1] > 1000


def test_what_was_never_read_is_not_drawn():
    ranked = Ranked("", np.array([0.5, 1.0]), np.array([0.1, NEVER]), np.array([NEVER] * 2), np.array([NEVER] * 2))
    figure = charts.rank(COLOURS, ranked, 1.0)
    assert all(
        np.isnan(one.get_ydata()[-1])
        for one in lines(figure)
        if len(one.get_ydata()) == 2 and one.get_label()[0] != "_"
    )
    figure.savefig("/dev/null", format="svg")


@pytest.mark.parametrize("times", [(0.1, 0.2, 0.3), (0.1, NEVER, NEVER), (NEVER, NEVER, NEVER)])
def test_groups_are_drawn_whatever_of_them_is_known(times):
    charts.groups(COLOURS, [Group("plan 1", 10, *times)]).savefig("/dev/null", format="svg")


@pytest.mark.parametrize("effective", [None, 20.0, 45.0])
def test_lead_times_are_drawn_with_the_blind_zones(effective):
    found = Leads(
        np.array([0.0, 10.0]), np.array([20, 30]), np.array([-NEVER, 1.0]), np.array([1.0, 2]), np.array([2.0, 3])
    )
    figure = charts.leads(COLOURS, found, 20.0, effective)
    figure.savefig("/dev/null", format="svg")
    said = {text.get_text() for text in figure.axes[0].texts}
    assert ("blind zone at receipt" in said) == (effective == 45.0)


def test_levels_without_users_have_no_bar():
    levels = {"all": np.array([3, 1, 0, 0, 0, 0, 0]), "red": np.zeros(7, int), "blue": np.array([3, 1, 0, 0, 0, 0, 0])}
    figure = charts.warned(COLOURS, levels)
    assert [one.get_text() for one in figure.axes[0].get_yticklabels()] == ["all (4)", "blue (4)"]


def test_the_map_is_drawn_of_nobody_too():
    nobody = np.array([])
    found = Cells(nobody, nobody, nobody.astype(int), nobody.astype(int))
    charts.ending(COLOURS, found, (29.6, 102.1), {"at release": 20.0}, PROVINCE).savefig("/dev/null", format="svg")
