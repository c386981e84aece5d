"""A play in one sentence: what it says of every kind of play, and that it never says more than is so."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ewarn.verdict.document import BlindZones, Document, Environment, Harness, Lead, OfLevel, Warned
from ewarn.verdict.headline import due, headline, least_of_half


def play(theoretical=21.3, p50=61.8, harness=None, asked=None, **fates):
    """Of users by fate; `asked`: to how many a warning was due, if not to all of them."""
    counts = {"in_time": 0, "late": 0, "blind_zone": 0, "missing": 0} | fates
    users = sum(counts.values())
    warned = Warned(
        **counts,
        lead_s=Lead(p50=p50),
        by_level={"yellow": OfLevel(users=users if asked is None else asked, in_time=counts["in_time"])},
        blind_zone_km=BlindZones(theoretical=theoretical),
    )
    return Document(
        quake="q", users=users, connected=users, environment=Environment(), warned=warned, harness=harness or Harness()
    )


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            play(in_time=19_409, blind_zone=591),
            "19,409 of 20,000 people were warned before the shaking; half had 61 s or more; "
            "the nearest 21 km could not be.",
        ),
        (
            play(in_time=20_000),
            "All 20,000 people were warned before the shaking; half had 61 s or more; "
            "within 21 km of the epicentre no warning could have come in time.",
        ),
        (
            play(in_time=9_000, late=1_204, blind_zone=20, missing=3, p50=4.39, theoretical=6.04),
            "9,000 of 10,227 people were warned before the shaking; half had 4.3 s or more; "
            "the nearest 6.0 km could not be; the shaking came first for 1,204 who could have been reached; "
            "3 never got the warning.",
        ),
        (
            play(late=5, p50=-3.0, theoretical=0.0),
            "Of 5 people, none were warned before the shaking; "
            "the shaking came first for 5 who could have been reached.",
        ),
        (
            play(in_time=1),
            "The one person who was to be warned had a warning before the shaking; they had 61 s; "
            "within 21 km of the epicentre no warning could have come in time.",
        ),
        (
            play(blind_zone=1, p50=-700.2, theoretical=3677.9),
            "The one person who was to be warned had no warning before the shaking; the nearest 3,678 km could not be.",
        ),
        (
            play(missing=7, p50=None, theoretical=0.0),
            "Of 7 people, none were warned before the shaking; 7 never got the warning.",
        ),
        (
            play(in_time=6, suppressed=4, asked=6, theoretical=0.0),
            "All 6 people who were to be warned had a warning before the shaking; half had 61 s or more; "
            "it was held back from 4.",
        ),
        (
            play(in_time=6, late=2, follows_none=4, asked=8, theoretical=0.0),
            "6 of the 8 people who were to be warned had a warning before the shaking; half had 61 s or more; "
            "the shaking came first for 2 who could have been reached.",
        ),
        (
            play(in_time=1, theoretical=0.0),
            "The one person who was to be warned had a warning before the shaking; they had 61 s.",
        ),
        (
            play(theoretical=None, suppressed=9, p50=None),
            "Nobody was warned: every report was held back from everybody.",
        ),
        (play(theoretical=None, follows_none=9, p50=None), "Nobody was warned: no report was released to the public."),
        (play(follows_none=9, asked=0, p50=None), "Nobody was to be warned."),
    ],
)
def test_every_kind_of_play_is_said_as_it_was(told, said):
    assert headline(told) == said


def test_a_measurement_that_cannot_be_trusted_says_so_first():
    harness = Harness(untrusted=("a swarm process died", "counters disagree"), cut_short="the gateway went")
    said = headline(play(in_time=5, harness=harness))
    assert said.startswith(
        "The measurement cannot be trusted: a swarm process died; counters disagree. By it: The drill"
    )
    assert "cut short: the gateway went. All 5 people" in said


def test_a_file_without_levels_says_the_same():
    told = play(in_time=8, late=2)
    old = replace(told, warned=replace(told.warned, by_level={}))
    assert headline(old) == headline(told)


@given(st.floats(0.1, 1e4))
def test_half_had_at_least_what_is_said(p50):
    said = float(least_of_half(Lead(p50=p50)))
    assert said <= p50 + 1e-6
    assert said > p50 - 1


FATES = ("in_time", "late", "blind_zone", "missing", "suppressed", "follows_none")


@given(
    st.fixed_dictionaries({name: st.integers(0, 30_000) for name in FATES}),
    st.one_of(st.none(), st.floats(0, 400)),
    st.one_of(st.none(), st.floats(-100, 400)),
)
def test_whatever_came_it_is_one_sentence_with_the_numbers_of_the_verdict(fates, theoretical, p50):
    asked = sum(fates[name] for name in FATES[:4])
    told = play(theoretical, p50, asked=asked, **fates)
    said = headline(told)
    assert said.endswith(".") and "{" not in said
    if theoretical is None or not due(told.warned):
        assert said.startswith("Nobody")
        return
    numbers = {int(one.replace(",", "")) for one in re.findall(r"\d[\d,]*", said)}
    assert {asked, *(fates[name] for name in ("late", "missing", "suppressed") if fates[name])} <= numbers
    assert ("could not be" in said) <= bool(fates["blind_zone"])
