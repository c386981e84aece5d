"""The parts that are timed alone, and their verbs."""

import re

import pytest
from click.testing import CliRunner

from ewarn import cli
from ewarn.bench import speed

SECONDS = r"\d+\.\d{3} s"


def bench(*words):
    done = CliRunner().invoke(cli.main, ["bench", *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_median_of_what_each_took_is_told_and_each_has_a_number_of_its_own():
    numbers = []
    assert 0 <= speed.cpu_s(numbers.append) < 1
    assert numbers == list(range(speed.REPEATS))


def test_arrivals_are_timed_with_and_without_a_fault():
    code, said, _ = bench("arrivals", "100", "200")
    assert code == 0
    assert re.fullmatch(rf"(\d+ places: {SECONDS}, with a fault's ellipses {SECONDS}; peak \d\.\d\d GiB\n){{2}}", said)


def test_an_audience_is_timed_at_home_and_with_the_mix():
    code, said, _ = bench("audience", "sichuan", "--users", "100")
    assert code == 0
    assert re.search(rf"  100 users: {SECONDS}, with the mix {SECONDS}; peak", said)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("arrivals", "0"), "0 is not in the range"),
        (("audience", "nowhere"), "places: 'nowhere' is not one of sichuan, china"),
        (("--users", "10", "audience"), "--users: goes with no audience"),
        (("--mix", "arrivals", "5"), "--mix: goes with no arrivals"),
        (("juggle",), "juggle"),
    ],
)
def test_bad_usage_is_named(words, named):
    code, _, said = bench(*words)
    assert code == 2
    assert named in said
