"""Quakes of other catalogues: read, refused with one line, written and read again."""

import hashlib
import json
import re
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ewarn.config.catalogues import (
    find_quake,
    find_quakes,
    from_geojson,
    from_quakeml,
    make_quake,
    slug_of,
    to_quakeml,
    write_toml,
)
from ewarn.config.quakes import load_quake
from ewarn.config.tables import shipped
from ewarn.errors import InputError
from ewarn.seismic.attenuation import ZONES
from ewarn.seismic.origin import FalseAlarm, Origin, Quake, Rupture

HERE = Path(__file__).parent
GEOJSON = HERE / "luding-2022.usgs.geojson"
QUAKEML = HERE / "luding-2022.quakeml"
TIME = datetime(2022, 9, 5, 4, 52, 19, 243000, UTC).timestamp()
LIBRARY = sorted(path.stem for path in (shipped() / "quakes").glob("*.toml"))


def problem(load, *arguments):
    """The only line of what `load` complains of."""
    with pytest.raises(InputError) as caught:
        load(*arguments)
    (line,) = caught.value.problems
    assert "\n" not in line
    return line


@pytest.fixture
def feature():
    return json.loads(GEOJSON.read_text())


@pytest.fixture
def write(tmp_path):
    def to_file(text, name):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return to_file


# GeoJSON


def test_a_feature_of_the_usgs_becomes_a_quake():
    assert from_geojson(GEOJSON) == Quake(
        id="us7000i59t",
        name="44 km SE of Kangding, China",
        origin=Origin(TIME, 29.6786, 102.2362, 12.0, 6.6, "Mw"),
        zone="Qingzang",
    )


def test_a_collection_of_one_feature_is_that_quake(write, feature):
    collection = {"type": "FeatureCollection", "metadata": {"count": 1}, "features": [feature]}
    assert from_geojson(write(json.dumps(collection), "q.json")) == from_geojson(GEOJSON)


@pytest.mark.parametrize("count", [0, 2, 7])
def test_a_collection_of_none_or_several_says_how_many(write, feature, count):
    collection = {"type": "FeatureCollection", "features": [feature] * count}
    assert f"features: there are {count}, need exactly one" in problem(
        from_geojson, write(json.dumps(collection), "q.json")
    )


@pytest.mark.parametrize(
    ("keys", "value", "said"),
    [
        (("properties", "mag"), None, ["properties.mag", "None"]),
        (("properties", "mag"), float("nan"), ["properties.mag", "nan"]),
        (("properties", "mag"), float("inf"), ["properties.mag", "inf"]),
        (("properties", "mag"), 12.5, ["properties.mag", "12.5"]),
        (("properties", "mag"), "6.6", ["properties.mag", "'6.6'"]),
        (("properties", "mag"), True, ["properties.mag", "True"]),
        (("properties", "time"), None, ["properties.time", "None"]),
        (("properties", "time"), 1e300, ["properties.time", "1e+300"]),
        (("properties", "time"), 10**15, ["properties.time", "1000000000000000"]),
        (("properties", "place"), 3, ["properties.place", "3"]),
        (("geometry", "coordinates", 0), 181.0, ["geometry.coordinates.0", "181"]),
        (("geometry", "coordinates", 1), -90.5, ["geometry.coordinates.1", "-90.5"]),
        (("geometry", "coordinates", 2), 700.1, ["geometry.coordinates.2", "700.1"]),
        (("geometry", "coordinates", 2), -0.5, ["geometry.coordinates.2", "-0.5"]),
        (("geometry", "coordinates", 2), None, ["geometry.coordinates.2", "None"]),
        (("geometry", "coordinates", 2), 10**400, ["geometry.coordinates.2"]),
        (("geometry", "coordinates"), [102.0, 29.0], ["geometry.coordinates.2: missing"]),
        (("geometry",), None, ["geometry", "None"]),
        (("type",), "Point", ["type", "'Point'", "'Feature'"]),
        (("id",), "", ["id", "''"]),
    ],
)
def test_a_wrong_value_of_a_feature_is_named_with_its_key(write, feature, keys, value, said):
    table = feature
    for key in keys[:-1]:
        table = table[key]
    table[keys[-1]] = value
    path = write(json.dumps(feature), "q.json")
    line = problem(from_geojson, path)
    assert line.startswith(f"{path}: ")
    assert all(part in line for part in said), line


@pytest.mark.parametrize("key", ["mag", "time"])
def test_a_feature_without_magnitude_or_time_says_what_is_missing(write, feature, key):
    del feature["properties"][key]
    assert f"properties.{key}: missing" in problem(from_geojson, write(json.dumps(feature), "q.json"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 5000, "not JSON"),
        (b"[]", "need a GeoJSON Feature"),
        (b"null", "need a GeoJSON Feature"),
        (b'{"type": "FeatureCollection"}', "features: need a list, got None"),
        (
            b'{"type": "FeatureCollection", "features": [3]}',
            "need a GeoJSON Feature, or a FeatureCollection of one, got 3",
        ),
    ],
)
def test_what_is_no_geojson_is_refused_in_one_line(write, text, said):
    assert said in problem(from_geojson, write(text, "q.json"))


@pytest.mark.parametrize(
    ("given_id", "slug"),
    [
        ("us7000i59t", "us7000i59t"),
        ("quakeml:earthquake.usgs.gov/fdsnws/event/1/query?eventid=ci123&format=quakeml", "ci123"),
        ("quakeml:us.anss.org/event/us7000i59t/", "us7000i59t"),
        ("smi:ewarn/event/luding-2022", "luding-2022"),
        # More is lost than where it was published: a digest of all of it tells it from others that end alike.
        ("US 7000/I59T", "i59t-?"),
        ("quakeml:x/query?eventid=ci123&format=quakeml", "ci123-?"),
        ("smi:local/Event 12: Luding", "event-12-luding-?"),
        ("-._a", "a-?"),
        ("x" * 90, "x" * 55 + "-?"),
        ("泸定", "quake-20220905t045219-?"),
    ],
)
def test_a_foreign_id_becomes_one_that_a_quake_file_may_have(write, feature, given_id, slug):
    feature["id"] = given_id
    quake = from_geojson(write(json.dumps(feature), "q.json"))
    assert quake.id == slug.replace("?", hashlib.sha256(given_id.encode()).hexdigest()[:8])
    assert load_quake(write(write_toml(quake), "q.toml")) == quake


identities = st.text(st.sampled_from("aB1/:?=&-._ 泸eventid"), min_size=1, max_size=90) | st.text(min_size=1)


def test_what_has_no_id_is_given_one_by_what_it_is(write, feature):
    del feature["id"]
    bare = QUAKEML.read_text().replace(' publicID="quakeml:earthquake.usgs.gov/fdsnws/event/1/query?', ' x="?')
    for load, text, name in ((from_geojson, json.dumps(feature), "q.json"), (from_quakeml, bare, "q.xml")):
        one, again = (load(write(text, name)) for _ in range(2))
        assert one.id == again.id and one.id.startswith("quake-20220905t045219-")
        other = load(write(text.replace("29.6786", "29.6787"), name))
        assert other.id != one.id and other.id.startswith("quake-20220905t045219-")
    feature["id"] = 42
    assert from_geojson(write(json.dumps(feature), "q.json")).id == "42"


@given(identities, identities)
@example("smi:a/2022/event", "smi:b/2022/event")
@example("smi:a/cat?eventid=12", "smi:b/cat?eventid=12")
@example("A1", "a1")
@example("x" * 70, "x" * 71)
@example("泸定", "芦山")
def test_two_foreign_ids_never_become_one(one, other):
    assert (slug_of(one, "q") == slug_of(other, "q")) == (one == other)
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", slug_of(one, "q"))


made = st.tuples(
    st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 700), st.floats(0, 10), st.none() | st.floats(0, 359)
)


@given(made, made)
@example((30.0, 100.0, 5.0, 6.0, None), (30.0, 100.0, 40.0, 6.0, None))
@example((30.0, 100.0, 5.0, 6.0, None), (30.0, -100.0, 5.0, 6.0, None))
@example((30.0, 100.0, 5.0, 6.0, None), (-30.0, 100.0, 5.0, 6.0, None))
@example((30.0, 100.0, 5.0, 6.0, None), (30.0, 100.0, 5.0, 6.0, 315.0))
@example((30.0, 100.0, 5.0, 6.01, None), (30.0, 100.0, 5.0, 6.02, None))
def test_a_made_quakes_id_is_made_from_what_it_is(one, other):
    first, second = (make_quake(*values, datetime(2026, 1, 1, tzinfo=UTC)) for values in (one, other))
    assert (first.id == second.id) == (one == other)
    in_zone, of_kind = (
        make_quake(*one, datetime(2026, 1, 1, tzinfo=UTC), **other)
        for other in ({"zone": "world"}, {"magnitude_type": "Mw"})
    )
    # Before, the zone that it had anyway made another id of it.
    assert len({first.id, in_zone.id, of_kind.id}) == (2 if first.zone == "world" else 3)
    assert first.id == make_quake(*one, datetime(2027, 1, 1, tzinfo=UTC)).id
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", first.id)


@pytest.mark.parametrize(
    ("values", "more"),
    [
        ((30.0, 103.0, 10.0, 6.0, 90.0), {"zone": "Qingzang"}),
        ((30, 103, 10, 6, 90), {}),
        ((30, 103, 10, 6, 90), {"zone": "Qingzang"}),
    ],
)
def test_the_same_made_in_other_words_is_the_same_quake(values, more):
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert make_quake(*values, moment, **more) == make_quake(30.0, 103.0, 10.0, 6.0, 90.0, moment)
    nought = make_quake(-0.0, -0.0, 0, 6, 0, moment)
    assert nought == make_quake(0.0, 0.0, 0.0, 6.0, 0.0, moment) and "0.00n-0.00e" in nought.id


@pytest.mark.parametrize(
    ("place", "title", "name"),
    [
        (None, "M 6.6 - Luding", "M 6.6 - Luding"),
        (None, None, "us7000i59t"),
        ("", " \n ", "us7000i59t"),
        ("two\nlines", None, "two lines"),
        ("half \ud800 a pair", None, "half ? a pair"),
        ("y" * 500, None, "y" * 200),
    ],
)
def test_a_quake_is_named_after_its_place_or_title_or_id(write, feature, place, title, name):
    feature["properties"] |= {"place": place, "title": title}
    quake = from_geojson(write(json.dumps(feature), "q.json"))
    assert quake.name == name
    assert load_quake(write(write_toml(quake), "q.toml")) == quake


# QuakeML


def test_of_a_quakeml_event_the_preferred_origin_and_magnitude_are_taken():
    assert from_quakeml(QUAKEML) == Quake(
        id="us7000i59t",
        name="44 km SE of Kangding, China",
        origin=Origin(TIME, 29.6786, 102.2362, 12.1, 6.6, "Mw"),
        zone="Qingzang",
    )


def test_without_a_preference_the_first_is_taken(write):
    lines = [line for line in QUAKEML.read_text().splitlines() if "<preferred" not in line]
    origin = from_quakeml(write("\n".join(lines), "q.xml")).origin
    assert (origin.depth_km, origin.magnitude) == (33.0, 6.2)


REVIEWED = "<depth><value>12100</value><uncertainty>1800</uncertainty></depth>"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (REVIEWED, "", "origin.depth: missing"),
        (REVIEWED, "<depth><value>deep</value></depth>", "origin.depth: missing"),
        (REVIEWED, "<depth><value>NaN</value></depth>", "Value 'nan' for 'depth'"),
        (REVIEWED, "<depth><value>701000</value></depth>", "got 701000.0"),
        (REVIEWED, "<depth><value>-10</value></depth>", "got -10.0"),
        ("<mag><value>6.6</value></mag>", "", "magnitude.mag: missing"),
        ("<mag><value>6.6</value></mag>", "<mag><value>66</value></mag>", "magnitude.mag: "),
        ("<mag><value>6.6</value></mag>", "<mag><value>inf</value></mag>", "Value 'inf' for 'mag'"),
        ("<value>29.6786</value>", "<value>96</value>", "origin.latitude: "),
        ("2022-09-05T12:52:19.243+08:00", "yesterday", "origin.time: missing"),
        (
            "origin/us7000i59t/reviewed</pref",
            "origin/none</pref",
            "preferredOriginID: 'quakeml:us.anss.org/origin/none'",
        ),
        ("us7000i59t/mww</pref", "none</pref", "preferredMagnitudeID: 'quakeml:us.anss.org/magnitude/none'"),
    ],
)
def test_a_wrong_value_of_a_quakeml_file_is_named_with_its_key(write, before, after, said):
    text = QUAKEML.read_text()
    assert text.count(before) == 1
    path = write(text.replace(before, after), "q.xml")
    line = problem(from_quakeml, path)
    assert line.startswith(f"{path}: ")
    assert said in line


@pytest.mark.parametrize("key", ["origin", "magnitude"])
def test_an_event_without_origin_or_magnitude_says_so(write, key):
    text = QUAKEML.read_text()
    begin, end = text.index(f"<{key} "), text.rindex(f"</{key}>") + len(f"</{key}>")
    assert problem(from_quakeml, write(text[:begin] + text[end:], "q.xml")).endswith(f"{key}: missing")


@pytest.mark.parametrize("count", [0, 2])
def test_a_file_of_no_event_or_several_says_how_many(write, count):
    text = QUAKEML.read_text()
    begin, end = text.index("<event "), text.index("</event>") + len("</event>")
    events = [text[begin:end].replace("us7000i59t", f"us{number}") for number in range(count)]
    path = write(text[:begin] + "".join(events) + text[end:], "q.xml")
    assert f"event: there are {count}, need exactly one" in problem(from_quakeml, path)


@pytest.mark.parametrize("text", [b"", b"hello\nworld", b"<a/>", b"<a", b"\x00\xff"])
def test_what_is_no_quakeml_is_refused_in_one_line(write, text):
    assert "cannot be read as QuakeML" in problem(from_quakeml, write(text, "q.xml"))


def test_without_obspy_the_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "obspy", None)
    for load, given_to_it in ((from_quakeml, QUAKEML), (to_quakeml, find_quake("luding-2022"))):
        assert "pip install -e '.[quakeml]'" in problem(load, given_to_it)


@pytest.mark.parametrize("name", LIBRARY)
def test_what_is_written_as_quakeml_reads_back_but_for_what_it_cannot_hold(write, name):
    quake = find_quake(name)
    again = from_quakeml(write(to_quakeml(quake), "q.quakeml"))
    assert again == Quake(quake.id, quake.name, quake.origin, quake.zone)


def test_what_is_written_as_quakeml_is_valid_and_marked_as_a_drill(write):
    document = to_quakeml(find_quake("wenchuan-2008"))
    assert b"Scenario of a drill" in document
    from obspy.io.quakeml.core import _validate

    assert _validate(str(write(document, "q.xml")))


def test_a_name_that_xml_cannot_hold_is_written_without_those_characters(write):
    quake = Quake("q-", "a\x00b\x1b<c>&\uffff", Origin(0.25, 30.0, 103.0, 16.1, 5.0), "Qingzang")
    again = from_quakeml(write(to_quakeml(quake), "q.xml"))
    assert (again.id, again.name, again.origin) == ("q-", "a b <c>&", quake.origin)


# TOML

number = st.floats(0, 10)
moment = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(
    lambda naive: (naive.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1)
)
quakes = st.builds(
    Quake,
    id=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True),
    name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200),
    origin=st.builds(Origin, moment, st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 700), number),
    zone=st.sampled_from(sorted(ZONES)),
    strike_deg=st.none() | st.floats(0, 360, exclude_max=True),
    rupture=st.builds(Rupture, st.none() | st.floats(0, 1500, exclude_min=True), st.floats(0, 1)),
    false_alarm=st.none() | st.builds(FalseAlarm, number, st.floats(0, 3600, exclude_min=True)),
)


@settings(max_examples=200, deadline=None)
@given(quakes)
@example(Quake("q", '"\\\n\r\t\b\x00\x1f\x7f\x80\u2028\U0001f30d泸"""', Origin(-1e-6, -0.0, 1e-300, 0.1, 1), "East"))
def test_a_quake_written_as_a_file_reads_back_equal(tmp_path_factory, quake):
    path = tmp_path_factory.getbasetemp() / "written.toml"
    path.write_text(write_toml(quake), encoding="utf-8")
    assert load_quake(path) == quake


@pytest.mark.parametrize("name", LIBRARY)
def test_every_quake_that_we_ship_can_be_written_and_read(write, name):
    assert load_quake(write(write_toml(find_quake(name)), "q.toml")) == find_quake(name)


# By suffix and by name


@pytest.mark.parametrize(
    ("source", "suffix"),
    [
        (GEOJSON, ".json"),
        (GEOJSON, ".GeoJSON"),
        (QUAKEML, ".xml"),
        (QUAKEML, ".quakeml"),
        (shipped() / "quakes/luding-2022.toml", ".toml"),
    ],
)
def test_a_file_is_read_by_its_suffix(tmp_path, source, suffix):
    path = tmp_path / f"quake{suffix}"
    shutil.copy(source, path)
    assert find_quake(path) == find_quake(str(path)) == find_quake(source)


def test_a_bare_name_is_a_quake_that_we_ship():
    assert find_quake("luding-2022").id == "luding-2022"


def test_a_name_that_is_nearly_right_is_told_the_right_one():
    assert "did you mean luding-2022" in problem(find_quake, "luding-2202")


def test_several_quakes_are_found_in_turn_and_two_of_one_id_are_refused():
    names = ["luding-2022", "lushan-2022", str(GEOJSON)]
    assert [quake.id for quake in find_quakes(names)] == ["luding-2022", "lushan-2022", "us7000i59t"]
    assert "luding-2022 is given twice" in problem(find_quakes, ["luding-2022", "lushan-2022", "luding-2022"])
    line = problem(find_quakes, [str(GEOJSON), str(QUAKEML)])
    assert f"{GEOJSON} and {QUAKEML} are both called us7000i59t" in line


@pytest.mark.parametrize("name", ["zzz", "", "/tmp", "quake.csv", "x" * 5000, "a\0b"])
def test_a_name_that_is_nothing_is_told_all_there_are(name):
    line = problem(find_quake, name)
    assert all(known in line for known in LIBRARY)
    assert repr(name) in line


@pytest.mark.parametrize("suffix", [".toml", ".json", ".geojson", ".xml", ".quakeml"])
def test_a_file_that_is_not_there_is_named(tmp_path, suffix):
    path = tmp_path / f"none{suffix}"
    assert problem(find_quake, path) == f"{path}: No such file or directory"


def test_the_kind_of_magnitude_is_read_from_a_catalogue_and_a_zone_of_china_given_only_in_china(write):
    assert from_quakeml(QUAKEML).origin.magnitude_type == "Mw"
    assert from_geojson(GEOJSON).origin.magnitude_type == "Mw"
    told = json.loads(GEOJSON.read_text())
    told["properties"]["magType"] = "mb"
    told["geometry"]["coordinates"] = [-117.6, 35.77, 8.0]
    abroad = from_geojson(write(json.dumps(told), "abroad.geojson"))
    assert (abroad.zone, abroad.origin.magnitude_type) == ("world", "mb")
    told["properties"]["magType"] = None
    assert from_geojson(write(json.dumps(told), "unsaid.geojson")).origin.magnitude_type == "M"


def test_a_kind_of_magnitude_is_written_and_read_again(write):
    quake = from_geojson(GEOJSON)
    assert load_quake(write(write_toml(quake), "q.toml")).origin.magnitude_type == "Mw"
    assert from_quakeml(write(to_quakeml(quake), "q.xml")).origin.magnitude_type == "Mw"
