"""Flows as arrays, held to the reference of one flow: by hypothesis in little, by a torrent in bulk."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ewarn.packets.segments import Segments
from tests.packets.pouring import poured
from tests.packets.reference import ACK, FIN, PSH, RST, SYN, State
from tests.packets.side_by_side import OutOfStepError, SideBySide

MSS = 16
EXACT = {1: 40, 2: 5}
"""of three clients, the windows of two that hardly read"""
ROWS = st.integers(0, 2)
SMALL = st.integers(-2 * MSS, 2 * MSS)
FLAGS = st.sampled_from([ACK, ACK, ACK | PSH, FIN | ACK, RST, RST | ACK, SYN, SYN | ACK, FIN, 0, FIN | SYN | RST | ACK])


class Draft(NamedTuple):
    """A segment, by how it differs from what its flow expects."""

    row: int
    from_edge: bool
    """of the window, instead of from its beginning"""
    away: int
    length: int
    flags: int
    of_all: bool
    """acknowledges all that was sent, and `said` more; otherwise what was acknowledged, and so much more"""
    said: int
    window: int


DRAFTS = st.builds(
    Draft,
    ROWS,
    st.booleans(),
    st.just(0) | SMALL | st.integers(-(2**31), 2**31),
    st.integers(0, 3 * MSS),
    FLAGS,
    st.booleans(),
    st.just(0) | st.integers(-3, 3) | st.sampled_from([-65_534, -65_535, -65_536, 2**31, -(2**31)]),
    st.sampled_from([65_535, 0, 1, MSS - 1, 3 * MSS]),
)
ORDERLY = st.builds(
    Draft, ROWS, st.just(False), st.just(0), st.integers(0, 3 * MSS), st.sampled_from([ACK, FIN | ACK]), st.booleans(),
    st.just(0), st.sampled_from([65_535, MSS, 0]),
)  # fmt: skip


class InStep(RuleBasedStateMachine):
    """Three flows, and all that can befall them."""

    def __init__(self):
        super().__init__()
        self.both = SideBySide(3, np.random.default_rng(1), mss=MSS, exact=EXACT)
        self.made = 0

    def pour(self, drafts, first=0):
        """All of them are made of how flows stand before the first; who opens says so many bytes at once."""
        columns = [self.of(draft) for draft in drafts]
        payload = np.zeros((len(drafts), 3 * MSS), np.uint8)
        for at, draft in enumerate(drafts):
            self.made += 1  # so that bytes of no two segments are alike
            payload[at, : draft.length] = (np.arange(draft.length) + 7 * self.made) % 256
        sequence, acknowledged = np.array(columns).T % 2**32
        opened = self.both.look(
            Segments(
                np.array([draft.row for draft in drafts], np.int64),
                sequence.astype(np.uint32),
                acknowledged.astype(np.uint32),
                np.array([draft.flags for draft in drafts], np.uint8),
                np.array([draft.window for draft in drafts], np.uint16),
                np.array([draft.length for draft in drafts], np.int64),
                payload,
                np.zeros(len(drafts), np.int64),
            )
        )
        if first:
            self.both.say_first(opened, [bytes(range(first))] * len(opened))

    def of(self, draft):
        flow = self.both.references[draft.row]
        sequence = flow.hearing.next + draft.away + (flow.hearing.window if draft.from_edge else 0)
        return sequence, (flow.saying.next if draft.of_all else flow.saying.unacknowledged) + draft.said

    @rule(row=ROWS)
    def connect(self, row):
        self.both.connect(np.array([row]))

    @rule(
        first=st.sampled_from([0, 2**32 - 1, 2**32 - 20, 2**31 - 1]),
        window=st.sampled_from([65_535, MSS, 0]),
        said=st.integers(0, MSS),
    )
    @precondition(lambda self: any(one.state is State.SYN_SENT for one in self.both.references))
    def answer(self, first, window, said):
        waiting = [row for row, one in enumerate(self.both.references) if one.state is State.SYN_SENT]
        away = [first - self.both.references[row].hearing.next for row in waiting]
        drafts = [Draft(row, False, at, 0, SYN | ACK, True, 0, window) for row, at in zip(waiting, away, strict=True)]
        self.pour(drafts, said)

    @rule(drafts=st.lists(DRAFTS, min_size=1, max_size=6), first=st.integers(0, MSS))
    def come(self, drafts, first):
        self.pour(drafts, first)

    @rule(draft=ORDERLY)
    def come_in_order(self, draft):
        self.pour([draft])

    @rule(row=ROWS, length=st.integers(1, 3 * MSS))
    def say(self, row, length):
        self.both.say(row, bytes(range(length)))

    @rule(row=ROWS)
    def hang_up(self, row):
        self.both.hang_up(row)

    @rule(row=ROWS)
    def reset(self, row):
        self.both.reset(np.array([row]))

    @rule(row=st.sampled_from(list(EXACT)), most=st.integers(0, 50))
    def read(self, row, most):
        self.both.read(row, most)

    @rule(after_ns=st.sampled_from([0, 1, 39_999_999, 40_000_000, 999_999_999, 1_000_000_000, 64_000_000_000]))
    def pass_time(self, after_ns):
        self.both.settle(after_ns)

    @invariant()
    def is_in_step(self):
        self.both.compare()

    def teardown(self):
        self.both.settle()


InStep.TestCase.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
test_whatever_befalls_three_flows_they_are_in_step = InStep.TestCase


def test_a_torrent_into_many_flows_finds_none_out_of_step():
    went = poured(18, 20_000, clients=1_000)
    assert went.segments >= 20_000
    assert set(went.met) == set(State)
    assert min(went.met.values()) >= 10
    assert min(went.bytes_read, went.said) > 10_000


def test_an_hour_of_silence_is_the_same_for_a_syn_for_words_and_for_a_fin():
    both = SideBySide(3, np.random.default_rng(3), mss=MSS, exact={})
    both.connect(np.arange(3))
    both.settle()
    numbers = [(one.saying.next, 300) for one in both.references]
    answers = [(row, 300, said, SYN | ACK, 65_535) for row, (said, _) in enumerate(numbers) if row]
    row, sequence, said, flags, window = np.array(answers).T
    empty = np.zeros(2, np.int64), np.zeros((2, 0), np.uint8), np.zeros(2, np.int64)
    both.look(
        Segments(
            row, sequence.astype(np.uint32), said.astype(np.uint32), flags.astype(np.uint8), window.astype(np.uint16),
            *empty,
        )
    )  # fmt: skip
    both.say(1, b"is anybody there")
    both.hang_up(2)
    both.settle()
    sent = both.said
    while both.now < 3600 * 10**9:
        both.settle(both.flows.next_ns - both.now)
    assert both.said - sent == 3 * (6 + 59)


def test_what_goes_wrong_is_told_with_what_went_before():
    both = SideBySide(2, np.random.default_rng(2), mss=MSS, exact={})
    both.connect(np.array([0, 1]))
    both.flows.state.next_out[1] += 1
    with pytest.raises(OutOfStepError, match=r"row 1, next_out: (?s:.*)before:\n  1000 connects with"):
        both.compare()
