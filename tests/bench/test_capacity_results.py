"""A sizing in words: what is not known is said, and doubtful figures are called so."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from ewarn.bench.capacity import BenchMachine, Goal, Host, size
from ewarn.bench.capacity_results import as_json, table
from tests.bench.test_capacity import COSTS

HOST = Host(cores=8, memory_gib=32.0, open_files=20_000, gbit=10.0, headroom=0.7)


def sizing(**changes):
    return size(Goal(500_000, 1.0), HOST, BenchMachine(2, 23.5), replace(COSTS, **changes))


def shown(found):
    console = Console(file=io.StringIO(), width=200)
    console.print(table(found))
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gateway_bytes": None}, "memory is not bounded: gateway_bytes or kernel_bytes was not measured"),
        ({"connects_per_s": None}, "reconnecting is not modelled: connects_per_s was not measured"),
        ({"delivered": 1}, f"doubtful: 1 of the {COSTS.users:,} users measured got their frame"),
    ],
)
def test_what_a_figure_lacks_is_said_to_people_and_to_tools(changes, said):
    assert said not in shown(sizing())
    assert said in shown(sizing(**changes))
    assert said in as_json(sizing(**changes))["assumptions"]


def test_all_that_is_modelled_stands_under_that_word():
    told = as_json(sizing())
    assert set(told["modelled"]) == {"median", "least", "most"}
    assert told["promise"] == {"users": 500_000, "within_s": 1.0}
    assert "modelled" in shown(sizing())
