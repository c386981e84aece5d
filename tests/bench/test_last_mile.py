"""The command that holds a run over a last mile beside its model."""

import numpy as np
import pytest

from ewarn.bench import last_mile
from ewarn.cli.last_mile import main
from ewarn.packets.expected import drawn
from ewarn.packets.last_mile import LastMile
from ewarn.runs import run_files
from ewarn.verdict.ledger import LEDGER
from tests.simulated_run import simulate

MILE = {"rtt_ms": [40, 400], "jitter_ms": 10, "loss": 0.01}


def run(folder, delays=None, **clients):
    """A run whose first report took users so long, ms, with the clients that its verdict is to speak of."""
    simulate(folder, environment={"clients": {"kind": "packets", "ack_delay_ms": 40, **clients}})
    if delays is not None:
        rows = np.zeros(len(delays), LEDGER)
        rows["report"], rows["released"], rows["written"] = 1, 10**9, 10**9 + 5_000_000
        rows["received"] = np.where(np.isfinite(delays), rows["written"] + np.nan_to_num(delays * 1e6), -1)
        np.save(folder / "ledger.npy", rows)
    return str(folder)


def test_a_run_that_took_as_long_as_the_model_says_is_close_to_it(tmp_path, capsys):
    delays = drawn(LastMile((40.0, 400.0), 10.0, 0.01), 20_000, np.random.default_rng(7))
    assert main([run(tmp_path / "run", delays, last_mile=MILE), "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("  ")[0] == "delivery, ms"
    distance = dict(
        zip(("release", "written"), next(one for one in lines if "Smirnov" in one).split()[1:], strict=True)
    )
    assert float(distance["written"]) < 1.63 / np.sqrt(20_000), "one in a hundred is farther (Smirnov)"
    assert float(distance["release"]) > 0.012, "the gateway's own time is no part of the model"


def test_a_user_who_never_had_it_counts_as_infinite(tmp_path):
    folder = run(tmp_path / "run", np.array([50.0, np.inf]), last_mile=MILE)
    found = last_mile.delays(run_files.read(tmp_path / "run"), 1)
    assert folder and found["since written"] == pytest.approx([50, np.inf])
    assert found["since release"] == pytest.approx([55, np.inf])


@pytest.mark.parametrize(
    ("clients", "arguments", "words"),
    [
        ({}, [], "run: it had no last mile"),
        ({"last_mile": MILE}, ["9"], "run: there is no report 9"),
        ({"last_mile": MILE}, ["first"], "usage: python -m ewarn.cli.last_mile RUN [REPORT]"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(tmp_path, capsys, clients, arguments, words):
    assert main([run(tmp_path / "run", **clients), *arguments]) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(words)


def test_what_is_no_run_is_said_in_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none'}: no such folder\n"


def test_what_a_name_has_in_it_steers_no_terminal(tmp_path, capsys):
    assert main([str(tmp_path / "a\x1b[31mrun")]) == 2
    assert capsys.readouterr().err == f"{tmp_path}/a\\x1b[31mrun: no such folder\n"
