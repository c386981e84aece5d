"""The survey of first reports over Sichuan: its figures, its map of characters, its file."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from ewarn.audience.places import sichuan
from ewarn.briefing.release_map import chart, draw
from ewarn.centre.centre import Centre
from ewarn.centre.release import LATEST_S, PERCENTILES, Survey, figures, show, survey, write
from ewarn.config.drill import CentreSettings, NetworkTable
from ewarn.errors import InputError
from ewarn.seismic.bulletins import Detection
from ewarn.seismic.origin import Origin, Quake
from ewarn.seismic.outlines import Outline, of_box
from ewarn.seismic.release import REASONS, Origins

NEVER = np.inf
IN_TIME, OUTAGE, PROCESSING, DEPTH, SPACING = range(len(REASONS))


def found(released_s, reason=None, places=None, public_s=None, **known):
    """A survey by hand; late ones are so for the spacing, all lie at one place and are public, unless it is said."""
    released = np.array(released_s, float)
    why = np.where(released > LATEST_S, SPACING, IN_TIME) if reason is None else np.array(reason)
    latitude, longitude = np.array(places or [(30.1, 103.1)] * len(released), float).T
    origins = Origins(latitude, longitude, np.full(len(released), 10.0), 5.0)
    public = released if public_s is None else np.array(public_s, float)
    return Survey("by hand", origins, released, why, public, **known)


def test_the_promise_is_kept_at_its_very_ends_and_not_a_hair_beyond():
    told = figures(found([4.999, 5.0, 10.0, 15.0, 15.001]))
    assert (told["sooner"], told["within"], told["late"]) == (0.2, 0.6, 0.2)


def test_origins_that_are_never_heard_are_late_and_have_no_number():
    told = figures(found([8.0] * 9 + [NEVER]))
    assert told["late"] == 0.1
    assert told["released_s"] == {"p5": 8.0, "p25": 8.0, "p50": 8.0, "p75": 8.0, "p95": None, "max": None}


def test_percentiles_are_times_that_were_found_rounded_to_hundredths():
    told = figures(found(np.arange(1, 101) + 0.123))
    assert told["released_s"]["p50"] == 51.12
    assert told["released_s"]["max"] == 100.12
    assert told["origins"] == 100


def test_each_late_one_counts_for_its_reason_and_those_in_time_for_none():
    told = figures(found([9, 20, 20, 30, 40, 50], [IN_TIME, OUTAGE, OUTAGE, DEPTH, SPACING, PROCESSING]))
    assert told["late_for"] == {"outage": 2, "processing": 1, "depth": 1, "spacing": 1}


@given(st.lists(st.floats(1, 60) | st.just(NEVER), min_size=1, max_size=50))
def test_shares_sum_to_one_and_percentiles_rise(released_s):
    told = figures(found(released_s))
    assert told["sooner"] + told["within"] + told["late"] == pytest.approx(1)
    assert sum(told["late_for"].values()) == round(told["late"] * len(released_s))
    spread = [told["released_s"][name] for name in (*(f"p{one}" for one in PERCENTILES), "max")]
    known = [value for value in spread if value is not None]
    assert known == sorted(known) == spread[: len(known)]


def rows(survey_):
    return chart(survey_).split("\n")


def test_north_is_at_the_top_and_east_to_the_right_each_place_in_a_cell_of_its_own():
    places = [(34.4, 97.1), (34.4, 97.4), (34.1, 97.1), (30.1, 103.1)]
    drawn = rows(found([5.0, 6.0, 7.0, 8.0], places=places))
    assert drawn[:2] == ["56", "7"]
    assert drawn[17] == " " * 20 + "8"
    assert len(drawn) == 18
    assert not any(drawn[2:17])


@pytest.mark.parametrize(
    ("released_s", "mark"),
    [([9.99], "9"), ([10.0], "+"), ([15.0], "+"), ([4.0, 6.5, 30.0], "6"), ([15.01], "S"), ([NEVER], "S")],
)
def test_a_cell_shows_its_median_in_whole_seconds_or_that_it_is_beyond_ten_or_late(released_s, mark):
    assert rows(found(released_s))[-1].strip() == mark


def test_a_late_cell_shows_the_reason_of_most_of_its_late_ones():
    assert chart(found([5, 20, 20, 20], [IN_TIME, DEPTH, OUTAGE, DEPTH])).strip() == "D"
    assert chart(found([20, 20, 20], [OUTAGE, PROCESSING, OUTAGE])).strip() == "O"


def test_every_mark_of_a_reason_is_a_letter_of_its_own():
    assert len({name[0] for name in REASONS[1:]}) == len(REASONS) - 1


def printed(survey_):
    console = Console(file=io.StringIO(), width=200)
    show(survey_, figures(survey_), console)
    return console.file.getvalue()


def test_what_is_shown_has_the_shares_and_the_reasons_where_any_are_late():
    said = printed(found([8.0] * 3 + [NEVER], [IN_TIME] * 3 + [OUTAGE]))
    assert "75.0%" in said and "25.0%" in said
    assert "max never" in said
    assert "outage 1" in said


def test_where_none_is_late_no_reasons_are_shown():
    assert "of the late ones" not in printed(found([8.0, 9.0]))


def test_the_file_has_a_row_an_origin_with_its_reason(tmp_path):
    write(found([8.12345, NEVER], places=[(30.1, 103.1), (31.0, 104.0)]), tmp_path)
    with (tmp_path / "release.csv").open(encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    assert [row["reason"] for row in written] == ["in time", "spacing"]
    assert [float(row["released_s"]) for row in written] == [8.1234, NEVER]  # half to even
    assert [(float(row["latitude"]), float(row["longitude"])) for row in written] == [(30.1, 103.1), (31.0, 104.0)]


def test_the_map_is_drawn_beside_the_file(tmp_path):
    draw(found([8.0, 20.0, NEVER], [IN_TIME, DEPTH, OUTAGE]), tmp_path / "release.svg")
    assert {path.name for path in tmp_path.iterdir()} == {"release.svg", "release.png"}


@pytest.fixture(scope="module")
def settings():
    """A slow centre, now more and now less, with half of its stations out: late for every reason."""
    return CentreSettings(network=NetworkTable(out_share=0.5), detection=Detection(compute_s=8.0, compute_sigma_ln=0.5))


@pytest.fixture(scope="module")
def lame(settings):
    return survey(Centre(settings), 60.0, (5.0, 30.0), 5.0, seed=1)


def in_time(settings, depths_km=(5.0, 30.0)):
    return survey(Centre(settings), 60.0, depths_km, 5.0, seed=1).released_s <= LATEST_S


def test_every_reason_occurs(lame):
    assert (np.bincount(lame.reason, minlength=len(REASONS)) >= 10).all()


def test_what_is_late_for_an_outage_would_be_in_time_with_all_stations(settings, lame):
    mended = in_time(settings.model_copy(update={"network": NetworkTable()}))
    late = lame.released_s > LATEST_S
    assert np.array_equal(lame.reason == OUTAGE, late & mended)


def test_what_is_late_for_processing_would_be_in_time_were_the_centre_steady(settings, lame):
    steady = in_time(settings.model_copy(update={"detection": Detection(compute_s=8.0, compute_sigma_ln=0.0)}))
    late = lame.released_s > LATEST_S
    assert np.array_equal(lame.reason == PROCESSING, late & steady & (lame.reason != OUTAGE))


def test_what_is_late_for_its_depth_would_be_in_time_near_the_surface(settings, lame):
    shallow = in_time(settings, depths_km=(5.0, 5.0))
    late = lame.released_s > LATEST_S
    assert np.array_equal(lame.reason == DEPTH, late & shallow & ~np.isin(lame.reason, [OUTAGE, PROCESSING]))
    assert np.array_equal(lame.reason == IN_TIME, ~late)


def test_the_same_seed_surveys_the_same_and_no_station_in_reach_is_never(settings):
    one, again = (survey(Centre(settings), 150.0, (10.0,), 5.0, seed=2) for _ in range(2))
    assert np.array_equal(one.released_s, again.released_s)
    unheard = survey(Centre(settings), 150.0, (10.0,), 0.1, seed=2)
    assert np.isinf(unheard.released_s).all()
    assert figures(unheard)["late"] == 1.0


def test_a_public_report_is_told_apart_from_a_report_and_weighs_people_as_well_as_area():
    told = figures(
        found([8.0, 8.0, 20.0, 9.0], public_s=[9.0, NEVER, 21.0, 16.0], residents=np.array([7.0, 1.0, 2.0, 0.0]))
    )
    assert told["by_area"] == {
        "report": {"within": 0.75, "sooner": 0.0, "late": 0.25, "never": 0.0},
        "public": {"within": 0.25, "sooner": 0.0, "late": 0.75, "never": 0.25},
    }
    assert told["by_population"]["residents"] == 10
    assert told["by_population"]["report"]["within"] == pytest.approx(0.8)
    assert told["by_population"]["public"] == pytest.approx({"within": 0.7, "sooner": 0.0, "late": 0.3, "never": 0.1})
    assert told["public_s"]["p50"] == 21.0 and told["public_s"]["max"] is None


def test_what_is_shown_names_both_shares_and_what_is_taken_for_granted():
    said = printed(found([8.0, 9.0], public_s=[NEVER, 9.0], assumptions=("network synthetic",)))
    assert "by area, a report: within 5-15 s 100.0%" in said
    assert "by area, a public one: within 5-15 s 50.0%, sooner 0.0%, later 50.0%, of those never 50.0%" in said
    assert "- network synthetic" in said and "give --places" in said


@pytest.fixture(scope="module")
def by_magnitude():
    centre = Centre(CentreSettings())
    return [survey(centre, 60.0, (10.0,), magnitude, 1, places=sichuan()) for magnitude in (5.0, 5.2, 5.5, 7.0)]


def test_a_public_report_is_a_report_so_none_comes_sooner(by_magnitude):
    for one in by_magnitude:
        assert (one.public_s >= one.released_s).all()
        assert (one.public_s > one.released_s).any()


def test_the_larger_a_quake_the_more_of_its_reports_are_public(by_magnitude):
    """Of M 5.0, half of all reports say less than 5; before, every first report counted as public."""
    never = [figures(one)["by_area"]["public"]["never"] for one in by_magnitude]
    assert never == sorted(never, reverse=True)
    assert 0.25 < never[0] < 0.6 and never[2] < 0.15 and never[3] == 0.0


def test_without_a_gate_every_report_is_public():
    one = survey(Centre(CentreSettings()), 100.0, (10.0,), 5.0, 1, gate=0.0)
    assert np.array_equal(one.public_s, one.released_s)


def test_shares_by_population_are_of_those_who_live_in_the_outline(by_magnitude):
    told = figures(by_magnitude[0])
    assert told["by_population"]["residents"] == pytest.approx(83_674_866, rel=0.01)
    for shares in (*told["by_area"].values(), told["by_population"]["report"], told["by_population"]["public"]):
        assert shares["within"] + shares["sooner"] + shares["late"] == pytest.approx(1)
        assert shares["never"] <= shares["late"]
    assert any("4 stations with 1 s of P" in one for one in told["assumptions"])
    assert any("Synthetic" in one for one in told["assumptions"]) and any(
        "no false picks" in one for one in told["assumptions"]
    )


def test_a_survey_says_of_one_place_what_series_of_it_say():
    """The survey and the series are the same rule on other draws."""
    tiny = Outline.of("tiny", [[[(30.0, 103.0), (30.0, 103.3), (30.25, 103.3), (30.25, 103.0)]]])
    centre = Centre(CentreSettings())
    surveyed = survey(centre, 5.0, tuple(np.linspace(9.9, 10.1, 12)), 5.3, 3, outline=tiny)
    first, public, seeds = [], [], 100
    for seed in range(seeds):
        row = seed * len(surveyed.released_s) // seeds
        origin = Origin(0.0, surveyed.origins.latitude[row], surveyed.origins.longitude[row], 10.0, 5.3)
        of_seed = Centre(CentreSettings(seed=seed))
        vars(of_seed).update(whole=centre.whole, earth=centre.earth)
        reports = [one.report for one in of_seed.solutions(Quake("q", "Q", origin, "Qingzang"))]
        first.append(reports[0].released)
        public.append(min((one.released for one in reports if one.origin.magnitude >= 5.0), default=NEVER))
    assert np.median(first) == pytest.approx(np.median(surveyed.released_s), abs=0.4)
    for seconds in (10.0, 1e9):
        expected = np.mean(np.array(public) <= seconds)
        assert (surveyed.public_s <= seconds).mean() == pytest.approx(expected, abs=0.12)


def test_across_the_date_line_an_outline_is_one_map(tmp_path):
    fiji = Outline.of("fiji", [[[(-19, 178), (-19, -178), (-16, -178), (-16, 178)]]])
    one = survey(Centre(CentreSettings(network=NetworkTable(spacing_km=30))), 60.0, (10.0,), 5.5, 1, outline=fiji)
    assert (np.abs(one.origins.longitude) > 177).all() and np.isfinite(one.released_s).all()
    assert "regular, 30 km apart" in one.network
    drawn = chart(one).split("\n")
    assert max(map(len, drawn)) < 20
    draw(one, tmp_path / "fiji.svg")
    assert (tmp_path / "fiji.svg").stat().st_size > 1000


def test_a_network_with_a_box_stands_there_and_nowhere_else():
    """Before, 499 stations were laid over Japan for a box over Yunnan, without a word."""
    yunnan = Centre(CentreSettings(network=NetworkTable(spacing_km=60, box=(97.0, 21.0, 106.0, 29.0))))
    japan = Outline.of("japan", [[[(35, 138), (35, 140), (37, 140), (37, 138)]]])
    far = survey(yunnan, 100.0, (10.0,), 5.5, 1, outline=japan)
    assert np.isinf(far.released_s).all()
    assert any(f"{len(yunnan.whole.stations):,} stations" in one for one in far.assumptions)
    said = "21 to 29 N, 97 to 106 E; {0} of {0} origins lie outside it".format(len(far.released_s))
    assert any(said in one for one in far.assumptions)
    own = survey(yunnan, 100.0, (10.0,), 5.5, 1, outline=of_box("own", yunnan.box))
    assert np.isfinite(own.released_s).all()
    assert any("; 0 of" in one for one in own.assumptions)


def test_residents_outside_the_outline_are_said_not_to_count(by_magnitude):
    """Before, they were dropped without a word."""
    assert not any("not counted" in one for one in by_magnitude[0].assumptions)  # all of them live inside
    tiny = Outline.of("tiny", [[[(30.0, 103.5), (30.0, 104.5), (31.0, 104.5), (31.0, 103.5)]]])
    everyone = sichuan()
    found = survey(Centre(CentreSettings()), 60.0, (10.0,), 5.5, 1, outline=tiny, places=everyone)
    (said,) = (one for one in found.assumptions if "residents" in one)
    outside, of_all = (int(number.replace(",", "")) for number in said.split(" residents")[0].split(" of "))
    assert of_all - outside == pytest.approx(found.residents.sum(), abs=1.5) and 0 < outside < of_all
    assert of_all == pytest.approx(everyone.residents.sum(), abs=0.5)
    nobody = survey(Centre(CentreSettings()), 60.0, (10.0,), 5.5, 1, outline=tiny)
    assert not any("residents" in one for one in nobody.assumptions)


def test_a_share_of_silent_stations_is_said_not_to_be_modelled():
    silent, steady = (
        survey(Centre(CentreSettings(detection=Detection(silent_share=share))), 200.0, (10.0,), 7.0, 1)
        for share in (0.5, 0.0)
    )
    assert any("silent_share, 0.5 in [detection], is not modelled" in one for one in silent.assumptions)
    assert not any("silent" in one for one in steady.assumptions)


def test_an_outline_smaller_than_a_step_is_refused_with_both():
    tiny = Outline.of("tiny", [[[(30.01, 103.01), (30.01, 103.02), (30.02, 103.02)]]])
    with pytest.raises(InputError, match=r"--grid-km: no origin of a grid of 60 km lies in tiny"):
        survey(Centre(CentreSettings()), 60.0, (10.0,), 5.0, 1, outline=tiny)
    polar = Outline.of("polar", [[[(86.0, 0.0), (86.0, 60.0), (89.0, 30.0)]]])
    with pytest.raises(InputError, match=r"lies in polar; none lies beyond 85 degrees of latitude"):
        survey(Centre(CentreSettings()), 20.0, (10.0,), 5.0, 1, outline=polar)
