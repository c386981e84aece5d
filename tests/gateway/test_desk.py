"""The desk with real engines on real socket pairs."""

import asyncio
import json
import re
import select
import socket
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.dispatch.gates import TIERS, Gates
from ewarn.gateway import counters
from ewarn.gateway.counters import DELIVERY, TURN, Counters, Reason
from ewarn.gateway.engines import Write
from ewarn.gateway.sending import desk, newest, pace, queue
from ewarn.gateway.sending.desk import Desk
from ewarn.gateway.sending.journal import Journal
from ewarn.gateway.sending.means import Means
from ewarn.gateway.sending.outbox import Outbox
from ewarn.gateway.sending.pace import Pace
from ewarn.gateway.sending.roster import Roster
from ewarn.gateway.settings import Strategy
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.origin import Origin, Report
from ewarn.system.clock import WallClock
from ewarn.wire.framing import next_frame
from ewarn.wire.matrix import FrameBuilder


class Recording(Write):
    """The real engine, that also remembers whom it wrote to, and may be given something to do meanwhile."""

    def __init__(self, rows):
        super().__init__(rows)
        self.told, self.said = [], []
        self.meanwhile = lambda: None

    def send(self, descriptors, frames, starts, lengths):
        self.told += descriptors.tolist()
        self.said += [bytes(frames[at : at + size]) for at, size in zip(starts, lengths, strict=True)]
        self.meanwhile()
        return super().send(descriptors, frames, starts, lengths)


class Office:
    """A desk and its surroundings."""

    def __init__(self, order="deadline", gates=Gates()):  # noqa: B008  frozen
        self.counters = Counters(counters.create(1), 1)
        self.epoll = select.epoll()
        self.roster = Roster(4096)
        self.outbox = Outbox(self.epoll, 4096, self.counters, 1 << 20)
        self.engine = Recording(4096)
        self.dropped = []
        self.sockets = []
        self.pace_memory = pace.create(2)
        means = Means(
            engine=self.engine,
            strategy=Strategy(order),
            gates=gates,
            earth=Earth(EarthModel()),
            builder=FrameBuilder(TIERS),
            rng=np.random.default_rng(1),
            clock=WallClock(),
            pace=Pace(self.pace_memory, 2),
            journal=Journal(Journal.create(4, 8), 4, 8),
        )
        self.journal = means.journal
        self.desk = Desk(means, self.roster, self.outbox, self.counters, self.drop, 300.0)

    def drop(self, descriptor, reason):
        self.roster.leave(descriptor)
        self.dropped.append((descriptor, reason))

    def seat(self, *places, threshold=0.0, user=-1):
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        self.sockets += [ours, theirs]
        self.roster.park(ours.fileno(), places, threshold, user)
        return ours.fileno(), theirs


@pytest.fixture
def open_office():
    offices = []

    def make(order="deadline", gates=Gates()):  # noqa: B008  frozen
        offices.append(Office(order, gates))
        return offices[-1]

    yield make
    for office in offices:
        office.epoll.close()
        for one in office.sockets:
            one.close()


def numbers(theirs):
    try:
        data = theirs.recv(1 << 20)
    except BlockingIOError:
        return []
    found, at = [], 0
    while frame := next_frame(data, at):
        found.append(json.loads(data[frame.start : frame.end])["number"])
        at = frame.end
    assert at == len(data)
    return found


async def test_those_with_least_slack_are_told_first_and_those_reached_by_s_last(open_office, make_report):
    office = open_office()
    north = [(29.59 + away, 102.08) for away in (3.0, 0.4, 0.0, 1.0)]
    far, soonest, reached, later = (office.seat(place)[0] for place in north)
    await office.desk.publish(make_report(4))
    assert office.engine.told == [soonest, later, far, reached]


async def test_fifo_tells_in_the_order_of_connecting(open_office, make_report):
    office = open_office("fifo")
    seats = [office.seat((31.0 - step / 10, 102.0))[0] for step in range(20)]
    await office.desk.publish(make_report())
    assert office.engine.told == seats


async def test_who_connects_during_a_fan_out_gets_the_report_once(open_office, make_report, monkeypatch):
    monkeypatch.setattr(desk, "SLICE", 2)
    office = open_office()
    for step in range(6):
        office.seat((30.0 + step, 102.0))
    late = []

    def connect():
        if not late:
            late.append(office.seat((30.0, 103.0)))
            office.desk.greet([late[0][0]])

    office.engine.meanwhile = connect
    await office.desk.publish(make_report())
    assert numbers(late[0][1]) == [1]


async def test_who_leaves_during_a_fan_out_is_passed_over_with_whoever_takes_his_descriptor(
    open_office, make_report, monkeypatch
):
    monkeypatch.setattr(desk, "SLICE", 1)
    office = open_office("fifo")
    office.seat((30.0, 102.0))
    descriptor, theirs = office.seat((31.0, 102.0))

    def replace():
        office.engine.meanwhile = lambda: None
        office.roster.leave(descriptor)
        office.roster.park(descriptor, ((25.0, 100.0),))

    office.engine.meanwhile = replace
    await office.desk.publish(make_report())
    assert numbers(theirs) == []


async def publish_a_newer_one_meanwhile(office, make_report):
    """The second report comes with the first slice of the first."""
    newer = []

    def release():
        office.engine.meanwhile = lambda: None
        newer.append(asyncio.get_running_loop().create_task(office.desk.publish(make_report(2))))

    office.engine.meanwhile = release
    await office.desk.publish(make_report(1))
    await newer[0]


async def test_a_newer_report_takes_over_what_is_unsent(open_office, make_report, monkeypatch):
    monkeypatch.setattr(desk, "SLICE", 1)
    office = open_office("fifo")
    seats = [office.seat((30.0, 102.0 + step / 10))[1] for step in range(5)]
    await publish_a_newer_one_meanwhile(office, make_report)
    heard = [numbers(theirs) for theirs in seats]
    assert heard[0] == [1, 2]
    assert [one[-1] for one in heard] == [2] * 5
    assert office.counters.totals()["superseded"] == sum(one == [2] for one in heard) > 0


async def test_a_newer_report_goes_first_to_those_whom_the_older_did_not_reach(open_office, make_report, monkeypatch):
    monkeypatch.setattr(desk, "SLICE", 2)
    office = open_office()
    # All of them yellow, by either report, and by distance.
    seats = [office.seat((30.2 + step / 10, 102.08))[0] for step in range(5)]
    await publish_a_newer_one_meanwhile(office, make_report)
    assert office.engine.told == [*seats, *seats[:2]]


async def publish_in_turn(office, reports, gaps):
    """Each report comes once so many more frames of those before it were sent, or as they are all out."""
    loop, tasks, due = asyncio.get_running_loop(), [], 0
    for report, gap in zip(reports, gaps, strict=True):
        due += gap
        while len(office.engine.told) < due and not all(task.done() for task in tasks):
            await asyncio.sleep(0)
        tasks.append(loop.create_task(office.desk.publish(report)))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)


async def test_a_quick_report_waits_for_unsent_warnings_and_comes_after_them(open_office, make_report, monkeypatch):
    monkeypatch.setattr(desk, "SLICE", 1)
    office = open_office("fifo")
    seats = [office.seat((30.0, 102.0 + step / 10))[1] for step in range(5)]
    await publish_in_turn(office, [make_report(1, "final"), make_report(2, "reviewed")], [0, 2])
    assert [numbers(theirs) for theirs in seats] == [[1, 2]] * 5
    assert office.counters.totals()["superseded"] == 0


async def test_a_cancel_takes_the_place_of_an_unsent_warning_and_a_quick_report_none_of_the_cancel(
    open_office, make_report, monkeypatch
):
    monkeypatch.setattr(desk, "SLICE", 1)
    office = open_office("fifo")
    seats = [office.seat((30.0, 102.0 + step / 10))[1] for step in range(5)]
    reports = [make_report(1, "final"), make_report(2, "cancel"), make_report(3, "reviewed")]
    await publish_in_turn(office, reports, [0, 2, 1])
    heard = [numbers(theirs) for theirs in seats]
    assert {tuple(one) for one in heard} == {(1, 2, 3), (2, 3)}


async def test_a_quick_report_on_its_way_out_lets_the_warning_of_another_quake_go_first(
    open_office, make_report, monkeypatch
):
    monkeypatch.setattr(desk, "SLICE", 1)
    office = open_office("fifo")
    seats = [office.seat((30.0, 102.0 + step / 10))[0] for step in range(6)]
    await publish_in_turn(office, [make_report(8, "reviewed", "old"), make_report(1, quake="new")], [0, 2])
    quakes = ["new" if b'"quake":"new"' in frame else "old" for frame in office.engine.said]
    begun = quakes.index("new")
    assert 2 <= begun < 6
    assert quakes[begun:] == ["new"] * 6 + ["old"] * (6 - begun)
    assert office.engine.told == [*seats[:begun], *seats, *seats[begun:]]


async def test_a_quick_report_that_waits_is_given_to_nobody_and_once_to_who_comes_meanwhile(
    open_office, make_report, monkeypatch
):
    monkeypatch.setattr(desk, "SLICE", 1)
    office = open_office("fifo")
    for step in range(4):
        office.seat((30.0, 102.0 + step / 10))
    loop, late = asyncio.get_running_loop(), []
    tasks = [loop.create_task(office.desk.publish(make_report(1, "final")))]
    while len(office.engine.told) < 2:
        await asyncio.sleep(0)
    tasks.append(loop.create_task(office.desk.publish(make_report(2, "reviewed"))))
    await asyncio.sleep(0)
    assert [one.number for one in office.desk.history()] == [1]
    late.append(office.seat((30.0, 103.0)))
    office.desk.greet([late[0][0]])
    assert numbers(late[0][1]) == [1]
    await asyncio.gather(*tasks)
    assert numbers(late[0][1]) == [2]
    assert [one.number for one in office.desk.history()] == [2]


async def test_a_quick_report_that_waited_until_a_newer_warning_came_is_given_to_nobody(
    open_office, make_report, monkeypatch
):
    monkeypatch.setattr(desk, "SLICE", 1)
    office = open_office("fifo")
    seats = [office.seat((30.0, 102.0 + step / 10))[1] for step in range(4)]
    reports = [make_report(8, "final"), make_report(9, "reviewed"), make_report(1, later_s=900.0)]
    await publish_in_turn(office, reports, [0, 2, 0])
    assert {tuple(numbers(theirs)) for theirs in seats} <= {(8, 1), (1,)}


async def test_who_comes_late_is_given_the_warning_behind_a_quick_report_and_then_that(open_office, make_report):
    office = open_office()
    await office.desk.publish(make_report(1, "final", "one"))
    await office.desk.publish(make_report(2, "reviewed", "one"))
    await office.desk.publish(make_report(5, "final", "two"))
    (late, newcomer), (back, returned) = office.seat((30.0, 102.0)), office.seat((30.0, 102.0))
    office.desk.recognise(back, ["one"])
    office.desk.greet([late, back])
    assert [numbers(theirs) for theirs in (newcomer, returned)] == [[1, 5, 2]] * 2


async def test_a_slow_connection_is_given_its_warning_before_the_quick_report(open_office, make_report):
    office = open_office("fifo")
    slow, theirs = office.seat((30.0, 102.0))
    with pytest.raises(BlockingIOError):
        while True:
            office.sockets[0].send(b"x" * 4096)
    for number, status in [(1, "update"), (2, "final"), (3, "reviewed")]:
        await office.desk.publish(make_report(number, status))
    said = b""
    while office.outbox.blocked[slow]:
        said += theirs.recv(1 << 20)
        office.outbox.flush(slow, 1.0)
    said += theirs.recv(1 << 20)
    assert [int(number) for number in re.findall(rb'"number":(\d+),', said)] == [2, 3]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["update", "final", "cancel", "reviewed"]), st.integers(0, 9)), max_size=6),
    st.sampled_from([None, 20_000.0]),
)
def test_whatever_comes_at_any_rate_nobody_has_a_quick_report_before_or_instead_of_a_warning(series, rate_per_s):
    async def play():
        office = Office("fifo")
        office.desk.change(Strategy("fifo", rate_per_s=rate_per_s))
        seats = [office.seat((30.0, 102.0 + step / 10))[1] for step in range(6)]
        await publish_in_turn(office, reports, [gap for _, gap in series])
        heard = [numbers(theirs) for theirs in seats]
        office.epoll.close()
        for one in office.sockets:
            one.close()
        return heard

    origin = Origin(WallClock().time(), 29.59, 102.08, 16.0, 6.1)
    reports = [
        Report("luding-2022", number, status, origin, "Qingzang", origin.time + 5.0 + number)
        for number, (status, _) in enumerate(series, 1)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "SLICE", 1)
        everybody = asyncio.run(play())
    for heard in everybody:
        assert heard == sorted(set(heard))
        assert heard[-1:] == [one.number for one in reports[-1:]]
        for at, number in enumerate(heard):
            before = [one.number for one in reports[: number - 1] if one.counts_as_warning]
            if reports[number - 1].status == "reviewed" and before:
                assert [one for one in heard[:at] if reports[one - 1].counts_as_warning][-1:] == before[-1:]


async def test_each_stretch_of_many_goes_out_as_its_members_connected(open_office, make_report, monkeypatch):
    monkeypatch.setattr(desk, "SLICE", 1)
    monkeypatch.setattr(queue, "FIRST", 2)
    monkeypatch.setattr(queue, "MANY", 6)
    office = open_office()
    seats = [office.seat((32.0 - step / 10, 102.08))[0] for step in range(6)]
    await office.desk.publish(make_report())
    assert office.engine.told == [seats[at] for at in (4, 5, 2, 3, 0, 1)]


async def test_what_sending_takes_is_counted_by_part(open_office, make_report):
    office = open_office()
    for step in range(50):
        office.seat((30.0 + step / 10, 102.0))
    await office.desk.publish(make_report())
    parts = [office.counters.total(f"fan_out_seconds_{part}") for part in ("plan", "frames", "send", "notes")]
    assert all(parts)


async def test_when_all_were_planned_and_told_is_counted_once_a_report_the_latter_not_where_a_newer_one_took_over(
    open_office, make_report, monkeypatch
):
    monkeypatch.setattr(desk, "SLICE", 1)
    office = open_office("fifo")
    counted, planned = (
        [f"release_to_{what}_seconds {bucket}" for bucket in range(len(bounds) + 1)]
        for what, bounds in [("last_sent", DELIVERY), ("plan", TURN)]
    )
    await office.desk.publish(make_report(1))  # there is nobody
    for step in range(5):
        office.seat((30.0, 102.0 + step / 10))
    await publish_a_newer_one_meanwhile(office, make_report)
    assert sum(map(office.counters.total, counted)) == 1
    await office.desk.publish(make_report(3), released_ns=time.monotonic_ns() - 10**11)
    assert [office.counters.total(cells[-1]) for cells in (counted, planned)] == [1, 1]
    assert sum(map(office.counters.total, planned)) == 4


async def test_a_connection_that_is_gone_is_dropped_and_the_others_are_told(open_office, make_report):
    office = open_office()
    descriptor, theirs = office.seat((30.0, 102.0))
    _, other = office.seat((30.0, 103.0))
    theirs.close()
    await office.desk.publish(make_report())
    assert office.dropped == [(descriptor, Reason.LOST)]
    assert numbers(other) == [1]


async def test_a_slow_connection_waits_without_holding_up_the_others(open_office, make_report):
    office = open_office("fifo")
    slow, theirs = office.seat((30.0, 102.0))
    with pytest.raises(BlockingIOError):
        while True:
            office.sockets[0].send(b"x" * 4096)
    _, other = office.seat((30.0, 103.0))
    await office.desk.publish(make_report())
    assert numbers(other) == [1]
    assert office.outbox.blocked[slow]
    while office.outbox.blocked[slow]:
        tail = theirs.recv(1 << 20)
        office.outbox.flush(slow, 1.0)
    tail += theirs.recv(1 << 20)
    assert json.loads(tail[tail.index(b"{") :])["number"] == 1


async def test_frames_of_followers_with_different_numbers_of_places_are_not_mixed_up(open_office, make_report):
    office = open_office()
    seats = {count: office.seat(*[(30.0 + place, 103.0) for place in range(count)])[1] for count in range(1, 11)}
    await office.desk.publish(make_report())
    for count, theirs in seats.items():
        data = theirs.recv(65536)
        frame = next_frame(data)
        assert len(json.loads(data[frame.start : frame.end])["places"]) == count


async def test_a_shard_that_is_ahead_waits_for_the_others_and_goes_on_in_the_end(open_office, make_report, monkeypatch):
    monkeypatch.setattr(desk, "SLICE", 2)
    monkeypatch.setattr(desk, "FIRST_SLICE", 2)
    monkeypatch.setattr(pace, "LEAST", 2)
    monkeypatch.setattr(pace, "SHARE", 2)
    office = open_office()
    for step in range(8):
        office.seat((30.0 + step / 10, 102.0))
    other = Pace(office.pace_memory, 2, 1)
    round_ = other.start(np.ones(2, bool))
    task = asyncio.get_running_loop().create_task(office.desk.publish(make_report(), round_))
    while len(office.engine.told) < 4:
        await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(office.engine.told) == 4
    other.finish(round_)
    await task
    assert len(office.engine.told) == 8


async def test_newcomers_are_each_given_every_report_in_force_once(open_office, make_report):
    office = open_office()
    await office.desk.publish(make_report(quake="one"))
    await office.desk.publish(make_report(3, quake="another"))
    seats = [office.seat((30.0 + step, 102.0)) for step in range(3)]
    silent = office.seat()
    office.desk.greet([descriptor for descriptor, _ in (*seats, silent)])
    assert [sorted(numbers(theirs)) for _, theirs in seats] == [[1, 3]] * 3
    assert numbers(silent[1]) == []
    assert office.counters.totals()["late_joins"] == 6


async def test_a_rehearsal_tells_nobody_and_leaves_nothing_in_force(open_office):
    office = open_office()
    _, theirs = office.seat((30.0, 102.0))
    office.desk.rehearse(1_000)
    late, newcomer = office.seat((30.0, 103.0))
    office.desk.greet([late])
    assert numbers(theirs) == numbers(newcomer) == []
    assert office.engine.told == []


async def test_who_unfollows_and_follows_anew_during_a_fan_out_is_told_once(open_office, make_report, monkeypatch):
    monkeypatch.setattr(desk, "SLICE", 1)
    office = open_office("fifo")
    office.seat((30.0, 102.0))
    descriptor, theirs = office.seat((31.0, 102.0))
    gone, silent = office.seat((32.0, 102.0))

    def change():
        office.engine.meanwhile = lambda: None
        office.roster.follow(gone, ())
        office.roster.follow(descriptor, ())
        office.roster.follow(descriptor, ((25.0, 100.0),))
        office.desk.greet([descriptor])

    office.engine.meanwhile = change
    await office.desk.publish(make_report())
    assert numbers(theirs) == [1]
    assert numbers(silent) == []


async def test_who_connects_after_a_warning_was_taken_back_is_told_so(open_office, make_report):
    office = open_office()
    await office.desk.publish(make_report(1))
    await office.desk.publish(make_report(2, "cancel"))
    late, newcomer = office.seat((30.0, 102.0))
    office.desk.greet([late])
    assert numbers(newcomer) == [2]


async def test_who_is_held_back_hears_nothing_until_a_report_is_strong_enough(open_office, make_report):
    office = open_office(gates=Gates(magnitude=6.0))
    _, theirs = office.seat((29.6, 102.1))
    weak = make_report(1)
    weak = replace(weak, origin=replace(weak.origin, magnitude=5.9))
    await office.desk.publish(weak)
    assert numbers(theirs) == []
    assert office.counters.totals()["suppressed"] == 1
    await office.desk.publish(make_report(2))
    assert numbers(theirs) == [2]


async def test_who_was_told_hears_the_end_however_mild_and_newcomers_do_not(open_office, make_report):
    office = open_office(gates=Gates(magnitude=6.0))
    _, told = office.seat((29.6, 102.1))
    await office.desk.publish(make_report(1))
    late, newcomer = office.seat((29.6, 102.1))
    mild = make_report(2, "final")
    mild = replace(mild, origin=replace(mild.origin, magnitude=4.0))
    await office.desk.publish(mild)
    office.desk.greet([late])
    assert numbers(told) == [1, 2]
    assert numbers(newcomer) == []


async def test_whose_turn_had_not_come_is_told_the_newer_report_however_mild(open_office, make_report):
    office = open_office(gates=Gates(magnitude=6.0))
    _, waiting = office.seat((29.6, 102.1))
    strong, mild = make_report(1), make_report(2)
    mild = replace(mild, origin=replace(mild.origin, magnitude=4.0))
    fan_out = asyncio.create_task(office.desk.publish(strong))
    await asyncio.sleep(0)  # it is planned, and nothing is sent
    await office.desk.publish(mild)
    await fan_out
    assert numbers(waiting) == [2]


async def test_who_lost_his_connection_and_says_that_he_was_told_hears_the_end_too(open_office, make_report):
    office = open_office(gates=Gates(magnitude=6.0))
    await office.desk.publish(make_report(1))
    mild = [make_report(number) for number in (2, 3)]
    mild = [replace(one, origin=replace(one.origin, magnitude=4.0)) for one in mild]
    await office.desk.publish(mild[0])
    back, theirs = office.seat((29.6, 102.1))
    office.desk.recognise(back, ["another-quake", mild[0].quake])
    office.desk.greet([back])
    await office.desk.publish(mild[1])
    assert numbers(theirs) == [2, 3]


async def test_a_users_own_threshold_holds_back_what_he_would_not_feel(open_office, make_report):
    office = open_office()
    _, careful = office.seat((34.0, 102.0), threshold=5.0)
    _, curious = office.seat((34.0, 102.0))
    await office.desk.publish(make_report())
    assert (numbers(careful), numbers(curious)) == ([], [1])


async def test_the_journal_says_who_was_planned_for_and_who_was_written_to(open_office, make_report):
    office = open_office(gates=Gates(magnitude=5.0))
    office.seat((29.6, 102.1), user=3)
    office.seat((34.0, 102.0), user=5, threshold=7.0)
    _, theirs = office.seat((29.6, 102.1), user=6)
    office.seat((29.6, 102.1))
    theirs.close()
    await office.desk.publish(make_report(2))
    assert np.flatnonzero(office.journal.planned[1]).tolist() == [3, 6]
    assert np.flatnonzero(office.journal.written[1]).tolist() == [3]
    assert (office.journal.written[1][3] >= office.journal.planned[1][3]).all()
    assert not office.journal.written[0].any()


async def test_a_bounded_rate_is_kept_to_and_order_with_it(open_office, make_report):
    office = open_office("fifo")
    seats = [office.seat((30.0, 102.0 + step / 100))[0] for step in range(40)]
    office.desk.change(Strategy("fifo", rate_per_s=400.0))
    began = WallClock().monotonic_ns()
    await office.desk.publish(make_report())
    assert office.engine.told == seats
    # 40 frames at 400 a second: the last goes out when the 39 before it have had their time, sent by four.
    assert WallClock().monotonic_ns() - began >= 36 / 400 * 1e9


async def test_a_snapshot_has_every_place_with_all_quakes_under_way(open_office, make_report):
    office = open_office()
    await office.desk.publish(make_report(quake="one"))
    await office.desk.publish(make_report(3, "final", quake="another"))
    said = json.loads(office.desk.snapshot([(29.6, 102.1), (34.0, 102.0)]))
    assert [place["place"] for place in said["places"]] == [0, 1]
    for place in said["places"]:
        assert [(one["quake"], one["number"], one["status"]) for one in place["quakes"]] == [
            ("one", 1, "update"),
            ("another", 3, "final"),
        ]
    assert said["places"][0]["quakes"][0]["distance_km"] < 10 < said["places"][1]["quakes"][0]["distance_km"]
    assert json.loads(office.desk.snapshot([]))["places"] == []


async def test_the_history_holds_the_newest_report_of_recent_quakes(open_office, make_report, monkeypatch):
    monkeypatch.setattr(newest, "REMEMBERED", 2)
    office = open_office()
    for number, quake in [(1, "one"), (1, "two"), (2, "one"), (1, "three")]:
        await office.desk.publish(make_report(number, quake=quake))
    assert [(one.quake, one.number) for one in office.desk.history()] == [("three", 1), ("one", 2)]


async def test_a_report_remembered_is_for_late_comers_alone_and_no_longer_in_force_than_for_others(
    open_office, make_report
):
    office = open_office()
    _, early = office.seat((30.0, 102.0))
    office.desk.remember(make_report(1, quake="fresh"), 299.0)
    office.desk.remember(make_report(2, quake="old"), 301.0)
    descriptor, late = office.seat((30.0, 102.0))
    office.desk.greet([descriptor])
    assert (numbers(early), numbers(late)) == ([], [1])


async def test_a_cancel_is_held_back_from_nobody(open_office, make_report):
    office = open_office(gates=Gates(magnitude=9.0))
    _, early = office.seat((29.6, 102.1), threshold=12.0)
    await office.desk.publish(make_report(2, "cancel"))
    late, newcomer = office.seat((34.0, 102.0), threshold=12.0)
    office.desk.greet([late])
    assert numbers(early) == numbers(newcomer) == [2]


async def test_who_follows_another_place_during_a_fan_out_is_told_of_that_place_alone(
    open_office, make_report, monkeypatch
):
    monkeypatch.setattr(desk, "SLICE", 1)
    office = open_office("fifo")
    office.seat((30.0, 102.0))
    descriptor, theirs = office.seat((31.0, 102.0), (32.0, 102.0))

    def change():
        office.engine.meanwhile = lambda: None
        office.roster.follow(descriptor, ((29.6, 102.1),))
        office.desk.greet([descriptor])

    office.engine.meanwhile = change
    await office.desk.publish(make_report())
    data = theirs.recv(65536)
    frame = next_frame(data)
    assert frame.end == len(data)
    assert [place["distance_km"] < 10 for place in json.loads(data[frame.start : frame.end])["places"]] == [True]


async def test_those_who_connect_late_are_greeted_at_once_and_cost_the_next_report_no_time(open_office, make_report):
    office = open_office("fifo")
    office.desk.change(Strategy("fifo", rate_per_s=0.01))
    await office.desk.publish(make_report(1))
    late = [office.seat((30.0, 102.0)) for _ in range(3)]
    office.desk.greet([descriptor for descriptor, _ in late])
    assert [numbers(theirs) for _, theirs in late] == [[1]] * 3
    office.desk.change(Strategy("fifo"))
    await office.desk.publish(make_report(2))
    assert [numbers(theirs) for _, theirs in late] == [[2]] * 3


@pytest.mark.parametrize(("status", "frames"), [("update", 0), ("final", 0), ("cancel", 3), ("reviewed", 3)])
async def test_a_warning_that_expired_on_its_way_is_told_to_nobody_and_its_cancel_to_all(
    open_office, make_report, status, frames
):
    office = open_office()
    for _ in range(3):
        office.seat((29.6, 102.1))
    report = make_report(1, status)
    # As a shard has it that was stopped, and goes on when it is too late.
    old = replace(report, released=report.released - 60, lasts_s=59.0)
    await office.desk.publish(old)
    assert (len(office.engine.said), office.counters.total("expired")) == (frames, 3 - frames)


async def test_a_warning_that_expires_while_it_goes_out_goes_no_further(open_office, make_report, monkeypatch):
    monkeypatch.setattr(desk, "SLICE", 1)
    office = open_office()
    for _ in range(3):
        office.seat((29.6, 102.1))
    over = iter([False, False, True])
    monkeypatch.setattr(desk, "_is_over", lambda *_: next(over))
    await office.desk.publish(make_report())
    assert (len(office.engine.said), office.counters.total("expired")) == (2, 1)
