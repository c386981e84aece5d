"""Subjects: one token a quake, and back."""

import re

from hypothesis import given
from hypothesis import strategies as st

from ewarn.bus import subjects
from ewarn.wire.reports import QUAKE_ID

QUAKES = st.from_regex(QUAKE_ID, fullmatch=True)


@given(QUAKES, st.booleans())
def test_a_quake_is_one_token_that_leads_back_to_it(quake, reviewed):
    subject = subjects.of_quake(quake, reviewed=reviewed)
    assert re.fullmatch(r"ewarn\.reports\.[a-z0-9_~-]+", subject)
    assert subjects.quake_of(subject) == quake


@given(QUAKES, QUAKES)
def test_two_quakes_have_two_subjects_and_so_have_warnings_and_quick_reports(one, other):
    found = {subjects.of_quake(quake, reviewed=reviewed) for quake in (one, other) for reviewed in (True, False)}
    assert len(found) == 2 * len({one, other})


def test_a_host_speaks_on_subjects_of_its_own():
    assert subjects.host_of(subjects.taken("g-1")) == subjects.host_of(subjects.standing("g-1")) == "g-1"
