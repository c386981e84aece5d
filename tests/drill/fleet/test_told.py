"""What hosts hold comes onto the conductor's clock: the truth is inside, never stays never, nobody fills another's."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.clocks.bound import Bound
from ewarn.clocks.exchanges import EXCHANGE
from ewarn.drill.fleet.book import FRAMES, PLACE, LedBook
from ewarn.drill.fleet.gathering import SHAPES, Holding, collect, gather
from ewarn.drill.fleet.swarms import sliced
from ewarn.drill.fleet.table import machines
from ewarn.drill.fleet.told import Between, earliest, since_release
from ewarn.errors import InputError, MeasurementError
from ewarn.runs.hosts import machines as in_words
from ewarn.verdict.document import Environment
from ewarn.verdict.fleet import OfFleet, OfHost
from ewarn.verdict.receipts import NEVER, RECEIPT, TALLIES
from ewarn.wire.pieces import Micros, cut_one, pack_frames, said
from ewarn.wire.swarms import ArraySaid, Collect, Collected, Piece, Standing

AHEAD_NS = 3_600 * 10**9
"""of the far clock"""


def exchanges(until_ns):
    """With a far clock that runs evenly, an hour ahead; a way takes 20 us."""
    sent = np.arange(10**9, until_ns + 2 * 10**9, 10**7)
    rows = np.zeros(len(sent), EXCHANGE)
    rows["sent"], rows["back"], rows["raw_back"] = sent, sent + 50_000, sent + 50_000
    rows["arrived"], rows["left"], rows["raw"] = sent + AHEAD_NS + 20_000, sent + AHEAD_NS + 30_000, sent + AHEAD_NS
    return rows


BOUND = Bound.of(exchanges(20 * 10**9), host="s1")


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, 2 * 10**10), min_size=3, max_size=3), min_size=1, max_size=4))
def test_a_receipt_lies_between_its_earliest_and_its_latest(times):
    near = np.where(np.array(times) > 10**10, np.array(times), 0)
    far = np.where(near > 0, near + AHEAD_NS, 0)
    for bound, truth in ((BOUND, near), (Bound.same(), far)):
        found = Between.of(Micros.of(far), bound)
        never = truth == 0
        assert (found.latest[never] == NEVER).all() and (found.earliest[never] == NEVER).all()
        assert (found.earliest[~never] <= truth[~never]).all() and (truth[~never] <= found.latest[~never]).all()
        assert (found.latest - found.earliest).max(initial=0) < 60_000


def holding(reports=2, users=3, **changed):
    arrays = {
        "read_base": np.full(reports, AHEAD_NS),
        "read": np.full((reports, users), 7, np.uint32),
        "kernel_base": np.full(reports, AHEAD_NS),
        "kernel": np.full((reports, users), 5, np.uint32),
        "via": np.ones((reports, users), np.uint8),
        "duplicates": np.ones((2, reports), np.int64),
        "out_of_order": np.zeros((2, reports), np.int64),
        "tallies": np.ones((2, len(TALLIES)), np.int64),
        "frames": np.frombuffer(pack_frames([(2, b"a"), (0, b"bc")]), np.uint8),
    } | changed
    return arrays, Collected({what: said(one) for what, one in arrays.items()}, ("g2", "g1"))


class Leading:
    """Answers for hosts, of which each holds arrays; those that are lost answer only so often."""

    def __init__(self, hosts, lost=None):
        self.hosts, self.left = hosts, dict(lost or {})

    def ask(self, orders, _patience_s, *, lost_ok):
        assert lost_ok
        return {name: self._answer(name, do) for name, do in orders.items() if self._lives(name)}

    def _lives(self, name):
        self.left[name] = self.left.get(name, 1 << 30) - 1
        return self.left[name] >= 0

    def _answer(self, name, do):
        arrays, collected = self.hosts[name]
        return collected if isinstance(do, Collect) else Piece(do.what, do.index, cut_one(arrays[do.what], do.index))


def test_all_arrays_come_whole_each_host_in_its_own_number_of_pieces():
    many = holding(users=300_000, read=np.random.default_rng(1).integers(0, 9, (2, 300_000)).astype(np.uint32))
    leading = Leading({"s1": holding(), "s2": many})
    found = gather(leading, collect(leading, {"s1": 3, "s2": 300_000}, 2))
    assert sorted(found) == ["s1", "s2"]
    assert np.array_equal(found["s2"].array("read"), many[0]["read"])
    assert found["s1"].frames() == [(2, b"a"), (0, b"bc")]
    assert found["s1"].counts("duplicates").tolist() == [2, 2]
    assert found["s1"].times("read").latest().tolist() == [[AHEAD_NS + 7_000] * 3] * 2


@pytest.mark.parametrize("answers", [0, 1, 5])
def test_a_host_that_is_lost_meanwhile_is_left_out_and_the_others_are_not(answers):
    leading = Leading({"s1": holding(), "s2": holding()}, lost={"s1": answers})
    assert list(gather(leading, collect(leading, {"s1": 3, "s2": 3}, 2))) == ["s2"]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"read": np.zeros((2, 4), np.uint32)}, r"s1: .*read: expected the shape \(2, 3\), got \(2, 4\)"),
        ({"via": np.zeros((2, 3), np.int64)}, r"s1: .*via: expected \|u1"),
        ({"tallies": np.zeros((1, 2), np.int64)}, "s1: .*tallies: expected the shape"),
    ],
)
def test_arrays_that_are_not_a_hosts_own_are_refused_before_they_are_asked_for(changed, what):
    with pytest.raises(MeasurementError, match=what):
        collect(Leading({"s1": holding(**changed)}), {"s1": 3}, 2)


def test_arrays_that_are_missing_pieces_that_are_none_and_frames_of_nobody_are_refused():
    arrays, collected = holding()
    lacking = Collected({what: one for what, one in collected.arrays.items() if what != "via"})
    with pytest.raises(InputError, match="via: missing"):
        Holding(2, 3, lacking).check()
    for shape, pieces in (((40,), 2), ((1 << 40,), 1)):
        swollen = collected.arrays | {"frames": ArraySaid("|u1", shape, pieces)}
        with pytest.raises(InputError, match=r"frames: . pieces, of the shape"):
            Holding(2, 3, Collected(swollen)).check()
    below = holding(duplicates=np.array([[-1, 5]]))
    hiding = Holding(2, 3, below[1])
    hiding.take(Piece("duplicates", 0, cut_one(below[0]["duplicates"], 0)))
    with pytest.raises(InputError, match="duplicates: -1 is no count"):
        hiding.counts("duplicates")
    one = Holding(2, 3, collected)
    with pytest.raises(InputError, match="not compressed"):
        one.take(Piece("read", 0, b"no"))
    one.take(Piece("read", 0, zlib.compress(b"short")))
    with pytest.raises(InputError, match="read: 5 bytes came, 24 were said"):
        one.array("read")
    frames = np.frombuffer(pack_frames([(3, b"x")]), np.uint8)
    other = Holding(2, 3, holding(frames=frames)[1])
    other.take(Piece("frames", 0, cut_one(frames, 0)))
    with pytest.raises(InputError, match="frames: one is of user 3, of 3"):
        other.frames()
    assert set(SHAPES) == set(arrays)


def standing(reads, received):
    tallies = [0] * len(TALLIES)
    tallies[PLACE["connected"]], tallies[PLACE["reads"]], tallies[PLACE["left"]] = 3, reads, 2
    return Standing("s1", "0" * 16, "there", tallies=tuple(tallies), received=received)


def test_a_book_follows_what_hosts_say_and_then_what_they_held():
    told = {}
    book = LedBook(LedBook.create(2, 5, 2), 2, 5, 2, lambda: told, lambda: 7)
    assert (book.total("reads"), book.received(1)) == (0, 0)
    told |= {0: standing(4, (2, 0)), 1: standing(1, (1, 0, 9))}
    assert (book.total("reads"), book.received(1), book.received(2), book.away()) == (5, 3, 0, 4)
    assert not book.is_clear()
    del told[1]  # it is lost
    assert (book.total("reads"), book.away()) == (5, 2)
    book.take_times(0, *(Between.of(Micros.of(np.full((2, 3), 9_000)), Bound.same()) for _ in range(2)))
    book.close([1])
    assert (book.received(1), book.received(2), book.total("connected")) == (3, 3, 6)
    assert not book.tallies[1, FRAMES:].any()
    assert book.disagreements()
    told.clear()
    book.begin()
    assert (book.received(1), book.is_clear(), int(book.read.sum())) == (0, True, 0)


def test_receipts_of_a_clock_that_cannot_be_told_lie_between_release_and_the_word_of_their_host():
    told, at = {0: standing(4, (2, 0))}, iter([100, 200, 300])
    book = LedBook(LedBook.create(2, 3, 1), 2, 3, 1, lambda: told, lambda: next(at))
    assert not book.is_clear()
    told[0] = standing(4, (1, 0))
    assert book.received(1) == 1  # at 100
    told[0] = standing(4, (2, 0))
    assert book.received(1) == book.received(2) + 2 == 2  # at 200, and looked at again at 300
    by = book.told_by(0, np.array([2, 1]), 900)
    assert by.tolist() == [200, 900]  # of the second report it had not told yet
    read = Micros.of(np.array([[5_000, 7_000, 0], [0, 0, 9_000]]))
    found = Between.by(read, by)
    assert found.latest.tolist() == [[200, 200, NEVER], [NEVER, NEVER, 900]]
    rows, receipts = earliest(2, 3).reshape(-1), np.zeros(6, RECEIPT)
    rows["read"], receipts["released"] = found.earliest.ravel(), np.repeat([50, 60], 3)
    rows["read"][1] = 70  # of another host
    since_release(rows, receipts)
    assert rows["read"].tolist() == [50, 70, NEVER, NEVER, NEVER, 60]


def test_what_is_doubted_of_a_fleet_lets_nobody_trust_its_book():
    book = LedBook(LedBook.create(1, 1, 1), 1, 1, 1, dict, int)
    book.doubts.append("s1's clock was stepped")
    assert book.disagreements() == ["s1's clock was stepped"]


def test_what_hosts_of_one_machine_have_is_counted_once():
    assert machines({"conductor": "a", "s1": "b", "s2": "a", "s3": "b", "s4": "", "s5": ""}) == {
        "s2": "conductor",
        "s3": "s1",
    }
    swarm = {"kind": "swarm", "cpus": 4, "memory_gib": 8.0}
    hosts = {"s1": OfHost(**swarm), "s3": OfHost(**swarm, same_as="s1"), "g1": OfHost(kind="gateway")}
    found = OfFleet(hosts=hosts)
    assert found.together(2, 16.0) == (6, 24.0)
    place = Environment(cpus=2, memory_gib=16.0, memory_used_gib=1.0)
    assert in_words(found, place) == (
        "2 swarms, 1 gateway and a conductor with 6 cores and 24.0 GiB together, those of gateways not known"
    )
    assert in_words(None, place) == "2 cores, 16.0 GiB (1.0 GiB used)"


def test_users_stand_in_a_row_host_after_host():
    assert [(one.name, one.first, one.users) for one in sliced(["a", "b", "c"], [2, 5, 1])] == [
        ("a", 0, 2),
        ("b", 2, 5),
        ("c", 7, 1),
    ]
