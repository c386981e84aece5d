"""What `ewarn gateway` says of options of its journal."""

import pytest
from click.testing import CliRunner

from ewarn.cli import main

BUS = ("--bus", "nats://127.0.0.1:1", "--key", "g1.nk")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--drill-users", "5"], "--drill-users: goes with --bus"),
        (["--drill-reports", "5", *BUS], "--drill-reports: goes with --drill-users"),
        (["--ear-port", "0", *BUS], "--ear-port: goes with --drill-users"),
        (
            ["--drill-users", "2097152", "--drill-reports", "1024", *BUS],
            "--drill-users: a journal of 2,097,152 users and 1,024 reports takes 36,864 MiB of memory, 1 MiB are free",
        ),
    ],
)
def test_a_journal_that_nobody_could_ask_for_or_that_has_no_room_is_refused_in_a_line(monkeypatch, given, said):
    monkeypatch.setattr("ewarn.system.machine.available_bytes", lambda: 2**20)
    done = CliRunner().invoke(main, ["gateway", *given])
    assert (done.exit_code, done.output) == (2, f"ewarn: {said}\n")
