"""A line is kept over cuts, kills and refusals: a real server, real sockets, a cable that can be cut."""

import asyncio
import logging
import random
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import uvloop
from cryptography import x509

from ewarn.bus import stream
from ewarn.bus.addresses import LineAddress, read_identity
from ewarn.bus.line import Line
from ewarn.bus.problems import explain
from ewarn.bus.roles import gateway, role
from ewarn.errors import BusError, BusRefusedError
from tests.bus.relay import Relay, speaking
from tests.bus.servers import running
from tests.certificates import Authority

LOOPS = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
SUBJECT = "ewarn.reports.luding-2022"
CUT_S = 3.0
"""in which a cut must be noticed: half a second, one for the answer, and room for a machine that has more to do"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    with running(tmp_path_factory.mktemp("plain") / "bus", count=1) as bus:
        yield bus


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    with running(tmp_path_factory.mktemp("secure") / "bus", count=1, tls=True) as bus:
        yield bus


class Told:
    """What became of a line."""

    def __init__(self):
        self.ups, self.downs, self.heard = 0, [], []

    async def up(self, _):
        self.ups += 1

    def down(self, _, why):
        self.downs.append(why)

    def hear(self, subject, payload):
        self.heard.append((subject, payload))


async def met(condition, within_s=20.0):
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.002)


@asynccontextmanager
async def kept(address, identity, told, hears=None, on_up=None):
    """A line that runs."""
    line = Line(address, identity, hears or {}, on_up or told.up, told.down, rng=random.Random(1))
    task = asyncio.create_task(line.run())
    try:
        yield line
    finally:
        task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), ended
        assert not line.up


@pytest.fixture(autouse=True)
async def _nothing_is_left():
    """Of no line is a task left."""
    yield
    await alone(asyncio.sleep(0))


async def alone(scene):
    """Play it; afterwards no task is left of it."""
    await scene
    assert asyncio.all_tasks() == {asyncio.current_task()}


def quiet(capfd, caplog):
    """Nothing was printed, and nobody but our own logger said anything."""
    assert capfd.readouterr().err == ""
    assert {one.name for one in caplog.records} <= {"ewarn.bus"}


@LOOPS
def test_a_cut_over_tls_is_noticed_and_heals_and_what_was_missed_can_be_had(secure, run, capfd, caplog):
    async def scene():
        told, server = Told(), secure.servers[0]
        async with (
            Relay(server.address.port) as cable,
            kept(server.address, secure.identity("centre"), Told()) as centre,
            kept(
                replace(server.address, port=cable.port),
                secure.identity("g1"),
                told,
                {"ewarn.reports.*": told.hear},
            ) as hearer,
        ):
            await met(lambda: centre.up and hearer.up)
            await stream.ensure(centre, 5.0)
            cable.cut = True
            assert await stream.publish(
                centre, f"{SUBJECT}-{'uv' if run is uvloop.run else 'plain'}", b"missed", 0, 5.0
            )
            await met(lambda: told.downs, CUT_S)
            assert not hearer.up
            assert told.downs == [f"tls://127.0.0.1:{cable.port} does not answer"]
            cable.cut = False
            await met(lambda: hearer.up)
            assert b"missed" in await stream.newest(hearer, 5.0)
            centre.say(SUBJECT, b"heard")
            await met(lambda: told.heard == [(SUBJECT, b"heard")])

    run(alone(scene()))
    quiet(capfd, caplog)


@LOOPS
def test_a_server_that_is_killed_is_noticed_at_once_and_its_stream_is_there_when_it_is_back(plain, run, capfd, caplog):
    async def scene():
        told, server = Told(), plain.servers[0]
        async with kept(server.address, plain.identity("centre"), told) as line:
            await met(lambda: line.up)
            await stream.ensure(line, 5.0)
            await stream.ensure(line, 5.0)
            subject = f"{SUBJECT}-{'uv' if run is uvloop.run else 'plain'}"
            await stream.publish(line, subject, b"kept", 0, 5.0)
            asked = asyncio.create_task(line.ask("ewarn.reports.nobody-keeps-this.~", b"", 60.0))
            await asyncio.sleep(0)
            server.kill()
            await met(lambda: told.downs)
            assert told.downs[0] == f"{line.address} closed the connection"
            with pytest.raises(BusError):  # at once, and not after its minute
                await asyncio.wait_for(asked, 5.0)
            with pytest.raises(BusError, match=str(server.address.port)):
                await line.ask(subject, b"", 5.0)
            line.say(subject, b"to nobody")
            await met(lambda: told.downs[-1] == f"{line.address}: Connection refused")
            server.start()
            await met(lambda: line.up)
            assert (line.problem, told.ups) == (None, 2)
            assert await stream.newest_of(line, subject, 5.0) == b"kept"

    run(alone(scene()))
    quiet(capfd, caplog)


async def test_a_line_that_was_lost_does_not_count_as_cancelled(plain):
    """Before Python 3.11.3 (gh-102780) the next timeout would end it without a word: the line would stay down."""
    told, server = Told(), plain.servers[0]
    async with kept(server.address, plain.identity("g1"), told) as line:
        (running_line,) = (task for task in asyncio.all_tasks() if task.get_coro().__qualname__ == "Line.run")
        await met(lambda: line.up)
        server.kill()
        await met(lambda: told.downs)
        assert running_line.cancelling() == 0
        server.start()
        await met(lambda: line.up)


async def test_a_server_that_hangs_is_given_up_and_found_again(plain):
    told, server = Told(), plain.servers[0]
    async with kept(server.address, plain.identity("g1"), told) as line:
        await met(lambda: line.up)
        server.hang()
        try:
            await met(lambda: told.downs, CUT_S)
        finally:
            server.go_on()
        await met(lambda: line.up)
        assert told.downs == [f"{line.address} does not answer"]


async def test_the_stream_keeps_the_newest_of_each_and_takes_none_that_follows_another(plain):
    told, server = Told(), plain.servers[0]
    async with (
        kept(server.address, plain.identity("centre"), told) as centre,
        kept(server.address, plain.identity("g1"), told) as hearer,
    ):
        await met(lambda: centre.up and hearer.up)
        await stream.ensure(centre, 5.0)
        mine = f"{SUBJECT}-of-this-test"
        assert await stream.newest_of(hearer, mine, 5.0) is None
        first = await stream.publish(centre, mine, b"1", 0, 5.0)
        assert first
        second = await stream.publish(centre, mine, b"2", first, 5.0)
        assert await stream.publish(centre, mine, b"late", first, 5.0) is None
        assert await stream.publish(centre, mine, b"late", 0, 5.0) is None
        assert await stream.last(centre, mine, 5.0) == (second, b"2")
        await stream.publish(centre, f"{mine}~~reviewed", b"3", 0, 5.0)
        assert {b"2", b"3"} <= set(await stream.newest(hearer, 5.0))


async def test_what_a_role_may_not_do_is_one_line_at_once(plain, caplog):
    told, server = Told(), plain.servers[0]
    async with kept(server.address, plain.identity("g1"), told) as line:
        await met(lambda: line.up)
        asked = asyncio.wait_for(stream.publish(line, SUBJECT, b"x", 0, 60.0), 10.0)
        with pytest.raises(BusRefusedError) as refused:
            await asked
        assert str(refused.value) == f"{server.address} does not let gateway g1 publish to {SUBJECT}"
        with pytest.raises(
            BusRefusedError, match=r"does not let gateway g1 publish to ewarn\.kept\.STREAM\.CREATE\.EWARN"
        ):
            await stream.ensure(line, 60.0)
        with caplog.at_level(logging.WARNING, logger="ewarn.bus"):
            for _ in range(3):
                line.say(SUBJECT, b"x")
            await line.settle()
        assert [one.getMessage() for one in caplog.records] == [str(refused.value)]
        assert line.up and not told.downs


async def test_a_subject_that_may_not_be_heard_is_told_and_the_line_is_not_up(plain):
    told, server = Told(), plain.servers[0]
    async with kept(server.address, plain.identity("g1"), told, {"ewarn.taken.*": told.hear}) as line:
        await met(lambda: told.downs)
        assert told.downs == [f"{server.address} does not let gateway g1 hear ewarn.taken.*"]
        assert isinstance(line.refused, BusRefusedError)
        assert told.ups == 0


async def test_a_key_of_another_role_and_one_that_is_not_known_are_told(plain, tmp_path):
    from ewarn.bus import folder
    from ewarn.bus.lines import parse_line

    folder.make(tmp_path / "other", [parse_line("b1=127.0.0.1")])
    told, server = Told(), plain.servers[0]
    for key, why in (
        (plain.key("g1"), f"{server.address}: this key is not a centre's"),
        (str(tmp_path / "other" / "centre.nk"), f"{server.address} refused the key of the centre"),
    ):
        async with kept(server.address, read_identity(role("centre"), key), told) as line:
            await met(lambda: told.downs)
            assert told.downs.pop().startswith(why)
            assert line.refused


async def test_a_gateway_that_is_called_otherwise_than_its_key_is_told_so(plain):
    told, server = Told(), plain.servers[0]
    async with kept(server.address, read_identity(gateway("g2"), plain.key("g1")), told) as line:
        await met(lambda: told.downs)
        assert told.downs == [f"{server.address}: this key is not gateway g2's; does --name fit --key?"]
        assert line.refused


async def test_until_when_a_certificate_lasts_is_known(secure):
    told, server = Told(), secure.servers[0]
    async with kept(server.address, secure.identity("g1"), told) as line:
        await met(lambda: line.up)
        shown = x509.load_pem_x509_certificate((secure.folder / "b1" / "b1.pem").read_bytes())
        assert line.trusted_until == shown.not_valid_after_utc.timestamp()


async def test_a_certificate_that_is_not_trusted_or_of_another_host_is_told(secure, tmp_path):
    told, server = Told(), secure.servers[0]
    stranger = read_identity(gateway("g1"), secure.key("g1"), str(Authority(tmp_path).file))
    async with kept(server.address, stranger, told) as line:
        await met(lambda: told.downs)
        assert told.downs.pop().startswith(f"{server.address}: its certificate is not trusted: ")
        assert line.refused
    elsewhere = replace(server.address, host="127.0.0.2")
    async with Relay(server.address.port) as cable:
        cable._server.close()
        cable._server = await asyncio.start_server(cable._serve, "127.0.0.2", 0)
        elsewhere = replace(elsewhere, port=cable._server.sockets[0].getsockname()[1])
        async with kept(elsewhere, secure.identity("g1"), told) as line:
            await met(lambda: told.downs)
            assert told.downs.pop().startswith(f"{elsewhere}: its certificate is not trusted: IP address mismatch")
            assert line.refused


async def test_without_tls_where_it_is_to_be_nothing_is_said_that_proves_who_calls(secure):
    said = b'INFO {"auth_required":true,"nonce":"abc","max_payload":1024,"headers":true,"proto":1}\r\n'
    heard, told = bytearray(), Told()
    async with await speaking(said, heard) as server:
        address = replace(secure.servers[0].address, port=server.sockets[0].getsockname()[1])
        async with kept(address, secure.identity("centre"), told) as line:
            await met(lambda: told.downs)
            assert told.downs == [f"{address} does not speak TLS"]
            assert line.refused
    assert heard == b""


SILENT, NONE = "does not answer", "does not speak as a NATS server does"
NO_SERVER = (
    (b"", SILENT),
    (b"INFO {", SILENT),
    (b"INFO {\r\n", NONE),
    (b"INFO []\r\n", NONE),
    (b"INFO " + b"x" * 70_000, NONE),
    (b"HTTP/1.1 400 no\r\n\r\n", NONE),
    (b"SSH-2.0-x\r\n", NONE),
    (bytes(range(256)), NONE),
    (b'INFO {"tls_required":true}\r\n', SILENT),
)


@pytest.mark.parametrize(("said", "why"), NO_SERVER, ids=range(len(NO_SERVER)))
async def test_who_is_no_server_of_nats_or_hangs_in_a_handshake_is_given_up(secure, said, why, capfd, caplog):
    heard, told = bytearray(), Told()
    async with await speaking(said, heard) as server:
        address = replace(secure.servers[0].address, port=server.sockets[0].getsockname()[1])
        async with kept(address, secure.identity("centre"), told):
            await met(lambda: told.downs, 10.0)
            assert told.downs[0] == f"{address} {why}"
        async with kept(address, secure.identity("centre"), told):
            await met(lambda: heard or said != b'INFO {"tls_required":true}\r\n')
            # and ended in the middle of it
    quiet(capfd, caplog)


def test_what_the_system_has_no_words_for_is_told_all_the_same():
    address = LineAddress(0, "b1", 4222, tls=True)
    for silent in (ConnectionResetError(), ConnectionAbortedError(), OSError()):
        assert str(explain(address, role("centre"), silent)) == f"{address}: it hung up in the middle of a greeting"


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_line_of_which_a_part_was_cancelled_by_nobody_is_lost_and_made_anew(plain, run):
    async def scene():
        told, server = Told(), plain.servers[0]

        async def cancelled(line):
            await told.up(line)
            if told.ups == 1:
                raise asyncio.CancelledError

        async with kept(server.address, plain.identity("g1"), told, on_up=cancelled) as line:
            await met(lambda: told.ups == 2 and line.up)
            assert told.downs == [f"{server.address} was let go by a fault of this program"]

    run(alone(scene()))


async def test_a_line_whose_host_is_looked_for_in_vain_by_what_nobody_cancelled_goes_on(plain):
    told, server = Told(), plain.servers[0]
    async with kept(server.address, plain.identity("g1"), told) as line:
        await met(lambda: line.up)
        find, line._lookup.find = line._lookup.find, _cancelled
        line._connection._client._transport._io_writer.transport.abort()
        await met(lambda: len(told.downs) == 2)
        assert told.downs[1] == f"{server.address} was let go by a fault of this program"
        line._lookup.find = find
        await met(lambda: line.up)


async def _cancelled():
    raise asyncio.CancelledError


async def test_who_has_a_key_cannot_make_others_deaf_by_what_it_writes(plain):
    wrong = (
        b"PUB ewarn.swarm.answers.\xff 1\r\nx\r\n",
        b"PUB ewarn.swarm.answers.a\vb 1\r\nx\r\n",
        b"PUB ewarn.swarm.answers.a\fb \xff\xfe 1\r\nx\r\n",
        b"HPUB ewarn.swarm.answers.a 16 16\r\nNATS/1.0 5\xff\xff\r\n\r\n\r\n",
        b"HPUB ewarn.swarm.answers.a 14 14\r\nNATS/1.0 \xff\r\n\r\n\r\n",
        b"HPUB ewarn.swarm.answers.a 12 12\r\nNATS/1.0\r\n\r\n\r\n",
        b"PUB ewarn.swarm.answers.big 65536\r\n" + b"x" * 65536 + b"\r\n",
    )
    server, told = plain.servers[0], Told()
    async with (
        kept(server.address, plain.identity("swarm"), Told()) as stranger,
        kept(server.address, plain.identity("conductor"), told, {"ewarn.swarm.answers.>": told.hear}) as hearer,
    ):
        await met(lambda: stranger.up and hearer.up)
        for index, said in enumerate(wrong):
            stranger._connection._client._transport.write(said)
            well = "ewarn.swarm.answers.well", str(index).encode()
            stranger.say(*well)
            await met(lambda well=well: well in told.heard)
        assert len(told.heard) > len(wrong)
        assert hearer.up and told.ups == 1 and not told.downs


async def test_a_client_that_cannot_read_any_more_is_lost_though_it_says_that_all_is_well(plain):
    server, told = plain.servers[0], Told()
    async with kept(server.address, plain.identity("g1"), told) as line:
        await met(lambda: line.up)
        line._connection._client._reading_task.cancel()
        await met(lambda: told.downs, CUT_S)
        # The latter where it was asked just then.
        assert told.downs[0] in (f"{server.address} said what cannot be read", f"{server.address} does not answer")
        await met(lambda: line.up)


async def test_a_line_has_a_name(plain):
    address = replace(plain.servers[0].address, host="localhost")
    async with kept(address, plain.identity("g1"), Told()) as line:
        await met(lambda: line.up)


async def test_what_a_callback_raises_ends_the_line(plain):
    def wrong(_subject, _payload):
        raise ZeroDivisionError

    server = plain.servers[0]
    async with kept(server.address, plain.identity("centre"), Told()) as centre:
        told = Told()
        line = Line(
            server.address,
            plain.identity("g1"),
            {"ewarn.pulse": wrong},
            told.up,
            told.down,
            rng=random.Random(1),
        )
        task = asyncio.create_task(line.run())
        await met(lambda: line.up and centre.up)
        centre.say("ewarn.pulse", b"")
        with pytest.raises(ExceptionGroup) as raised:
            await asyncio.wait_for(task, 10.0)
        assert raised.group_contains(ZeroDivisionError)


async def test_what_goes_wrong_when_it_is_up_is_logged_and_the_line_stays(plain, caplog):
    async def on_up(_):
        raise BusError("it could not catch up")

    server = plain.servers[0]
    async with kept(server.address, plain.identity("g1"), Told(), on_up=on_up) as line:
        await met(lambda: caplog.records)
        assert [one.getMessage() for one in caplog.records] == ["it could not catch up"]
        assert line.up


def test_a_server_survives_that_many_ask_what_its_stream_keeps_while_it_is_made(plain):
    """2.9.10 dies of the plain way of asking, a nil pointer, in one of two such instants."""

    async def scene():
        told, server = Told(), plain.servers[0]

        async def ask(line):
            while True:
                await asyncio.gather(stream.newest_of(line, SUBJECT, 5.0), stream.newest(line, 5.0))

        async with (
            kept(server.address, plain.identity("centre"), Told()) as centre,
            kept(server.address, plain.identity("g1"), told) as hearer,
        ):
            await met(lambda: centre.up and hearer.up)
            for life in range(1, 5):
                server.kill()
                await met(lambda life=life: len(told.downs) >= life and not centre.up and not hearer.up)
                server.lose_disk()
                server.start()
                await met(lambda: centre.up and hearer.up)
                told.downs = told.downs[:1] * life  # refused while it was away
                asking = [asyncio.create_task(ask(hearer)) for _ in range(20)]
                await asyncio.sleep(0)
                await stream.ensure(centre, 5.0)
                await stream.publish(centre, SUBJECT, b"kept", 0, 5.0)
                assert await stream.newest_of(hearer, SUBJECT, 5.0) == b"kept"
                assert await stream.newest(hearer, 5.0) == [b"kept"]
                assert len(told.downs) == life
                for one in asking:
                    one.cancel()
                await asyncio.wait(asking)

    asyncio.run(alone(scene()))
