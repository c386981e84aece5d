"""A load drawn as lines that fit a terminal."""

from dataclasses import replace

from rich.cells import cell_len

from ewarn.drill.meter import Memory
from ewarn.verdict.load import OfProcess, Usage
from ewarn.watching.load import LoadNow, Part, Rate, Times
from ewarn.watching.load_lines import load_lines
from ewarn.words import say

SHARDS = [OfProcess(kind="shard", index=index, cores=0.5 + index / 100) for index in range(2)]
PHONES = [OfProcess(kind="phones", index=index, cores=0.4) for index in range(2)]
FRONT = OfProcess(kind="front", cores=0.01)
USED = Usage(seconds=0.5, processes=(FRONT, *SHARDS, *PHONES), busy=1.98, cores=2, allowed=2)
NOW = LoadNow(
    rate=Rate(130_400, 250_000, 400_000),
    trace=(0, 250_000, 150_000),
    report=6,
    times=Times(84.2, 1151.4, None),
    parts=tuple(Part(say("load.shard-name", str(i)), 250_000, Rate(0, 9, 125_003), Times(1, 999.0, 2)) for i in (0, 1)),
    parted="shards",
    bottleneck=say("bottleneck.idle"),
    usage=USED,
    now=USED,
    memory=Memory(118 << 20, None),
    host=None,
)


def lines(load):
    return [line.plain.rstrip() for line in load_lines(load, 15)]


def test_every_line_fits_80_columns():
    found = lines(NOW)
    assert max(map(cell_len, found)) <= 80, found
    assert found[1] == "  now          1.98 of 2 cores busy: gateway 1.02, phones 0.80, others 0.16"
    assert found[4] == "  gateway      front 1 %   shard 0 50 %   shard 1 51 %   118 MiB   this machine"


def test_of_many_processes_and_shards_the_least_and_the_most_are_told():
    many = tuple(OfProcess(kind="shard", index=index, cores=index / 64) for index in range(64))
    parts = tuple(replace(NOW.parts[0], times=Times(1.0, p99, 3.0)) for p99 in (5.0, None, 2.0))
    found = lines(replace(NOW, parts=parts, usage=Usage(seconds=1, processes=many, busy=2, cores=2, allowed=2)))
    assert found[3].endswith("3 parts: p99 2 ms to not yet")
    assert found[4].startswith("  gateway      64 processes: 0 % to 98 % of a core")


def test_of_a_gateway_elsewhere_the_host_is_told_and_nothing_guessed():
    alone = Usage(seconds=1, processes=tuple(PHONES), busy=1, cores=2, allowed=2)
    found = lines(replace(NOW, host="warn.example", parts=(), usage=alone, memory=Memory(None, 96 << 20)))
    assert found[3] == "  by shard     not known here"
    assert found[4] == "  gateway      not known here   warn.example"


def test_of_a_fleet_what_is_used_here_is_the_conductors_and_times_are_to_come():
    away = {"host": "g1, g2", "phones": "s1", "usage": None, "timed": False, "memory": Memory(None, None)}
    found = lines(replace(NOW, parts=(), **away))
    assert found[1] == "  now          conductor: 1.98 of 2 cores busy"
    assert found[2] == "  report 6     times are known once all receipts are here"
    assert found[4:6] == ["  gateway      not known here   g1, g2", "  phones       not known here   s1"]


def test_of_a_gateway_whose_processes_are_not_to_be_found_no_place_is_guessed():
    alone = Usage(seconds=1, processes=tuple(PHONES), busy=1, cores=2, allowed=2)
    found = lines(replace(NOW, parts=(), usage=alone, memory=Memory(None, 96 << 20)))
    assert found[4] == "  gateway      not known here"
    assert found[5].endswith("96 MiB   this machine")
