"""The one way in for reports: what those that others brought first are, and what is taken up of the past."""

import json
import time

import pytest

from ewarn.errors import InputError
from ewarn.gateway.intake.keeping import Keeping
from ewarn.gateway.intake.taking import Bringer, Taking
from ewarn.gateway.settings import Alerts
from ewarn.seismic.course import News

LINE = Bringer("line 0", by_many=True)


@pytest.fixture
async def make(tmp_path):
    kept = []

    def taking(folder=tmp_path):
        for one in kept:
            one.close()
        kept.append(Keeping(folder, time.time()))
        made = Taking(lambda _: None, lambda *told: made.published.append(told) or 7, Alerts(), kept[-1])
        made.published, made.folder = [], tmp_path
        return made

    yield taking
    kept[-1].close()


async def test_a_cancel_that_comes_first_by_a_line_takes_back_what_other_hosts_told(make, make_report):
    cancel = make_report(3, "cancel")
    now = time.time()
    here = make(None)
    assert (await here.take(cancel, Bringer("127.0.0.1:9"), now)).targets == 0
    assert here.published == []
    there = make(None)
    assert (await there.take(cancel, LINE, now)).targets == 7
    assert there.published == [(cancel, 0.0)]


async def test_who_catches_up_shows_and_writes_down_what_is_in_force_and_remembers_what_is_over(make, make_report):
    taking, now = make(), time.time()
    over, in_force = make_report(4, quake="over"), make_report(3)
    assert await taking.catch_up(over, LINE, now + 400.0) is None
    assert (await taking.catch_up(in_force, LINE, now + 90.0)).targets == 7
    assert taking.published == [(in_force, pytest.approx(90.0, abs=1.0))]
    for one in (over, in_force):
        assert taking.news(one) is News.SAME
        with pytest.raises(InputError, match="not newer"):
            await taking.catch_up(one, LINE, now + 400.0)
    await taking._keeping.written()
    lines = [json.loads(line) for line in (taking.folder / "audit.jsonl").read_text().splitlines()]
    assert [(line["from"], line["did"], line["became"]) for line in lines] == [
        ("line 0", "catch up", "published"),
    ]


async def test_what_was_caught_up_to_is_known_after_a_restart(make, make_report):
    report = make_report(3)
    await make().catch_up(report, LINE, time.time())
    assert make().news(report) is News.SAME
