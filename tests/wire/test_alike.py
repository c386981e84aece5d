"""Words that go out as they came are read alike by every client, or they do not go out."""

import json

import pytest

from ewarn.errors import InputError
from ewarn.wire.reports import decode
from tests.wire.test_reports_wire import GOOD, handed


def said(**changes):
    return handed({**GOOD, **changes})


def with_more(more):
    """Further keys at the end of the words, as they are written."""
    return json.dumps(GOOD, separators=(",", ":"))[:-1] + f',{more},"places":[]}}'


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ('"quake":"wenchuan-2008"', "quake: stands twice"),
        (r'"\u0071uake":"wenchuan-2008"', "quake: stands twice"),
        ('"origin":' + json.dumps(GOOD["origin"] | {"magnitude": 9.0}), "origin: stands twice"),
        ('"note":{"a":1,"a":2}', "a: stands twice"),
        (r'"\u0070laces":[{"place":0,"level":"red"}]', "places: stands before"),
        ('"tier":"alarm"', "tier: stands before"),
        ('"signature":"abc"', "signature: stands before"),
    ],
)
def test_a_key_that_one_reader_takes_and_another_does_not_is_refused(more, problem):
    with pytest.raises(InputError, match=f"^{problem}"):
        decode(with_more(more))
    assert decode(with_more('"note":"of the centre\'s own"')).sealed


@pytest.mark.parametrize(
    "released",
    [
        "2026-01-01T00:00:06.412",  # local time to JavaScript
        "2026-01-01",
        "2026-01-01 00:00:06Z",
        "20260101T000006Z",
        "2026-W01-4T00:00:06Z",
        "2026-01-01T00:00:06,412Z",
        "2026-01-01T08:00:06.412+08:00:00",
        "2026-01-01é00:00:06.412Z",
    ],
)
@pytest.mark.parametrize("key", ["released", "expires", "origin.time"])
def test_a_time_that_only_python_reads_is_refused(key, released):
    changes = {"origin": GOOD["origin"] | {"time": released}} if key == "origin.time" else {key: released}
    if key == "expires":
        changes = {"released": "2025-12-31T23:59:00Z", "expires": released}
    with pytest.raises(InputError, match=f"^{key}: expected a time such as"):
        decode(said(**changes))


@pytest.mark.parametrize("released", ["2026-01-01T00:00:06Z", "2026-01-01T08:00:06.412000+08:00"])
def test_a_time_that_all_read_alike_is_taken(released):
    assert decode(said(released=released)).sealed


def test_a_signature_with_an_end_of_line_would_break_every_frame():
    with pytest.raises(InputError, match=r"^signature: "):
        decode(handed(GOOD, behind='[],"signature":"abc\\n"}'))
