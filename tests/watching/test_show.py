import numpy as np
import pytest

from ewarn.config.quakes import load_quake
from ewarn.config.tables import shipped
from ewarn.config.velocity import load_velocity
from ewarn.seismic.origin import Origin, Report
from ewarn.seismic.travel_times import TravelTimes
from ewarn.verdict.ledger import USERS
from ewarn.watching.show import (
    HEADER,
    MOST_NUMBER,
    NOTHING_DUE,
    PROVINCE,
    STEPS,
    box_of,
    due_block,
    fronts,
    receipts_block,
    report_message,
    scene_message,
    users_block,
)


def some_users(count, seed=1):
    rng = np.random.default_rng(seed)
    users = np.zeros(count, USERS)
    users["longitude"] = rng.uniform(PROVINCE[0], PROVINCE[2], count)
    users["latitude"] = rng.uniform(PROVINCE[1], PROVINCE[3], count)
    users["s_s"] = rng.uniform(0, 900, count)
    users["level"] = rng.integers(0, 4, count)
    return users


def test_users_come_back_from_their_block_as_near_as_it_can_say():
    users, due = some_users(1000), np.arange(1000) % 3 > 0
    block = users_block(7, users, due, PROVINCE)
    assert HEADER.unpack_from(block) == (1, 0, 0, 7, 1000)
    s = np.frombuffer(block, "<f4", 1000, HEADER.size)
    x, y = np.frombuffer(block, "<u2", 2000, HEADER.size + 4000).reshape(2, 1000).astype(float)
    level = np.frombuffer(block, "u1", 1000, HEADER.size + 8000)
    assert len(block) == HEADER.size + 9 * 1000
    west, south, east, north = PROVINCE
    assert x / STEPS * (east - west) + west == pytest.approx(users["longitude"], abs=1e-4)
    assert y / STEPS * (north - south) + south == pytest.approx(users["latitude"], abs=1e-4)
    assert (s == users["s_s"]).all()
    assert ((level >= NOTHING_DUE) == ~due).all()
    assert (level % NOTHING_DUE == users["level"]).all()


def test_receipts_come_back_from_their_block():
    users, t_s = np.array([3, 499_999], np.uint32), np.array([7.5, 12.25], np.float32)
    block = receipts_block(1, users, t_s)
    assert HEADER.unpack_from(block) == (2, 1, 0, 0, 2)
    assert np.frombuffer(block, "<u4", 2, HEADER.size).tolist() == [3, 499_999]
    assert np.frombuffer(block, "<f4", 2, HEADER.size + 8).tolist() == [7.5, 12.25]


def test_the_first_report_due_to_each_comes_back_from_its_block():
    block = due_block(1, 7, np.array([0, 1, 12, 300]))
    assert HEADER.unpack_from(block) == (3, 1, 0, 7, 4)
    assert np.frombuffer(block, "u1", 4, HEADER.size).tolist() == [0, 1, 12, MOST_NUMBER]


def test_half_a_million_users_and_receipts_are_under_12_mb():
    users = some_users(500_000)
    sent = len(users_block(0, users, np.ones(len(users), bool), PROVINCE))
    sent += len(receipts_block(0, users["user"], users["s_s"]))
    sent += 2 * len(due_block(0, 0, np.ones(len(users), np.int64)))
    assert sent < 12e6


def test_a_box_holds_the_province_and_everyone():
    assert box_of(np.array([]), np.array([])) == PROVINCE
    assert box_of(np.array([30.0, 20.0]), np.array([120.0, 100.0])) == (97.3, 20.0, 120.0, 34.4)


def test_fronts_rise_with_distance_and_p_is_ahead():
    waves = fronts(TravelTimes(load_velocity(shipped() / "velocity" / "yunnan-2015.toml")), 16.0, 400.0)
    p_s, s_s = np.array(waves["p_s"]), np.array(waves["s_s"])
    assert waves["distance_km"][-1] >= 400
    assert (np.diff(p_s) >= 0).all()
    assert (p_s < s_s).all()


def test_scene_and_report_say_what_they_are_of():
    quake = load_quake(shipped() / "quakes" / "luding-2022.toml")
    scene = scene_message(quake, 5, PROVINCE, {}, [[30.0, 102.0, 3.1]], engine="uring")
    assert scene["drill"] is True
    assert (scene["quake"]["id"], scene["users"], scene["engine"]) == ("luding-2022", 5, "uring")
    origin = Origin(0.0, 29.6, 102.1, 14.0, 5.5)
    told = report_message(1, Report("luding-2022", 2, "update", origin, "Qingzang", 8.0), 7.9244, 20, None, "late")
    assert (told["play"], told["number"], told["release_s"], told["ellipse"]) == (1, 2, 7.924, None)


def test_a_report_names_its_play_as_frames_do_in_digits_that_a_page_does_not_round():
    origin = Origin(0.0, 29.6, 102.1, 14.0, 5.5)
    report = Report("luding-2022", 1, "update", origin, "Qingzang", 8.0, 1_767_225_600_123_456_789)
    assert report_message(0, report, 7.9, 20, None)["play_id"] == "1767225600123456789"


def test_a_box_holds_users_and_epicentre_and_the_province_only_of_those_who_live_there():
    far = np.array([37.4, 37.6]), np.array([136.9, 137.3])
    west, south, east, north = box_of(*far, (36.0, 138.0))
    assert (west, south, east, north) == pytest.approx((136.45, 35.8, 138.45, 37.8))
    assert box_of(np.array([30.0]), np.array([104.0])) == PROVINCE
    west, _, east, north = box_of(np.array([30.0]), np.array([104.0]), (35.0, 98.0))
    assert (west, east, north) == (PROVINCE[0], PROVINCE[2], 35.0)


def test_across_the_date_line_users_stand_side_by_side():
    users = some_users(4)
    users["longitude"], users["latitude"] = [179.0, 179.9, -179.9, -178.0], -17.0
    box = box_of(users["latitude"], users["longitude"], (-17.0, -179.95))
    assert box == pytest.approx((179.0, -18.0, 182.0, -16.0))
    block = users_block(0, users, np.ones(4, bool), box)
    x = np.frombuffer(block, "<u2", 4, HEADER.size + 16) / STEPS * 3
    assert x == pytest.approx([0.0, 0.9, 1.1, 3.0], abs=1e-3)
