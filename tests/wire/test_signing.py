"""Signatures: what the centre signs is found true of the bytes as they came, and nothing else is."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.seismic.origin import Origin, Report, Sealed
from ewarn.wire.reports import decode, encode, words
from ewarn.wire.signing import Signer, is_signed, sealed_of

CENTRE, OTHER = Signer.new(), Signer.new()
REPORT = Report("luding-2022", 1, "update", Origin(1e9, 29.59, 102.08, 16.0, 6.1), "Qingzang", 1e9 + 6.412, 10**18)


def test_a_signed_report_travels_with_its_words_and_its_signature():
    sealed = CENTRE.seal(REPORT)
    again = decode(encode(sealed))
    assert again.sealed == sealed.sealed
    assert is_signed(again.sealed, [CENTRE.public])
    assert again.sealed.words == words(REPORT)


def test_the_same_report_has_the_same_signature_of_86_characters():
    assert CENTRE.seal(REPORT) == CENTRE.seal(CENTRE.seal(REPORT))
    assert CENTRE.seal(REPORT).sealed == CENTRE.seal(REPORT).sealed
    assert len(CENTRE.seal(REPORT).sealed.signature) == 86


def test_any_of_the_trusted_keys_will_do_and_no_other():
    sealed = CENTRE.seal(REPORT).sealed
    assert is_signed(sealed, [OTHER.public, CENTRE.public])
    assert not is_signed(sealed, [OTHER.public])
    assert not is_signed(sealed, [])


@given(st.data())
def test_no_byte_of_the_words_can_be_another(data):
    sealed = CENTRE.seal(REPORT).sealed
    at = data.draw(st.integers(0, len(sealed.words) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != sealed.words[at]))
    changed = sealed.words[:at] + bytes([other]) + sealed.words[at + 1 :]
    assert not is_signed(replace(sealed, words=changed), [CENTRE.public])


@given(st.text(max_size=90))
def test_no_other_text_is_a_signature(text):
    assert not is_signed(replace(CENTRE.seal(REPORT).sealed, signature=text), [CENTRE.public])


@pytest.mark.parametrize(
    "changes", [{"number": 2}, {"play": 1}, {"lasts_s": 301.0}, {"status": "cancel"}, {"zone": "East"}]
)
def test_a_signature_is_of_one_report_alone(changes):
    sealed = CENTRE.seal(REPORT).sealed
    assert not is_signed(Sealed(words(replace(REPORT, **changes)), sealed.signature), [CENTRE.public])


def test_a_frame_is_checked_by_its_bytes_up_to_the_users_own():
    sealed = CENTRE.seal(REPORT).sealed
    frame = sealed.words + b',"places":[{"place":0}],"tier":"alarm","signature":"%s"}' % sealed.signature.encode()
    assert is_signed(sealed_of(frame, sealed.signature), [CENTRE.public])
    assert sealed_of(b'{"type":"chat"}', sealed.signature) is None
