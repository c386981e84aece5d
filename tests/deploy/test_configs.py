"""Files for Prometheus and Grafana: taken by Prometheus's own checker, and at one with each other and with the docs."""

import re
import shutil

import pytest

from tests.deploy import dashboard
from tests.deploy.prometheus import needed, promtool
from tests.docs.deployed import DEPLOY, mounted, services
from tests.docs.pages import ROOT

PROMETHEUS, ALERTS = DEPLOY / "prometheus.yml", DEPLOY / "alerts.yml"
CASES = ROOT / "tests" / "deploy" / "alerts.test.yml"
PROVISIONING = DEPLOY / "grafana" / "provisioning"
COMMENTED = re.compile(r"(?m)^( *)#(?! \S)")
"""before a setting; words have one space after it"""
NAMES = re.findall(r"- alert: (\w+)", ALERTS.read_text())


def setting(text, name):
    return re.search(rf"(?m)^ *-? ?{name}: (.*)$", text)[1].strip('"')


@needed
def test_promtool_has_nothing_to_say_of_the_rules():
    assert promtool("check", "rules", ALERTS)[0] == 0


@needed
@pytest.mark.parametrize("commented", [True, False], ids=["as it is", "with all that stands as a comment"])
def test_promtool_has_nothing_to_say_of_the_configuration(commented, tmp_path):
    shutil.copy(ALERTS, tmp_path)
    shutil.copytree(DEPLOY / "gateways", tmp_path / "gateways")
    (tmp_path / "ca.pem").write_text("")
    text = PROMETHEUS.read_text()
    (tmp_path / PROMETHEUS.name).write_text(text if commented else COMMENTED.sub(r"\1", text))
    code, said = promtool("check", "config", tmp_path / PROMETHEUS.name)
    assert (code, "WARNING" in said) == (0, False), said


@needed
def test_every_alert_is_given_by_who_gives_cause_for_it_and_by_nobody_else():
    code, said = promtool("test", "rules", CASES)
    assert code == 0, said


def test_every_alert_has_its_case_and_its_line_in_the_docs():
    assert sorted(re.findall(r"alertname: (\w+)", CASES.read_text())) == sorted(NAMES)
    told = re.findall(r"(?m)^\| `(Ewarn\w+)` \| (\w+) ", (ROOT / "docs" / "howto" / "watch-a-fleet.md").read_text())
    levels = re.findall(r"severity: (\w+)", ALERTS.read_text())
    assert sorted(told) == sorted(zip(NAMES, levels, strict=True))


def test_panels_have_room_of_their_own_and_the_data_source_that_is_chosen():
    read = dashboard.read()
    places = [one["gridPos"] for one in read["panels"]]
    taken = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert len({one["id"] for one in read["panels"]}) == len(read["panels"])
    for panel in dashboard.panels():
        assert panel["description"], panel["title"]
        assert {one["datasource"]["uid"] for one in (panel, *panel["targets"])} == {"${datasource}"}
        assert len({one["refId"] for one in panel["targets"]}) == len(panel["targets"])


def test_parts_find_each_other_in_containers():
    found = services()
    gateways = re.findall(r'"(\w+):8600"', setting(PROMETHEUS.read_text(), "- targets"))
    assert gateways == [name for name, text in found.items() if f"hostname: {name}\n" in text]
    source = (PROVISIONING / "datasources" / "prometheus.yml").read_text()
    assert setting(source, "url") == "http://prometheus:9090"
    assert "prometheus" in found
    assert setting(source, "timeInterval") == setting(PROMETHEUS.read_text(), "scrape_interval")
    folder = setting((PROVISIONING / "dashboards" / "ewarn.yml").read_text(), "path")
    assert mounted(found["grafana"])[folder] is False
    assert f"{folder}/{dashboard.DASHBOARD.name}" in found["grafana"]
    for name in ("prometheus", "grafana"):
        given = re.findall(r'"\./(?!state/)([^:"]+):', found[name])
        assert all((DEPLOY / one).exists() for one in given)
        assert "profiles: [watch]" in found[name]
