import json
from base64 import b64decode

import numpy as np
import pytest

from ewarn.briefing import page, replay
from ewarn.briefing.run import load
from ewarn.centre.scenery import surroundings
from ewarn.watching.show import HEADER
from tests.briefing.conftest import simulated


def blocks(told):
    return [b64decode(one) for one in told if isinstance(one, str)]


def test_a_show_has_its_scene_users_and_every_first_receipt(run):
    at = replay.setting(run)
    told = replay.show([run], at)
    users, due, receipts = blocks(told)
    assert told[0]["users"] == len(run.users) == HEADER.unpack_from(users)[4]
    count = HEADER.unpack_from(receipts)[4]
    who = np.frombuffer(receipts, "<u4", count, HEADER.size)
    when = np.frombuffer(receipts, "<f4", count, HEADER.size + 4 * count)
    assert set(who) == set(np.flatnonzero(np.isfinite(run.first_s)))
    assert when == pytest.approx(run.first_s[who], abs=1e-5)
    first_due = np.frombuffer(due, "u1", len(run.users), HEADER.size)
    assert (first_due == np.where(run.fates.due, run.first_due + 1, 0)).all()
    reports = [one for one in told if isinstance(one, dict) and one["type"] == "report"]
    assert [one["targets"] for one in reports] == run.due.sum(axis=1).tolist()
    assert [one["release_s"] for one in reports] == pytest.approx([one.released for one in run.reports], abs=1e-3)
    assert replay.end_s(told, [run]) >= max(when.max(), reports[-1]["release_s"])


def test_a_show_tells_what_shakes_as_the_runs_own_earth_has_it(run):
    at = replay.setting(run)
    scene = replay.show([run], at)[0]
    found = surroundings(at.quake, run.files.earth)
    assert (scene["shaking"], scene["towns"]) == (found["shaking"], found["towns"])
    assert len(scene["towns"]) == 21


def test_ellipses_of_other_reports_than_were_played_are_not_shown(run):
    at = replay.setting(run)
    assert (at.stations, at.ellipses) == ([], {})
    assert "other reports than were played" in at.missing[0]
    assert at.quake.id == "luding-2022"


def test_without_its_settings_a_run_is_shown_all_the_same(tmp_path):
    simulated(tmp_path, truth=None)
    (tmp_path / "drill.toml").unlink()
    run = load(tmp_path)
    at = replay.setting(run)
    assert "drill.toml" in at.missing[0]
    assert at.quake.origin == run.reports[-1].origin
    assert replay.show([run], at)[0]["fronts"]["distance_km"] == []


def test_a_second_play_of_the_same_users_goes_in_and_one_of_others_does_not(run, tmp_path):
    simulated(tmp_path / "same", order="fifo")
    simulated(tmp_path / "others", order="fifo", seed=5)
    same, others = (load(tmp_path / name) for name in ("same", "others"))
    assert replay.together([run, others, same]) == [run, same]
    assert len(blocks(replay.show([run, same], replay.setting(run)))) == 5


def test_what_is_embedded_cannot_end_its_element():
    text = page.embedded({"name": "</script><script>alert(1)</script>"})
    assert "<" not in text
    assert json.loads(text) == {"name": "</script><script>alert(1)</script>"}
