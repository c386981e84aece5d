"""Frames built as a matrix say what json.dumps of each user's rounded values would."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from ewarn.seismic.origin import Origin, Report, Sealed
from ewarn.wire.matrix import PIECE, ApartFrameBuilder, FrameBuilder, SharedFrameBuilder
from ewarn.wire.own_parts import BLOCK, HIGHEST, LOWEST
from tests.wire.plans import NAMES, planned

TIERS = ("in-page", "notification", "alarm")
BUILDER = FrameBuilder(TIERS)
BEGAN = 1767225600
REPORT = Report(
    "luding-2022", 1, "update", Origin(BEGAN, 29.59, 102.08, 16.0, 6.1), "Qingzang", BEGAN + 6.412, BEGAN * 10**9
)
REPORTS = st.builds(
    Report,
    quake=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True),
    number=st.integers(1, 65_535),
    status=st.sampled_from(["update", "final", "cancel", "reviewed"]),
    origin=st.builds(
        Origin, st.floats(0, 4e9), st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 700), st.floats(0, 10)
    ),
    zone=st.just("Qingzang"),
    released=st.floats(0, 4e9),
)


def arrays(counts, seed, width=10):
    """Values near tenths (never on a tie between two), some out of range, some infinite."""
    rng = np.random.default_rng(seed)
    shape = (len(counts), width)
    made = {}
    for name in NAMES[:3]:
        tenths = rng.choice([rng.integers(-12_000, 110_000, shape), rng.integers(-300, 3000, shape)]) / 10
        made[name] = tenths + rng.uniform(-0.049, 0.049, shape)
        made[name][rng.random(shape) < 0.02] = np.inf
        made[name][rng.random(shape) < 0.02] = -np.inf
    made["intensity"] = rng.integers(10, 121, shape) / 10 + rng.uniform(-0.049, 0.049, shape)
    return np.array(counts, np.int64), made


def build(report, counts, values, builder=BUILDER):
    (frames,) = builder.build(planned(report, counts, values), np.arange(len(counts)))
    return frames


def payloads(frames):
    """What a client of the websockets library receives from each frame, which has to be whole and alone."""
    said = []
    for start, length in zip(frames.starts.tolist(), frames.lengths.tolist(), strict=True):
        client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN)
        client.receive_data(frames.bytes[start : start + length].tobytes())
        (frame,) = client.events_received()
        assert client.parser_exc is None
        assert frame.opcode is Opcode.TEXT and frame.fin
        assert len(client.data_to_send()) == 0
        said.append(frame.data)
    return said


def level(intensity):
    return "red" if intensity >= 7 else "orange" if intensity >= 5 else "yellow" if intensity >= 3 else "blue"


def as_dumped(common, values, row, count):
    """The discarded design: one json.dumps a user."""
    places = []
    for place in reversed(range(count)):
        one = {"place": place}
        for name in NAMES:
            value = float(min(max(values[name][row, place], LOWEST), HIGHEST))
            one[name] = math.floor(value * 10) / 10 if name == "intensity" else round(value, 1)
        places.append({**one, "level": level(values["intensity"][row, place])})
    return json.loads(json.dumps({**common, "tier": TIERS[row % len(TIERS)], "places": places}))


def one_user(**given_values):
    values = {name: np.array([[given_values.get(name, 1.0)]]) for name in NAMES}
    (payload,) = payloads(build(REPORT, np.array([1]), values))
    return payload


@settings(max_examples=40, deadline=None)
@given(REPORTS, st.lists(st.integers(1, 10), min_size=1, max_size=25), st.integers(0, 10_000))
def test_every_frame_parses_to_what_json_dumps_of_the_rounded_values_gives(report, counts, seed):
    counts, values = arrays(counts, seed)
    for row, payload in enumerate(payloads(build(report, counts, values))):
        said = json.loads(payload)
        common = {key: said[key] for key in said if key not in ("tier", "places")}
        assert said == as_dumped(common, values, row, counts[row])
        assert (common["quake"], common["number"], common["status"]) == (report.quake, report.number, report.status)
        assert common["origin"]["latitude"] == report.origin.latitude
        assert common["origin"]["magnitude"] == report.origin.magnitude
        assert (common["type"], common["drill"]) == ("quick" if report.status == "reviewed" else "report", True)


def test_the_example_of_the_manual_is_what_a_user_gets():
    said = json.loads(one_user(distance_km=53.1, p_in_s=3.1, s_in_s=9.3, intensity=6.7))
    assert said == {
        "type": "report",
        "drill": True,
        "quake": "luding-2022",
        "number": 1,
        "status": "update",
        "origin": {
            "time": "2026-01-01T00:00:00.000Z",
            "latitude": 29.59,
            "longitude": 102.08,
            "depth_km": 16.0,
            "magnitude": 6.1,
        },
        "zone": "Qingzang",
        "released": "2026-01-01T00:00:06.412Z",
        "play": 1767225600000000000,
        "expires": "2026-01-01T00:05:06.412Z",
        "tier": "in-page",
        "places": [
            {"place": 0, "distance_km": 53.1, "p_in_s": 3.1, "s_in_s": 9.3, "intensity": 6.7, "level": "orange"}
        ],
    }


def test_a_frame_begins_with_the_words_of_the_centre_and_ends_with_its_signature():
    sealed = replace(REPORT, sealed=Sealed(b'{"any":"words"', "c2lnbmVk"))
    (payload,) = payloads(build(sealed, np.array([1]), {name: np.ones((1, 1)) for name in NAMES}))
    assert payload.startswith(b'{"any":"words","places":[{"place":0,')
    assert payload.endswith(b',"signature":"c2lnbmVk"}')
    assert json.loads(payload)["tier"] == "in-page"


@settings(max_examples=100, deadline=None)
@given(st.floats(-2000, 20_000))
def test_numbers_have_one_decimal_and_are_off_by_half_a_tenth_at_most(value):
    clipped = min(max(value, -999.9), 9999.9)
    text = one_user(s_in_s=value).decode().split('"s_in_s":')[1].split(",")[0].strip()
    assert text.partition(".")[2].isdigit() and len(text.partition(".")[2]) == 1
    assert abs(float(text) - clipped) <= 0.05 + 1e-9


@pytest.mark.parametrize(
    ("value", "said"),
    [(-1000.0, -999.9), (-np.inf, -999.9), (10_000.0, 9999.9), (np.inf, 9999.9), (9999.94, 9999.9), (-999.9, -999.9)],
)
def test_numbers_out_of_range_are_clipped(value, said):
    assert json.loads(one_user(p_in_s=value))["places"][0]["p_in_s"] == said


def test_nothing_is_ever_minus_nought():
    assert b"-0.0" not in one_user(p_in_s=-0.04, s_in_s=-0.0)


@pytest.mark.parametrize(
    ("intensity", "said", "number"),
    [
        (6.9999, "orange", 6.9),
        (np.nextafter(7, 0), "orange", 6.9),
        (np.nextafter(5, 0), "yellow", 4.9),
        (np.nextafter(3, 0), "blue", 2.9),
        (7.0, "red", 7.0),
        (4.96, "yellow", 4.9),
        (5.0, "orange", 5.0),
        (2.99, "blue", 2.9),
        (3.0, "yellow", 3.0),
        (12.0, "red", 12.0),
        (1.0, "blue", 1.0),
    ],
)
def test_levels_go_by_the_intensity_itself_and_the_number_beside_them_is_cut_off_not_rounded(intensity, said, number):
    (place,) = json.loads(one_user(intensity=intensity))["places"]
    assert (place["level"], place["intensity"]) == (said, number)


def test_frames_stand_in_the_order_of_users_however_many_places_they_follow():
    counts, values = arrays([3, 1, 2, 1, 10, 3, 1], 1)
    values["distance_km"][:, 0] = np.arange(7) * 10.0
    said = [json.loads(payload)["places"] for payload in payloads(build(REPORT, counts, values))]
    assert [places[-1]["distance_km"] for places in said] == [0, 10, 20, 30, 40, 50, 60]
    assert [len(places) for places in said] == counts.tolist()
    assert [place["place"] for place in said[4]] == list(reversed(range(10)))


def test_frames_with_as_many_places_are_equally_long_and_none_overlap():
    counts, values = arrays([2, 1, 2, 5, 1, 2], 4)
    frames = build(REPORT, counts, values)
    for count in (1, 2, 5):
        assert len(set(frames.lengths[counts == count].tolist())) == 1
    rows = np.argsort(frames.starts)
    ends = frames.starts[rows] + frames.lengths[rows]
    assert frames.starts[rows].tolist() == [0, *ends[:-1].tolist()]
    assert ends[-1] == len(frames.bytes)


@pytest.mark.parametrize("number", [1, 10_000])
def test_payloads_near_and_beyond_125_bytes_all_have_the_right_header(number):
    report = Report("q", number, "final", Origin(0.0, 0.0, 0.0, 0.0, 5.0), "Central", 1.0)
    counts, values = arrays(list(range(1, 11)), 2)
    assert all(json.loads(payload)["number"] == number for payload in payloads(build(report, counts, values)))


def test_no_users_make_no_frames():
    frames = build(REPORT, np.zeros(0, np.int64), {name: np.zeros((0, 1)) for name in NAMES})
    assert len(frames.bytes) == len(frames.starts) == len(frames.lengths) == 0


def test_building_twice_gives_the_same_and_changes_no_input():
    counts, values = arrays([1, 4, 2, 4], 8)
    copies = counts.copy(), {name: values[name].copy() for name in NAMES}
    one = build(REPORT, counts, values).bytes.copy()
    assert np.array_equal(one, build(REPORT, counts, values).bytes)
    assert np.array_equal(counts, copies[0])
    assert all(np.array_equal(values[name], copies[1][name]) for name in NAMES)


def test_a_shared_frame_is_the_first_users_own_and_goes_to_all():
    counts, values = arrays([1, 1, 1, 2], seed=5)
    frames = build(REPORT, counts, values, SharedFrameBuilder(TIERS))
    own = build(REPORT, counts[:1], {name: column[:1] for name, column in values.items()})
    assert payloads(frames) == payloads(own) * 4
    assert len(frames.bytes) == len(own.bytes)


def test_reports_that_take_turns_are_not_mixed_up():
    counts, values = arrays([1, 2], seed=6)
    other = Report("lushan-2022", 7, "final", REPORT.origin, "Qingzang", REPORT.released)
    for report in (REPORT, other, REPORT, other):
        said = [json.loads(text) for text in payloads(build(report, counts, values))]
        assert {(one["quake"], one["number"]) for one in said} == {(report.quake, report.number)}


def test_frames_are_built_for_the_users_asked_for_in_any_order():
    counts, values = arrays([1, 2, 3, 1], seed=7)
    of_all = payloads(build(REPORT, counts, values))
    (frames,) = BUILDER.build(planned(REPORT, counts, values), np.array([2, 0]))
    assert payloads(frames) == [of_all[2], of_all[0]]
    assert frames.users.tolist() == [2, 0]


def test_alerts_apart_are_one_a_place_and_say_the_same():
    counts, values = arrays([1, 3, 2], seed=9)
    together = [json.loads(payload)["places"] for payload in payloads(build(REPORT, counts, values))]
    apart = [[], [], []]
    for frames in ApartFrameBuilder(TIERS).build(planned(REPORT, counts, values), np.arange(3)):
        assert len(set(frames.users.tolist())) == len(frames.users), "nobody is written to twice at once"
        for user, payload in zip(frames.users.tolist(), payloads(frames), strict=True):
            apart[user] += json.loads(payload)["places"]
    assert apart == together


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([(1,) * 9, (2,) * 9, (1, 2, 1, 3, 1, 1, 2, 1, 1)]), min_size=2, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), st.lists(st.integers(0, 8), max_size=9, unique=True)), max_size=12),
)
def test_slices_of_several_plans_in_turn_are_what_a_builder_of_their_own_makes_of_each(mixes, slices):
    plans, whole = [], []
    for number, counts in enumerate(mixes, start=1):
        plans.append(planned(replace(REPORT, number=number, quake="q" * number), *arrays(counts, number)))
        whole += [payloads(frames) for frames in BUILDER.build(plans[-1], np.arange(9))]
    for which, users in slices:
        (frames,) = BUILDER.build(plans[which % len(plans)], np.array(users, np.intp))
        assert payloads(frames) == [whole[which % len(plans)][user] for user in users]


def test_frames_of_very_many_come_in_pieces_and_all_are_right():
    count = max(PIECE, BLOCK) + 3
    counts, values = arrays([1] * count, 3, width=1)
    plan = planned(REPORT, counts, values)
    users, pieces = np.random.default_rng(4).permutation(count), []
    for frames in BUILDER.build(plan, users):
        assert len(frames.users) <= PIECE
        pieces.append(frames.users.copy())
        for at in (0, len(frames.users) - 1):
            row = int(frames.users[at])
            said = json.loads(payloads(replace(frames, starts=frames.starts[[at]], lengths=frames.lengths[[at]]))[0])
            tier, (place,) = said.pop("tier"), said["places"]
            assert tier == TIERS[row % len(TIERS)]
            assert place["distance_km"] == round(min(max(values["distance_km"][row, 0], LOWEST), HIGHEST), 1)
    assert np.array_equal(np.concatenate(pieces), users)


def test_what_is_kept_of_a_plan_goes_with_it():
    before = len(BUILDER._sheaves)
    (_,) = BUILDER.build(planned(REPORT, *arrays([1, 2], 1)), np.arange(2))
    assert len(BUILDER._sheaves) == before
