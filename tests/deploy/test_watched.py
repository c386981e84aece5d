"""Prometheus itself watches a small fleet during a quake: what `configs/deploy` asks of it has answers.

One gateway speaks TLS and is named in prometheus.yml; the other one does not, and is found by a file.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import pytest
from cryptography.hazmat.primitives import serialization as form
from websockets.sync.client import connect

from ewarn.gateway.settings import Tls
from ewarn.system.private_files import write_private
from ewarn.system.tls import client_context
from tests.bus.servers import running as bus_running
from tests.certificates import Authority
from tests.conftest import KEY, gateways
from tests.deploy import dashboard
from tests.deploy.prometheus import needed, running, until
from tests.docs.deployed import DEPLOY

pytestmark = needed
OF_THE_MACHINE = {"EwarnDeliverySlow", "EwarnLoopLate"}
"""alerts that a machine with much else to do may give cause for"""


def uncommented(config, name):
    """The settings that stand as comments from this one on, in force."""
    before, found, after = config.partition(f"    #{name}:")
    block, _, rest = f"{found}{after}".partition("\n\n")
    return before + block.replace("    #", "    ") + rest


def here(config, targets, ca):
    """prometheus.yml for gateways of a test: asked more often, since it is over soon."""
    config = uncommented(config, "scheme").replace("ca_file: ca.pem", f"ca_file: {ca}")
    config = re.sub(r"(?m)^  (scrape_interval|scrape_timeout|evaluation_interval): .*", r"  \1: 500ms", config)
    return re.sub(r"(?m)targets: \[\"g1.*\]$", f"targets: {json.dumps(targets)}", config)


@contextmanager
def publishing(bus, folder):
    """A centre that plays a quake over the bus, and stays."""
    key = folder / "signing.pem"
    write_private(key, KEY.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
    words = ["publish", "luding-2022", "--bus", bus.given, "--key", bus.key("centre"), "--signing-key", str(key)]
    with subprocess.Popen(
        [sys.executable, "-m", "ewarn", *words, "--speed", "50", "--last", "3", "--stay"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process.stdout
        finally:
            process.send_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    """Prometheus, when the drill began, the bus and the gateways, after a quake."""
    folder = tmp_path_factory.mktemp("watched")
    authority = Authority(folder)
    pair = authority.sign("users")
    with ExitStack() as stack:
        bus = stack.enter_context(bus_running(folder / "keys", tls=True))
        start = stack.enter_context(gateways())
        common = {"lines": bus.given, "shards": 1, "capacity": 50}
        files = Tls(str(pair.certificate), str(pair.key))
        secure = start(key=bus.key("g1"), name="g1", tls=files, ca=str(authority.file), **common)
        plain = start(key=bus.key("g2"), name="g2", **common)
        shutil.copy(DEPLOY / "alerts.yml", folder)
        (folder / "gateways").mkdir()
        found = [{"targets": [plain.started.listen], "labels": {"__scheme__": "http"}}]
        (folder / "gateways" / "more.json").write_text(json.dumps(found))
        config = folder / "prometheus.yml"
        config.write_text(here((DEPLOY / "prometheus.yml").read_text(), [secure.started.listen], authority.file))
        began = time.time()
        prometheus = stack.enter_context(running(config))

        def user(gateway):
            context = client_context(gateway.ca) if gateway.ca else None
            return stack.enter_context(connect(gateway.url(), ssl=context, proxy=None))

        users = [user(one) for one in (secure, plain) for _ in range(3)]
        until(lambda: len(prometheus.now('ewarn_parked{job="ewarn"} == 3')) == 2)
        played = stack.enter_context(publishing(bus, folder))
        for _ in range(3):
            assert json.loads(played.readline())["targets"] == len(users)
        user(plain)  # late
        until(lambda: prometheus.now("ewarn_late_joins_total > 0"))
        until(lambda: len(prometheus.now("ewarn_newest_report_number == 3")) == 2)
        yield prometheus, began, bus, (secure, plain)


def test_every_query_of_the_dashboard_has_an_answer(drill):
    prometheus, began, *_ = drill
    asked = list(dashboard.queries())
    assert len(asked) > 50
    for where, query, instant in asked:
        drawn = (lambda q=query: prometheus.now(q)) if instant else (lambda q=query: prometheus.since(q, began))
        assert until(drawn, 10.0), (where, query)


def test_the_values_of_each_variable_are_found(drill):
    found = {
        label: drill[0].get(f"label/{label}/values", **{"match[]": selector}) for selector, label in dashboard.values()
    }
    assert found["job"] == ["ewarn"]
    assert sorted(found["instance"]) == sorted(one.started.listen for one in drill[3])


def rules(prometheus):
    return {one["name"]: one for group in prometheus.get("rules")["groups"] for one in group["rules"]}


def test_every_alert_asks_for_what_there_is_and_none_has_a_cause_while_all_is_well(drill):
    prometheus = drill[0]
    found = until(lambda: all(one["health"] == "ok" for one in rules(prometheus).values()) and rules(prometheus))
    named = {metric for one in found.values() for metric in re.findall(r"\bewarn_\w+", one["query"])}
    assert [metric for metric in named if not prometheus.now(metric)] == []
    assert [name for name in found.keys() - OF_THE_MACHINE if prometheus.now(found[name]["query"])] == []


def test_an_alert_has_a_cause_when_a_line_is_down_and_when_a_gateway_is(drill):
    prometheus, _, bus, (secure, plain) = drill
    asked = {name: one["query"] for name, one in rules(prometheus).items()}
    bus.servers[1].kill()
    silent = until(lambda: len(found := prometheus.now(asked["EwarnLineSilent"])) == 2 and found)
    assert {one["line"] for one in silent} == {"1"}
    until(lambda: len(prometheus.now(asked["EwarnGatewayDegraded"])) == 2)
    plain.child.stop()
    (down,) = until(lambda: prometheus.now(asked["EwarnGatewayDown"]))
    assert down["instance"] == plain.started.listen
    bus.servers[0].kill()
    (stale,) = until(lambda: prometheus.now(asked["EwarnGatewayStale"]))
    assert stale["instance"] == secure.started.listen
