"""The reference of one flow, held to the figures and tables of the standards themselves."""

import pytest

from tests.packets.reference import (
    ACK,
    ACK_DELAY_NS,
    AROUND,
    FIN,
    FIRST_RTO_NS,
    PSH,
    RST,
    SYN,
    Flow,
    Hearing,
    Segment,
    State,
    ahead,
)

S = 1_000_000_000


def drained(flow):
    sent, flow.sent = flow.sent, []
    return [(one.sequence, one.acknowledged, one.flags & ~PSH, one.payload) for one in sent]


def opened(mss=100, ours=100, theirs=300, *, window=65535, exact=False, room=65535):
    """As figure 6 of RFC 9293, whose numbers are the defaults."""
    flow = Flow(mss, window, exact=exact)
    flow.connect(ours, 0)
    flow.take(Segment(theirs, (ours + 1) % AROUND, SYN | ACK, room), 0)
    flow.due(0)
    flow.sent.clear()
    return flow


def heard(flow, sequence, payload=b"", flags=ACK, acknowledged=101, window=65535, now=0):
    return flow.take(Segment(sequence, acknowledged, flags, window, payload), now)


def test_a_handshake_is_that_of_figure_6():
    flow = Flow()
    flow.connect(100, 0)
    assert drained(flow) == [(100, 0, SYN, b"")]
    assert flow.take(Segment(300, 101, SYN | ACK), 5).opened
    flow.due(5)
    assert drained(flow) == [(101, 301, ACK, b"")]
    assert flow.state is State.ESTABLISHED


def test_an_old_syn_is_answered_as_in_figure_8_and_a_stranger_gets_a_reset():
    flow = Flow()
    flow.connect(100, 0)
    flow.sent.clear()
    flow.take(Segment(300, 91, SYN | ACK), 0)
    assert drained(flow) == [(91, 0, RST, b"")]
    assert flow.state is State.SYN_SENT
    flow.take(Segment(0, 91, RST | ACK), 0)
    assert (drained(flow), flow.state) == ([], State.SYN_SENT)
    assert flow.take(Segment(0, 101, RST | ACK), 0).refused
    assert flow.state is State.CLOSED


def test_who_closes_first_goes_the_way_of_figure_12():
    flow = opened()
    flow.hang_up(0)
    assert (drained(flow), flow.state) == ([(101, 301, FIN | ACK, b"")], State.FIN_WAIT_1)
    heard(flow, 301, acknowledged=102)
    assert (drained(flow), flow.state) == ([], State.FIN_WAIT_2)
    assert heard(flow, 301, b"lost", acknowledged=102).data == b""
    assert drained(flow) == [(102, 305, ACK, b"")]
    heard(flow, 305, flags=FIN | ACK, acknowledged=102)
    assert (drained(flow), flow.state) == ([(102, 306, ACK, b"")], State.CLOSED)


def test_who_is_closed_goes_the_other_way_of_figure_12():
    flow = opened()
    found = heard(flow, 301, b"bye", flags=FIN | ACK)
    assert (found.data, found.ended) == (b"bye", True)
    assert (drained(flow), flow.state) == ([(101, 305, ACK, b"")], State.CLOSE_WAIT)
    flow.hang_up(0)
    assert (drained(flow), flow.state) == ([(101, 305, FIN | ACK, b"")], State.LAST_ACK)
    heard(flow, 305, acknowledged=102)
    assert flow.state is State.CLOSED


def test_both_close_at_once_as_in_figure_13():
    flow = opened()
    flow.hang_up(0)
    drained(flow)
    heard(flow, 301, flags=FIN | ACK)
    assert (drained(flow), flow.state) == ([(102, 302, ACK, b"")], State.CLOSING)
    heard(flow, 302, acknowledged=102)
    assert flow.state is State.CLOSED


@pytest.mark.parametrize("flags", [ACK, ACK | FIN, ACK | SYN])
def test_a_flow_that_is_over_answers_with_a_reset(flags):
    flow = Flow()
    flow.take(Segment(7, 50, flags, payload=b"ab"), 0)
    flow.take(Segment(7, 50, flags & ~ACK, payload=b"ab"), 0)
    flow.take(Segment(7, 50, RST), 0)
    counted = 9 + (flags != ACK)
    assert drained(flow) == [(50, 0, RST, b""), (0, counted, RST | ACK, b"")]


@pytest.mark.parametrize(
    ("window", "sequence", "length", "accepted"),
    [
        (0, 10, 0, True), (0, 11, 0, False), (0, 10, 1, False),
        (5, 10, 0, True), (5, 14, 0, True), (5, 15, 0, False), (5, 9, 0, False),
        (5, 9, 1, False), (5, 9, 2, True), (5, 14, 9, True), (5, 15, 1, False), (5, 5, 5, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("base", [0, AROUND - 12])
def test_the_table_of_acceptable_segments(window, sequence, length, accepted, base):
    hearing = Hearing(100, window, exact=True)
    hearing.begin((base + 10) % AROUND)
    assert hearing.accepts(Segment((base + sequence) % AROUND, 0, ACK, payload=b"x" * length)) == accepted


def test_numbers_are_compared_around_the_end():
    assert [ahead(5, AROUND - 5), ahead(AROUND - 5, 5), ahead(3, 3)] == [10, -10, 0]


def test_new_bytes_are_read_once_whatever_is_repeated_and_what_is_early_is_asked_for():
    flow = opened(theirs=AROUND - 4)
    assert heard(flow, AROUND - 3, b"abcd").data == b"abcd"
    assert drained(flow) == []
    assert heard(flow, AROUND - 3, b"abcd").data == b""
    assert drained(flow) == [(101, 1, ACK, b"")]
    assert heard(flow, AROUND - 1, b"cdef").data == b"ef"
    assert drained(flow) == [(101, 3, ACK, b"")]
    assert heard(flow, 4, b"later").data == b""
    assert drained(flow) == [(101, 3, ACK, b"")]


def test_an_acknowledgement_is_late_by_40_ms_of_the_first_byte_or_comes_with_two_full_segments():
    flow = opened(mss=10)
    heard(flow, 301, b"a" * 10, now=5)
    heard(flow, 311, b"b" * 9, now=9)
    assert (drained(flow), flow.next_ns) == ([], 5 + ACK_DELAY_NS)
    flow.due(5 + ACK_DELAY_NS)
    assert drained(flow) == [(101, 320, ACK, b"")]
    heard(flow, 320, b"c" * 19, now=S)
    heard(flow, 339, b"d", now=S)
    assert (drained(flow), flow.next_ns) == ([(101, 340, ACK, b"")], None)


def test_what_is_said_carries_the_acknowledgement():
    flow = opened()
    heard(flow, 301, b"ping")
    flow.say(b"pong", 0)
    assert drained(flow) == [(101, 305, ACK, b"pong")]
    assert flow.next_ns == FIRST_RTO_NS


def test_it_is_sent_again_after_1_s_and_twice_as_long_each_time_up_to_a_minute():
    flow = opened()
    flow.say(b"x", 0)
    times, at = [], 0
    for _ in range(9):
        flow.due(flow.next_ns - 1)
        assert len(drained(flow)) == (at == 0)
        at = flow.next_ns
        flow.due(at)
        times.append(at / S)
        assert drained(flow) == [(101, 301, ACK, b"x")]
    assert times == [1, 3, 7, 15, 31, 63, 123, 183, 243]


def test_what_was_acknowledged_starts_the_time_anew_for_the_rest():
    flow = opened(mss=2)
    flow.say(b"abcd", 0)
    assert [one[3] for one in drained(flow)] == [b"ab", b"cd"]
    flow.due(S)
    assert [one[3] for one in drained(flow)] == [b"ab"]
    heard(flow, 301, acknowledged=103, now=S + 7)
    assert flow.next_ns == 2 * S + 7
    flow.due(2 * S + 7)
    assert drained(flow) == [(103, 301, ACK, b"cd")]


def test_no_more_is_said_than_there_is_room_for_and_a_shut_window_is_asked_with_a_byte():
    flow = opened(room=3)
    flow.say(b"abcdef", 0)
    assert drained(flow) == [(101, 301, ACK, b"abc")]
    heard(flow, 301, acknowledged=104, window=0, now=5)
    assert (drained(flow), flow.next_ns) == ([], S + 5)
    flow.due(S + 5)
    assert drained(flow) == [(104, 301, ACK, b"d")]
    heard(flow, 301, acknowledged=104, window=9, now=S + 6)
    assert drained(flow) == [(104, 301, ACK, b"def")]
    assert flow.next_ns == 2 * S + 6


def test_an_acknowledgement_of_what_was_never_sent_is_answered_and_the_segment_dropped():
    flow = opened()
    assert heard(flow, 301, b"data", acknowledged=102).data == b""
    assert drained(flow) == [(101, 301, ACK, b"")]


@pytest.mark.parametrize(
    ("sequence", "state", "answers"),
    [
        (301, State.CLOSED, []),
        (302, State.ESTABLISHED, [(101, 301, ACK, b"")]),
        (300, State.ESTABLISHED, []),
        (301 + 65535, State.ESTABLISHED, []),
    ],
)
def test_a_reset_ends_a_flow_by_the_exact_number_alone(sequence, state, answers):
    """RFC 5961, section 3.2."""
    flow = opened()
    assert heard(flow, sequence, flags=RST).ended == (state is State.CLOSED)
    assert (drained(flow), flow.state) == (answers, state)


@pytest.mark.parametrize("sequence", [301, 5, 310])
def test_a_syn_in_an_open_flow_is_challenged(sequence):
    """RFC 5961, section 4.2."""
    flow = opened()
    heard(flow, sequence, flags=SYN)
    assert (drained(flow), flow.state) == ([(101, 301, ACK, b"")], State.ESTABLISHED)


def test_an_exact_window_shrinks_as_bytes_come_and_opens_by_half_at_the_least():
    flow = opened(mss=100, window=10, exact=True)
    assert heard(flow, 301, b"0123456789ab").data == b"0123456789"
    assert flow.sent[-1][1:4:2] == (311, 0)
    drained(flow)
    assert heard(flow, 311, b"x").data == b""
    assert flow.sent[-1].window == 0
    flow.read(4)
    assert len(drained(flow)) == 1
    heard(flow, 310)
    assert flow.sent.pop().window == 0  # no silly window
    flow.read(1)
    assert flow.sent.pop().window == 5
    assert heard(flow, 311, b"xyz").data == b"xyz"
    assert flow.hearing.window == 2


def test_a_fin_beyond_the_window_or_ahead_is_not_taken():
    flow = opened(window=4, exact=True)
    heard(flow, 301, b"abcd", flags=FIN | ACK)
    assert flow.state is State.ESTABLISHED
    flow.read(4)
    heard(flow, 306, flags=FIN | ACK)
    assert flow.state is State.ESTABLISHED
    heard(flow, 305, flags=FIN | ACK)
    assert flow.state is State.CLOSE_WAIT


def test_who_hangs_up_with_a_full_window_takes_what_comes_to_the_end():
    flow = opened(window=4, exact=True)
    heard(flow, 301, b"abcd")
    flow.hang_up(0)
    assert flow.sent.pop().window == 4
    heard(flow, 305, b"efgh", acknowledged=102)
    heard(flow, 309, flags=FIN | ACK, acknowledged=102)
    assert flow.state is State.CLOSED


def test_gone_at_once_says_so_where_there_is_something_to_end():
    flow = opened()
    flow.reset()
    assert (drained(flow), flow.state) == ([(101, 301, RST | ACK, b"")], State.CLOSED)
    flow.connect(5, 0)
    drained(flow)
    flow.reset()
    assert (drained(flow), flow.state) == ([], State.CLOSED)
