"""The page on finding a gateway: its list is one, its code and its vectors are right."""

import csv

from ewarn.drill.asking import ANSWER_S
from ewarn.swarm.comeback import FIRST_S, MOST_S
from ewarn.swarm.finding import MOST_DOUBLINGS
from ewarn.swarm.fleet import Rules
from ewarn.swarm.opening import ELSEWHERE
from ewarn.wire.gateways import MOST_GATEWAYS, Gateways, decode
from tests.docs.pages import ROOT, blocks, run

PAGE = ROOT / "docs" / "reference" / "finding.md"
TEXT = PAGE.read_text(encoding="utf-8")
VECTORS = ROOT / "tests" / "audience" / "homes.csv"


def test_the_list_on_the_page_is_one_and_every_field_is_told_of():
    (block,) = blocks(PAGE, "json")
    found = decode(block.text)
    assert found == Gateways.of(found.gateways), "sums and order are right"
    for name in (*Gateways.__struct_fields__, *(f"gateways[].{one}" for one in found.gateways[0].__struct_fields__)):
        assert f"| `{name}` |" in TEXT
    assert all(f"| `{one.state}` |" in TEXT for one in found.gateways)
    assert f"at most {MOST_GATEWAYS:,}" in TEXT


def test_the_code_on_the_page_gives_the_vectors_and_those_on_the_page_are_among_them():
    names = run(blocks(PAGE, "python"))
    with VECTORS.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    shown = 0
    for row in rows:
        weights = {name: int(weight) for name, weight in (one.split("=") for one in row["hosts"].split())}
        ranked = names["ranking"](row["user"], weights)
        assert ranked == row["ranking"].split()
        assert abs(names["score"](row["user"], ranked[0], weights[ranked[0]]) / float(row["score"]) - 1) < 1e-12
        line = f"| `{row['user']}` | {', '.join(ranked)} | `{row['first_8_bytes']}` | {row['score']} |\n"
        shown += line in TEXT
    assert shown == TEXT.count("| g1, ") + TEXT.count("| g2, ") + TEXT.count("| g3, ") == 6


def test_times_on_the_page_are_those_that_a_swarm_keeps_to():
    rules = Rules()
    assert (rules.home_s, rules.hold_s, rules.leave_s, ELSEWHERE.answer_s, FIRST_S, MOST_S) == (30, 15, 5, 5, 1, 30)
    assert rules.hold_s * 2**MOST_DOUBLINGS == 16 * 60
    assert (0.5 * rules.ask_s, 1.5 * rules.ask_s) == (2.5, 7.5)
    assert 0.5 * rules.ask_s > ANSWER_S
