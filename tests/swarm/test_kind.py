"""Which kind of clients a swarm has, by what is wished for and what stands in the way."""

import itertools

import hypothesis
import pytest
from hypothesis import strategies as st

from ewarn.errors import InputError, WrongKeyError
from ewarn.swarm.kind import AS_OPTIONS, KINDS, PRIVATE, WISHES, Choice, Phones, Reach, choose, private_range

NOT_ROOT = "they need root"
WAY_OUT = ("eth1", "10.9.0.0/16")


@pytest.mark.parametrize("gateway", ["own", "here", "elsewhere"])
@pytest.mark.parametrize("why_not", [None, NOT_ROOT])
def test_sockets_are_had_whatever_packets_would_meet(gateway, why_not):
    assert choose(Phones("sockets", *WAY_OUT), Reach(gateway, tls=True, why_not=why_not)) == Choice("sockets")


@pytest.mark.parametrize("wish", ["packets", "auto"])
def test_packets_are_taken_where_they_can_be_had(wish):
    assert choose(Phones(wish), Reach("own", last_mile=True)) == Choice("packets")
    assert choose(Phones(wish, *WAY_OUT), Reach("elsewhere")) == Choice("packets")


OBSTACLES = [
    (Phones("auto"), Reach("own", why_not=NOT_ROOT), NOT_ROOT),
    (Phones("auto"), Reach("here"), "on this machine can only be reached by sockets"),
    (Phones("auto"), Reach("elsewhere"), "needs an interface and a range"),
    (Phones("auto", *WAY_OUT), Reach("elsewhere", tls=True), "do not speak TLS (wss)"),
    (Phones("auto", *WAY_OUT), Reach("elsewhere", why_not=NOT_ROOT), NOT_ROOT),
]


@pytest.mark.parametrize(("phones", "reach", "why"), OBSTACLES)
def test_where_it_is_left_open_sockets_are_taken_and_it_is_said_why(phones, reach, why):
    choice = choose(phones, reach)
    assert choice.kind == "sockets"
    assert why in choice.why


@pytest.mark.parametrize(("phones", "reach", "why"), OBSTACLES)
@pytest.mark.parametrize("called", [("swarm.clients", "swarm.interface"), AS_OPTIONS])
def test_where_packets_are_wanted_the_same_is_an_error_that_names_the_key(phones, reach, why, called):
    with pytest.raises(InputError) as caught:
        choose(Phones("packets", phones.interface, phones.range), reach, called)
    assert str(caught.value).startswith(f"{called[0]}: packets are not possible: ")
    assert why in str(caught.value)


@pytest.mark.parametrize("phones", [Phones("sockets"), Phones("auto")])
def test_a_last_mile_is_never_left_out(phones):
    with pytest.raises(InputError, match=r"^last_mile: .*sockets cannot show a last mile"):
        choose(phones, Reach("own", last_mile=True, why_not=NOT_ROOT))


@pytest.mark.parametrize("gateway", ["own", "here"])
def test_an_interface_leads_to_another_host_or_is_a_mistake(gateway):
    with pytest.raises(InputError, match=r"^swarm\.interface: eth1 leads to a gateway on another host"):
        choose(Phones("auto", *WAY_OUT), Reach(gateway))
    with pytest.raises(InputError, match=r"^--interface: "):
        choose(Phones("packets", *WAY_OUT), Reach(gateway), AS_OPTIONS)


def test_whatever_comes_together_it_is_a_kind_or_one_line():
    ways_out = [(None, None), WAY_OUT]
    truths = (False, True)
    for wish, way_out, gateway, tls, last_mile, why_not in itertools.product(
        WISHES, ways_out, ("own", "here", "elsewhere"), truths, truths, (None, NOT_ROOT)
    ):
        try:
            choice = choose(Phones(wish, *way_out), Reach(gateway, tls, last_mile, why_not))
        except InputError as error:
            assert "\n" not in str(error)
            assert wish != "sockets" or last_mile
        else:
            assert choice.kind in KINDS
            assert wish == "auto" or choice == Choice(wish)
            assert (choice.why is None) == (choice.kind == "packets" or wish == "sockets")
            assert not last_mile or choice.kind == "packets"


@pytest.mark.parametrize(
    ("interface", "addresses", "key"),
    [
        ("eth1", None, "interface"),
        (None, "10.0.0.0/8", "range"),
        ("", "10.0.0.0/8", "interface"),
        ("e" * 16, "10.0.0.0/8", "interface"),
        ("eth/1", "10.0.0.0/8", "interface"),
        ("eth 1", "10.0.0.0/8", "interface"),
        ("eth\n1", "10.0.0.0/8", "interface"),
        ("eth1", "10.0.0.1/8", "range"),
        ("eth1", "8.8.0.0/16", "range"),
        ("eth1", "0.0.0.0/0", "range"),
        ("eth1", "10.0.0.0/31", "range"),
        ("eth1", "10.0.0.1", "range"),
        ("eth1", "127.0.0.0/8", "range"),
        ("eth1", "100.64.0.0/10", "range"),
        ("eth1", "fd00::/64", "range"),
        ("eth1", "nonsense", "range"),
    ],
)
def test_a_way_out_that_cannot_be_is_named(interface, addresses, key):
    with pytest.raises(WrongKeyError) as caught:
        Phones("packets", interface, addresses)
    assert caught.value.key == key


@hypothesis.given(st.ip_addresses(v=4), st.integers(0, 32))
def test_a_range_is_taken_where_every_address_in_it_is_private_and_two_are_left(address, prefix):
    written = f"{address}/{prefix}"
    try:
        found = private_range(written)
    except WrongKeyError:
        found = None
    mask = (0xFFFFFFFF << 32 - prefix) & 0xFFFFFFFF
    whole = int(address) & mask == int(address)
    ends = int(address), int(address) | ~mask & 0xFFFFFFFF
    inside = any(all(int(one[0]) <= end <= int(one[-1]) for end in ends) for one in PRIVATE)
    assert (found is not None) == (whole and inside and prefix <= 30)
