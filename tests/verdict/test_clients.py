"""What clients were, and what there is to doubt of packets."""

import msgspec
import pytest

from ewarn.system.json_files import decoded, encoded
from ewarn.verdict.clients import COUNTED, SOCKETS, Clients, LastMile
from ewarn.verdict.document import Environment
from ewarn.words import has

PACKETS = Clients(
    kind="packets",
    ack_delay_ms=40.0,
    mss=1460,
    ring_drops=0,
    truncated=0,
    bad=0,
    retransmitted=7,
    last_mile=LastMile(rtt_ms=(40.0, 400.0), loss=0.01),
)


@pytest.mark.parametrize("clients", [SOCKETS, PACKETS])
def test_what_is_written_is_read_as_it_was(clients):
    assert decoded(encoded(clients, 1).encode(), Clients) == clients


@pytest.mark.parametrize(("jitter_ms", "more"), [(0.0, False), (2.5, True)])
def test_a_last_mile_is_told_with_all_that_was_drawn(jitter_ms, more):
    said = LastMile(rtt_ms=(0.5, 1_400.0), jitter_ms=jitter_ms, loss=0.005).said
    assert "0.5 to 1,400 ms" in said and "0.5 % of packets" in said
    assert ("up to 2.5 ms" in said) == more


def test_whatever_is_counted_has_words():
    assert set(COUNTED) <= set(Clients.__struct_fields__)
    assert all(has(f"environment.clients-{name}") for name in COUNTED)
    assert all(
        list(msgspec.structs.replace(SOCKETS, **{name: 1}).doubts()) for name in set(COUNTED) - {"mss", "retransmitted"}
    )


def test_sockets_have_a_kind_and_nothing_else():
    assert msgspec.to_builtins(Environment())["clients"] == {"kind": "sockets"}


def test_what_an_older_file_does_not_say_was_sockets():
    assert decoded(b'{"cpus": 2}', Environment).clients == SOCKETS


def test_there_is_nothing_to_doubt_where_the_harness_lost_nothing_whatever_the_gateway_sent_anew():
    assert not list(SOCKETS.doubts())
    assert not list(PACKETS.doubts())
    assert not list(Clients(kind="packets").doubts())


@pytest.mark.parametrize(
    ("count", "said"),
    [
        ("ring_drops", "dropped 1,200 frames"),
        ("lost", "lost 1,200 frames"),
        ("truncated", "1,200 frames"),
        ("bad", "1,200 frames"),
    ],
)
def test_whatever_the_harness_lost_or_could_not_read_is_told_with_its_number(count, said):
    (line,) = msgspec.structs.replace(PACKETS, **{count: 1_200}).doubts()
    assert said in line
