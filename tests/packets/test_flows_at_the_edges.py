"""Turns of a flow that once were out of step with the reference, each by itself."""

import numpy as np
import pytest

from ewarn.packets import unusual
from ewarn.packets.flows import ACK_DELAY_NS
from ewarn.packets.segments import ACK, FIN, RST, SYN, Segments
from tests.packets.side_by_side import SideBySide

S = 1_000_000_000
MSS = 100


class One(SideBySide):
    """An open flow whose gateway says 301 next, and has so much room; `window`: of a client that hardly reads."""

    def __init__(self, *, room=65_535, window=None):
        super().__init__(1, np.random.default_rng(1), mss=MSS, exact={} if window is None else {0: window})
        self.connect(np.array([0]))
        self.settle()
        self.first = self.references[0].saying.next
        self.hear(300, 0, SYN | ACK, b"", room)

    def hear(self, sequence, said, flags=ACK, payload=b"", window=65_535):
        self.look(self.of((sequence, said, flags, payload, window)))
        self.settle()

    def of(self, *drafts):
        """Segments; what they acknowledge is counted from the first byte that the client says."""
        sequence, said, flags, payloads, window = zip(*drafts, strict=True)
        length = np.array([len(one) for one in payloads])
        widest = int(length.max())
        return Segments(
            np.zeros(len(drafts), np.int64),
            np.array(sequence, np.uint32),
            ((np.array(said) + self.first) % 2**32).astype(np.uint32),
            np.array(flags, np.uint8),
            np.array(window, np.uint16),
            length,
            np.frombuffer(b"".join(one.ljust(widest, b"\0") for one in payloads), np.uint8).reshape(
                len(drafts), widest
            ),
            np.zeros(len(drafts), np.int64),
        )

    def say_and(self, data, after_ns=0):
        self.say(0, data)
        self.settle(after_ns)

    def leave(self):
        self.hang_up(0)
        self.settle()


def a_fin_waits_for_room_while_the_gateway_finishes():
    flow = One(room=3)
    flow.say(0, b"abcdef")
    flow.leave()
    flow.hear(301, 3, window=0)
    flow.hear(301, 3, FIN | ACK, window=0)
    flow.hear(302, 3, window=9)
    flow.hear(302, 7)


def a_fin_waits_for_room_after_the_gateway_finished():
    flow = One(room=3)
    flow.hear(301, 0, FIN | ACK, window=3)
    flow.say(0, b"abcdef")
    flow.leave()
    flow.hear(302, 3, window=0)
    flow.hear(302, 3, window=9)
    flow.hear(302, 7)


def who_leaves_with_a_full_window_opens_it():
    flow = One(window=10)
    flow.hear(301, 0, payload=b"0123456789")
    flow.leave()
    flow.hear(311, 1, payload=b"more")
    flow.hear(315, 1, FIN | ACK)


def the_byte_that_asked_goes_again_when_there_is_room():
    flow = One(room=3)
    flow.say_and(b"abcdef")
    flow.hear(301, 3, window=0)
    flow.settle(S)
    flow.settle(2 * S)
    flow.hear(301, 3, window=9)
    flow.settle(S)


def the_time_runs_from_the_first_sending():
    flow = One(room=0)
    flow.say_and(b"abc", 900_000_000)
    flow.hear(301, 0, window=9)
    flow.settle(200_000_000)


def a_reset_counts_by_its_number_alone():
    flow = One()
    flow.hear(300, 0, RST, b"xy")
    narrow = One(window=4)
    narrow.hear(301, 0, payload=b"abcd")
    narrow.hear(305, 0, RST, b"x")


def a_fin_beyond_a_full_window_is_not_taken():
    One(window=4).hear(301, 0, FIN | ACK, b"abcd")


def a_segment_has_one_answer():
    One().hear(300, 0, payload=bytes(2 * MSS + 2))
    One().hear(301, 0, FIN | ACK, bytes(2 * MSS + 2))


def nothing_is_said_by_who_vanishes_with_nothing_open():
    flow = SideBySide(1, np.random.default_rng(1), mss=MSS, exact={})
    flow.connect(np.array([0]))
    flow.reset(np.array([0]))
    flow.settle()
    last = One()
    last.hear(301, 0, FIN | ACK)
    last.leave()
    last.reset(np.array([0]))
    last.settle()


def a_shut_window_hears_what_is_acknowledged():
    flow = One(window=4)
    flow.say_and(b"pong")
    flow.hear(301, 0, payload=b"abcd")
    flow.hear(305, 4, payload=b"?")


def the_end_is_told_once():
    flow = One()
    flow.look(flow.of((301, 0, FIN | ACK, b"", 9), (302, 0, RST, b"", 9)))
    flow.settle()


def a_byte_that_asks_may_be_the_last_of_the_numbers():
    flow = One(room=0)
    flow.first = 2**32 - 1
    flow.flows.state.next_out[0] = flow.flows.state.unacknowledged[0] = flow.first
    flow.references[0].saying.next = flow.references[0].saying.unacknowledged = flow.first
    flow.say_and(b"ab", S)
    flow.hear(301, 1)


def the_first_words_wait_for_room_and_for_a_flow_that_lives():
    for last in ((300, 0, SYN | ACK, b"", 5), (301, 0, RST, b"", 0)):
        flow = SideBySide(1, np.random.default_rng(1), mss=MSS, exact={})
        flow.connect(np.array([0]))
        made = One()
        made.first = flow.references[0].saying.next
        opened = flow.look(made.of((300, 0, SYN | ACK, b"", 5), last))
        flow.say_first(opened, [b"GET / HTTP/1.1"])
        flow.settle(S)


def a_fin_waits_for_the_byte_that_asks():
    flow = One(room=0)
    flow.say(0, b"x")
    flow.leave()
    flow.settle(S)
    flow.hear(301, 0, window=0)
    flow.hear(301, 0, window=9)
    flow.hear(301, 2)


@pytest.mark.parametrize(
    "turn",
    [
        a_fin_waits_for_room_while_the_gateway_finishes,
        a_fin_waits_for_room_after_the_gateway_finished,
        who_leaves_with_a_full_window_opens_it,
        the_byte_that_asked_goes_again_when_there_is_room,
        the_time_runs_from_the_first_sending,
        a_reset_counts_by_its_number_alone,
        a_fin_beyond_a_full_window_is_not_taken,
        a_segment_has_one_answer,
        nothing_is_said_by_who_vanishes_with_nothing_open,
        a_shut_window_hears_what_is_acknowledged,
        the_end_is_told_once,
        a_byte_that_asks_may_be_the_last_of_the_numbers,
        the_first_words_wait_for_room_and_for_a_flow_that_lives,
        a_fin_waits_for_the_byte_that_asks,
    ],
    ids=lambda turn: turn.__name__,
)
def test_in_step(turn):
    turn()


def test_what_is_to_be_acknowledged_soon_can_be_so_at_once_and_nothing_is_sent_again_early():
    flow = One()
    flow.say_and(b"abc")
    flow.hear(301, 0, payload=b"alert")
    flow.flows.due(flow.now, ACK_DELAY_NS - 1)
    assert len(flow.flows.outgoing()) == 0
    flow.flows.due(flow.now, 10 * S)
    out = flow.flows.outgoing()
    assert (out.flags.tolist(), out.acknowledged.tolist(), out.length.tolist()) == ([ACK], [306], [0])
    assert flow.flows.next_ns > flow.now


def test_what_comes_again_is_acknowledged_at_once_and_takes_no_look_of_its_own(monkeypatch):
    flow = One()
    flow.hear(301, 0, payload=b"alert")
    monkeypatch.setattr(unusual, "take", None)  # which is for segments one by one
    flow.hear(301, 0, payload=b"alert")  # and is in step with the reference, which acknowledges it
