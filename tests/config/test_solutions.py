"""Origins and magnitudes of one event: those that go together are taken, and what was no quake is refused."""

import json
from pathlib import Path

import pytest

from ewarn.centre.centre import Centre
from ewarn.centre.check import check
from ewarn.centre.outlook import outlook
from ewarn.config.catalogues import from_geojson, from_quakeml, write_toml
from ewarn.config.drill import CentreSettings
from ewarn.config.quakes import load_quake
from ewarn.errors import InputError

HERE = Path(__file__).parent
FRAME = """<?xml version="1.0" encoding="UTF-8"?>
<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">
<eventParameters publicID="smi:x/cat">{}</eventParameters></q:quakeml>"""


def origin(name, latitude, more=""):
    return (
        f'<origin publicID="smi:x/{name}"><time><value>2022-09-05T04:52:18Z</value></time><latitude><value>{latitude}'
        f"</value></latitude><longitude><value>102.1</value></longitude><depth><value>16000</value></depth>{more}</origin>"
    )


def magnitude(name, value, of=None, more=""):
    origin_id = f"<originID>smi:x/{of}</originID>" if of else ""
    return f'<magnitude publicID="smi:x/{name}"><mag><value>{value}</value></mag>{origin_id}{more}</magnitude>'


def event(*parts, prefer_origin=None, prefer_magnitude=None, kind=None, name="luding"):
    said = f"<preferredOriginID>smi:x/{prefer_origin}</preferredOriginID>" if prefer_origin else ""
    said += f"<preferredMagnitudeID>smi:x/{prefer_magnitude}</preferredMagnitudeID>" if prefer_magnitude else ""
    said += f"<type>{kind}</type>" if kind else ""
    return f'<event publicID="smi:x/event/{name}">{said}{"".join(parts)}</event>'


@pytest.fixture
def read(tmp_path):
    def reading(*events):
        (tmp_path / "q.xml").write_text(FRAME.format("".join(events)))
        found = from_quakeml(tmp_path / "q.xml").origin
        return found.latitude, found.magnitude

    return reading


def refused(read, *events):
    with pytest.raises(InputError) as caught:
        read(*events)
    (line,) = caught.value.problems
    return line.split("q.xml: ", 1)[1]


REJECTED = "<evaluationStatus>rejected</evaluationStatus>"
TWO = (origin("o1", 20.0), origin("o2", 29.6), magnitude("m1", 4.2, "o1"), magnitude("m2", 6.8, "o2"))


@pytest.mark.parametrize(
    ("parts", "preferred", "found"),
    [
        (TWO, {"prefer_origin": "o2"}, (29.6, 6.8)),
        (TWO, {"prefer_origin": "o1"}, (20.0, 4.2)),
        (TWO, {"prefer_magnitude": "m2"}, (29.6, 6.8)),
        (TWO, {}, (20.0, 4.2)),
        # The event says both: a moment magnitude is often of a centroid of its own.
        (TWO, {"prefer_origin": "o2", "prefer_magnitude": "m1"}, (29.6, 4.2)),
        # What is of no origin in particular is the event's.
        ((*TWO[:3], magnitude("m2", 6.8)), {"prefer_origin": "o2"}, (29.6, 6.8)),
        ((origin("o1", 20.0), origin("o2", 29.6), magnitude("m", 6.8)), {"prefer_magnitude": "m"}, (20.0, 6.8)),
        # A data centre that leaves all origins but one out leaves its magnitudes as they are.
        ((origin("o2", 29.6), magnitude("m", 6.8, "elsewhere")), {"prefer_magnitude": "m"}, (29.6, 6.8)),
        ((origin("o2", 29.6), magnitude("m", 6.8, "elsewhere")), {}, (29.6, 6.8)),
        # Rejected ones are not there.
        ((origin("o1", 20.0, REJECTED), *TWO[1:]), {}, (29.6, 6.8)),
        ((origin("o1", 20.0), origin("o2", 29.6), magnitude("m2", 6.8, "o2")), {}, (29.6, 6.8)),
        (
            (*TWO[:2], magnitude("m0", 9.9, "o2", REJECTED), TWO[3]),
            {"prefer_origin": "o2"},
            (29.6, 6.8),
        ),
    ],
)
def test_origin_and_magnitude_are_of_one_solution(read, parts, preferred, found):
    assert read(event(*parts, **preferred)) == found


@pytest.mark.parametrize(
    ("parts", "preferred", "said"),
    [
        (TWO[:3], {"prefer_origin": "o2"}, "magnitude: none is of origin 'smi:x/o2', there are 4.2 of 'smi:x/o1'"),
        (TWO, {"prefer_origin": "o3"}, "preferredOriginID: 'smi:x/o3' is none of the 2 in the file"),
        (TWO, {"prefer_magnitude": "m3"}, "preferredMagnitudeID: 'smi:x/m3' is none of the 2 in the file"),
        (TWO[1:], {"prefer_origin": "o1"}, "preferredOriginID: 'smi:x/o1' is none of the 1 in the file"),
        (
            (*TWO[:2], magnitude("m", 6.8, "o7")),
            {"prefer_magnitude": "m"},
            "preferredMagnitudeID: 6.8 is of origin 'smi:x/o7', none of the 2 that stand",
        ),
        ((origin("o1", 20.0, REJECTED), TWO[2]), {}, "origin: rejected"),
        (
            (origin("o1", 20.0, REJECTED), *TWO[1:]),
            {"prefer_origin": "o1"},
            "preferredOriginID: 'smi:x/o1' is rejected",
        ),
        ((TWO[0], magnitude("m1", 4.2, "o1", REJECTED)), {}, "magnitude: rejected"),
        (TWO, {"kind": "not existing"}, "type: 'not existing' is no quake"),
        (TWO, {"kind": "not reported"}, "type: 'not reported' is no quake"),
        (TWO, {"kind": "quarry blast"}, "type: 'quarry blast' is no quake"),
        (TWO, {"kind": "nuclear explosion"}, "type: 'nuclear explosion' is no quake"),
        (TWO, {"kind": "duplicate"}, "type: Event type 'duplicate' does not comply with QuakeML standard"),
    ],
)
def test_what_does_not_go_together_or_is_no_quake_is_one_line(read, parts, preferred, said):
    assert refused(read, event(*parts, **preferred)).startswith(said)


@pytest.mark.parametrize(
    ("parts", "preferred", "noted"),
    [
        (
            TWO,
            {"prefer_origin": "o2", "prefer_magnitude": "m1"},
            "the magnitude, 4.2, is of origin 'smi:x/o1', 1,067 km away; "
            "place, depth and time are of origin 'smi:x/o2'",
        ),
        (
            (origin("o1", 29.5), origin("o2", 29.6), magnitude("m", 6.6, "o1", "<type>Mw&#10;c</type>")),
            {"prefer_origin": "o2", "prefer_magnitude": "m"},
            r"the magnitude, Mw\nc 6.6, is of origin 'smi:x/o1', 11 km away; "
            "place, depth and time are of origin 'smi:x/o2'",
        ),
        (
            (origin("o1", 20.0, REJECTED), *TWO[1:]),
            {"prefer_origin": "o2", "prefer_magnitude": "m1"},
            "the magnitude, 4.2, is of origin 'smi:x/o1', which is rejected; "
            "place, depth and time are of origin 'smi:x/o2'",
        ),
        *(
            (
                (origin("o2", 29.6), magnitude("m", 6.8, "elsewhere")),
                preferred,
                "the magnitude, 6.8, is of origin 'smi:x/elsewhere', which is not in the file; "
                "place, depth and time are of origin 'smi:x/o2'",
            )
            for preferred in ({}, {"prefer_origin": "o2"}, {"prefer_magnitude": "m"})
        ),
        (TWO, {"prefer_origin": "o2"}, ""),
        (TWO, {"prefer_origin": "o2", "prefer_magnitude": "m2"}, ""),
        ((*TWO[:3], magnitude("m2", 6.8)), {"prefer_origin": "o2"}, ""),
    ],
)
def test_a_magnitude_of_another_origin_is_noted_with_both(tmp_path, parts, preferred, noted):
    """Before, the two were mixed without a word."""
    path = tmp_path / "q.xml"
    path.write_text(FRAME.format(event(*parts, **preferred)))
    quake = from_quakeml(path)
    assert quake.note == noted
    assert check(path).endswith(f"; note: {noted}") if noted else "note" not in check(path)
    (tmp_path / "q.toml").write_text(write_toml(quake))
    assert load_quake(tmp_path / "q.toml") == quake
    assert ((tmp_path / "q.toml").read_text().split("\n")[0] == f"# {noted}") == bool(noted)


def test_what_is_shown_of_a_quake_has_the_note(tmp_path):
    path = tmp_path / "q.xml"
    path.write_text(FRAME.format(event(*TWO[:2], magnitude("m", 6.8, "o1"), prefer_origin="o2", prefer_magnitude="m")))
    told = outlook(from_quakeml(path), Centre(CentreSettings()))
    assert told.notes[0].startswith("the magnitude, 6.8, is of origin 'smi:x/o1', 1,067 km away")


def test_a_second_event_of_an_unknown_type_does_not_vanish(read):
    line = refused(read, event(*TWO), event(origin("o9", 1.0), magnitude("m9", 5.0), kind="duplicate", name="two"))
    assert "'duplicate'" in line


def test_origins_and_magnitudes_without_ids_are_of_one_event(read):
    bare = [part.replace('publicID="smi:x/o1"', "").replace('publicID="smi:x/m"', "") for part in TWO[:1]]
    assert read(event(*bare, magnitude("m", 6.8).replace('publicID="smi:x/m"', ""))) == (20.0, 6.8)
    assert read(event(*bare, magnitude("m", 6.8, "elsewhere"))) == (20.0, 6.8)
    assert "preferredOriginID: 'smi:x/o1' is none of the 1" in refused(read, event(*bare, TWO[2], prefer_origin="o1"))


@pytest.mark.parametrize("kind", ["earthquake", "induced or triggered event", "fluid injection", None])
def test_quakes_of_any_cause_are_read(read, kind):
    assert read(event(*TWO, kind=kind)) == (20.0, 4.2)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("status", "deleted", "properties.status: 'deleted', the catalogue has taken it back"),
        ("status", "DELETED", "properties.status: 'DELETED'"),
        *(
            ("status", word, f"properties.status: {word!r}")
            for word in ("rejected", "cancelled", "canceled", " Rejected ")
        ),
        ("type", "quarry blast", "properties.type: 'quarry blast' is no quake"),
        ("type", "not existing", "properties.type: 'not existing' is no quake"),
    ],
)
def test_of_geojson_what_was_taken_back_or_is_no_quake_is_refused(tmp_path, key, value, said):
    feature = json.loads((HERE / "luding-2022.usgs.geojson").read_text())
    feature["properties"][key] = value
    (tmp_path / "q.json").write_text(json.dumps(feature))
    with pytest.raises(InputError) as caught:
        from_geojson(tmp_path / "q.json")
    assert f"q.json: {said}" in str(caught.value)
