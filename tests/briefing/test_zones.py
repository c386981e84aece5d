from ewarn.briefing import replay, zones
from ewarn.briefing.run import load
from ewarn.briefing.sheet import Sheet
from ewarn.dispatch.gates import Gates
from tests.briefing.conftest import plain, simulated


def said(folder):
    run = load(folder)
    return run, plain(zones.blind_zones(Sheet(run, replay.setting(run))))


def test_where_no_radius_parts_the_warned_from_the_others_that_is_said_and_who_was_warned(tmp_path):
    simulated(tmp_path, rate_per_s=0.5)
    run, shown = said(tmp_path)
    assert run.balance.effective.km is None
    due, in_time = run.fates.due, run.fates.in_time
    assert "no radius exists beyond which 95 % were warned in time" in shown
    assert f"Of all who were to be told, {100 * in_time[due].mean():.1f} % were." in shown
    assert "of the nearer half" in shown
    assert "no end" not in shown and "blind zone at receipt" not in shown


def test_where_the_far_ones_were_late_that_is_said(tmp_path):
    simulated(tmp_path, rate_per_s=3.0, order="nearest", magnitudes=(6.4,))
    run = load(tmp_path)
    could = run.fates.could_be_warned
    far = run.users["distance_km"] > 80
    run.fates.fate[could & far], run.fates.fate[could & ~far] = 1, 0
    assert "fewer of the far ones" in " ".join(zones.told(run))


def test_a_radius_within_which_most_were_warned_is_called_no_border(tmp_path):
    simulated(tmp_path, rate_per_s=2_000, reach=0.65)
    run, shown = said(tmp_path)
    inside = run.fates.due & (run.users["distance_km"] <= run.balance.effective.km)
    assert run.fates.in_time[inside].mean() > 0.5
    assert "is no border" in shown
    assert "about as many near as far" in shown
    assert "blind zone at receipt" not in shown


def test_a_radius_that_parts_them_is_told_with_both_shares(tmp_path):
    simulated(tmp_path, users=2_000, rate_per_s=5_000)
    run, shown = said(tmp_path)
    assert run.balance.effective.km is not None
    assert f"Beyond {run.balance.effective.km:.1f} km from the epicentre 99.8 % of the " in shown
    assert "blind zone at receipt" in shown
    assert "no border" not in shown


def test_of_a_quake_of_which_nobody_was_to_be_told_there_is_one_sentence_and_no_chart(tmp_path):
    simulated(tmp_path, gates=Gates(intensity=11.0))
    _, shown = said(tmp_path)
    assert "Nobody was to be told of this quake" in shown
    assert "<svg" not in shown


def test_the_rings_hold_everyone_who_was_to_be_told(tmp_path):
    simulated(tmp_path)
    _, shown = said(tmp_path)
    assert "What came of those who were to be told, by distance" in shown
    assert shown.count("<table") == 2
