"""Agents led over two real servers of the bus, with users on a real gateway; whatever is killed, nothing stays."""

import os
import secrets
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from ewarn import __version__
from ewarn.bus.centre import bus_publisher
from ewarn.bus.leading import Leading
from ewarn.errors import HostLostError, InputError
from ewarn.gateway.settings import Tls
from ewarn.system import process
from ewarn.system.clock import WallClock
from ewarn.system.tls import certificates
from ewarn.verdict.receipts import TALLIES
from ewarn.wire.pieces import NEVER, Micros, unpack_frames
from ewarn.wire.swarms import Begin, Connect, Disturb, Hello
from tests.agent.conducting import HELLO, PATIENCE_S, connected, prepare
from tests.bus.hauling import collect
from tests.bus.listening import met
from tests.bus.servers import running
from tests.certificates import Authority
from tests.commands import ewarn
from tests.conftest import CENTRE, gateways

USERS = 200


class Ground:
    """The bus, and one gateway on it."""

    def __init__(self, bus, gateway):
        self.bus, self.gateway = bus, gateway

    @property
    def to(self):
        return f"ws://{self.gateway.started.listen}"

    @property
    def connections(self):
        return self.gateway.health()["connections"]

    @contextmanager
    def leading(self, *names, **options):
        lines = [one.address for one in self.bus.servers]
        run = secrets.token_hex(16)
        with Leading(lines, self.bus.identity("conductor"), WallClock(), run, names or ("s1",), **options) as to:
            yield to

    @contextmanager
    def agent(self, *words, name="s1"):
        command = ("swarm", "--join", self.bus.given, "--key", self.bus.key("swarm"), "--name", name, *words)
        one = subprocess.Popen([sys.executable, "-m", "ewarn", *command], stderr=subprocess.PIPE, text=True)
        try:
            assert f"{name} has joined" in one.stderr.readline()
            yield one
        finally:
            one.kill()
            one.communicate()

    def ended(self, agent):
        """Its exit code, and what it had to say last; nothing of it is left."""
        below = process.descendants(agent.pid)
        _, said = agent.communicate(timeout=PATIENCE_S)
        met(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))
        met(lambda: self.connections == 0)
        return agent.returncode, said.splitlines()[-1]


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    with running(tmp_path_factory.mktemp("fleet") / "keys") as bus, gateways() as start:
        yield Ground(bus, start(lines=bus.given, key=bus.key("g1"), name="g1", shards=1, capacity=1000))


def test_users_are_told_and_their_receipts_come_back_while_one_line_is_killed(ground, make_own_report):
    first, lines = 1000, [one.address for one in ground.bus.servers]
    with (
        ground.agent("--stay") as agent,
        ground.leading() as to,
        bus_publisher(lines, ground.bus.identity("centre"), WallClock(), CENTRE) as centre,
    ):
        here = to.ask({"s1": HELLO}, PATIENCE_S)["s1"]
        assert (here.ewarn, here.name, here.ear > 0) == (__version__, "s1", True)
        connected(to, ground.to, USERS, first=first)
        assert ground.connections == to.standing("s1").there == USERS
        reports = [make_own_report(1), make_own_report(2)]
        to.ask({"s1": Begin(reports[0].quake)}, PATIENCE_S)
        released = [centre.release(reports[0]).monotonic_ns]
        met(lambda: to.standing("s1").received == (USERS, 0, 0))
        ground.bus.servers[0].kill()
        released.append(centre.release(reports[1]).monotonic_ns)
        met(lambda: to.standing("s1").received == (USERS, USERS, 0))
        said, arrays = collect(to, "s1", PATIENCE_S)
        ground.bus.servers[0].start()
        read = Micros(arrays["read_base"], arrays["read"])
        assert (read.latest()[2] == NEVER).all()
        kernel = Micros(arrays["kernel_base"], arrays["kernel"]).latest()
        for report, at in enumerate(released):
            assert (read.latest()[report] > at).all()
            assert (read.latest()[report] < at + PATIENCE_S * 1e9).all()
            assert (kernel[report, :2] > at).all() and (kernel[report, 2:] == NEVER).all()
        assert said.gateways == ("g1",)
        assert said.placed == {"g1": (USERS, 0)}
        assert (arrays["via"] == [[1], [1], [0]]).all()
        assert arrays["there"].tolist() == [1] * USERS
        tallies = dict(zip(TALLIES, arrays["tallies"].sum(axis=0), strict=True))
        assert (tallies["connected"], tallies["receipts"], tallies["duplicates"]) == (USERS, 2 * USERS, 0)
        frames = unpack_frames(arrays["frames"].tobytes())
        assert sorted(user for user, _ in frames) == [0, 0, 1, 1]
        assert all(reports[0].quake.encode() in payload for _, payload in frames)
        to.ask({"s1": Disturb(bounce=1.0)}, PATIENCE_S)
        met(lambda: to.standing("s1").tallies[[*TALLIES].index("returned")] == USERS)
        assert to.leave() == []
        met(lambda: ground.connections == 0)
        with ground.leading() as again:  # it stays
            again.ask({"s1": HELLO}, PATIENCE_S)
            connected(again, ground.to, 5)
            agent.send_signal(signal.SIGTERM)
            with pytest.raises(HostLostError, match=r"^s1: its swarm has ended: interrupted$"):
                while True:
                    again.ask({"s1": Disturb()}, PATIENCE_S)
            assert again.lost("s1") == "its swarm has ended: interrupted"
            assert ground.ended(agent) == (130, "ewarn: interrupted; all its processes have ended")


def test_a_conductor_that_is_killed_leaves_nothing_behind(ground):
    with ground.agent() as agent:
        told = (ground.bus.given, ground.bus.key("conductor"), ground.to, USERS, 2.0)
        conductor = process.spawn("tests.agent.conducting:main", told)
        run = conductor.channel.recv()
        assert ground.connections == USERS
        with ground.leading() as other, pytest.raises(InputError, match=f"^s1: led by run {run} already$"):
            other.ask({"s1": HELLO}, PATIENCE_S)
        conductor.kill()
        code, said = ground.ended(agent)
        assert (code, "no word of the conductor for" in said) == (4, True)


def test_a_process_of_the_swarm_that_dies_ends_the_run_by_its_name(ground):
    with ground.agent() as agent, ground.leading() as to:
        to.ask({"s1": HELLO}, PATIENCE_S)
        connected(to, ground.to, 20)
        below = process.descendants(agent.pid)
        worker = next(pid for pid in below if "swarm.worker" in Path(f"/proc/{pid}/cmdline").read_text())
        os.kill(worker, signal.SIGKILL)
        met(lambda: to.lost("s1"))
        assert to.lost("s1") == "its swarm has ended: swarm process 0 of 1 died (status -9)"
        with pytest.raises(HostLostError, match=r"^s1: its swarm has ended: swarm process 0 of 1 died"):
            to.ask({"s1": Connect()}, PATIENCE_S)
        met(lambda: ground.connections == 0)
        to.leave()
        assert ground.ended(agent) == (4, "ewarn: swarm process 0 of 1 died (status -9)")


def test_orders_that_do_not_fit_are_refused_in_a_line_each(ground):
    with ground.agent("--stay"):
        with ground.leading() as to, pytest.raises(InputError) as refused:
            to.ask({"s1": Hello("9.9.9", 2, b"k" * 32, 10.0)}, PATIENCE_S)
        assert str(refused.value) == (
            f"s1: ewarn {__version__} here (wire 1), ewarn 9.9.9 conducts (wire 2); a fleet has one version"
        )
        with ground.leading() as to:
            to.ask({"s1": HELLO}, PATIENCE_S)
            with pytest.raises(InputError, match=r"^s1: count: 1 of 1 pieces are missing"):
                to.ask({"s1": prepare(ground.to, 5)}, PATIENCE_S)
            with pytest.raises(HostLostError, match=r"^s1: its swarm has ended: connect came before prepare$"):
                to.ask({"s1": Connect()}, PATIENCE_S)
        for gateway, told in (
            ("http://127.0.0.1:1", "s1: gateways: expected ws://HOST:PORT"),
            ("ws://127.0.0.1:9", "s1: no gateway answers on 127.0.0.1:9"),
        ):
            with ground.leading() as to, pytest.raises(InputError, match=f"^{told}"):
                to.ask({"s1": HELLO}, PATIENCE_S)
                connected(to, gateway, 5)


def test_who_has_no_right_key_or_no_line_is_told_in_a_line(ground, tmp_path):
    words = ("swarm", "--join", ground.bus.given, "--name", "s1")
    code, _, said = ewarn(*words, "--key", ground.bus.key("conductor"))
    assert (code, said.count("\n"), "this key is not swarm s1's; does --name fit --key?" in said) == (2, 1, True)
    with running(tmp_path / "others", count=1) as others:
        code, _, said = ewarn(*words, "--key", others.key("swarm"))
    assert (code, said.count("\n"), "refused the key of the swarm" in said) == (2, 1, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--clients", 5), "--clients: goes with no --join: the conductor says it"),
        (("--for", 5), "--for: goes with no --join"),
        (("--sources", "192.0.2.1"), "--sources: 192.0.2.1 is no address of this host"),
        (("--sources", "::1"), "--sources: expected IPv4 addresses"),
        (("--sources", "127.0.0.1,127.0.0.1"), "--sources: 127.0.0.1 is there twice"),
        (("--name", "S 1"), "--name: expected up to 63"),
    ],
)
def test_options_that_do_not_go_together_are_told_in_a_line(words, told):
    code, _, said = ewarn("swarm", "--join", "nats://127.0.0.1:1", "--key", "none.nk", "--name", "s1", *words)
    assert (code, told in said) == (2, True), said
    code, _, said = ewarn("swarm", "--to", "ws://127.0.0.1:1", "--clients", 1, "--stay")
    assert (code, said) == (2, "ewarn: --stay: goes with --join alone\n")


def test_gateways_with_tls_are_trusted_by_what_the_conductor_sends_and_reached_from_all_sources(ground, tmp_path):
    authority = Authority(tmp_path)
    pair = authority.sign()
    authority.file.write_bytes(pair.key.read_bytes() + authority.file.read_bytes())  # no key is sent
    ca = certificates(str(authority.file))
    assert "PRIVATE" not in ca
    own = {"lines": ground.bus.given, "key": ground.bus.key("g2"), "name": "g2", "shards": 1, "capacity": 1000}
    sources = {"127.0.0.5", "127.0.0.6"}
    with gateways() as start, ground.agent("--stay", "--sources", ",".join(sources)):
        secure = start(ca=str(authority.file), tls=Tls(str(pair.certificate), str(pair.key)), **own)
        to = f"wss://{secure.started.listen}"
        with ground.leading() as leading:
            leading.ask({"s1": HELLO}, PATIENCE_S)
            with pytest.raises(InputError, match="certificate is not trusted"):
                connected(leading, to, USERS)
        with ground.leading() as leading:
            leading.ask({"s1": HELLO}, PATIENCE_S)
            connected(leading, to, USERS, ca=ca)
            said, _ = collect(leading, "s1", PATIENCE_S)
            assert sum(said.placed["g2"]) == secure.health()["connections"] > 0
            port = int(secure.started.listen.rpartition(":")[2])
            there = [one for one in psutil.net_connections("tcp4") if one.laddr.port == port and one.raddr]
            # Whoever asks for a page comes from another address, and may still be there.
            by = [one.raddr.ip for one in there if one.raddr.ip in sources and one.status == "ESTABLISHED"]
            assert (set(by), len(by)) == (sources, sum(said.placed["g2"]))
