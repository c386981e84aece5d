"""Verbs in the language of whoever typed them: nothing of another one is left, and files and JSON stay as they are."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from ewarn.bench import results
from ewarn.bench.capacity import MeasuredClients
from ewarn.bench.capacity_results import as_json, table
from ewarn.cli import main
from ewarn.config.tables import shipped
from ewarn.swarm.losses import losses
from ewarn.system.machine import this_machine
from ewarn.verdict.receipts import TALLIES
from tests.bench.test_capacity_results import sizing
from tests.bench.test_results import row
from tests.briefing.conftest import simulated
from tests.words.left_over import chinese, english, spoken
from tests.words.test_whole import shown

PACKETS = {"kind": "packets"}
IDENTIFIERS = (
    "Z quakes sichuan synthetic yunnan direct SC ordinary datum basic luding drill toml run run2 deadline sockets veth"
)


def ran(*words, lang="zh", code=0):
    """What a verb printed, on either outlet."""
    done = CliRunner().invoke(main, ["--lang", lang, *map(str, words)], env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return done.output


def left(text, *also):
    """English words that no identifier explains; numbers of stations and instants aside."""
    return [one for one in english(text, IDENTIFIERS, *also) if not any(sign.isdigit() for sign in one)]


def test_a_quake_is_shown_in_chinese_and_its_json_as_ever():
    said = ran("quake", "luding-2022")
    assert left(said) == []
    assert "成都" in said and "理论盲区" in said
    assert chinese(ran("quake", "luding-2022", lang="en")) == []
    assert ran("quake", "luding-2022", "--json") == ran("quake", "luding-2022", "--json", lang="en")


def test_files_are_checked_in_chinese():
    assert left(ran("check", shipped() / "quakes" / "luding-2022.toml"), str(shipped())) == []


def test_a_comparison_of_runs_that_are_not_alike_says_in_chinese_why(tmp_path):
    simulated(tmp_path / "run")
    simulated(tmp_path / "run2", seed=2)
    refused = ran("compare", tmp_path / "run", tmp_path / "run2", code=2)
    assert left(refused.replace("--anyway", ""), str(tmp_path)) == []
    assert "用户居住地不同" in refused
    said = ran("compare", "--anyway", tmp_path / "run", tmp_path / "run2")
    assert left(said, str(tmp_path)) == []
    assert "按剩余时间" in said
    found = json.loads(ran("compare", "--anyway", "--json", tmp_path / "run", tmp_path / "run2"))
    assert chinese(json.dumps(found, ensure_ascii=False)) == []


def test_what_a_swarm_lost_has_words():
    tallies = dict.fromkeys(TALLIES, 0) | {
        "connected": 2,
        "closed": 1,
        "left": 2,
        "frames": 9,
        "garbled": 1,
        "foreign": 3,
    }
    there, read = np.array([True, True, True]), np.zeros((2, 3), np.int64)
    found = losses(tallies, read, there, 10**12, quake="luding", all_hear=True)
    read[0, :2], read[1, 0] = 1, 1
    found += losses(tallies | {"receipts": 3}, read, there, 10**12, quake="luding", all_hear=True)
    assert len(found) >= 7
    assert all(english(spoken(line), "luding") == [] for line in found)


SYMBOLS = (
    "cores within headroom gbit memory users x Gbit "
    "send_us gateway_bytes kernel_bytes bytes_per_frame open_files connects_per_s"
)


@pytest.mark.parametrize("kind", ["sockets", "packets"])
def test_a_sizing_is_told_in_chinese(monkeypatch, kind):
    found = sizing(gateway_bytes=None, connects_per_s=None, delivered=1, clients=MeasuredClients(kind))
    assert english(shown(table(found), monkeypatch, "zh"), SYMBOLS, "uring deadline packets", kind) == []
    assert "connects_per_s was not measured" in " ".join(as_json(found)["assumptions"])


def test_a_bench_is_told_in_chinese(monkeypatch):
    rows = [row(), row(asked=600, users=600, frames="shared", doubts=["x"]), row(frames="apart", clients=PACKETS)]
    found = results.document(rows, this_machine(), 2, [])
    for language, left_over in (("zh", english), ("en", chinese)):
        said = shown(results.table(found), monkeypatch, language)
        allowed = ("uring deadline packets as it is x TCP veth",) if language == "zh" else ()
        assert left_over(said, *allowed) == []
