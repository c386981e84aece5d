"""Who connects and plays when, and what is refused before anything starts."""

import numpy as np
import pytest

from ewarn.audience.mix import REALISTIC
from ewarn.audience.places import sichuan
from ewarn.audience.users import sample
from ewarn.bench import runner
from ewarn.errors import InputError
from ewarn.system.machine import this_machine
from tests.bench.contests import Silent, contest


class Noting:
    """A contender that takes down what it is asked."""

    def __init__(self, name, asked):
        self.name, self._asked = name, asked

    def start(self, portions):
        self._asked.append(f"start {self.name} {portions}")

    def __getattr__(self, verb):
        return lambda: self._asked.append(f"{verb} {self.name}")


def test_contenders_are_all_up_before_they_connect_and_play_in_turn():
    asked = []
    runner.play([Noting("a", asked), Noting("b", asked)], contest([]), Silent())
    said = " ".join(asked)
    assert said.startswith("start a 8 start b 8 connect a connect b connect b connect a connect a")
    assert said.count("connect a") == said.count("connect b") == 8
    assert said.endswith("connect a rehearse a rehearse b play a play b play b play a close b close a")


def test_a_contender_alone_connects_in_one_go():
    asked = []
    runner.play([Noting("a", asked)], contest([], repeats=1), Silent())
    assert asked == ["start a 1", "connect a", "rehearse a", "play a", "close a"]


def test_a_size_that_does_not_fit_is_refused_before_anything_starts():
    with pytest.raises(InputError, match="users need about"):
        runner.run(contest(["write"], users=[300, 40_000_000]), this_machine(), Silent())


def test_users_who_all_follow_nothing_are_no_bench():
    seed = next(
        seed
        for seed in range(1_000)
        if not sample(sichuan(), 1, np.random.default_rng(seed), mix=REALISTIC).followed.count
    )
    with pytest.raises(InputError, match="--users: none of the 1 users drawn with --mix follows a place"):
        runner.run(contest(["write"], users=[1], mix=True, seed=seed), this_machine(), Silent())


def test_a_bench_finds_its_quake_wherever_it_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert runner.prepare(contest(["write"]), 10, this_machine(), Silent()).report.quake == "luding-2022"
