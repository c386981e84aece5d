"""What the lines of the bus bring, in any order and any number of times: each report once, and never an older one."""

import asyncio
import logging
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from ewarn.errors import InputError
from ewarn.gateway.hosts import incoming
from ewarn.gateway.hosts.incoming import Incoming
from ewarn.gateway.intake.keeping import Keeping
from ewarn.gateway.intake.taking import Taking
from ewarn.gateway.settings import Alerts
from ewarn.seismic.origin import Origin, Report
from ewarn.system.clock import WallClock
from ewarn.wire.reports import encode


def report(number=1, status="update", *, play=1, age_s=0.0, quake="q"):
    """One that was released so long ago; a later play began so many ms later."""
    now = time.time() - age_s
    began = round((now - 30.0 + play / 1000) * 1e3) * 10**6 if play else 0
    return Report(quake, number, status, Origin(now - 20.0, 30.0, 103.0, 10.0, 6.0), "Qingzang", now, began)


class Host:
    """Takes what lines bring, and keeps what it told shards and the centre."""

    def __init__(self, folder=None):
        self.published, self.answers, self.counted = [], [], []
        self.keeping = Keeping(folder, time.time())
        taking = Taking(self._check, self._publish, Alerts(), self.keeping)
        self.incoming = Incoming("g1", taking, self.keeping, self.answers.append, self.counted.append, WallClock())

    def _check(self, one):
        if one.zone == "Central":
            raise InputError("signature: missing")

    def _publish(self, one, _age_s):
        self.published.append(one)
        return 5

    @property
    def numbers(self):
        return [one.number for one in self.published]

    def hear(self, *reports, line=0):
        for one in reports:
            self.incoming.hear(line, encode(one).encode())

    def count(self, became):
        return self.counted.count(f"bus_reports_{became}")


@pytest.fixture
async def host(tmp_path, monkeypatch):
    monkeypatch.setattr(incoming, "GATHER_S", 0.0)
    made = Host(tmp_path)
    yield made
    await made.incoming.settle()
    made.keeping.close()


async def test_a_report_by_both_lines_is_told_once_and_answered_once(host):
    one = report(3)
    host.hear(one)
    host.hear(one, line=1)
    await host.incoming.settle()
    assert (host.numbers, host.count("taken"), host.count("duplicate")) == ([3], 1, 1)
    (answer,) = host.answers
    assert (answer.host, answer.named.number, answer.targets, answer.problem) == ("g1", 3, 5, UNSET)
    assert host.incoming.newest.report.number == 3


async def test_a_report_that_a_line_brings_again_is_told_once_and_answered_again(host):
    """Its centre did not hear the first answer, since its lines were cut: else it would not send it again."""
    one = report(3)
    host.hear(one)
    await host.incoming.settle()
    host.hear(one, line=1)
    assert len(host.answers) == 1, "the slower line"
    for line in (0, 1):
        host.hear(one, line=line)
    host.hear(report(2, quake="p"))
    await host.incoming.settle()
    host.hear(replace(one, number=2))
    assert (host.numbers, host.answers[:3]) == ([3, 2], [host.answers[0]] * 3)
    assert len(host.answers) == 4


async def test_an_older_one_by_the_slower_line_is_counted_and_not_shown(host, caplog):
    newer, older = report(4), report(3)
    older = replace(older, play=newer.play)
    host.hear(newer)
    await host.incoming.settle()
    host.hear(older, line=1)
    await host.incoming.settle()
    assert (host.numbers, host.count("older"), len(host.answers)) == ([4], 1, 1)
    assert not [line for line in caplog.records if line.levelno >= logging.WARNING]


async def test_an_old_play_never_replaces_a_newer_one_and_its_centre_is_told(host):
    first, again = report(5, play=1), report(1, play=2)
    host.hear(first)
    await host.incoming.settle()
    host.hear(again)
    await host.incoming.settle()
    host.hear(replace(first, number=6), line=1)
    await host.incoming.settle()
    assert host.numbers == [5, 1]
    assert host.answers[-1].problem.startswith(f"play: {first.play} began before {again.play}")


async def test_a_backlog_is_told_by_its_newest_alone(host):
    newest = report(4, age_s=2.0)
    host.hear(*(replace(report(number, age_s=6.0 - number), play=newest.play) for number in (1, 2, 3)), newest)
    host.hear(report(1, age_s=3.0, quake="p"))
    await host.incoming.settle()
    assert [(one.quake, one.number) for one in host.published] == [("q", 4), ("p", 1)]
    assert (host.count("taken"), host.count("older")) == (2, 3)


async def test_what_is_as_good_as_just_released_does_not_wait_behind_a_backlog(host):
    fresh = report(9)
    host.hear(replace(report(8, age_s=5.0), play=fresh.play), fresh)
    await host.incoming.settle()
    assert (host.numbers, host.count("older")) == ([9], 1)


async def test_what_is_wrong_is_refused_said_seldom_and_written_down_with_its_line(host, tmp_path, caplog):
    forged = replace(report(7), zone="Central")
    for _ in range(50):
        host.hear(forged, line=1)
        host.incoming.hear(1, b"{")
    host.hear(report(2, age_s=70.0))
    await host.incoming.settle()
    host.hear(report(6))
    await host.incoming.settle()
    await host.keeping.written()
    assert (host.numbers, host.count("refused")) == ([6], 101)
    assert [line.split(": refused")[0] for line in caplog.messages if "refused" in line] == ["line 1", "line 0"]
    line = '"from":"line 1","did":"message","became":"refused: signature: missing","times":1'
    assert line in (tmp_path / "audit.jsonl").read_text()
    assert host.answers[0].problem == "signature: missing"
    assert next(one.problem for one in host.answers if one.named.number == 2).startswith("released: 70.0 s ago")


async def test_a_forged_report_in_a_backlog_takes_the_place_of_none(host):
    true = report(4, age_s=2.0)
    forged = replace(report(5, age_s=2.0), zone="Central", play=true.play)
    host.hear(true, forged)
    await host.incoming.settle()
    assert host.numbers == [4]


async def test_who_catches_up_by_two_lines_tells_the_newest_of_both(host):
    newest = report(3, "cancel", age_s=100.0)
    older = replace(report(2, age_s=101.0), play=newest.play)
    await host.incoming.catch_up([(encode(one).encode(), line) for line, one in enumerate((older, newest))])
    assert (host.numbers, len(host.answers)) == ([3], 1)
    assert host.incoming.has("q", newest.play, 3) and not host.incoming.has("q", newest.play, 4)


async def test_where_the_newest_that_a_line_keeps_is_forged_the_other_line_s_is_told(host):
    forged = replace(report(3, age_s=100.0), zone="Central")
    older = replace(report(2, age_s=101.0), play=forged.play)
    await host.incoming.catch_up([(b"{", 0), (encode(forged).encode(), 0), (encode(older).encode(), 1)])
    assert (host.numbers, host.count("refused")) == ([2], 2)


NAMES = [(play, number) for play in (1, 2) for number in (1, 2, 3)]
TWICE = st.permutations([(name, line) for name in range(len(NAMES)) for line in (0, 1)])


@settings(max_examples=40)
@given(TWICE, st.sets(st.sampled_from(range(12))), st.lists(st.sampled_from([0.0, 5.0]), min_size=6, max_size=6))
def test_in_any_order_over_two_lines_only_what_is_newer_is_told_and_the_newest_is(messages, waited, ages_s):
    began = report().play
    reports = [
        replace(report(number, age_s=age_s), play=began + play)
        for (play, number), age_s in zip(NAMES, ages_s, strict=True)
    ]

    async def hear():
        host = Host()
        for at, (index, line) in enumerate(messages):
            host.hear(reports[index], line=line)
            if at in waited:
                await asyncio.sleep(0)
        await host.incoming.settle()
        host.keeping.close()
        return host

    host = asyncio.run(hear())
    names = [(one.play, one.number) for one in host.published]
    assert names == sorted(set(names))
    assert names[-1] == (began + 2, 3)
    assert host.count("taken") + host.count("duplicate") + host.count("older") == len(messages)
