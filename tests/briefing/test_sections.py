from types import SimpleNamespace

import pytest
from msgspec import to_builtins

from ewarn.briefing import replay, sections
from ewarn.briefing.page import parts
from ewarn.briefing.run import load
from ewarn.briefing.sheet import Sheet
from tests import hosts_of_a_fleet
from tests.briefing.conftest import plain, simulated


def test_promises_are_kept_failed_or_open_in_words_and_signs(run):
    said = plain(sections.verdict(Sheet(run, replay.setting(run))))
    assert '<span class="kept">✓ kept</span>' in said
    assert '<span class="failed">✗ FAILED: 50 of 300 in time</span>' in said
    assert '<span class="open">– not shown: 20 users near, fewer than 1,000</span>' in said
    assert "20 of 200,000" in said


def test_reports_that_were_not_public_are_told_below_the_promises(tmp_path):
    held = "report 1 (M 4.7) was held back from all 300 users by the magnitude gate"
    first = {"name": "first_report", "measured": None, "limit": 15.0, "unit": "s", "passed": None}
    simulated(tmp_path, checks=[first | {"note": f"not shown: nothing was public; {held}", "held_back": held}])
    run = load(tmp_path)
    said = plain(sections.verdict(Sheet(run, replay.setting(run))))
    assert '<span class="open">– not shown: nothing was public</span>' in said
    assert f"<p>not public: {held}</p>" in said


def test_the_ledgers_columns_hold_all_users(run):
    said = plain(sections.ledger(Sheet(run, replay.setting(run))))
    assert said.count('<td class="number">300</td>') >= len(run.reports)


def test_users_put_near_the_epicentre_are_told_and_stand_for_the_people_there(tmp_path):
    near = {"within_km": 50.0, "users": 120, "residents": 500_000.0}
    simulated(tmp_path, residents=83_674_866, concentrated=near)
    run = load(tmp_path)
    said = plain(sections.warned(Sheet(run, replay.setting(run))))
    assert "120 of 300 users live within 50 km of the epicentre, as the drill wants; of people 0.6 % do." in said
    zone, inside = run.balance.theoretical, run.users["distance_km"] <= 50
    assert zone.people == pytest.approx(zone.users * 500_000 / inside.sum(), abs=1)


NOWHERE = SimpleNamespace(missing=())
"""in place of what stands around a run, which takes long to work out"""


def test_a_fleet_has_a_section_of_its_hosts_and_lost_ones_stand_above_the_verdict(tmp_path):
    told = to_builtins(hosts_of_a_fleet.fleet(300, "silent from 9.3 s after origin"))
    simulated(tmp_path, fleet=told)
    sheet = Sheet(load(tmp_path), NOWHERE)
    said = plain(sections.fleet(sheet))
    assert "470 us apart or less for half of the receipts, 900 us for 99 %, and 900 us for the widest" in said
    assert '<th scope="row">s2</th><td>swarm, lost</td><td class="number">150</td>' in said
    assert '<td class="number">3,600.200</td>' in said
    flag = '<p class="flag">⚑ swarm s2 was lost: silent from 9.3 s after origin</p>'
    assert plain(sections.verdict(sheet)).startswith(flag)
    assert list(parts(sheet, [sheet.run], []))[-3:] == ["hosts", "environment", "measured"]
    assert "Releases are stamped by the conductor" in plain(sections.measured(sheet))


def test_one_host_has_no_such_section(run):
    sheet = Sheet(run, NOWHERE)
    assert sections.fleet(sheet) is None
    assert "hosts" not in parts(sheet, [run], [])
    assert "stamped by one machine" in plain(sections.measured(sheet))
