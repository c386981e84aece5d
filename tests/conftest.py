"""What tests of several rooms share: a real gateway in its own processes, and a quake played fast."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ewarn.errors import EwarnError
from ewarn.gateway.intake.secret import VARIABLE
from ewarn.gateway.settings import GatewaySettings
from ewarn.gateway.supervisor import Started
from ewarn.publish import publisher
from ewarn.seismic.origin import Origin, Report, Status
from ewarn.system import process
from ewarn.system.address import split_address
from ewarn.system.clock import WallClock
from ewarn.system.private_files import write_private
from ewarn.system.tls import client_context
from ewarn.wire.signing import Signer
from tests.hosts.lab import Hosts

SECRET = "a-secret-of-the-tests"
KEY = Ed25519PrivateKey.generate()
CENTRE = Signer(KEY)
"""who signs the reports of the tests"""
PATIENCE_S = 30.0
"""for what takes milliseconds, unless it never comes"""


LONGEST = (
    "docs/test_commands.py",
    "test_drill.py",
    "test_cli.py",
    "gateway/test_gateway.py",
    "bench/test_bench.py",
    "drill/test_platforms.py",
    "fleet/test_faults.py",
    "test_drill_packets.py",
    "swarm/test_crew.py",
    "gateway/test_elastic.py",
    "fleet/test_fleet_drill.py",
    "agent/test_agent.py",
    "gateway/test_stalled.py",
    "briefing/test_page.py",
    "bus/test_centre.py",
    "demo/test_kiosk.py",
    "bench/test_packets.py",
    "demo/test_server.py",
    "deploy/test_watched.py",
    "demo/test_playlist.py",
    "bus/test_line.py",
    "gateway/test_keeping.py",
    "gateway/test_tls.py",
    "gateway/test_team.py",
    "test_views.py",
    "gateway/test_on_bus.py",
    "drill/test_every_promise.py",
    "hosts/test_lab.py",
    "gateway/test_desk.py",
    "cli/test_fuzz.py",
    "seismic/test_reports.py",
    "centre/test_outlook.py",
    "drill/test_find.py",
    "drill/test_unsent.py",
    "drill/test_secure_drill.py",
    "seismic/test_published.py",
)
"""files that take longest, in that order: what begins last must not go on while other processes have nothing to do"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take longest come first; the others, and tests within a file, as they were found."""
    here = Path(__file__).parent
    rank = {here / name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


def pytest_configure() -> None:
    """How long an example takes says how busy the machine is; a test's own time limit ends what never ends."""
    with suppress(ImportError):  # the browser's tests do without
        from hypothesis import settings

        settings.register_profile("any machine", settings(), deadline=None)
        settings.load_profile("any machine")


@dataclass
class RunningGateway:
    """A gateway in processes of its own."""

    child: process.Child
    started: Started
    ca: str | None = None
    """file with the authority of its certificate, where it speaks TLS"""

    def url(self, query: str = "user=me&place=30.0,103.0") -> str:
        return f"ws{'s' if self.ca else ''}://{self.started.listen}/v1/alerts?{query}"

    def get(self, path: str, timeout_s: float = 10.0) -> str:
        url = f"http{'s' if self.ca else ''}://{self.started.listen}{path}"
        context = client_context(self.ca) if self.ca else None
        with urllib.request.urlopen(url, timeout=timeout_s, context=context) as answer:  # noqa: S310
            return answer.read().decode()

    def health(self, timeout_s: float = 10.0) -> dict[str, Any]:
        return json.loads(self.get("/healthz", timeout_s))

    def metric(self, name: str) -> int:
        lines = [line for line in self.get("/metrics").splitlines() if line.split(" ")[0] == name]
        return int(float(lines[0].split()[1]))

    def publisher(self, secret: str = SECRET) -> Any:
        return publisher(self.started.control, secret, WallClock(), CENTRE, ca=self.ca)

    def release(self, *reports: Report) -> None:
        """Release, and wait until every shard has taken the reports up."""
        due = self.metric("ewarn_reports_total") + len(reports) * self.metric("ewarn_up")
        with self.publisher() as control:
            for one in reports:
                control.release(one)
        until = time.monotonic() + PATIENCE_S
        while (taken := self.metric("ewarn_reports_total")) < due:
            assert time.monotonic() < until, f"shards took up {taken} of {due} reports within {PATIENCE_S:g} s"
            time.sleep(0.005)

    @property
    def address(self) -> tuple[str, int]:
        return split_address("listen", self.started.listen)


def grouped(given: dict[str, Any]) -> GatewaySettings:
    """Settings of a gateway, whichever group each belongs to."""
    made = GatewaySettings()
    groups = {field.name: getattr(made, field.name) for field in fields(made)}
    within = {
        name: {one.name: given.pop(one.name) for one in fields(group) if one.name in given}
        for name, group in groups.items()
        if is_dataclass(group)
    }
    return replace(made, **{name: replace(groups[name], **found) for name, found in within.items()}, **given)


@contextmanager
def gateways() -> Iterator[Callable[..., RunningGateway]]:
    """Start gateways on free ports; they end with the context."""
    children: list[process.Child] = []

    def start(target: str = "ewarn.gateway.supervisor:main", ca: str | None = None, **settings: Any) -> RunningGateway:
        here = {"listen": "127.0.0.1:0", "control": "127.0.0.1:0", "shards": 2, "keys": (CENTRE.public,)}
        wanted = grouped(here | settings)
        child = process.spawn(target, wanted, descriptors=wanted.addresses.also, environment={VARIABLE: SECRET})
        children.append(child)
        started = child.channel.recv()
        if isinstance(started, EwarnError):
            raise started
        return RunningGateway(child, started, ca)

    try:
        yield start
    finally:
        for child in children:
            child.stop()


@pytest.fixture
def start_gateway() -> Iterator[Callable[..., RunningGateway]]:
    """See `gateways`."""
    with gateways() as start:
        yield start


@pytest.fixture(scope="session")
def shared_gateway() -> Iterator[RunningGateway]:
    """A gateway for tests that release no report and count nothing."""
    with gateways() as start:
        yield start()


@pytest.fixture(scope="session")
def forgetful_gateway() -> Iterator[RunningGateway]:
    """A gateway for reports of `make_own_report` to those who are there: who comes later hears none."""
    with gateways() as start:
        yield start(in_force_s=0.0)


@pytest.fixture
def signing_key(tmp_path: Path) -> Path:
    """The file of the key with which reports of the tests are signed."""
    path = tmp_path / "signing.pem"
    write_private(path, KEY.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
    return path


@pytest.fixture
def gateway(start_gateway: Callable[..., RunningGateway]) -> RunningGateway:
    """A gateway of two shards."""
    return start_gateway()


@pytest.fixture
def make_report() -> Callable[..., Report]:
    """Reports of a quake that begins now."""
    now = WallClock().time()

    def make(number: int = 1, status: Status = "update", quake: str = "luding-2022", later_s: float = 0.0) -> Report:
        origin = Origin(time=now + later_s, latitude=29.59, longitude=102.08, depth_km=16.0, magnitude=6.1)
        after_s = later_s + 5.0 + number  # all of it ahead of the clock, so that no test has to wait
        play = round(1e9 * (now + later_s / 1000))
        return Report(quake, number, status, origin, "Qingzang", now + after_s, play, ahead_s=after_s)

    return make


@pytest.fixture
def make_own_report(make_report: Callable[..., Report]) -> Callable[..., Report]:
    """As `make_report`, of a quake that no other test has."""
    return partial(make_report, quake=f"quake-{uuid4().hex}")


@pytest.fixture(scope="session")
def lay_hosts() -> type[Hosts]:
    """Lay hosts on this machine, as a context; a test is skipped where that cannot be done, see `tests.hosts.lab`."""
    return Hosts
