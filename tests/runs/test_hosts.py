"""The table of a fleet's hosts, as a terminal of 80 columns has it."""

import io

from msgspec.structs import replace
from rich.console import Console

from ewarn.runs.hosts import in_a_terminal
from ewarn.verdict.fleet import Width
from tests.hosts_of_a_fleet import fleet


def shown(of):
    console = Console(file=io.StringIO(), width=80)
    for one in in_a_terminal(of):
        console.print(one)
    return console.file.getvalue().splitlines()


def test_a_host_has_one_row_also_where_its_clock_could_not_be_told():
    known = fleet(users=500_000)
    s1 = known.hosts["s1"]
    long = Width(p50=841_746.1, p99=1_023_502.0, max=1_023_502.0)
    untold = replace(
        known, width_us=long, hosts=known.hosts | {"s1": replace(s1, clock=replace(s1.clock, width_us=long))}
    )
    for of in (known, untold):
        assert [line.split()[0] for line in shown(of)[1:6]] == ["host", "s1", "s2", "g1", "g2"]
    assert "1,023,502" in shown(untold)[2]
    assert "drift" in shown(known)[1]
