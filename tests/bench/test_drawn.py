"""Bench files of several runs, told and drawn as one."""

import json

import pytest
from click.testing import CliRunner

from ewarn import cli
from tests.bench.test_growth import PACKETS, costs


def written(folder, name, *rows):
    path = folder / name
    path.write_text(json.dumps({"machine": {}, "rows": rows}))
    return str(path)


def test_runs_with_either_kind_of_clients_are_told_and_drawn_together(tmp_path):
    sizes = (300, 600, 3_000)
    sockets = written(tmp_path, "sockets.json", *(costs(10.0 + users / 1_000, users) for users in sizes))
    packets = written(tmp_path, "packets.json", *(costs(5.0, users, clients=PACKETS) for users in sizes))
    done = CliRunner().invoke(cli.main, ["bench", "growth", sockets, packets, "--out", str(tmp_path / "growth.svg")])
    assert done.exit_code == 0, done.output
    first, second = done.stdout.splitlines()
    assert first.endswith("13.0 us of CPU at 3,000 users, 10.3 us at 300: 1.26 x")
    assert second.startswith("uring/deadline, packets, own frames: ")
    assert second.endswith("1.00 x")
    again = CliRunner().invoke(cli.main, ["bench", "growth", packets, "--out", str(tmp_path / "growth.svg")])
    assert again.exit_code == 2
    assert "--replace" in again.output
    drawn = (tmp_path / "growth.svg").read_text()
    assert "<!-- uring/deadline: 1.26 x from 300 to 3,000 -->" in drawn
    assert "<!-- uring/deadline, packets: 1.00 x from 300 to 3,000 -->" in drawn


def test_a_contender_at_one_size_has_no_growth(tmp_path):
    done = CliRunner().invoke(cli.main, ["bench", "growth", written(tmp_path, "bench.json", costs(5.0, 300))])
    assert (done.exit_code, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "bench.json: not JSON: "),
        ("{}", "bench.json: object missing required field `rows`"),
        ('{"rows": [{"name": 1}]}', "bench.json: rows[0].name: expected `str`, got `int`"),
        (json.dumps({"rows": [costs(5.0, 300) | {"users": "many"}]}), "bench.json: rows[0].users: expected `int`"),
    ],
)
def test_what_is_no_bench_file_is_refused_by_name_and_key(tmp_path, text, said):
    (tmp_path / "bench.json").write_text(text)
    done = CliRunner().invoke(cli.main, ["bench", "growth", str(tmp_path / "bench.json")])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_rows_that_cannot_be_trusted_alone_are_not_drawn(tmp_path):
    path = written(tmp_path, "bench.json", costs(5.0, 300, doubts=["the clients' ring was full"]))
    done = CliRunner().invoke(cli.main, ["bench", "growth", path, "--out", str(tmp_path / "growth.svg")])
    assert done.exit_code == 2
    assert "--out: there is no row that can be trusted" in done.output
    assert not (tmp_path / "growth.svg").exists()
