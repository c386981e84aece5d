"""Reports on the control address: there and back, and every wrong key named."""

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import to_builtins

from ewarn.errors import InputError
from ewarn.seismic.origin import Origin, Report
from ewarn.wire.reports import common, decode, encode, utc, words

GOOD = {
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
    "released": "2026-01-01T00:00:06.412Z",
    "zone": "Qingzang",
    "play": 1767225600000000000,
    "expires": "2026-01-01T00:05:06.412Z",
}
MISSING = object()
INSTANTS = st.integers(0, 4_000_000_000_000).map(lambda ms: ms / 1000)
REPORTS = st.builds(
    Report,
    quake=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True),
    number=st.integers(1, 65_535),
    status=st.sampled_from(["update", "final", "cancel", "reviewed"]),
    origin=st.builds(Origin, INSTANTS, st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 700), st.floats(0, 10)),
    zone=st.sampled_from(["Qingzang", "Xinjiang", "East", "Central"]),
    released=INSTANTS,
    play=st.integers(1, 2**63 - 1),
    lasts_s=st.floats(0.001, 3600),
    ahead_s=st.floats(-86_400, 86_400),
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = [*GOOD, *(f"origin.{key}" for key in GOOD["origin"])]


def spoilt(key, value):
    data = copy.deepcopy(GOOD)
    *tables, last = key.split(".")
    table = data[tables[0]] if tables else data
    if value is MISSING:
        del table[last]
    else:
        table[last] = value
    return data


@settings(max_examples=80, deadline=None)
@given(REPORTS)
def test_a_report_comes_back_as_it_was_sent(report):
    again = decode(encode(report))
    assert (again.quake, again.number, again.status, again.zone) == (
        report.quake,
        report.number,
        report.status,
        report.zone,
    )
    assert (again.origin.latitude, again.origin.longitude) == (report.origin.latitude, report.origin.longitude)
    assert (again.origin.depth_km, again.origin.magnitude) == (report.origin.depth_km, report.origin.magnitude)
    assert again.origin.time == pytest.approx(report.origin.time, abs=1e-6, rel=0)
    assert again.released == pytest.approx(report.released, abs=1e-6, rel=0)
    assert again.expires == pytest.approx(report.expires, abs=0.0011, rel=0)
    assert (again.play, again.ahead_s) == (report.play, report.ahead_s)
    assert words(again) == words(report)


def test_the_example_of_the_manual_is_read_as_it_says():
    report = decode(json.dumps(GOOD))
    assert report.origin == Origin(1767225600.0, 29.59, 102.08, 16.0, 6.1)
    assert report.release_s == pytest.approx(6.412, abs=1e-6)
    assert (report.quake, report.number, report.status, report.zone) == ("luding-2022", 1, "update", "Qingzang")


def test_what_users_see_is_the_manuals_example():
    assert to_builtins(common(decode(json.dumps(GOOD)))) == GOOD


def handed(said, *, behind="[]}"):
    """A message whose words are these, and what stands behind them."""
    return json.dumps(said, separators=(",", ":"))[:-1] + ',"places":' + behind


def test_words_are_sent_on_as_they_came():
    odd = {"play": GOOD["play"], "note": "  of the centre's own ", **GOOD}
    report = decode(handed(odd, behind='[],"signature":"abc_-"}'))
    assert words(report).decode() + "}" == json.dumps(odd, separators=(",", ":"))
    assert (report.sealed.signature, decode(encode(report))) == ("abc_-", report)
    assert words(decode(encode(report))) == words(report)


def test_words_that_end_where_no_frame_s_do_are_written_anew():
    report = decode(json.dumps(GOOD))
    assert report.sealed is None
    assert json.loads(words(report) + b"}") == GOOD


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (handed(GOOD, behind='[],"number":2}'), "number: stands twice"),
        (handed(GOOD, behind='[],"zone":"East"}'), "zone: stands twice"),
        (handed({"note": "x" * 1000, **GOOD}), "places: 1,3"),
        (json.dumps({"a": {"b": 1, "places": 2}, **GOOD}, separators=(",", ":")), "places: what stands before"),
        (
            handed({key: GOOD[key] for key in GOOD if key != "play"}, behind='[],"play":1}'),
            "places: what stands before",
        ),
        (handed(GOOD, behind='[],"signature":"not base64"}'), "signature"),
        (handed(GOOD, behind='[],"signature":"%s"}' % ("a" * 87)), "signature"),
    ],
)
def test_words_that_could_not_stand_for_the_message_are_refused(text, problem):
    with pytest.raises(InputError, match=problem):
        decode(text)


@pytest.mark.parametrize("expires", [GOOD["released"], "2026-01-01T01:00:06.413Z"])
def test_a_report_is_in_force_for_an_hour_at_most_and_for_some_time(expires):
    with pytest.raises(InputError, match="expires: "):
        decode(json.dumps(spoilt("expires", expires)))


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 4e9))
def test_instants_are_utc_to_the_nearest_millisecond(seconds):
    text = utc(seconds)
    assert text.endswith("Z") and len(text) == len("2026-01-01T00:00:06.412Z")
    assert datetime.fromisoformat(text).timestamp() == pytest.approx(seconds, abs=0.000501, rel=0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1767225606.412, "2026-01-01T00:00:06.412Z"),
        (1767225599.9996, "2026-01-01T00:00:00.000Z"),
    ],
)
def test_an_instant_is_written_with_three_decimals_and_z(seconds, text):
    assert utc(seconds) == text


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-01T08:00:00+08:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00", datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_with_an_offset_is_heeded_and_one_without_is_utc(text, instant):
    assert decode(json.dumps(spoilt("released", text))).released == instant.timestamp()


@pytest.mark.parametrize("key", KEYS)
def test_a_missing_key_is_named_in_full(key):
    with pytest.raises(InputError) as caught:
        decode(json.dumps(spoilt(key, MISSING)))
    assert key in str(caught.value)


@pytest.mark.parametrize("value", [None, [], {}, [1], -999, "", "no such thing", float("nan"), float("inf"), False])
@pytest.mark.parametrize("key", KEYS)
def test_a_wrong_value_is_named_with_its_full_key(key, value):
    with pytest.raises(InputError) as caught:
        decode(json.dumps(spoilt(key, value)))
    assert key in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "bounds"),
    [
        ("origin.latitude", 90.5, ("-90", "90")),
        ("origin.latitude", -91, ("-90", "90")),
        ("origin.longitude", 181, ("-180", "180")),
        ("origin.depth_km", -0.1, ("0", "700")),
        ("origin.depth_km", 701, ("0", "700")),
        ("origin.magnitude", 10.1, ("0", "10")),
        ("number", 0, ("1", "65535")),
        ("number", 65_536, ("1", "65535")),
        ("number", 1.5, ("1", "65535")),
        ("number", True, ("1", "65535")),
    ],
)
def test_a_number_out_of_bounds_is_named_with_both_bounds(key, value, bounds):
    with pytest.raises(InputError) as caught:
        decode(json.dumps(spoilt(key, value)))
    assert key in str(caught.value)
    assert all(bound in str(caught.value) for bound in bounds)


@pytest.mark.parametrize("key", ["origin.latitude", "origin.depth_km", "origin.magnitude", "number"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_whole_number_too_large_for_a_float_is_out_of_bounds_like_any_other(key, sign):
    text = json.dumps(spoilt(key, "HUGE")).replace('"HUGE"', sign + "1" + "0" * 400)
    with pytest.raises(InputError, match=key):
        decode(text)


@pytest.mark.parametrize("quake", ["Luding", "-luding", "a b", "a" * 65, "lúding", "luding\n", 'a"b'])
def test_a_quakes_name_is_lower_case_letters_digits_and_dashes(quake):
    with pytest.raises(InputError, match="quake"):
        decode(json.dumps(spoilt("quake", quake)))


@pytest.mark.parametrize("drill", [False, None, 1, "true", MISSING])
def test_a_report_that_does_not_say_it_is_a_drill_is_refused(drill):
    with pytest.raises(InputError, match="drill"):
        decode(json.dumps(spoilt("drill", drill)))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", '"report"', b"\xff\xfe", pytest.param("[" * 100_000, id="deep")]
)
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(InputError):
        decode(text)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(KEYS), ANY_JSON)
@example("zone", ["Qingzang"])
@example("zone", {})
def test_any_json_in_any_key_is_read_or_refused(key, value):
    try:
        report = decode(json.dumps(spoilt(key, value)))
    except InputError as error:
        assert key in str(error)
    else:
        assert decode(encode(report)) == report


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_random_text_and_bytes_are_refused(data):
    with pytest.raises(InputError):
        decode(data)


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.9999Z"])
def test_an_instant_that_could_not_be_told_to_users_is_refused(instant):
    with pytest.raises(InputError, match="released"):
        decode(json.dumps(spoilt("released", instant)))
    with pytest.raises(InputError, match="expires"):
        decode(json.dumps(spoilt("expires", instant)))


def test_the_kind_of_a_magnitude_travels_where_it_is_known():
    known = {**GOOD, "zone": "world", "origin": {**GOOD["origin"], "magnitude_type": "Mw"}}
    report = decode(json.dumps(known))
    assert (report.zone, report.origin.magnitude_type) == ("world", "Mw")
    assert decode(encode(report)) == report
    assert common(report).origin.magnitude_type == "Mw"


def test_an_unknown_kind_of_magnitude_is_refused_by_name():
    with pytest.raises(InputError, match=r"origin\.magnitude_type: expected one of M, Ms, Mw, ML, mb, got 'Mx'"):
        decode(json.dumps({**GOOD, "origin": {**GOOD["origin"], "magnitude_type": "Mx"}}))


def test_what_the_centre_says_stands_in_this_order_and_form():
    report = Report("q", 1, "reviewed", Origin(0.0, 0.00005, 103, 16.0, 6.1, "Ms"), "East", 6.0, 1, ahead_s=2.5)
    assert words(report).decode() == (
        '{"type":"quick","drill":true,"quake":"q","number":1,"status":"reviewed","zone":"East","origin":{"time":"1970-01-01T00:00:00.000Z",'
        '"latitude":0.00005,"longitude":103,"depth_km":16.0,"magnitude":6.1,"magnitude_type":"Ms"},'
        '"released":"1970-01-01T00:00:06.000Z","play":1,"expires":"1970-01-01T00:05:06.000Z","ahead_s":2.5'
    )
