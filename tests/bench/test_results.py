"""What a bench leaves, from rows made by hand."""

import io
import json

import pytest
from rich.console import Console

from ewarn.bench import results
from ewarn.system.machine import this_machine


def row(name="uring/deadline", **changes):
    spread = {"median": 1.0, "least": 0.5, "most": 2.0}
    costs = dict.fromkeys(("seconds", "per_s", "p50_ms", "p99_ms", "send_us", "receive_us", "busy_us"), spread)
    sizes = dict.fromkeys(("gateway_bytes", "swarm_bytes", "kernel_bytes", "connects_per_s"), 1000.0)
    said = {"name": name, "kind": "engine", "frames": "own", "settings": "as it is", "asked": 300}
    return {**said, "users": 300, "delivered": 300, **costs, **sizes, **changes}


def document(*rows, skipped=()):
    return results.document(list(rows), this_machine(), 2, list(skipped))


def shown(found):
    console = Console(file=io.StringIO(), width=100)
    console.print(results.table(found))
    return console.file.getvalue()


def test_what_was_not_measured_is_a_stroke_and_what_never_ended_is_never():
    none = {"median": None, "least": None, "most": None}
    said = shown(document(row(seconds=none, p99_ms=none, kernel_bytes=None)))
    line = next(line for line in said.splitlines() if line.startswith("uring/deadline")).split()
    assert line[3:6] == ["-", "never", "never-never"]


def test_rows_stand_by_the_time_of_the_last_and_each_size_has_a_table_of_its_own():
    slow = {"median": 3.0, "least": 3.0, "most": 3.0}
    said = shown(document(row("slow", seconds=slow), row("fast"), row("fast", asked=600)))
    assert said.index("fast") < said.index("slow")
    assert "300 users, frames of their own, 2 plays each" in said
    assert "600 users, frames of their own, 2 plays each" in said


def test_who_cannot_run_here_is_told_and_both_files_are_written(tmp_path):
    found = document(row(), skipped=["picows: it is not installed"])
    assert "not here: picows: it is not installed" in shown(found)
    assert results.write(found, tmp_path) == []
    assert json.loads((tmp_path / "bench.json").read_text()) == found
    assert (tmp_path / "bench.svg").exists()


def test_somebody_who_was_not_reached_is_told_by_name_and_number():
    row = {"name": "uring/deadline", "users": 300, "delivered": 298}
    assert results.incomplete([row]) == ["uring/deadline: 2 of 300 users were not reached"]


PACKETS = {"kind": "packets", "ack_delay_ms": 40.0, "ring_drops": 12}
DOUBT = "the clients' ring was full: the kernel dropped 12 frames"


def test_rows_of_either_kind_of_clients_have_a_table_each():
    said = shown(document(row(clients={"kind": "sockets"}), row(clients=PACKETS)))
    assert "300 users, frames of their own, 2 plays each" in said
    assert "300 users as packets, frames of their own, 2 plays each" in said
    assert said.count("kernel, both ends") == said.count("kernel, the gateway's end") == 1
    assert "as packets: clients are rows of arrays" in said
    assert "as packets" not in shown(document(row()))


def test_a_row_whose_ring_dropped_frames_is_marked_not_drawn_and_never_trusted(tmp_path):
    found = document(row(clients=PACKETS, doubts=[DOUBT]))
    said = " ".join(shown(found).split())
    assert "uring/deadline ! " in said
    assert f"! uring/deadline, packets: not to be trusted: {DOUBT}" in said
    assert results.doubtful(found["rows"]) == [f"uring/deadline, packets: not to be trusted: {DOUBT}"]
    assert results.exit_code(found["rows"]) == 4
    assert results.write(found, tmp_path) == ["no plot: there is no row that can be trusted"]
    assert results.exit_code(document(row(clients=PACKETS, doubts=[]))["rows"]) == 0


def test_what_growth_costs_is_told_and_kept():
    cost = {"median": 20.0, "least": 20.0, "most": 20.0}
    found = document(row(users=300), row(users=3_000, asked=3_000, busy_us=cost))
    assert found["growth"] == [
        {
            "name": "uring/deadline",
            "frames": "own",
            "few": 300,
            "many": 3_000,
            "few_us": 1.0,
            "many_us": 20.0,
            "ratio": 20.0,
        }
    ]
    assert "a delivery costs 20.0 us of CPU at 3,000 users, 1.0 us at 300: 20.00 x" in " ".join(shown(found).split())


@pytest.mark.parametrize(
    ("kinds", "code"), [([], 0), (["engine"], 3), (["library", "engine"], 3), (["null"], 4), (["engine", "null"], 4)]
)
def test_where_the_swarm_alone_misses_some_no_row_can_be_trusted(kinds, code):
    rows = [{"kind": kind, "users": 300, "delivered": 299} for kind in kinds]
    assert results.exit_code([*rows, {"kind": "null", "users": 300, "delivered": 300}]) == code
