"""A card over a real cable: the kernel's own TCP is at the other end."""

import os
import select
import socket
import struct
import time
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from ewarn.packets.cables import GATEWAY, Cables, why_not
from ewarn.packets.card import IN_A_ROW, SAMPLE, Card, hops, memory
from ewarn.packets.path import Path
from ewarn.packets.segments import ACK, FIN, PSH, RST, SYN, Segments
from tests.conftest import PATIENCE_S

CLIENTS = 200
SLOTS, SLOT_BYTES = 1024, 1024
TINY = 64
"""slots"""
FIRST_SEQUENCE = 2**32 - 3
"""so that it passes nought within a few bytes"""


@pytest.fixture(scope="module")
def laid():
    if why := why_not():
        pytest.skip(why)
    with Cables(1, slots=SLOTS, slot_bytes=SLOT_BYTES) as cables:
        yield cables


@pytest.fixture
def listener(laid):
    with socket.socket(fileno=laid.listener(0)) as one:
        one.settimeout(PATIENCE_S)
        yield one


@contextmanager
def card(laid, port, clients=CLIENTS, **changed):
    """A card, and the lives of its clients, all of whom talk to this port."""
    path = laid.path(0)
    lives = np.zeros(clients, np.uint8)
    try:
        yield (
            Card(
                replace(path, **changed),
                lives,
                np.full(clients, int(GATEWAY), np.uint32),
                np.full(clients, port, np.uint16),
            ),
            lives,
        )
    finally:
        for one in path.descriptors:
            os.close(one)


def segments(rows, flags, sequence, acknowledged=0, payload=()):
    rows = np.asarray(rows, np.int64)
    count = len(rows)
    widest = max(map(len, payload), default=0)
    data = np.full((count, widest), 0xEE, np.uint8)  # what follows a payload means nothing
    for at, one in enumerate(payload):
        data[at, : len(one)] = np.frombuffer(one, np.uint8)
    return Segments(
        rows,
        np.broadcast_to((np.asarray(sequence, np.int64) % 2**32).astype(np.uint32), count),
        np.broadcast_to(np.asarray(acknowledged, np.uint32), count),
        np.full(count, flags, np.uint8),
        np.full(count, 65_535, np.uint16),
        np.array([len(one) for one in payload] or [0] * count, np.int64),
        data,
        np.zeros(count, np.int64),
    )


def seen(one, wanted, within_s=PATIENCE_S):
    """Look until so many segments are there."""
    found, until = [], time.monotonic() + within_s
    while sum(map(len, found)) < wanted:
        assert time.monotonic() < until, f"{sum(map(len, found))} of {wanted}: {one.counts}"
        found.append(one.look())
    return Segments.joined(found)


def opened(one, rows):
    """Handshakes of rows; what the server's first byte is numbered, by row as they answered."""
    one.send(segments(rows, SYN, FIRST_SEQUENCE))
    answers = seen(one, len(rows))
    assert sorted(answers.row.tolist()) == sorted(rows)
    assert set(answers.flags.tolist()) == {SYN | ACK}
    assert set(answers.acknowledged.tolist()) == {FIRST_SEQUENCE + 1}
    assert not answers.length.any()
    theirs = np.zeros(max(rows) + 1, np.uint32)
    theirs[answers.row] = answers.sequence + np.uint32(1)
    one.send(segments(rows, ACK, FIRST_SEQUENCE + 1, theirs[rows]))
    return theirs


def received(connection, count):
    data = b""
    while len(data) < count and (more := connection.recv(count - len(data))):
        data += more
    return data


def test_each_row_has_the_hop_of_its_gateway():
    first, second = b"\2\0\0\0\0\1", b"\2\0\0\0\0\2"
    path = Path(-1, -1, -1, b"", second, 1, 0, SLOT_BYTES, {11: first, 12: second, 13: first})
    macs, hop = hops(path, np.array([10, 11, 12, 13, 10], np.uint32))
    assert [macs[one].tobytes() for one in hop] == [second, first, second, first, second]
    assert len(hops(replace(path, besides={}), np.array([10], np.uint32))[0]) == 1


def test_the_kernel_answers_a_handshake_and_both_say_something_to_each_other(laid, listener):
    before, rows = laid.kernel(), list(range(CLIENTS))
    with card(laid, listener.getsockname()[1]) as (one, _):
        theirs = opened(one, rows)
        servers = {}
        for _ in rows:
            server, (_, port) = listener.accept()
            server.settimeout(PATIENCE_S)
            servers[port - 1024] = server
        assert sorted(servers) == rows
        said = [b"x%d" % row * (row % 7) for row in rows]
        one.send(segments(rows, ACK | PSH, FIRST_SEQUENCE + 1, theirs[rows], said))
        assert [received(servers[row], len(said[row])) for row in rows] == said
        began = time.monotonic_ns()
        for row, server in servers.items():
            server.send(b"%d!" % row * (row % 50 + 1))
        heard = []
        while sum(map(len, heard)) < CLIENTS:
            some = seen(one, 1)
            heard.append(some.some(some.length > 0))
        data = Segments.joined(heard)
        for row, payload, length in zip(data.row, data.payload, data.length, strict=True):
            assert payload[:length].tobytes() == b"%d!" % row * (row % 50 + 1)
        assert (data.arrived >= began - 1_000_000).all(), "but for what the clocks are read apart"
        assert (data.arrived <= time.monotonic_ns() + 1_000_000).all()
        counts = one.counts
        one.send(segments(rows, RST, FIRST_SEQUENCE + 1 + np.array(list(map(len, said)))))
        for server in servers.values():
            server.close()
    assert (counts.dropped, counts.truncated, counts.bad) == (0, 0, 0)
    assert counts.sent == 3 * CLIENTS
    assert counts.verified >= counts.received // SAMPLE
    assert laid.kernel().retransmitted == before.retransmitted


def test_a_gateway_reads_what_was_sent_though_the_ring_has_gone_round_since(laid, listener):
    """As it would, if pages of the ring hung on its socket: Linux before 4.20 has them there."""
    with card(laid, listener.getsockname()[1]) as (one, _):
        theirs = opened(one, [0])
        server, _ = listener.accept()
        one.send(segments([0], ACK | PSH, FIRST_SEQUENCE + 1, theirs[0], [b"early" * 60]))
        for _ in range(3):
            one.send(segments([0] * SLOTS, ACK | PSH, FIRST_SEQUENCE + 1, theirs[0], [b"late!" * 60] * SLOTS))
        with server:
            server.settimeout(PATIENCE_S)
            assert received(server, 300) == b"early" * 60
        one.send(segments([0], RST, FIRST_SEQUENCE + 301))


def test_what_the_kernel_says_is_no_longer_than_was_announced(laid, listener):
    with card(laid, listener.getsockname()[1]) as (one, _):
        theirs = opened(one, [3])
        server, _ = listener.accept()
        with server:
            assert server.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) == one.mss == laid.mtu - 40
            server.send(bytes(range(256)) * 20)
            data = seen(one, 2)
            one.send(segments([3], RST | ACK, FIRST_SEQUENCE + 1, theirs[3] + 5120))
        assert data.length.max() == one.mss
        assert one.counts.truncated == 0


def test_a_longer_payload_is_refused_before_anything_is_sent(laid):
    with card(laid, 9) as (one, _):
        with pytest.raises(ValueError, match=f"{one.mss + 1} bytes: a segment has at most {one.mss}"):
            one.send(segments([0, 1], ACK, 0, 0, [b"", bytes(one.mss + 1)]))
        assert one.counts.sent == 0


def test_no_payload_is_longer_than_the_interface_takes_where_a_slot_would_take_more(laid):
    with card(laid, 9, slot_bytes=4096) as (one, _):
        assert one.mss == laid.mtu - 40


def test_what_is_said_to_a_life_that_is_over_or_to_nobody_is_handed_to_nobody(laid, listener):
    with card(laid, listener.getsockname()[1], clients=4) as (one, lives):
        one.send(segments([0, 1, 2, 3], SYN, 7))
        lives[1] += 1
        lives[2] += 4
        until = time.monotonic() + PATIENCE_S
        rows = []
        while len(rows) + one.counts.foreign < 4:
            assert time.monotonic() < until
            rows += one.look().row.tolist()
        assert sorted(rows) == [0, 2, 3], "the fifth life has the ports of the first"
        assert one.counts.foreign == 1
        lives[:] = 0
        one.send(segments([0, 1, 2, 3], RST, 8))


def test_a_port_where_nobody_listens_refuses(laid):
    with socket.socket(fileno=laid.listener(0)) as taken:
        port = taken.getsockname()[1]
    with card(laid, port) as (one, _):
        one.send(segments([5], SYN, 100))
        answer = seen(one, 1)
        assert (answer.row[0], answer.flags[0], answer.acknowledged[0]) == (5, RST | ACK, 101)


def test_sums_that_the_kernel_has_computed_are_right_by_ours(laid):
    """It does so where it refuses, instead of leaving it to a card."""
    with socket.socket(fileno=laid.listener(0)) as taken:
        port = taken.getsockname()[1]
    with card(laid, port) as (one, _):
        one.send(segments(range(CLIENTS), SYN, np.arange(CLIENTS) << 20))
        until = time.monotonic() + PATIENCE_S
        while len(slots := one._in.ready(CLIENTS)) < CLIENTS:
            assert time.monotonic() < until
        assert not (one._in.heads(slots)["status"] & 8).any(), "TP_STATUS_CSUMNOTREADY"
        for slot in slots:
            frame = slot[66:120].tobytes()
            assert checksum(frame[14:34]) == 0
            assert checksum(frame[26:34] + b"\0\6\0\x14" + frame[34:]) == 0
        assert len(seen(one, CLIENTS)) == CLIENTS
        assert (one.counts.verified, one.counts.bad) == (min(CLIENTS, IN_A_ROW), 0)


def test_the_end_of_a_connection_is_seen(laid, listener):
    with card(laid, listener.getsockname()[1]) as (one, _):
        theirs = opened(one, [9])
        server, _ = listener.accept()
        server.close()
        end = seen(one, 1)
        assert end.flags[0] & FIN
        assert end.sequence[0] == theirs[9]
        one.send(segments([9], RST | ACK, FIRST_SEQUENCE + 1, theirs[9] + 1))


def test_what_a_full_ring_drops_is_counted(laid, listener):
    """The server answers each SYN, and nobody looks until all have been."""
    many = 3 * TINY
    with card(laid, listener.getsockname()[1], clients=many, slots=TINY) as (one, _):
        one.send(segments(range(many), SYN, 7))
        until = time.monotonic() + PATIENCE_S
        while (dropped := one.counts.dropped) < many - TINY:
            assert time.monotonic() < until, dropped
        assert len(seen(one, TINY)) == TINY
        assert one.counts.dropped >= many - TINY, "counted on, though the kernel forgets what it has told"
        one.send(segments(range(many), RST, 8))


def test_frames_longer_than_a_slot_are_counted_and_not_read(laid, listener):
    with card(laid, listener.getsockname()[1], slot_bytes=512) as (one, _):
        one.mss = laid.mtu - 40  # announces more than fits
        opened(one, [0])
        server, _ = listener.accept()
        with server:
            server.send(bytes(800))
            until = time.monotonic() + PATIENCE_S
            while not one.counts.truncated:
                assert not one.look().length.any()
                assert time.monotonic() < until
        one.send(segments([0], RST, FIRST_SEQUENCE + 1))


def test_a_look_never_waits_and_a_descriptor_says_when_there_is_something(laid, listener):
    with card(laid, listener.getsockname()[1]) as (one, _):
        assert len(one.look()) == 0
        assert select.select([one.fileno()], [], [], 0)[0] == []
        one.send(segments(range(100), SYN, 7))
        assert select.select([one.fileno()], [], [], PATIENCE_S)[0]
        first = one.look(30)
        assert 0 < len(first) <= 30
        assert len(seen(one, 100 - len(first))) + len(first) == 100
        assert select.select([one.fileno()], [], [], 0)[0] == []
        one.send(segments(range(100), RST, 8))


def handed(laid, listener, frames):
    """What becomes of frames that come by the cable, sent by hand from the gateway's end."""
    port = listener.getsockname()[1]
    with laid._gateway.socket("packet") as wire, card(laid, port) as (one, _):
        wire.bind(("gateway0", 0))
        sent = list(frames(one._path, port))
        found = []
        for at, each in enumerate(sent):
            if at % 512 == 511:  # the ring has no room for all
                found.append(one.look())
            wire.send(each)
        until = time.monotonic() + PATIENCE_S
        while True:
            found.append(one.look())
            counts = one.counts
            if counts.received + counts.foreign + counts.bad + counts.truncated >= len(sent):
                return Segments.joined(found), counts
            assert time.monotonic() < until, counts


def checksum(data):
    """RFC 1071, word by word."""
    data += b"\0" * (len(data) % 2)
    total = 0
    for at in range(0, len(data), 2):
        total += data[at] << 8 | data[at + 1]
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def frame(path, port, row=0, *, payload=b"", options=b"", wrong=0, ip_wrong=0, more=0, fragment=0x4000, version=0x45):
    """One to a client, by hand."""
    ends = int(GATEWAY).to_bytes(4, "big") + path.first.to_bytes(4, "big")
    size = 20 + len(options)
    tcp = struct.pack("!HHIIBBHHH", port, 1024 + row, 77, 88, size // 4 << 4, ACK, 99, 0, 0) + options + payload
    total = checksum(ends + struct.pack("!HH", 6, len(tcp)) + tcp)
    tcp = tcp[:16] + struct.pack("!H", total ^ wrong) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", version, 0, 20 + len(tcp) + more, 0, fragment, 64, 6, 0) + ends
    ip = ip[:10] + struct.pack("!H", checksum(ip) ^ ip_wrong) + ip[12:]
    return path.mac + path.gateway_mac + b"\x08\x00" + ip + tcp


def test_options_are_skipped_padding_is_cut_off_and_order_is_kept(laid, listener):
    says = [(b"plain", b""), (b"after options", b"\1" * 12), (b"", b"\1" * 40), (b"x" * 300, b"\1" * 4), (b"z", b"")]

    def frames(path, port):
        for row, (payload, options) in enumerate(says):
            yield frame(path, port, row, payload=payload, options=options) + bytes(6)

    found, counts = handed(laid, listener, frames)
    assert found.row.tolist() == list(range(len(says)))
    got = [payload[:n].tobytes() for payload, n in zip(found.payload, found.length, strict=True)]
    assert got == [payload for payload, _ in says]
    assert found.sequence[0] == 77
    assert found.acknowledged[0] == 88
    assert found.window[0] == 99
    assert counts.foreign == 0


def test_what_is_no_whole_segment_for_a_client_is_counted_and_not_handed_on(laid, listener):
    def frames(path, port):
        yield frame(path, port, fragment=0x2000)  # more fragments follow
        yield frame(path, port, fragment=0x0001)
        yield frame(path, port, version=0x46)  # IP options
        yield frame(path, port, version=0x65)
        yield frame(path, port, more=1)  # longer than what came
        yield frame(path, port, more=-1)  # and no room for the header
        yield frame(path, port, row=CLIENTS)
        yield frame(path, port ^ 1)
        yield frame(path, port)[:30]
        yield frame(path, port)[:23] + b"\x11" + frame(path, port)[24:]  # UDP
        yield frame(path, port, row=1)

    found, counts = handed(laid, listener, frames)
    assert found.row.tolist() == [1]
    assert (counts.bad, counts.foreign) == (6, 4), "what was meant for a client is lost to it"


def test_of_one_frame_in_so_many_the_checksums_are_verified(laid, listener):
    def frames(path, port):
        for at in range(SAMPLE * IN_A_ROW + 1):
            yield frame(path, port, payload=b"odd", wrong=at % 3 == 0, ip_wrong=at % 3 == 1)

    found, counts = handed(laid, listener, frames)
    wrong = sum(at % 3 != 2 for at in (*range(IN_A_ROW), SAMPLE * IN_A_ROW))
    assert counts.bad == wrong
    assert counts.verified == IN_A_ROW + 1
    assert len(found) == SAMPLE * IN_A_ROW + 1 - wrong


def test_who_asks_for_an_address_of_a_client_is_told_where_it_is(laid):
    with laid._gateway.socket("packet") as far, laid._phones.socket("packet") as asked:
        far.bind(("gateway0", 0x0806))
        far.settimeout(PATIENCE_S)
        asked.bind(("phones0", 0x0806))
        with card(laid, 9, arp=asked.fileno()) as (one, _):
            path = one._path
            assert not select.select([one.fileno()], [], [], 0)[0]
            for wanted in (path.first + 1, path.first):
                question = struct.pack("!6sI6sI", path.gateway_mac, int(GATEWAY), bytes(6), wanted)
                far.send(b"\xff" * 6 + path.gateway_mac + b"\x08\x06\0\1\x08\0\6\4\0\1" + question)
            assert select.select([one.fileno()], [], [], PATIENCE_S)[0]
            assert len(one.look()) == 0
            told = far.recv(2048)
            assert struct.unpack("!6s6s", told[:12]) == (path.gateway_mac, path.mac)
            assert struct.unpack("!6sI", told[22:32]) == (path.mac, path.first), "one address is enough for so few"


def test_what_the_rings_take_is_known_beforehand(laid):
    with card(laid, 9) as (one, _):
        path = replace(one._path, slots=1 << 17, slot_bytes=1024)
    assert memory(path) == (1 << 27) + 8192 * 1024
