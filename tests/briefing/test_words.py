import pytest
from msgspec import structs

from ewarn.briefing import words
from ewarn.briefing.run import load
from ewarn.verdict.document import Check
from ewarn.words import Said
from tests.briefing.conftest import CHECKS, simulated


def test_the_verdict_names_what_failed_with_both_numbers(run):
    said = words.verdict(run)
    assert said.startswith("The drill failed a promise: delivery to the last user (measured 6 s, limit 1 s). ")
    assert f"{run.fates.in_time.sum():,} of the {run.fates.due.sum():,} users" in said


def test_what_is_kept_is_told_apart_from_what_could_not_be_shown(tmp_path):
    simulated(tmp_path, checks=[CHECKS[0], CHECKS[2]])
    said = words.verdict(load(tmp_path))
    assert said.startswith("No promise was broken: ")
    assert said.endswith("1 of 2 promises were kept; 1 could not be shown at this number of users.")


def test_what_is_within_the_limit_is_said_in_the_language_of_the_reader_and_what_is_not_shown_is_not_within():
    check = Check(name="epicentre", measured=0.1, limit=0.3, unit="s", users=121, promised_users=200_000, passed=None)
    within = words.judged(structs.replace(check, note="within, at 121 of 200,000 users"))
    assert isinstance(within, Said) and within.key == "verdict.within"
    few = "not shown: 121 users near, fewer than 1,000"
    assert words.judged(structs.replace(check, note=few)) == few


def test_what_a_run_ran_on_is_said_in_the_language_of_the_reader(tmp_path):
    simulated(tmp_path, sent={"frames": 5, "bytes": 7}, environment={"order": "deadline", "path": "loopback"})
    rows = words.environment(load(tmp_path))
    assert all(isinstance(name, Said) for name, _ in rows)
    values = {name.key: getattr(value, "key", value) for name, value in rows}
    assert values == values | {
        "environment.sent-frames": "5",
        "environment.order": "order.deadline",
        "environment.path": "environment.loopback",
    }


def test_a_measurement_that_cannot_be_trusted_says_so_first(tmp_path):
    simulated(tmp_path, harness={"untrusted": ["the swarm lost count"]})
    assert words.verdict(load(tmp_path)).startswith(
        "This measurement cannot be trusted (the swarm lost count); by it, "
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "never"), (float("inf"), "never"), (0.0384, "38 ms"), (0.9996, "1,000 ms"), (6.44, "6.4 s")],
)
def test_seconds_are_said_as_people_say_them(value, said):
    assert words.seconds(value) == said


@pytest.mark.parametrize(
    ("part", "said"), [(0, "0 %"), (1, "under 0.1 %"), (500, "5.0 %"), (9_999, "over 99.9 %"), (10_000, "100 %")]
)
def test_a_share_is_all_or_none_only_where_it_is(part, said):
    assert words.share(part, 10_000) == said


def test_what_is_measured_names_clock_path_and_lag(run):
    told = dict(words.measured(run))
    assert "monotonic clock" in told["Clock"]
    assert "4.0 ms" in told["Harness"]
    assert "share" not in told["Harness"], "a gateway may be on another machine"
    assert "no TLS" in told["What it stands for"]
