"""Frames computed anew: right ones pass, and whatever is wrong in one is found."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ewarn.config.drill import load_drill
from ewarn.dispatch.gates import TIERS
from ewarn.dispatch.orders import ORDERS
from ewarn.dispatch.plan import Followers, plan
from ewarn.drill.accounts import users_table
from ewarn.drill.inspection import verify
from ewarn.drill.scenario import prepare
from ewarn.seismic.intensity import LEVELS
from ewarn.wire.framing import next_frame
from ewarn.wire.matrix import FrameBuilder


def played(changes):
    """A scenario whose reports are of a play."""
    made = prepare(load_drill(Path("configs/drill.toml"), changes))
    return replace(made, reports=[replace(report, play=1) for report in made.reports])


@pytest.fixture(scope="module")
def scenario():
    return played({"audience.users": 300, "audience.follow": "mix"})


@pytest.fixture(scope="module")
def kept(scenario):
    """What the gateway's own plan and builder make of the last report, for those who follow a place."""
    report, users = scenario.reports[-1], np.flatnonzero(scenario.audience.followed.count)
    followers = Followers.of(scenario.audience.followed.of(users))
    rng = np.random.default_rng(1)
    decided = plan(report, followers, scenario.gates, scenario.earth, ORDERS["deadline"], rng)
    found = []
    for frames in FrameBuilder(TIERS).build(decided, decided.order):
        for row, start, length in zip(frames.users, frames.starts, frames.lengths, strict=True):
            data = frames.bytes[start : start + length].tobytes()
            frame = next_frame(data, 0)
            found.append((int(users[row]), data[frame.start : frame.end]))
    return found


def test_what_the_gateway_makes_is_right(scenario, kept):
    assert verify(kept, scenario.reports, scenario) == (len(kept), 0)
    assert len(kept) > 200


def another(value):
    if isinstance(value, str):
        return value + "x"
    return value + 0.2 if isinstance(value, float) else value + 1


@pytest.mark.parametrize("name", ["quake", "status", "tier", "released"])
def test_a_wrong_word_of_the_report_is_found(scenario, kept, name):
    user, payload = kept[0]
    frame = json.loads(payload)
    frame[name] = another(frame[name])
    assert verify([(user, json.dumps(frame).encode())], scenario.reports, scenario) == (1, 1)


@pytest.mark.parametrize("changes", [{"status": 5}, {"places": [[1]]}, {"origin": None}])
def test_a_frame_of_another_shape_or_in_no_utf_8_is_found(scenario, kept, changes):
    user, payload = kept[0]
    odd = json.dumps(json.loads(payload) | changes).encode()
    assert verify([(user, odd), (user, payload.replace(b"luding", b"lud\xffng"))], scenario.reports, scenario) == (2, 2)


def test_a_frame_without_its_tier_is_found(scenario, kept):
    user, payload = kept[0]
    frame = json.loads(payload)
    del frame["tier"]
    assert verify([(user, json.dumps(frame).encode())], scenario.reports, scenario) == (1, 1)


@pytest.mark.parametrize("name", ["place", "distance_km", "p_in_s", "s_in_s", "intensity", "level"])
def test_a_wrong_field_of_any_place_is_found(scenario, kept, name):
    user, payload = next(one for one in kept if len(json.loads(one[1])["places"]) > 1)
    for at in range(len(json.loads(payload)["places"])):
        frame = json.loads(payload)
        frame["places"][at][name] = another(frame["places"][at][name])
        assert verify([(user, json.dumps(frame).encode())], scenario.reports, scenario) == (1, 1)


def test_a_place_left_out_is_found(scenario, kept):
    user, payload = next(one for one in kept if len(json.loads(one[1])["places"]) > 1)
    frame = json.loads(payload)
    del frame["places"][-1]
    assert verify([(user, json.dumps(frame).encode())], scenario.reports, scenario) == (1, 1)


def test_a_frame_of_somebody_else_is_found(scenario, kept):
    (user, _), (_, payload) = kept[0], kept[1]
    assert verify([(user, payload)], scenario.reports, scenario) == (1, 1)


def test_a_report_that_a_dying_gateway_sent_without_a_word_is_left_out(scenario, kept):
    assert verify(kept, scenario.reports[:-1], scenario) == (0, 0)


def test_a_report_that_was_never_planned_is_found(scenario, kept):
    user, payload = kept[0]
    frame = json.loads(payload) | {"number": len(scenario.reports) + 1}
    assert verify([(user, json.dumps(frame).encode())], scenario.reports, scenario) == (1, 1)


def test_levels_of_the_drill_s_file_are_those_of_frames_users_and_truth():
    changes = {"audience.users": 200, "levels.yellow": 4.2, "levels.orange": 5.4, "levels.red": 6.6}
    scenario = played(changes)
    report, steps = scenario.reports[-1], np.array([4.2, 5.4, 6.6])
    rng = np.random.default_rng(1)
    decided = plan(
        report, Followers.of(scenario.audience.followed), scenario.gates, scenario.earth, ORDERS["deadline"], rng
    )
    assert (decided.level == np.searchsorted(steps, decided.places.intensity, side="right")).all()
    (frames,) = FrameBuilder(TIERS).build(decided, np.arange(len(scenario.audience)))
    payloads = [
        json.loads(frames.bytes[start + 4 : start + length].tobytes())
        for start, length in zip(frames.starts, frames.lengths, strict=True)
    ]
    assert [one["places"][0]["level"] for one in payloads] == [LEVELS[level] for level in decided.level]
    true = np.searchsorted(steps, scenario.intensity, side="right")
    assert list(scenario.truth.level) == [LEVELS[level] for level in true]
    assert users_table(scenario)["level"].tolist() == true.tolist()
    kept = [(user, json.dumps(one).encode()) for user, one in enumerate(payloads)]
    assert verify(kept, scenario.reports, scenario) == (200, 0)
