"""Cables on this machine: an independent client reaches a listener by one, nothing leads out, and nothing is left."""

import errno
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from ipaddress import IPv4Address
from pathlib import Path

import psutil
import pytest
import websockets.sync.client
import websockets.sync.server

from ewarn.errors import InputError
from ewarn.packets.cables import LEAST_SLOT_BYTES, MOST_SLOT_BYTES, Cables, why_not
from ewarn.packets.ends import GATEWAY, MOST
from tests.conftest import PATIENCE_S
from tests.packets.by_hand import ACK, PORT, SYN, segment

SLOT_BYTES = 2048


@pytest.fixture(scope="module")
def laid():
    if why := why_not():
        pytest.skip(why)
    with Cables(2, slots=1024, slot_bytes=SLOT_BYTES) as cables:
        yield cables


@contextmanager
def listening(cables):
    with socket.socket(fileno=cables.listener(0)) as one:
        one.settimeout(PATIENCE_S)
        yield one


@contextmanager
def sockets(cables, index):
    """A path, and its sockets: what is received, and by what is sent."""
    path = cables.path(index)
    with socket.socket(fileno=path.receive) as receive, socket.socket(fileno=path.send) as send:
        receive.settimeout(PATIENCE_S)
        yield path, receive, send


@contextmanager
def connected(cables, index):
    with listening(cables) as listener, cables.socket(index) as client:
        client.settimeout(PATIENCE_S)
        client.connect(listener.getsockname())
        server, _ = listener.accept()
        with server:
            server.settimeout(PATIENCE_S)
            yield client, server


@pytest.mark.parametrize("index", [0, 1])
def test_a_plain_websockets_client_reaches_a_listener_by_each_cable(laid, index):
    with listening(laid) as listener, sockets(laid, index) as (_, frames, _), laid.socket(index) as client:
        address = listener.getsockname()
        client.connect(address)
        with websockets.sync.server.serve(lambda one: one.send(one.recv()[::-1]), sock=listener) as server:
            serving = threading.Thread(target=server.serve_forever)
            serving.start()
            with websockets.sync.client.connect(f"ws://{address[0]}:{address[1]}", sock=client) as phone:
                phone.send("olleh")
                assert phone.recv() == "hello"
            server.shutdown()
            serving.join()
        assert frames.recv(SLOT_BYTES)[26:30] == GATEWAY.packed, "it passes where packets are seen"


@pytest.mark.parametrize("index", [0, 1])
def test_a_client_made_of_packets_is_connected_and_no_kernel_answers_for_it(laid, index):
    with listening(laid) as listener, sockets(laid, index) as (path, frames, send):
        port = listener.getsockname()[1]
        send.send(segment(path, GATEWAY, port, SYN, 1000))
        answer = frames.recv(SLOT_BYTES)
        assert answer[30:34] == IPv4Address(path.first).packed
        source, destination, theirs, ours, _, flags = struct.unpack_from("!HHIIBB", answer, 34)
        assert (source, destination, ours, flags) == (port, PORT, 1001, SYN | ACK)
        assert answer[:6] != path.mac, "the phones' kernel takes it for somebody else's"
        send.send(segment(path, GATEWAY, port, ACK, 1001, (theirs + 1) % (1 << 32)))
        server, peer = listener.accept()
        assert peer == (str(IPv4Address(path.first)), PORT)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.close()  # by RST, so that nothing of it is left


def test_what_is_not_acknowledged_is_sent_again_and_the_kernel_s_count_says_so(laid):
    with listening(laid) as listener, sockets(laid, 0) as (path, frames, send):
        port = listener.getsockname()[1]
        send.send(segment(path, GATEWAY, port, SYN, 1000))
        theirs = struct.unpack_from("!I", frames.recv(SLOT_BYTES), 38)[0] + 1
        send.send(segment(path, GATEWAY, port, ACK, 1001, theirs % (1 << 32)))
        server, _ = listener.accept()
        before = laid.kernel()
        server.send(b"hello")
        first, again = (frames.recv(SLOT_BYTES)[38:] for _ in range(2))
        assert first[16:] == again[16:] == b"hello"
        assert first[:4] == again[:4], "the same sequence number"
        after = laid.kernel()
        assert after.retransmitted > before.retransmitted
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.close()


def test_a_packet_with_a_wrong_checksum_is_counted_and_not_answered(laid):
    with listening(laid) as listener, sockets(laid, 0) as (path, frames, send):
        before = laid.kernel()
        send.send(segment(path, GATEWAY, listener.getsockname()[1], SYN, 1000, wrong=1))
        after = laid.kernel()
        assert not select.select([frames], [], [], 0)[0]
    assert after.bad == before.bad + 1
    assert after.received == before.received + 1


@pytest.mark.parametrize("slot_bytes", [LEAST_SLOT_BYTES, 1024, 2048, 4096])
def test_no_frame_is_longer_than_a_slot_however_much_is_sent(slot_bytes):
    if why := why_not():
        pytest.skip(why)
    with (
        Cables(1, slots=64, slot_bytes=slot_bytes) as cables,
        sockets(cables, 0) as (_, frames, _),
        connected(cables, 0) as (client, server),
    ):
        frames.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        server.send(bytes(50_000))
        got = 0
        while got < 50_000:
            got += len(client.recv(65_536))
        frames.setblocking(False)
        lengths = []
        with suppress(BlockingIOError):
            while True:
                lengths.append(len(frames.recv(65_536)))
        assert max(lengths) == cables.mtu + 14 == slot_bytes - 66
        before = cables.kernel()
        assert before.sent >= 50_000 // cables.mtu


def namespaces_of(pids):
    """Network namespaces of these processes, and of theirs below."""
    found = set()
    for pid in pids:
        with suppress(OSError):
            found.add(Path(f"/proc/{pid}/ns/net").stat().st_ino)
    return found


def keepers():
    found = []
    for one in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it may end meanwhile, or have
            if "keeper.py" in " ".join(one.cmdline()):
                found.append(one.pid)
    return found


def test_there_is_no_way_out_and_nothing_of_it_stands_in_the_machine_s_own_network(laid):
    names = {name for _, name in socket.if_nameindex()}
    assert not [name for name in names if name.startswith(("gateway", "phones"))]
    for keeper in (laid._gateway, laid._phones):
        with keeper.socket("tcp") as lost, pytest.raises(OSError, match="unreachable"):
            lost.connect(("192.0.2.1", 80))
    ours = namespaces_of([os.getpid()])
    for pid in (laid._gateway.pid, laid._phones.pid):
        assert namespaces_of([pid]).isdisjoint(ours)
        links = Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
        assert {line.split(":")[0].strip().rstrip("0123456789") for line in links} <= {"lo", "gateway", "phones"}
        routes = [line.split()[1] for line in Path(f"/proc/{pid}/net/route").read_text().splitlines()[1:]]
        assert "00000000" not in routes
        assert not Path(f"/proc/{pid}/net/if_inet6").exists() or not Path(f"/proc/{pid}/net/if_inet6").read_text()


def test_numbers_out_of_bounds_are_refused_in_one_line():
    with pytest.raises(InputError, match=f"cables: 0 is not within 1 and {MOST}"):
        Cables(0, slots=1, slot_bytes=2048)
    with pytest.raises(InputError, match="cables: 65 is"):
        Cables(MOST + 1, slots=1, slot_bytes=2048)
    for size in (LEAST_SLOT_BYTES - 1, MOST_SLOT_BYTES + 1):
        with pytest.raises(InputError, match=f"slot_bytes: {size} is not within"):
            Cables(1, slots=1, slot_bytes=size)
    with pytest.raises(InputError, match="cable 2: there are 2"):
        Cables(2, slots=1, slot_bytes=2048).path(2)


@contextmanager
def gone_after(pids):
    """Wait at the end for the end of these processes, and of all others in their network namespaces."""
    inodes = namespaces_of(pids) - namespaces_of([os.getpid()])
    assert len(inodes) == 2
    with ExitStack() as undo:
        ends = [os.pidfd_open(pid) for pid in pids]
        for end in ends:
            undo.callback(os.close, end)
        yield
        for end in ends:
            assert select.select([end], [], [], PATIENCE_S)[0], "a process is left"
    until = time.monotonic() + PATIENCE_S
    while inodes & namespaces_of(psutil.pids()):
        assert time.monotonic() < until, "a process is left in a namespace"
        time.sleep(0.005)


def test_an_exception_leaves_nothing():
    if why := why_not():
        pytest.skip(why)
    before = set(keepers())
    with ExitStack() as afterwards, pytest.raises(ZeroDivisionError), Cables(2, slots=64, slot_bytes=2048) as cables:
        afterwards.enter_context(gone_after([pid for pid in keepers() if pid not in before]))
        held = cables.path(0)
        raise ZeroDivisionError
    with socket.socket(fileno=held.receive), socket.socket(fileno=held.send) as send:
        with pytest.raises(OSError) as failed:
            send.send(bytes(60))
        assert failed.value.errno in (errno.ENXIO, errno.ENETDOWN, errno.ENODEV), "it leads nowhere"


RUN = """
import time
from ewarn.packets.cables import Cables
with Cables(2, slots=64, slot_bytes=2048) as cables:
    print(flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="others than root are tried by root")
def test_who_is_not_root_has_them_by_user_namespaces():
    if why := why_not():
        pytest.skip(why)
    script = """
import socket, sys
from ewarn.packets.cables import Cables, why_not
if why := why_not():
    sys.exit(why)
with Cables(2, slots=64, slot_bytes=2048) as cables:
    listener, client, path = socket.socket(fileno=cables.listener(0)), cables.socket(1), cables.path(1)
    client.connect(listener.getsockname())
    print(cables.kernel().received)
"""
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    words = [sys.executable, "-c", "import ewarn.packets.cables"]
    with suppress(PermissionError):
        if subprocess.run(words, capture_output=True, **nobody).returncode == 0:
            done = subprocess.run([*words[:2], script], capture_output=True, text=True, **nobody)
            if done.returncode == 1 and "Traceback" not in done.stderr:
                pytest.skip(done.stderr)
            assert int(done.stdout) >= 2, done.stderr
            return
    pytest.skip("others than root may not read the interpreter or the package here")


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_an_owner_that_is_ended_by_a_signal_leaves_nothing(ending):
    if why := why_not():
        pytest.skip(why)
    run = subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with run:
        try:
            assert run.stdout.readline() == b"\n"
            with gone_after([one.pid for one in psutil.Process(run.pid).children(recursive=True)]):
                run.send_signal(ending)
                run.wait(PATIENCE_S)
        finally:
            run.kill()


FORBIDDEN = """
from ewarn.errors import MeasurementError
from ewarn.packets.cables import Cables, why_not
from tests.sandbox import forbid_namespaces
print(why_not())
forbid_namespaces()
print(why_not())
try:
    with Cables(1, slots=64, slot_bytes=2048):
        pass
except MeasurementError as error:
    print(error)
"""


def test_why_there_can_be_none_is_said_in_one_line():
    said = subprocess.run([sys.executable, "-c", FORBIDDEN], capture_output=True, text=True, check=True).stdout
    possible, forbidden, tried = said.splitlines()
    if "missing" in possible:
        pytest.skip(possible)
    assert forbidden.startswith("namespaces of networks, for which root or user namespaces are needed, cannot be laid")
    assert forbidden.endswith("Operation not permitted")
    assert tried.startswith("no cables for phones as packets: no namespace could be laid")
    assert tried.endswith("Operation not permitted")


@pytest.mark.skipif(os.geteuid() != 0, reason="rights are given up by root")
def test_who_may_lay_cables_and_send_no_packets_is_told_so_in_one_line():
    """As in a container without CAP_NET_RAW."""
    if why := why_not():
        pytest.skip(why)
    less = ("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")
    words = [*less, sys.executable, "-c", "from ewarn.packets.cables import why_not; print(why_not())"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said == "packets need CAP_NET_RAW, as root has it (Operation not permitted)\n"


def test_missing_tools_are_named_by_their_packages(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("ewarn.system.namespaces.tools.SBIN", ())
    assert why_not().endswith("missing on this machine: iproute2, util-linux")
