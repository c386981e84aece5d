"""CPU time by what it is for."""

from ewarn.gateway import counters
from ewarn.gateway.counters import Counters
from ewarn.gateway.sending.spent import Spent

PARTS = ("plan", "frames", "send", "notes")


def test_each_part_is_counted_until_the_next_begins_and_what_lies_between_is_for_none():
    of, now = Counters(counters.create(1), 1), iter([0, 5_000, 12_000, 15_000, 100_000, 101_000])
    spent = Spent(of, lambda: next(now))
    spent.on("plan")
    spent.on("frames")
    spent.on("send")
    spent.over()
    spent.over()
    spent.on("notes")
    spent.over()
    assert [of.total(f"fan_out_seconds_{part}") for part in PARTS] == [5, 7, 3, 1]  # microseconds
