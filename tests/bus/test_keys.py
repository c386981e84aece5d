"""Keys of the bus: written as NATS writes them, and what is none is refused in a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.bus import keys
from ewarn.errors import InputError

# From docs.nats.io, "Configuration", "Authentication", "NKeys".
SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"


def test_the_public_key_of_the_documentation_s_seed():
    assert keys.public(SEED) == PUBLIC
    assert keys.seed_text(keys.secret(SEED)) == SEED


@given(st.binary(min_size=32, max_size=32))
def test_a_key_is_as_the_library_of_nats_has_it(secret):
    nkeys = pytest.importorskip("nkeys")
    seed = keys.seed_text(secret)
    pair = nkeys.from_seed(bytearray(seed.encode()))
    assert pair.public_key.decode() == keys.public(seed)
    assert keys.secret(seed) == secret


def test_each_key_is_another():
    assert len({keys.make() for _ in range(8)}) == 8


@given(st.integers(0, 57), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567=-é"))
def test_a_letter_that_is_another_is_found_out(at, letter):
    wrong = SEED[:at] + letter + SEED[at + 1 :]
    if wrong != SEED:
        with pytest.raises(InputError, match="begins with SU") as told:
            keys.secret(wrong)
        assert wrong not in str(told.value)


@pytest.mark.parametrize("given_", ["", "SU", PUBLIC, SEED + "A", SEED[:-1], "SAACSSL3", SEED.lower(), "\0" * 58])
def test_what_is_no_seed_of_a_user_is_refused(given_):
    with pytest.raises(InputError, match="begins with SU"):
        keys.public(given_)
