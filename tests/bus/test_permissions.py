"""What each key of a real server may do, and what it is refused. Debian's nats-server and PyPI's."""

import asyncio
import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from ewarn.bus import folder
from ewarn.bus.lines import NamedLine
from ewarn.bus.roles import ROLES, gateway
from ewarn.bus.seeds import seed_file
from ewarn.bus.server_files import CONNECTIONS, MESSAGE_BYTES, MOST_CONNECTIONS, STORE_BYTES

nats = pytest.importorskip("nats")
PATIENCE_S = 10.0
RELOADED = "Reloaded server configuration"
FOUND = {"debian": "/usr/sbin/nats-server", "pypi": str(Path(sys.executable).with_name("nats-server"))}
GATEWAYS = ("g1", "g2")
CALLERS = {one.key: one for one in (*ROLES, *map(gateway, GATEWAYS))}
SERVERS = [name for name, path in FOUND.items() if shutil.which(path)]
STREAM = {
    "name": "EWARN",
    "subjects": ["ewarn.reports.*"],
    "storage": "file",
    "max_msgs_per_subject": 1,
    "max_msg_size": 65_536,
    "discard": "old",
}


class Server:
    """A line on loopback that speaks TLS, and clients of it."""

    def __init__(self, path, keys):
        self.path, self.keys = path, keys
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.line = NamedLine("b1", ("127.0.0.1",), self.port)
        folder.make(keys, [self.line], GATEWAYS)
        self.log, self.conf = keys / "log", keys / "b1" / "b1.conf"
        with self.log.open("w") as log:
            self.process = subprocess.Popen([path, "-c", self.conf], stderr=log)
        self.wait_for("Server is ready")

    def wait_for(self, said, times=1):
        until = time.monotonic() + PATIENCE_S
        while self.log.read_text().count(said) < times:
            assert time.monotonic() < until, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.01)

    def reload(self):
        seen = self.log.read_text().count(RELOADED)
        subprocess.run([self.path, "--signal", f"reload={self.process.pid}"], check=True, capture_output=True)
        self.wait_for(RELOADED, seen + 1)

    @asynccontextmanager
    async def client(self, name, seed=None, ca=None, role=None):
        """A client of a role; `refused` is what the server has told it."""
        refused = []

        async def note(error):
            refused.append(str(error))

        one = await nats.connect(
            f"tls://127.0.0.1:{self.port}",
            tls=ssl.create_default_context(cafile=ca or self.keys / "ca.pem"),
            nkeys_seed_str=seed or seed_file(self.keys, name).read_text().strip(),
            inbox_prefix=(role or CALLERS[name]).inbox.encode(),
            error_cb=note,
            allow_reconnect=False,
            connect_timeout=PATIENCE_S,
        )
        one.refused = refused
        try:
            yield one
        finally:
            await one.close()


@pytest.fixture(scope="module", params=SERVERS or [pytest.param("none", marks=pytest.mark.skip("no nats-server"))])
def server(request, tmp_path_factory):
    one = Server(FOUND[request.param], tmp_path_factory.mktemp("bus"))
    yield one
    one.process.kill()
    one.process.wait()


def certificate(server):
    """That it shows who connects now: NATS speaks TLS after its first line."""
    context = ssl.create_default_context(cafile=server.keys / "ca.pem")
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as line:
        assert line.recv(65536).startswith(b"INFO")
        with context.wrap_socket(line, server_hostname="127.0.0.1") as secure:
            return secure.getpeercert(binary_form=True)


async def settled(*clients):
    """All that they have sent has been seen, and what came of it has reached them."""
    for _ in range(2):
        for one in clients:
            await one.flush(PATIENCE_S)
    await asyncio.sleep(0)


async def heard(ear, say):
    """What is heard, said until it is: from another account, 2.15 brings it some ms after it has confirmed the ear."""
    until = time.monotonic() + PATIENCE_S
    while True:
        await say()
        try:
            return (await ear.next_msg(0.1)).data
        except nats.errors.TimeoutError:
            assert time.monotonic() < until


async def ask(client, name, request, payload=b""):
    answer = await client.request(f"{CALLERS[name].api}.{request}", payload, timeout=PATIENCE_S)
    return json.loads(answer.data)


async def make_stream(centre):
    made = await ask(centre, "centre", "STREAM.CREATE.EWARN", json.dumps(STREAM).encode())
    assert "error" not in made
    return made


async def test_a_report_of_the_centre_reaches_gateways_and_is_kept_for_those_that_come_late(server):
    async with server.client("centre") as centre, server.client("g1") as gateway:
        await make_stream(centre)
        reports = await gateway.subscribe("ewarn.reports.*")
        pulse = await gateway.subscribe("ewarn.pulse")
        await gateway.flush()
        assert await heard(pulse, lambda: centre.publish("ewarn.pulse", b"pulse")) == b"pulse"
        said = partial(centre.request, "ewarn.reports.luding", b"report", timeout=PATIENCE_S)
        assert await heard(reports, said) == b"report"
        assert json.loads((await said()).data)["stream"] == "EWARN"
        wanted = json.dumps({"subjects_filter": "ewarn.reports.*"}).encode()
        state = (await ask(gateway, "g1", "STREAM.INFO.EWARN", wanted))["state"]
        assert state["subjects"]["ewarn.reports.luding"] == 1
        wanted = json.dumps({"last_by_subj": "ewarn.reports.luding"}).encode()
        kept = await ask(gateway, "g1", "STREAM.MSG.GET.EWARN", wanted)
        assert kept["message"]["data"] == "cmVwb3J0"
        assert not centre.refused + gateway.refused


async def test_gateways_tell_the_centre_each_other_and_the_conductor(server):
    async with (
        server.client("centre") as centre,
        server.client("g1") as gateway,
        server.client("g2") as another,
        server.client("conductor") as conductor,
    ):
        ears = [await one.subscribe("ewarn.hosts.*") for one in (centre, another, conductor)]
        taken = await centre.subscribe("ewarn.taken.*")
        await settled(centre, another, conductor)
        for ear in ears:
            assert await heard(ear, lambda: gateway.publish("ewarn.hosts.g1", b"up")) == b"up"
        assert await heard(taken, lambda: gateway.publish("ewarn.taken.g1", b"taken")) == b"taken"
        assert not centre.refused + gateway.refused + another.refused + conductor.refused


async def test_a_conductor_asks_swarms_and_they_answer_it(server):
    async with server.client("conductor") as conductor, server.client("swarm") as swarm:

        async def answer(message):
            await swarm.publish(message.reply, b"x" * MESSAGE_BYTES["SWARMS"])

        await swarm.subscribe("ewarn.swarm.orders.>", cb=answer)
        got = await conductor.subscribe("ewarn.swarm.answers.*")
        await settled(swarm, conductor)
        answered = await conductor.request("ewarn.swarm.orders.s1", b"go", timeout=PATIENCE_S)
        assert len(answered.data) == MESSAGE_BYTES["SWARMS"]
        await swarm.publish("ewarn.swarm.answers.s1", b"here")
        assert (await got.next_msg(PATIENCE_S)).data == b"here"
        assert not conductor.refused + swarm.refused


async def test_a_conductor_asks_a_gateway_for_its_journal_and_that_gateway_alone_answers(server):
    async with (
        server.client("conductor") as conductor,
        server.client("g1") as gateway,
        server.client("g2") as another,
        server.client("swarm") as swarm,
    ):
        orders = await gateway.subscribe("ewarn.noted.orders.g1")
        answers = await conductor.subscribe("ewarn.noted.answers.*")
        await settled(conductor, gateway)
        assert await heard(orders, lambda: conductor.publish("ewarn.noted.orders.g1", b"go")) == b"go"
        piece = b"x" * MESSAGE_BYTES["GATEWAYS"]
        for one in (another, swarm):
            await one.publish("ewarn.noted.answers.g1", b"not g1")
            await one.publish("ewarn.noted.orders.g1", b"not the conductor")
        assert await heard(answers, lambda: gateway.publish("ewarn.noted.answers.g1", piece)) == piece
        await settled(conductor, gateway, another, swarm)
        assert [len(one.refused) for one in (conductor, gateway, another, swarm)] == [0, 0, 2, 2]


JETSTREAM = [
    f"{api}.{one}"
    for api in ("$JS.API", "ewarn.kept")
    for one in (
        "STREAM.CREATE.EWARN",
        "STREAM.UPDATE.EWARN",
        "STREAM.DELETE.EWARN",
        "STREAM.PURGE.EWARN",
        "STREAM.MSG.DELETE.EWARN",
        "STREAM.CREATE.OTHER",
        "STREAM.RESTORE.EWARN",
        "STREAM.SNAPSHOT.EWARN",
        "STREAM.NAMES",
        "CONSUMER.CREATE.EWARN",
        "CONSUMER.DURABLE.CREATE.EWARN.d",
        "DIRECT.GET.EWARN",
        "INFO",
        "ACCOUNT.PURGE.CENTRE",
    )
]
TRIED = {
    *JETSTREAM,
    *(f"$JS.API.{one}" for one in ("STREAM.INFO.EWARN", "STREAM.MSG.GET.EWARN")),
    "ewarn.reports.x",
    "ewarn.reports.x.y",
    "ewarn.pulse",
    *(f"{what}.{host}" for what in ("ewarn.taken", "ewarn.hosts") for host in (*GATEWAYS, "g1.g2")),
    "ewarn.swarm.orders.s1",
    "ewarn.swarm.answers.s1",
    *(f"ewarn.noted.{what}.{host}" for what in ("orders", "answers") for host in (*GATEWAYS, "g1.g2")),
    *(f"{one.inbox}.x.y" for one in CALLERS.values()),
    "_INBOX.x",
    "$SYS.REQ.SERVER.PING",
    "$JS.ACK.EWARN.d.1.1.1.1.1",
    "anything",
}


def fits(subject, patterns):
    """Whether a subject is among these, by the rules of NATS."""
    words = subject.split(".")
    for pattern in patterns:
        wanted = pattern.split(".")
        open_end = wanted[-1] == ">"
        if open_end:
            wanted = wanted[:-1]
        long_enough = len(words) > len(wanted) if open_end else len(words) == len(wanted)
        if long_enough and all(one in ("*", word) for one, word in zip(wanted, words, strict=False)):
            return True
    return False


@pytest.mark.parametrize("name", CALLERS)
async def test_nobody_may_publish_what_is_not_theirs_and_each_is_told(server, name):
    forbidden = sorted(one for one in TRIED if not fits(one, CALLERS[name].publish))
    assert len(forbidden) > len(TRIED) - 9
    async with server.client(name) as one:
        for subject in forbidden:
            await one.publish(subject, b"{}", reply=f"{CALLERS[name].inbox}.a.b")
        await settled(one)
        refused = [line for line in one.refused if "permissions violation for publish" in line]
        assert len(refused) == len(forbidden)


@pytest.mark.parametrize("name", CALLERS)
async def test_nobody_may_hear_what_is_not_theirs(server, name):
    tried = {*TRIED, ">", "ewarn.>", "_INBOX.>", "*.*.*", *(one for other in CALLERS.values() for one in other.hears)}
    forbidden = sorted(one for one in tried if not fits(one, CALLERS[name].hears) and one not in CALLERS[name].hears)
    async with server.client(name) as one:
        for subject in forbidden:
            await one.subscribe(subject)
            await one.flush(PATIENCE_S)
        await settled(one)
        refused = [line for line in one.refused if "permissions violation for subscription" in line]
        assert len(refused) == len(forbidden)


async def test_an_answer_of_the_server_that_is_led_elsewhere_is_not_kept_as_a_report(server):
    """A server answers on whatever subject a request names, and asks nobody whether the asker may publish there."""
    async with server.client("centre") as centre, server.client("g1") as gateway:
        await make_stream(centre)
        await centre.request("ewarn.reports.true", b"true", timeout=PATIENCE_S)
        before = (await ask(centre, "centre", "STREAM.INFO.EWARN"))["state"]
        for subject in ("ewarn.reports.true", "ewarn.reports.false"):
            for request in ("STREAM.INFO.EWARN", "STREAM.MSG.GET.EWARN"):
                await gateway.publish(f"{CALLERS['g1'].api}.{request}", b"{}", reply=subject)
        await settled(gateway, centre)
        wanted = json.dumps({"last_by_subj": "ewarn.reports.true"}).encode()
        assert (await ask(gateway, "g1", "STREAM.MSG.GET.EWARN", wanted))["message"]["data"] == "dHJ1ZQ=="
        assert (await ask(centre, "centre", "STREAM.INFO.EWARN"))["state"]["last_seq"] == before["last_seq"]


async def test_not_even_the_centre_s_key_fills_the_disk(server):
    stored = 100_000
    server.conf.write_text(server.conf.read_text().replace(f"max_file: {STORE_BYTES}", f"max_file: {stored}"))
    server.reload()
    async with server.client("centre") as centre:
        await make_stream(centre)
        answers = [
            json.loads((await centre.request(f"ewarn.reports.q{number}", bytes(30_000), timeout=PATIENCE_S)).data)
            for number in range(8)
        ]
        assert "error" in answers[-1]
        assert (await ask(centre, "centre", "STREAM.INFO.EWARN"))["state"]["bytes"] <= stored


async def test_gateways_that_take_all_connections_they_can_do_not_shut_the_centre_out(server):
    assert sum(CONNECTIONS.values()) < MOST_CONNECTIONS
    few = server.conf.read_text().replace(f"max_connections: {CONNECTIONS['GATEWAYS']}", "max_connections: 2")
    server.conf.write_text(few)
    server.reload()
    async with server.client("g1"), server.client("g1"):
        with pytest.raises(nats.errors.Error):
            async with server.client("g1"):
                pass
        async with server.client("centre") as centre:
            await settled(centre)


async def test_a_message_that_is_too_large_ends_its_connection_alone(server):
    async with server.client("g1") as gateway, server.client("g1") as other:
        await gateway.publish("ewarn.hosts.g1", b"x" * (MESSAGE_BYTES["GATEWAYS"] + 1))
        with pytest.raises((OSError, nats.errors.Error)):
            await settled(gateway)
        await settled(other)


async def test_without_a_key_or_with_another_nobody_comes_in(server):
    for options in ({}, {"user": "centre", "password": "centre"}, {"nkeys_seed_str": folder.keys.make()}):
        with pytest.raises(nats.errors.Error):
            await nats.connect(
                f"tls://127.0.0.1:{server.port}",
                tls=ssl.create_default_context(cafile=server.keys / "ca.pem"),
                allow_reconnect=False,
                connect_timeout=PATIENCE_S,
                **options,
            )


async def test_the_port_is_the_only_one_that_is_open(server):
    import psutil

    found = [one.laddr for one in psutil.Process(server.process.pid).net_connections() if one.status == "LISTEN"]
    assert [tuple(one) for one in found] == [("127.0.0.1", server.port)]


async def test_a_gateway_that_is_added_comes_in_and_nobody_who_is_there_is_lost(server):
    async with server.client("centre") as centre, server.client("g1") as one:
        heard = await one.subscribe("ewarn.hosts.*")
        await settled(centre, one)
        folder.add(server.keys, [], ["g3"])
        server.reload()
        async with server.client("g3", role=gateway("g3")) as new:
            await new.publish("ewarn.hosts.g1", b"not I")
            await new.publish("ewarn.hosts.g3", b"up")
            assert (await heard.next_msg(PATIENCE_S)).data == b"up"
            assert len(new.refused) == 1
        await settled(centre, one)
        assert not one.refused + centre.refused


async def test_a_server_learns_while_it_runs_what_a_newer_version_lets_roles_do(server):
    new = server.conf.read_text()
    lines = [line for line in new.splitlines(keepends=True) if "stream: " not in line or "noted" not in line]
    server.conf.write_text(re.sub(r', "ewarn\.noted[^"]*"', "", "".join(lines)))
    server.reload()
    folder.renew(server.keys)
    server.reload()
    async with server.client("conductor") as conductor, server.client("g1") as gateway:
        orders = await gateway.subscribe("ewarn.noted.orders.g1")
        await settled(gateway)
        assert await heard(orders, lambda: conductor.publish("ewarn.noted.orders.g1", b"go")) == b"go"
        assert not conductor.refused + gateway.refused


async def test_new_certificates_and_keys_are_read_while_it_runs(server):
    async with server.client("centre") as centre, server.client("g1") as thief:
        stolen = seed_file(server.keys, "g1").read_text().strip()
        old = certificate(server)
        folder.renew(server.keys)
        folder.new_key(server.keys, "g1")
        server.reload()
        assert certificate(server) != old
        with pytest.raises(nats.errors.Error):
            async with server.client("g1", seed=stolen):
                pass
        async with server.client("g1") as gateway:
            await settled(gateway, centre)
        with pytest.raises((OSError, nats.errors.Error)):
            await settled(thief)
