"""Frames to receipts."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from ewarn.swarm.recorder import Recorder, Users
from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.chat import echo
from ewarn.wire.framing import header
from ewarn.wire.service_time import tell


def book(users=4, reports=3):
    return ReceiptBook(ReceiptBook.create(reports, users, 1), reports, users, 1)


def recorder(of, first=0, sampled=None):
    users = np.arange(4 - first)
    sampled = np.ones(len(users), bool) if sampled is None else sampled
    found = Recorder(of, 0, Users(first, users, np.zeros(len(users), int), sampled))
    found.begin("luding-2022")
    return found


def frame(number=1, quake="luding-2022", **changes):
    place = {"place": 0, "distance_km": 1.0, "p_in_s": 1.0, "s_in_s": 2.0, "intensity": 5.0, "level": "orange"}
    report = {"type": "report", "drill": True, "quake": quake, "number": number, "places": [place]} | changes
    return Frame(Opcode.TEXT, json.dumps(report).encode()).serialize(mask=False)


def test_a_frame_becomes_a_receipt_with_its_times():
    of = book()
    recorder(of).take([(2, 1_000, frame(2), 900)])
    assert (of.read[1, 2], of.kernel[1, 2]) == (1_000, 900)
    assert of.total("receipts") == of.total("frames") == 1
    assert of.total("bytes") == len(frame(2))


def test_rows_count_from_the_processs_first_user():
    of = book()
    one = recorder(of, first=3)
    one.take([(0, 7, frame(), 0)])
    assert of.read[0].tolist() == [0, 0, 0, 7]
    assert [user for user, _ in one.kept] == [3]


def test_only_sampled_users_are_kept():
    one = recorder(book(), sampled=np.array([False, True, False, False]))
    one.take([(0, 7, frame(), 0), (1, 7, frame(), 5)])
    assert [user for user, _ in one.kept] == [1]


@given(st.lists(st.integers(1, 2_000), max_size=6))
def test_frames_cut_anywhere_give_the_same_receipts(cuts):
    data = b"".join(frame(number) for number in (1, 2, 3))
    bounds = [0, *sorted({cut for cut in cuts if cut < len(data)}), len(data)]
    of = book()
    recorder(of).take([(0, 100 + index, data[a:b], 0) for index, (a, b) in enumerate(pairwise(bounds))])
    assert (of.read[:, 0] > 0).all()
    assert of.total("frames") == of.total("receipts") == 3


def test_a_kernel_stamp_counts_only_for_a_frame_that_came_alone():
    of = book()
    recorder(of).take([(0, 7, frame(1) + frame(2), 5), (1, 7, frame(1), 5)])
    assert of.kernel[:, 0].tolist() == [0, 0, 0]
    assert of.kernel[0, 1] == 5


def test_the_same_report_twice_is_a_duplicate_and_the_first_time_stands():
    of = book()
    recorder(of).take([(0, 7, frame(), 0), (0, 9, frame(), 0)])
    assert of.read[0, 0] == 7
    assert of.duplicates[0].tolist() == [1, 0, 0]


def test_an_older_report_after_a_newer_one_is_out_of_order():
    of = book()
    recorder(of).take([(0, 7, frame(2), 0), (0, 9, frame(1), 0)])
    assert of.out_of_order[0].tolist() == [1, 0, 0]


@pytest.mark.parametrize("data", [frame(quake="another")])
def test_reports_of_another_quake_are_foreign(data):
    of = book()
    recorder(of).take([(0, 7, data, 0)])
    assert (of.total("foreign"), of.total("receipts")) == (1, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"\x81\x05hello",
        b"\x82\x01x",
        frame(drill=False),
        frame(type="rumour"),
        frame(places=[]),
        frame(places=[{"place": 0}]),
        frame(number=0),
        frame(number=4),
        frame(number="one"),
    ],
)
def test_what_is_no_report_is_garbled_and_no_receipt(data):
    of = book()
    recorder(of).take([(0, 7, data, 0)])
    assert (of.total("garbled"), of.total("receipts")) == (1, 0)
    assert of.disagreements() == []


def test_echoes_of_chat_are_counted_apart_from_reports():
    of = book()
    said = header(len(echo("hello"))) + echo("hello")
    recorder(of).take([(0, 7, said + frame() + said, 0)])
    assert (of.total("echoes"), of.total("receipts"), of.total("garbled")) == (2, 1, 0)
    assert of.disagreements() == []


def test_the_services_time_is_an_answer_and_nothing_garbled():
    of = book()
    said = header(len(tell(1.5, 2.0))) + tell(1.5, 2.0)
    recorder(of).take([(0, 7, said + frame(), 0)])
    assert (of.total("answers"), of.total("receipts"), of.total("garbled")) == (1, 1, 0)
    assert of.disagreements() == []


def test_pings_and_closes_are_handed_back_to_be_answered():
    of = book()
    asked = recorder(of).take([(1, 7, b"\x89\x02hi" + b"\x8a\x00" + b"\x88\x02\x03\xe9", 0)])
    assert asked == [(1, 0x9, b"hi"), (1, 0x8, b"\x03\xe9")]
    assert of.total("answers") == 3


def test_beginning_forgets_what_was_received():
    of = book()
    one = recorder(of)
    one.take([(0, 7, frame(2), 0), (0, 8, frame(1), 0)])
    one.begin("luding-2022")
    assert not of.read.any()
    assert not of.out_of_order.any()
    assert of.total("frames") == 0
    one.take([(0, 9, frame(1), 0)])
    assert of.read[0, 0] == 9
    assert of.disagreements() == []


@given(st.binary(max_size=200))
def test_no_bytes_from_a_server_can_upset_it(data):
    of = book()
    recorder(of).take([(0, 7, data, 0)])
    assert of.disagreements() == []


def test_who_comes_back_may_be_given_the_newest_once_more_and_no_older_one():
    of = book()
    one = recorder(of)
    one.take([(0, 1, frame(1), 0), (0, 2, frame(2), 0)])
    one.begin_anew([0])
    one.take([(0, 3, frame(2), 0), (0, 4, frame(2), 0), (0, 5, frame(1), 0)])
    assert (of.total("receipts"), of.total("again"), of.total("duplicates")) == (2, 1, 2)
    assert of.read[1, 0] == 2
    assert of.disagreements() == []


def test_who_came_back_is_given_the_warning_and_the_quick_report_in_force_once_more_each():
    of = book()
    one = recorder(of)
    quick = frame(2, type="quick")
    one.take([(0, 1, frame(1), 0), (0, 2, quick, 0), (1, 3, frame(1), 0)])
    one.begin_anew([0, 1])
    one.take([(0, 4, frame(1) + quick, 0), (1, 5, frame(1) + quick, 0)])
    assert (of.total("receipts"), of.total("again"), of.total("duplicates")) == (4, 3, 0)
    assert not of.out_of_order.any()
    one.take([(0, 6, frame(1), 0), (0, 7, quick, 0)])
    assert of.total("duplicates") == 2


def test_a_warning_and_its_quick_report_in_one_read_are_two_receipts_of_one_time():
    of = book()
    recorder(of).take([(0, 7, frame(1) + frame(2, type="quick"), 5)])
    assert of.read[:2, 0].tolist() == [7, 7]
    assert (of.total("receipts"), of.total("duplicates"), of.out_of_order.sum()) == (2, 0, 0)


def test_who_read_a_quick_report_alone_was_told_of_no_quake():
    one = recorder(book())
    one.take([(0, 1, frame(2, type="quick"), 0), (1, 1, frame(1), 0), (1, 2, frame(2, type="quick"), 0)])
    assert [one.told(row) for row in (0, 1, 2)] == [[], ["luding-2022"], []]


def test_the_beginning_of_a_frame_is_forgotten_with_the_connection_it_came_on():
    of = book()
    one = recorder(of)
    one.take([(0, 1, frame(1)[:50], 0)])
    one.begin_anew([0])
    one.take([(0, 2, frame(1), 0)])
    assert of.read[0, 0] == 2
    assert of.total("garbled") == 0


def test_who_was_given_something_new_as_he_came_back_is_not_excused_for_a_repeat():
    of = book()
    one = recorder(of)
    one.begin_anew([0])
    one.take([(0, 1, frame(1), 0), (0, 2, frame(1), 0)])
    assert (of.total("again"), of.total("duplicates")) == (0, 1)


def of_two_platforms(of, users=3):
    """Row 0 and 1 are the two devices of user 0, and so on."""
    rows = np.arange(2 * users)
    found = Recorder(of, 0, Users(0, rows // 2, rows % 2, np.zeros(users, bool)))
    found.begin("luding-2022")
    return found


def test_a_report_is_shown_once_by_whichever_platform_is_first():
    of = book(users=3)
    of_two_platforms(of).take([(1, 100, frame(1), 0), (0, 200, frame(1), 0), (2, 300, frame(1), 0)])
    assert (of.read[0].tolist(), of.via[0].tolist()) == ([100, 300, 0], [2, 1, 0])
    assert (of.total("receipts"), of.total("twins"), of.total("duplicates")) == (2, 1, 0)


def test_a_report_older_than_the_other_platforms_is_not_shown():
    of = book(users=3)
    of_two_platforms(of).take([(0, 100, frame(3), 0), (1, 200, frame(2), 0)])
    assert (of.read[:, 0].tolist(), of.total("stale")) == ([0, 0, 100], 1)
    assert not of.out_of_order.any()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3)), max_size=40))
def test_whatever_comes_by_two_platforms_nobody_is_shown_a_report_twice_or_goes_back(heard):
    of = book(users=3)
    recorder_ = of_two_platforms(of)
    newest_by_row, seen = [0] * 6, set()
    for moment, (row, number) in enumerate(heard, 1):
        if (row, number) in seen or number < newest_by_row[row]:
            continue  # no gateway sends a device the same again, or an older one
        seen.add((row, number))
        newest_by_row[row] = number
        recorder_.take([(row, moment, frame(number), 0)])
    for user in range(3):
        shown = [(of.read[number - 1, user], number) for number in (1, 2, 3) if of.read[number - 1, user]]
        assert shown == sorted(shown), "a newer report is shown later"
        assert max((number for _, number in shown), default=0) == max(newest_by_row[2 * user : 2 * user + 2])
    assert of.disagreements() == []
    assert of.total("duplicates") == of.out_of_order.sum() == 0


def test_of_a_report_in_parts_the_last_one_counts():
    of = book()
    users = np.arange(4)
    found = Recorder(of, 0, Users(0, users, np.zeros(4, int), np.zeros(4, bool)), apart=True)
    found.begin("luding-2022")
    found.take([(1, 100, frame(1), 0), (1, 200, frame(1), 0), (2, 300, frame(1), 0)])
    assert of.read[0].tolist() == [0, 200, 300, 0]
    assert (of.total("receipts"), of.total("parts"), of.total("duplicates")) == (2, 1, 0)
    assert of.disagreements() == []


def test_a_quick_report_is_a_report():
    of = book()
    recorder(of).take([(0, 100, frame(2, type="quick"), 0)])
    assert of.read[1, 0] == 100


def test_when_a_report_was_read_last_is_known_and_what_is_given_again_is_no_news():
    of = book()
    one = recorder(of)
    assert one.told_at == 0
    one.take([(0, 10, Frame(Opcode.PING, b"x").serialize(mask=False), 0)])
    assert one.told_at == 0
    one.take([(0, 20, frame(1), 0)])
    assert one.told_at == 20
    one.begin_anew([0])
    one.take([(0, 30, frame(1), 0), (0, 31, frame(9, quake="another"), 0)])
    assert (of.total("again"), of.total("foreign"), one.told_at) == (1, 1, 20)
    one.take([(1, 40, frame(9, quake="another"), 0)])
    assert one.told_at == 40


def test_by_which_gateway_a_report_came_is_where_the_device_is_by_then():
    of = book()
    one = recorder(of)
    one.take([(0, 10, frame(1), 0)])
    one.comes_by(0, 5)
    one.take([(0, 20, frame(2), 0)])
    assert of.via[:2, 0].tolist() == [1, 6]
