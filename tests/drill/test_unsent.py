"""A quick report that is released while most users are yet to be told of the warning. A whole drill, a real gateway."""

from pathlib import Path

from ewarn.config.drill import load_drill
from ewarn.drill.conductor import run
from ewarn.system.clock import WallClock
from ewarn.system.machine import this_machine
from tests.drill.test_platforms import Silent, checks

LOADED = {
    "audience.users": 400,
    "gateway.rate_per_s": 200.0,
    "gateway.shards": 2,
    "detection.longest_s": 0.0,
    "detection.quick_s": 6.0,
    "speed": 20.0,
}


def test_everyone_reads_the_warning_and_after_it_the_quick_report_that_came_in_the_middle():
    settings = load_drill(Path("configs/drill.toml"), LOADED)
    (outcome,) = run(settings, machine=this_machine(), clock=WallClock(), view=Silent())
    ledger = outcome.accounts.ledger
    warning, quick = (ledger[ledger["report"] == number]["received"] for number in (1, 2))
    released = ledger["released"][ledger["report"] == 2][0]
    assert [report.status for report in outcome.verdict.reports] == ["final", "reviewed"]
    assert (warning > 0).all()
    assert (warning > released).sum() > 200, "most of the warnings are unsent when the quick report comes"
    assert (warning <= quick).all()
    assert checks(outcome)["reach"] is True
    assert checks(outcome)["once_and_in_order"] is True
