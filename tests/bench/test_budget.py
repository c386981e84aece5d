"""Where the microseconds of a delivery go, from plays made by hand."""

import io
from dataclasses import replace

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from msgspec import to_builtins
from rich.console import Console

from ewarn import cli
from ewarn.bench import budget, budget_table, results
from ewarn.bench.budget import Budget, Counted, Cpu, Parts, divide
from tests.bench.test_drawn import written
from tests.bench.test_results import document, row

PARTS = Parts(plan=0.1, frames=0.2, calls=0.8, notes=0.05)
PLAY = Counted(
    users=500_000,
    cores=2,
    seconds=2.0,
    sending=Cpu(1.5, 0.6, 0.9),
    reading=Cpu(1.2, 0.4, 0.8),
    busy_s=3.5,
    watched_s=2.0,
    parts=PARTS,
)
SECONDS = st.floats(0, 100)


def played(seconds, **changes):
    return replace(PLAY, **{"seconds": seconds, "watched_s": seconds} | changes)


def shown(*rows, budget=True):
    console = Console(file=io.StringIO(), width=80)
    console.print(results.table(document(*rows), budget))
    return console.file.getvalue()


def lines(said):
    return [line.split() for line in said[said.index("Where a delivery's microseconds go") :].splitlines()]


def test_every_part_stands_for_its_microseconds_and_together_they_are_all_cores_until_the_last():
    found = divide(PLAY, sending=0.4, reading=0.5)
    told = {"plan": 0.2, "frames": 0.4, "calls": 1.6, "notes": 0.1, "rest": 0.7, "reading": 2.4, "others": 1.6}
    told |= {"idle": 1.0, "sending_kernel": 1.2, "reading_kernel": 1.2}
    assert to_builtins(found) == pytest.approx(told)
    assert (found.sending, found.sending_own, found.reading_own) == pytest.approx((3.0, 1.8, 1.2))
    assert found.whole == pytest.approx(2 * 2.0 / 500_000 * 1e6)


def test_what_went_on_after_the_last_reading_is_not_in_it():
    """Half a second more was watched, in which the cores went on as before, apart from the two sides."""
    found = divide(replace(PLAY, watched_s=2.5, busy_s=1.5 + 1.2 + 0.8 * 2.3 / 1.3), sending=0.4, reading=0.5)
    assert (found.others, found.idle) == pytest.approx((1.6, 1.0))


def test_a_busy_time_that_ticks_overrate_leaves_nothing_idle_and_nothing_below_nought():
    found = divide(replace(PLAY, busy_s=4.5), sending=0.4, reading=0.5)
    assert (found.others, found.idle) == pytest.approx((2.6, 0.0))


def test_a_side_that_counts_no_parts_says_nothing_of_them():
    found = divide(played(2.0, parts=None), sending=0.4, reading=0.5)
    assert (found.plan, found.frames, found.calls, found.notes) == (None,) * 4
    assert (found.rest, found.sending_kernel) == (pytest.approx(3.0), pytest.approx(1.2))
    assert found.whole == pytest.approx(8.0)


def test_a_side_that_no_tick_met_is_not_divided():
    found = divide(PLAY, sending=None, reading=None)
    assert (found.sending_own, found.sending_kernel, found.reading_own, found.reading_kernel) == (None,) * 4
    assert (found.rest, found.reading) == (pytest.approx(0.7), pytest.approx(2.4))
    assert found.whole == pytest.approx(8.0)


@given(
    parts=st.none() | st.builds(Parts, *[SECONDS] * 4),
    more_s=SECONDS,
    reading_s=SECONDS,
    others_s=SECONDS,
    idle_s=SECONDS,
    shares=st.tuples(*[st.none() | st.floats(0, 1)] * 2),
    users=st.integers(1, 10**6),
)
def test_parts_add_up_and_none_is_below_nought(parts, more_s, reading_s, others_s, idle_s, shares, users):
    sending_s = more_s + (parts.plan + parts.frames + parts.calls + parts.notes if parts else 0.0)
    busy_s = sending_s + reading_s + others_s
    seconds = (busy_s + idle_s) / 2
    play = Counted(users, 2, seconds, Cpu(sending_s, 0, 0), Cpu(reading_s, 0, 0), busy_s, seconds, parts)
    found = divide(play, *shares)
    assert found.whole * users / 1e6 == pytest.approx(busy_s + idle_s, abs=1e-9)
    assert found.sending * users / 1e6 == pytest.approx(sending_s, abs=1e-9)
    assert all(value >= -1e-6 for value in to_builtins(found).values() if value is not None)


def test_of_several_plays_the_middle_one_is_told_whole_and_each_part_by_its_own_median():
    found = budget.over([played(3.0, busy_s=6.0), None, played(2.0, busy_s=3.9), played(1.8, busy_s=3.0)])
    assert (found.plays, found.cores) == (3, 2)
    assert found.middle.whole == pytest.approx(8.0, abs=0.005)
    assert found.middle.idle == pytest.approx(0.2)
    assert (found.parts["idle"].least, found.parts["idle"].median) == (0.0, pytest.approx(0.2))
    assert found.parts["idle"].most == pytest.approx(1.2)


def test_of_an_even_number_it_is_halfway_between_the_two_as_a_median_is():
    found = budget.over([played(seconds) for seconds in (1.8, 2.0, 2.4, 9.0)])
    assert found.middle.whole == pytest.approx(2 * 2.2 / 500_000 * 1e6, abs=0.005)


def test_the_kernels_share_is_that_of_the_ticks_of_all_plays():
    plays = [played(2.0, sending=Cpu(1.5, 0.01, 0.0)), played(2.0, sending=Cpu(1.5, 0.0, 0.01))]
    found = budget.over(plays)
    assert found.parts["sending_kernel"].least == found.parts["sending_kernel"].most == pytest.approx(1.5)
    assert budget.over([played(2.0, sending=Cpu(1.5, 0.0, 0.0))]).parts["sending_kernel"] is None


def test_where_nobody_was_counted_there_is_no_budget():
    assert budget.over([None, None]) is None


def with_budget(name="uring/deadline", **changes):
    return row(name, budget=to_builtins(budget.over([played(2.0, **changes)])), order="deadline", engine="uring")


def floor(order):
    found = with_budget(f"floor ({order})", sending=Cpu(1.0, 0.0, 1.0), parts=None)
    return found | {"kind": "floor", "order": order}


def test_the_table_has_a_line_a_part_and_says_what_ours_takes_more_than_the_floor():
    said = lines(shown(with_budget(), floor("shuffled"), floor("connected")))
    assert said[1:3] == [["uring/", "floor", "floor"], ["deadline", "(shuffled)", "(connected)"]]
    assert ["plan", "0.20", "-", "-"] in said
    assert ["engine,", "its", "calls", "1.60", "-", "-"] in said
    assert ["gateway,", "kernel", "1.80", "2.00", "2.00"] in said
    assert ["in", "all", "8.00", "8.00", "8.00"] in said
    assert ["floor,", "shuffled", "1.00"] in said
    assert ["floor,", "connected", "1.00"] in said


def test_what_too_few_ticks_tell_is_marked_and_the_rest_is_not():
    said = lines(shown(with_budget(reading=Cpu(0.9, 0.45, 0.45))))
    for line in (["clients,", "own", "~0.90"], ["clients,", "kernel", "~0.90"], ["gateway,", "kernel", "1.80"]):
        assert line in said
    assert ["clients", "1.80"] in said


def test_contenders_that_do_not_fit_beside_the_others_come_below():
    names = ["uring/deadline", "write/deadline", "sequential/intensity", "packets floor (connected)", "picows/deadline"]
    assert shown(*map(with_budget, names)).count("Where a delivery's microseconds go") == 1
    names.append("broadcast/deadline +stuck")
    said = shown(*map(with_budget, names))
    assert said.count("Where a delivery's microseconds go") == 2
    assert max(map(len, said.splitlines())) <= budget_table.WIDTH
    assert "…" not in said


def test_without_the_option_or_in_older_files_there_is_no_such_table():
    assert "microseconds go" not in shown(with_budget(), budget=False)
    assert "microseconds go" not in shown(row())
    assert "microseconds go" not in shown(row(budget=None))


def test_a_file_with_a_budget_and_one_without_are_told_together(tmp_path):
    newer = written(tmp_path, "newer.json", with_budget() | {"users": 3_000})
    older = written(tmp_path, "older.json", row())
    done = CliRunner().invoke(cli.main, ["bench", "growth", newer, older])
    assert done.exit_code == 0, done.output
    assert "at 3,000 users, 1.0 us at 300: 1.00 x" in done.stdout


def test_a_search_has_no_budget():
    done = CliRunner().invoke(cli.main, ["bench", "--within", "1", "--budget"])
    assert done.exit_code == 2
    assert "--within: not with --budget" in done.output


def test_every_part_is_told():
    told = {*budget_table.LINES, *budget_table.BY_TICKS}
    assert told == {*Budget.__struct_fields__, "sending", "whole", "sending_own", "reading_own"}
