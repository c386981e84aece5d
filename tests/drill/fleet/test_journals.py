"""Gateways' journals over a real bus: put together on the conductor's clock, or left out in a line."""

import os
import secrets
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.bus.leading import Leading
from ewarn.drill.fleet import clocks, journals, keepers
from ewarn.drill.fleet.journals import enter, holding
from ewarn.drill.fleet.keepers import Wanted
from ewarn.errors import InputError
from ewarn.gateway.hosts.noted import Journals, Kept
from ewarn.gateway.sending.journal import Journal
from ewarn.system.clock import WallClock
from ewarn.system.machine import this_machine
from ewarn.verdict.receipts import NEVER
from ewarn.wire.noted import NOTED_BYTES, SHAPES, Noted
from ewarn.wire.pieces import Hands
from ewarn.wire.swarms import JOURNALS, WIRE, ArraySaid, Collected, Connect, Done, Hello
from tests.bus.servers import running

REPORTS, USERS = 3, 60
CLOCK = WallClock()


@pytest.fixture(scope="module")
def bus(tmp_path_factory):
    with running(tmp_path_factory.mktemp("lines") / "bus") as lines:
        yield lines


@contextmanager
def empty(reports=REPORTS, users=USERS):
    memory = Journal.create(reports, users)
    try:
        yield Journal(memory, reports, users)
    finally:
        os.close(memory)


@contextmanager
def keeping(bus, name, users=USERS):
    """A gateway's journal, as it hands it over."""
    addresses = tuple(one.address for one in bus.servers)
    with empty(users=users) as own:
        thread = Journals(Kept(name, own, this_machine()), addresses, bus.identity(name), CLOCK)
        thread.begin()
        yield own
        thread.end()


def leading(bus, *names):
    addresses = [one.address for one in bus.servers]
    return Leading(addresses, bus.identity("conductor"), CLOCK, secrets.token_hex(16), names, JOURNALS)


def test_journals_come_together_and_what_cannot_is_left_out_by_name(bus, monkeypatch):
    monkeypatch.setattr(journals, "CLOCK_S", 0.1)
    monkeypatch.setattr(clocks, "FINISH_S", 0.5)
    monkeypatch.setattr(keepers, "HEARD_S", 20.0)
    told = []
    with (
        keeping(bus, "g1") as one,
        keeping(bus, "g2") as two,
        keeping(bus, "g3") as deaf,
        keeping(bus, "g4", users=10),
        empty() as mine,
        ExitStack() as stack,
    ):
        to = keepers.opened(stack, leading(bus, "g1", "g2", "g3", "g4"), told.append)
        addresses = dict.fromkeys(("g1", "g2", "g3", "g4"), "127.0.0.1") | {"g3": "192.0.2.1"}
        wanted = Wanted(mine, addresses, secrets.token_bytes(32), 10.0)
        for journal in (one, two, deaf):
            journal.planned[:] = 1  # of a play before
        found = keepers.journals(stack, to, wanted, CLOCK, told.append)
        found.begin("luding-2022")
        assert not one.planned.any() and not two.planned.any()
        now_ns = CLOCK.monotonic_ns()
        for index, journal in enumerate((one, two, deaf)):
            journal.plan(1, np.arange(20 * index, 20 * index + 15), now_ns)
            journal.note(journal.written, 1, np.arange(20 * index, 20 * index + 10), now_ns + 5_000)
        two.plan(1, np.arange(3), now_ns + 10**6)  # they came over from g1
        seen = found.collect()
    assert seen.widths.keys() == seen.bounds.keys() == {"g1", "g2"}
    noted = [*range(15), *range(20, 35)]
    assert np.flatnonzero(mine.planned[0]).tolist() == noted
    assert (mine.planned[0, noted] - now_ns >= 0).all() and (mine.planned[0, noted] - now_ns <= 1_000).all()
    assert np.flatnonzero(mine.written[0]).tolist() == [*range(10), *range(20, 30)]
    assert (mine.shard[0, noted] == 1).all() and not mine.planned[1:].any()
    small, kept, no_clock = told
    assert "g4: its journal is left out: it has room for 10 users and 3 reports (--drill-users" in small
    assert kept == "journals are kept by g1, g2, g3"
    assert "g3: its journal is left out: " in no_clock


def test_a_journal_does_what_is_asked_of_one_and_says_of_all_else_that_it_does_not(bus):
    hello = Hello("0.1.0", WIRE, b"k" * 32, 10.0)
    with keeping(bus, "g6"), leading(bus, "g6") as to:
        other = {"g6": Hello("0.1.0", 2, b"k" * 32, 10.0)}
        with pytest.raises(InputError, match=r"^g6: ewarn .* here \(wire 1\), .* conducts \(wire 2\)"):
            to.ask(other, 20.0)
        to.leave()
    with keeping(bus, "g6"), leading(bus, "g6") as to:
        assert to.ask({"g6": hello}, 20.0)["g6"].room == (REPORTS, USERS)
        with pytest.raises(InputError, match="g6: connect: a gateway's journal is not asked for that"):
            to.ask({"g6": Connect()}, 20.0)
        with leading(bus, "g6") as another, pytest.raises(InputError, match="g6: led by run"):
            another.ask({"g6": hello}, 20.0)


def test_gateways_that_keep_no_journal_are_as_they_were(bus, monkeypatch):
    monkeypatch.setattr(keepers, "HEARD_S", 0.1)
    with empty() as mine, ExitStack() as stack:
        to = keepers.opened(stack, leading(bus, "g7"), pytest.fail)
        wanted = Wanted(mine, {"g7": "127.0.0.1"}, b"k" * 32, 10.0)
        assert keepers.journals(stack, to, wanted, CLOCK, pytest.fail) is None


TIMES = st.lists(st.integers(0, 50), min_size=REPORTS * 4, max_size=REPORTS * 4)


@settings(max_examples=30)
@given(TIMES, TIMES, st.booleans())
def test_of_a_user_on_two_gateways_the_earliest_note_stands_whichever_comes_first(one, two, swapped):
    notes = [np.array(times).reshape(REPORTS, 4) for times in (one, two)]
    on = [np.array([1, 2, 3, 5]), np.array([0, 2, 3, 7])]
    wanted = np.full((2, REPORTS, 8), 99)
    with empty(users=8) as mine:
        for index in (1, 0) if swapped else (0, 1):
            times = np.where(notes[index] > 0, notes[index], NEVER)
            shard = np.where(times > 0, index + 1, 0).astype(np.uint16)
            enter(mine, on[index].astype(np.uint32), times, times, shard)
            wanted[index][:, on[index]] = np.where(times > 0, times, 99)
        first = wanted.min(axis=0)
        assert (mine.planned == np.where(first < 99, first, 0)).all()
        assert (mine.written == mine.planned).all()
        apart = wanted[0] != wanted[1]
        assert (mine.shard[apart] == (1 + wanted.argmin(axis=0))[apart]).all()
        assert ((mine.shard > 0) == (mine.planned > 0)).all()


def collected(reports=2, count=3, **changed):
    noted = Noted.of(*np.ones((2, reports, count), np.int64), np.ones((reports, count), np.uint16))
    return Collected(Hands(noted.arrays(), NOTED_BYTES).said() | changed)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Done(), "its answer to collect is of another kind"),
        (Collected({}), "its answer to collect is of another kind"),
        (collected(count=5), "planned: of 2 reports and 5 users; at most 1,024 and 4"),
        (collected(reports=1025), "planned: of 1,025 reports"),
        (collected(users=ArraySaid("<u4", (4,), 1)), "users: expected the shape"),
        (collected(shard=ArraySaid("<u2", (2, 3), 2)), "shard: 2 pieces, of the shape"),
    ],
)
def test_what_is_no_journal_of_this_drill_is_refused_before_it_is_asked_for(said, why):
    with pytest.raises(InputError, match=why):
        holding(said, 4)
    assert [one.what for one in holding(collected(), 4).wanted()] == list(SHAPES)


def test_reports_beyond_those_of_the_drill_are_not_entered():
    with empty(reports=1, users=2) as mine:
        times = np.array([[5, NEVER], [7, 8]])
        enter(mine, np.array([0, 1], np.uint32), times, times, np.ones((2, 2), np.uint16))
        assert mine.planned.tolist() == [[5, 0]]
