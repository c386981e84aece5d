"""A gateway that speaks TLS, in its own processes: served as without, and refusing what is none."""

import asyncio
import json
import os
import shutil
import signal
import socket
import ssl
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from ewarn.errors import InputError
from ewarn.gateway.settings import Tls
from ewarn.gateway.tls.handshaking import ABOUT_TLS
from ewarn.gateway.tls.pair import Pair
from ewarn.gateway.tls.terminator import AHEAD
from ewarn.swarm.client import parse_target, request
from ewarn.system.process import descendants
from ewarn.system.tls import client_context
from ewarn.wire.proxy_protocol import encode
from tests.certificates import DAY, Authority, write_key
from tests.conftest import gateways

ASKED = request(parse_target("ws://127.0.0.1:1"), "/v1/alerts?user=me&place=30.0,103.0", bytes(16))
SMALL = {"shards": 1, "capacity": 1_000}
"""with one terminator, so that it starts at once"""
MOST = 64
"""handshakes under way"""
STRICT = {"in_force_s": 0.0, "handshake_s": 3.0, "slow_s": 0.5, "proxy_from": ("127.0.0.2", "192.0.2.0/24")}
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
"""begins a ClientHello"""
FAILED = 'ewarn_tls_handshakes_failed_total{reason="%s"}'
ENDS = "ewarn_tls_certificate_expiry_timestamp_seconds"
HEADER = encode(("192.0.2.7", 5000), ("198.51.100.1", 443))
ONE_LINE = b"PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


def tls(pair, **settings):
    return Tls(str(pair.certificate), str(pair.key), **settings)


@pytest.fixture(scope="module")
def secure(authority):
    """For tests that leave it as it was."""
    wanted = tls(authority.sign("shared"), most_handshakes=MOST)
    with gateways() as start:
        yield start(ca=str(authority.file), tls=wanted, **STRICT, **SMALL)


def client(gateway):
    return connect(gateway.url(), ssl=client_context(gateway.ca), ping_interval=None)


def shaken(gateway):
    """A connection whose TLS handshake is done."""
    plain = socket.create_connection(gateway.address, timeout=10)
    return client_context(gateway.ca).wrap_socket(plain, server_hostname="127.0.0.1")


def presented(gateway, port=None):
    """The certificate that a new handshake shows."""
    address = gateway.started.control if port == "control" else gateway.started.listen
    host, port = address.split(":")
    return ssl.get_server_certificate((host, int(port)), timeout=10)


def ends(pem):
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc.timestamp()


def status(connection):
    connection.sendall(ASKED)
    return connection.recv(4096).split(b" ")[1]


def until(condition, patience_s=20.0):
    end = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def terminators(gateway):
    return [pid for pid in descendants(gateway.child.process.pid) if comm(pid) == "ewarn-terminato"]


def comm(pid):
    return Path(f"/proc/{pid}/comm").read_text().strip()


async def test_a_report_reaches_a_client_by_tls_and_the_control_port_takes_it_by_tls(secure, make_own_report):
    report = make_own_report(1)
    async with client(secure) as phone:
        secure.release(report)
        said = json.loads(await asyncio.wait_for(phone.recv(), 10))
        assert (said["quake"], said["number"]) == (report.quake, 1)
        await (await phone.ping())
        assert secure.metric("ewarn_tls_connections") >= 1
    assert secure.started.tls


def test_pages_are_served_by_tls_whole_and_end(secure):
    assert secure.health()["status"] == "ok"
    with closing(shaken(secure)) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        said = b""
        while data := connection.recv(65536):
            said += data
    head, _, body = said.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_is_1_2_at_least_with_forward_secrecy_and_authenticated_encryption(secure, version):
    context = client_context(secure.ca)
    context.maximum_version = version
    with (
        closing(socket.create_connection(secure.address, timeout=10)) as plain,
        closing(context.wrap_socket(plain, server_hostname="127.0.0.1")) as connection,
    ):
        name, _, _ = connection.cipher()
        assert "GCM" in name or "CHACHA20" in name
        assert status(connection) == b"101"


async def test_who_asks_in_plain_http_is_told_and_harms_nobody(secure):
    refused = secure.metric(FAILED % "refused")
    async with client(secure) as phone:
        for said in (ASKED, b"GET / HTTP/1.0\r\n\r\n"):
            with socket.create_connection(secure.address, timeout=10) as stranger:
                stranger.sendall(said)
                assert stranger.recv(4096) == ABOUT_TLS
        for nonsense in (b"\0" * 100, b"\x16\x03\x01\xff\xff", ONE_LINE + ASKED, HEADER + ASKED):
            # It may hang up before all is said.
            with socket.create_connection(secure.address, timeout=10) as stranger, suppress(OSError):
                stranger.sendall(nonsense)
                stranger.shutdown(socket.SHUT_WR)
                while stranger.recv(4096):
                    pass
        await (await phone.ping())
    until(lambda: secure.metric(FAILED % "refused") == refused + 6)


def test_a_publisher_without_tls_or_with_another_authority_is_refused_in_a_line(secure, tmp_path):
    from ewarn.publish import publisher
    from ewarn.system.clock import WallClock

    other = Authority(tmp_path, "other")
    for ca, why in [
        (None, "no gateway answers on control address .*; for TLS, give --ca or wss://HOST:PORT"),
        (str(other.file), "control address .*: its certificate is not trusted: unable to get local issuer certificate"),
    ]:
        with pytest.raises(InputError, match=why), publisher(secure.started.control, "x" * 20, WallClock(), ca=ca):
            pass


def test_half_open_handshakes_keep_nobody_out_and_are_ended(secure):
    crowded, late = (secure.metric(FAILED % why) for why in ("crowded", "timeout"))
    with ExitStack() as crowd:
        strangers = [crowd.enter_context(socket.create_connection(secure.address, timeout=10)) for _ in range(200)]
        for one in strangers[::2]:
            with suppress(OSError):  # the oldest have gone by now
                one.sendall(HELLO)
        with closing(shaken(secure)) as phone:
            assert status(phone) == b"101"
        assert secure.metric(FAILED % "crowded") >= crowded + 200 - MOST
        with suppress(ConnectionResetError):
            assert strangers[-1].recv(1) == b""
    assert secure.metric(FAILED % "timeout") > late


async def test_sighup_reads_the_pair_anew_and_one_that_will_not_do_changes_nothing(authority, start_gateway, capfd):
    pair, new = authority.sign("turning"), authority.sign("new", lasts=40 * DAY)
    gateway = start_gateway(ca=str(authority.file), tls=tls(pair), **SMALL)
    old = pair.certificate.read_text()
    for port in ("listen", "control"):
        assert presented(gateway, port) == old
    async with client(gateway) as phone:
        shutil.copy(new.key, pair.key)
        capfd.readouterr()
        gateway.child.process.send_signal(signal.SIGHUP)
        said = until(lambda: capfd.readouterr().err)
        assert "the files are no pair (key values mismatch); the old pair stays in use" in said
        assert said.count("\n") == 1
        assert presented(gateway) == presented(gateway, "control") == old
        assert gateway.metric(ENDS) == ends(old)
        shutil.copy(new.certificate, pair.certificate)
        gateway.child.process.send_signal(signal.SIGHUP)
        for port in ("listen", "control"):
            until(lambda port=port: presented(gateway, port) == new.certificate.read_text())
        assert gateway.metric(ENDS) == ends(new.certificate.read_text()) > ends(old)
        await (await phone.ping())
    theirs = terminators(gateway)
    assert len(theirs) == 1
    os.kill(gateway.child.process.pid, signal.SIGKILL)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in theirs))


async def test_a_terminator_that_dies_is_started_again_and_says_goodbye_in_the_end(authority, start_gateway):
    pair = authority.sign("own")
    gateway = start_gateway(ca=str(authority.file), tls=tls(pair), **SMALL)
    pair.certificate.write_text("junk")  # what is in use does not hang on files
    async with client(gateway) as phone:
        (old,) = terminators(gateway)
        os.kill(old, signal.SIGKILL)
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(phone.recv(), 10)
    until(lambda: gateway.metric("ewarn_tls_connections") == 1)  # the one that asks
    async with client(gateway) as phone:
        await (await phone.ping())
        assert gateway.health()["connections"] == 1
        assert gateway.metric("ewarn_tls_connections") == 2
        await asyncio.to_thread(gateway.child.stop)
        with pytest.raises(ConnectionClosed) as caught:
            await asyncio.wait_for(phone.recv(), 10)
    assert caught.value.rcvd.code == 1001


def test_a_terminator_that_stands_still_keeps_nobody_out_and_is_replaced(authority, start_gateway):
    wanted = tls(authority.sign("stalls"), terminators=2)
    gateway = start_gateway(ca=str(authority.file), tls=wanted, stalled_s=1.0, buried_s=6.0, handshake_s=600.0, **SMALL)
    with ExitStack() as leaving:

        def come(many):
            return [leaving.enter_context(closing(shaken(gateway))) for _ in range(many)]

        theirs = come(2 * AHEAD)  # so that both have some
        until(lambda: gateway.metric("ewarn_tls_connections") >= 2 * AHEAD)
        before = terminators(gateway)
        os.kill(before[0], signal.SIGSTOP)
        until(lambda: gateway.metric("ewarn_tls_stalled") == 1)
        assert gateway.health()["status"] == "degraded"
        began = time.monotonic()
        others = come(2 * AHEAD)  # more than the one that goes on may be ahead of one that merely has fewer
        assert time.monotonic() - began < 5
        until(lambda: before[0] not in terminators(gateway) and len(terminators(gateway)) == 2)
        until(lambda: gateway.health()["status"] == "ok")
        # Its clients learn of it, and the others' stay.
        assert any(is_over(one) for one in theirs)
        assert not any(is_over(one) for one in others)


def is_over(connection):
    """Whether the other end has hung up."""
    connection.settimeout(0.05)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def memory(pids):
    """Bytes, resident."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids) * os.sysconf("SC_PAGE_SIZE")


def test_a_phone_that_never_reads_is_a_slow_consumer_and_makes_nothing_grow(secure, make_own_report):
    gateway = secure
    plain = socket.socket()
    plain.settimeout(10)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect(gateway.address)
    with closing(client_context(gateway.ca).wrap_socket(plain, server_hostname="127.0.0.1")) as stuck:
        stuck.sendall(ASKED)
        until(lambda: gateway.health()["connections"] == 1)
        before = memory(terminators(gateway))
        number = 0
        with gateway.publisher() as control:
            while not gateway.metric('ewarn_closed_total{reason="slow_consumer"}'):
                number += 1
                assert number < 2_000
                control.release(make_own_report(number))
        assert gateway.metric("ewarn_superseded_total") > 0
        assert memory(terminators(gateway)) - before < 2 << 20


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "TLS"])
def test_from_named_addresses_a_proxy_header_is_required_and_from_others_it_is_refused(secured, start_gateway, secure):
    gateway = secure if secured else start_gateway(shards=1, proxy_from=STRICT["proxy_from"])
    counted = FAILED % "refused" if secured else 'ewarn_closed_total{reason="bad_request"}'
    refused = gateway.metric(counted)

    @contextmanager
    def saying(source, before):
        with socket.create_connection(gateway.address, timeout=10, source_address=(source, 0)) as plain:
            plain.sendall(before)
            yield plain

    for source, header in [("127.0.0.2", HEADER), ("127.0.0.2", ONE_LINE), ("127.0.0.1", b"")]:
        with saying(source, header) as plain:
            if secured:
                with client_context(gateway.ca).wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                    assert status(connection) == b"101"
            else:
                assert status(plain) == b"101"
    for source, said in [("127.0.0.2", HELLO if secured else ASKED), ("127.0.0.1", HEADER), ("127.0.0.1", ONE_LINE)]:
        with saying(source, said) as plain, suppress(ConnectionResetError):
            assert plain.recv(4096)[:12] == (b"" if secured else b"HTTP/1.1 400")
    until(lambda: gateway.metric(counted) == refused + 3)


def test_what_is_no_pair_of_files_is_named(authority, tmp_path):
    pair = authority.sign("good")
    absent, junk, shut = tmp_path / "absent.pem", tmp_path / "junk.pem", tmp_path / "shut.key"
    junk.write_text("junk")
    write_key(shut, ec.generate_private_key(ec.SECP256R1()), b"password")
    for files, why in [
        ((absent, pair.key), f"--tls-cert: cannot read {absent} "),
        ((pair.certificate, absent), f"--tls-key: cannot read {absent} "),
        ((junk, pair.key), "--tls-cert, --tls-key: the files are no pair .no PEM that can be read"),
        ((pair.certificate, junk), "are no pair"),
        ((pair.certificate, shut), "--tls-key: the key is encrypted"),
    ]:
        with pytest.raises(InputError, match=why):
            Pair(Tls(*map(str, files)))


@pytest.mark.parametrize(("days", "said"), [(30, ""), (3, "expires on"), (-1, "expired on")])
def test_a_certificate_that_ends_soon_is_warned_of(authority, caplog, days, said):
    Pair(tls(authority.sign("ending", lasts=days * DAY)))
    assert [said in record.message for record in caplog.records] == [True] * bool(said)


def test_a_key_that_everybody_can_read_is_warned_of(authority, caplog):
    pair = authority.sign("open")
    pair.key.chmod(0o644)
    Pair(tls(pair))
    assert [record.message for record in caplog.records] == [f"{pair.key} can be read by everybody (mode 644)"]


def test_allow_network_without_tls_warns_in_one_line(start_gateway, capfd):
    start_gateway(shards=1, allow_network=True)
    said = "--allow-network without --tls-cert: alerts and the control secret go over the network in clear\n"
    assert capfd.readouterr().err == said
