"""What a client says of itself: there and back, refusals that name the parameter, and fuzz."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.json import Decoder

from ewarn.audience import followed
from ewarn.errors import InputError
from ewarn.wire.messages import understood
from ewarn.wire.subscriptions import (
    ALERTS_PATH,
    MOST_PLACES,
    Follow,
    Snapshot,
    Subscription,
    parse_path,
    parse_places,
    request_path,
)

PLACES = st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), max_size=10)
USERS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=64).filter(str.isprintable)


def path(*parameters):
    return "/v1/alerts?" + "&".join(parameters)


def follow(places, **more):
    return json.dumps({"type": "follow", "places": places, **more})


def parse_wish(message):
    return understood(message, Decoder(Follow | Snapshot))


def parse_follow(message):
    return parse_wish(message).places


@settings(max_examples=150, deadline=None)
@given(USERS, PLACES)
@example("a&place=1,2#?/ +%", [])
@example("用户", [(30.66667, 104.06667)])
def test_what_a_client_asks_for_is_what_the_gateway_reads(user, places):
    said = parse_path(request_path(user, places))
    assert said.user == user
    assert len(said.places) == len(places)
    for read, meant in zip(said.places, places, strict=True):
        assert read == pytest.approx(meant, abs=0.000006, rel=0)  # five decimals: a metre


@settings(max_examples=60, deadline=None)
@given(PLACES)
def test_a_follow_message_gives_its_places_exactly(places):
    assert parse_follow(follow([list(place) for place in places])) == tuple(places)
    assert parse_follow(follow([list(place) for place in places]).encode()) == tuple(places)


def test_the_example_of_the_manual_is_read():
    assert parse_path("/v1/alerts?user=ID&place=30.1,102.9&place=-31,104") == Subscription(
        "ID", ((30.1, 102.9), (-31.0, 104.0))
    )


def test_a_user_without_places_is_let_in():
    assert parse_path("/v1/alerts?user=a") == Subscription("a", ())
    assert parse_follow(follow([])) == ()


def test_unknown_parameters_are_let_be():
    assert parse_path(path("utm=1", "user=a", "place=1,2", "x=")) == Subscription("a", ((1.0, 2.0),))


def test_places_on_the_edge_of_the_world_are_places():
    edges = [(90.0, 180.0), (-90.0, -180.0), (0.0, 0.0)]
    assert parse_path(request_path("a", edges)).places == tuple(edges)


@pytest.mark.parametrize(
    "wrong",
    [
        path(),
        path("place=1,2"),
        path("user="),
        path("user=a", "user=b"),
        path("user=" + "a" * 65),
        path("user=a%0Ab"),
        path("user=%00"),
        "/v1/alerts",
    ],
)
def test_a_wrong_user_is_refused_by_name(wrong):
    with pytest.raises(InputError, match="user"):
        parse_path(wrong)


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("", "place 1"),
        ("30", "place 1"),
        ("30,102,5", "place 1"),
        ("north,102", "place 1: latitude"),
        ("30,east", "place 1: longitude"),
        ("nan,102", "place 1: latitude"),
        ("30,inf", "place 1: longitude"),
        ("90.1,102", "place 1: latitude"),
        ("30,-180.1", "place 1: longitude"),
        ("1e999,102", "place 1: latitude"),
    ],
)
def test_a_wrong_place_is_refused_by_its_number_and_part(value, named):
    with pytest.raises(InputError) as caught:
        parse_path(path("user=a", "place=1,2", f"place={value}"))
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("place", "named"),
    [
        (None, "places 1"),
        ([], "places 1"),
        ([30], "places 1"),
        ([30, 102, 5], "places 1"),
        ({"latitude": 30}, "places 1"),
        (["30", 102], "places 1: latitude"),
        ([30, None], "places 1: longitude"),
        ([True, 102], "places 1: latitude"),
        ([30, [102]], "places 1: longitude"),
        ([91, 102], "places 1: latitude"),
        ([float("nan"), 102], "places 1: latitude"),
        ([30, float("-inf")], "places 1: longitude"),
    ],
)
def test_a_wrong_place_to_follow_is_refused_by_its_number_and_part(place, named):
    with pytest.raises(InputError) as caught:
        parse_follow(follow([[1, 2], place]))
    assert named in str(caught.value)


def test_a_whole_number_too_large_for_a_float_is_out_of_bounds_like_any_other():
    with pytest.raises(InputError, match="places 0: latitude"):
        parse_follow('{"type":"follow","places":[[1' + "0" * 400 + ",102]]}")
    with pytest.raises(InputError, match="places 0: longitude"):
        parse_follow('{"type":"follow","places":[[30,-1' + "0" * 400 + "]]}")


@pytest.mark.parametrize("count", [11, 12, 30])
def test_more_than_ten_places_are_refused_with_both_numbers(count):
    with pytest.raises(InputError, match="place") as by_path:
        parse_path(request_path("a", [(1.0, 2.0)] * count))
    with pytest.raises(InputError, match="places") as by_message:
        parse_follow(follow([[1.0, 2.0]] * count))
    for caught in (by_path, by_message):
        assert str(count) in str(caught.value)
        assert "10" in str(caught.value)


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("{}", "type"),
        ('{"type":"report"}', "type"),
        ('{"type":["follow"],"places":[]}', "type"),
        ('{"type":"follow"}', "places"),
        ('{"type":"follow","places":{}}', "places"),
        ('{"type":"follow","places":"1,2"}', "places"),
        ("[]", "object"),
        ("", "JSON"),
        (b"\xff", "JSON"),
        pytest.param("[" * 100_000, "JSON", id="deep"),
    ],
)
def test_a_message_that_is_no_follow_is_refused_by_what_is_wrong(message, named):
    with pytest.raises(InputError, match=named):
        parse_follow(message)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
@example("//[")
@example("/v1/alerts?user=a" + "&place=1,2" * 1000)
def test_random_text_as_a_path_is_read_or_refused(text):
    for tried in (text, "/v1/alerts?" + text, "/v1/alerts?user=a&place=" + text):
        try:
            said = parse_path(tried)
        except InputError as error:
            assert str(error)
        else:
            assert 0 < len(said.user) <= 64
            assert all(-90 <= latitude <= 90 and -180 <= longitude <= 180 for latitude, longitude in said.places)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_random_text_and_bytes_are_no_follow_message(data):
    with pytest.raises(InputError):
        parse_follow(data)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_json_as_places_is_read_or_refused(places):
    try:
        said = parse_follow(follow(places))
    except InputError as error:
        assert "places" in str(error)
    else:
        assert len(said) == len(places)


@given(st.floats(0, 12), st.booleans())
def test_a_threshold_is_what_was_asked_for_on_connecting_and_later(least, later):
    if later:
        assert parse_wish(follow([], least_intensity=least)) == Follow((), least)
    else:
        assert parse_path(request_path("a", [], least)).threshold == pytest.approx(least, rel=1e-5)


@pytest.mark.parametrize("least", ["x", "-1", "12.5", "nan", ""])
def test_a_threshold_that_is_no_intensity_is_refused_by_name(least):
    with pytest.raises(InputError, match="least_intensity"):
        parse_path(path("user=a", f"least_intensity={least}"))
    with pytest.raises(InputError, match="least_intensity"):
        parse_wish(follow([], least_intensity=least))


def test_a_follow_message_without_a_threshold_leaves_it_as_it_was():
    assert parse_wish(follow([])).threshold is None


def test_a_snapshot_changes_nothing_that_is_followed():
    assert parse_wish('{"type":"snapshot"}') == Snapshot()


def test_a_page_is_asked_for_by_places_alone():
    assert parse_places("/v1/snapshot?place=30.1,102.9&place=31,104") == ((30.1, 102.9), (31.0, 104.0))
    with pytest.raises(InputError, match="place 0: latitude"):
        parse_places("/v1/snapshot?place=91,0")


@given(st.lists(st.text(max_size=64).filter(lambda text: text.isprintable()), max_size=8))
def test_quakes_that_a_client_was_told_of_are_what_the_gateway_reads(told):
    assert parse_path(request_path("a", [(30.0, 103.0)], told=told)).told == tuple(told)


@pytest.mark.parametrize("told", [["q"] * 9, ["q" * 65]])
def test_more_quakes_than_there_can_be_are_refused_by_name(told):
    with pytest.raises(InputError, match="told: expected at most 8 times, up to 64 characters"):
        parse_path(request_path("a", [], told=told))


def test_a_client_may_name_as_many_places_as_a_user_may_follow():
    assert MOST_PLACES == followed.MOST_PLACES


WORDS = st.sampled_from(["me", "a" * 64, "a" * 65, "a.b~c_d-1", "", "é", "a b"])
NUMBERS = st.floats(-200, 200).map("{:.5f}".format) | st.sampled_from(
    ["90", "-90.0", "91", "180.000000001", "1e2", "nan", "-0", "+1", " 1", "1_0", "0x1", "90.0000001"]
)


@given(WORDS, st.lists(st.tuples(NUMBERS, NUMBERS), max_size=11), st.none() | NUMBERS, st.lists(WORDS, max_size=9))
def test_what_is_read_the_quick_way_is_what_the_long_way_reads(user, places, least, told):
    path = f"{ALERTS_PATH}?user={user}" + "".join(f"&place={one},{other}" for one, other in places)
    path += ("" if least is None else f"&least_intensity={least}") + "".join(f"&told={one}" for one in told)
    # A parameter that nobody knows is let be, and makes the path unusual.
    assert outcome(path) == outcome(f"{path}&unknown=1")


def outcome(path):
    try:
        return parse_path(path)
    except InputError as error:
        return str(error)
