"""Ears and askers as processes of this machine: what they say where all is well, and where somebody is not there."""

import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest

from ewarn.clocks.asker import Asker
from ewarn.clocks.bound import Bound
from ewarn.clocks.datagrams import BYTES, Datagrams
from ewarn.clocks.ear import AT_ONCE, Ear, Heard, Hearing
from ewarn.errors import InputError, MeasurementError

KEY, OTHER = b"k" * 32, b"o" * 32
PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def ear():
    with Ear(key=KEY) as one:
        yield one


def now_each_ms(count):
    """Instants of this machine, over so many ms."""
    stamps = []
    for _ in range(count):
        stamps.append(time.monotonic_ns())
        time.sleep(0.001)
    return np.array(stamps)


def test_an_ear_and_an_asker_bound_a_clock_over_ipv4_and_ipv6_and_two_may_ask_at_once(ear):
    hosts = {"four": ("127.0.0.1", ear.port), "six": ("::1", ear.port), "named": ("localhost", ear.port)}
    with Asker(hosts, KEY) as one, Asker({"four": hosts["four"]}, KEY) as other:
        for asker in (one, other):
            asker.begun(PATIENCE_S)
        stamps = now_each_ms(100)
        done = one.finish(PATIENCE_S)
        assert set(done) == set(hosts)
        for name, exchanges in [*done.items(), *other.finish(PATIENCE_S).items()]:
            low, high = Bound.of(exchanges.rows, host=name).near(stamps)
            assert (low <= stamps).all()
            assert (stamps <= high).all()
            assert len(exchanges.rows) >= 40
            assert (np.diff(exchanges.rows["sent"]) > 0).all()
            assert exchanges.can_be_of_one_clock


def test_what_has_a_wrong_key_length_or_layout_is_dropped_and_counted(ear):
    before = ear.heard()
    right = Datagrams(KEY).ask(7)
    wrong = [
        b"",
        right[:-1],
        right + b"0",
        bytes([9]) + right[1:],
        Datagrams(OTHER).ask(7),
        Datagrams(KEY).answer(7, 1, 2, 3),
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        mouth.settimeout(PATIENCE_S)
        mouth.connect(("127.0.0.1", ear.port))
        for one in (*wrong, right):
            mouth.send(one)
        answer = mouth.recv(1000)
    assert len(answer) == len(right) == BYTES
    number, arrived, left, _raw = Datagrams(KEY).answered(answer)
    assert number == 7
    assert arrived <= left <= time.monotonic_ns()
    after = ear.heard()
    assert after == Heard(before.answered + 1, before.dropped + len(wrong))


def test_whoever_floods_an_ear_does_not_keep_it_from_all_else():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener, socket.socket(type=socket.SOCK_DGRAM) as flood:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        for _ in range(2 * AT_ONCE):
            flood.sendto(b"junk", listener.getsockname())
        hearing = Hearing(listener, Datagrams(KEY), time.monotonic_ns, time.monotonic_ns)
        for turn in (1, 2, 2):
            hearing.what_is_there()
            assert hearing.dropped == turn * AT_ONCE


def duplicating(mouth, most):
    """An ear that answers five at a time, the last of them first, and each of them twice; `most` of them in all."""
    datagrams, waiting, heard = Datagrams(KEY), [], 0
    while True:
        data, whom = mouth.recvfrom(100)
        if not data:
            return
        heard += 1
        if heard > most:
            continue
        waiting.append((datagrams.asked(data), time.monotonic_ns()))
        if len(waiting) == 5:
            for number, arrived in waiting[::-1]:
                answer = datagrams.answer(number, arrived, time.monotonic_ns(), time.monotonic_ns())
                mouth.sendto(answer, whom)
                mouth.sendto(answer, whom)
            waiting.clear()


@contextmanager
def duplicating_ear(most=10**9):
    """Where such an ear is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth, ThreadPoolExecutor(1) as beside:
        mouth.bind(("127.0.0.1", 0))
        ear = beside.submit(duplicating, mouth, most)
        yield mouth.getsockname()
        mouth.sendto(b"", mouth.getsockname())
        ear.result(PATIENCE_S)


def test_answers_that_overtake_each_other_or_come_twice_count_once_and_are_true():
    with duplicating_ear() as at, Asker({"g1": at}, KEY) as asker:
        asker.begun(PATIENCE_S)
        stamps = now_each_ms(20)
        rows = asker.finish(PATIENCE_S)["g1"].rows
    assert len(np.unique(rows["sent"])) == len(rows) > 40
    assert (np.diff(rows["back"]) < 0).any()
    low, high = Bound.of(rows, host="g1").near(stamps)
    assert ((low <= stamps) & (stamps <= high)).all()


def test_an_ear_that_answers_too_few_is_named_with_both_numbers():
    with duplicating_ear(most=15) as at, Asker({"g1": at}, KEY) as asker:
        said = rf"^g1: of the clock exchanges with 127\.0\.0\.1:{at[1]} \(UDP\) 15 of \d+ were answered within 2 s$"
        with pytest.raises(MeasurementError, match=said):
            asker.begun(2)


def test_those_that_do_not_answer_are_named_with_host_address_and_port(ear):
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone,
    ):
        silent.bind(("127.0.0.1", 0))
        gone.bind(("127.0.0.1", 0))
        ports = silent.getsockname()[1], gone.getsockname()[1]
        gone.close()
        ears = {"g1": ("127.0.0.1", ear.port), "g2": ("127.0.0.1", ports[0]), "g3": ("127.0.0.1", ports[1])}
        with Asker(ears, KEY) as asker:
            with pytest.raises(MeasurementError) as refused:
                asker.begun(0.5)
            done = asker.finish(0.2)
    said = str(refused.value).split("; ")
    assert said[-2:] == [
        f"g2: no clock exchange with 127.0.0.1:{ports[0]} (UDP) was answered within 0.5 s"
        " (is its ear up, and does every firewall between let that port through?)",
        f"g3: no clock exchange with 127.0.0.1:{ports[1]} (UDP) was answered within 0.5 s (Connection refused)",
    ]
    assert len(done["g1"].rows) == done["g1"].asked - done["g1"].lost
    assert len(done["g2"].rows) == len(done["g3"].rows) == 0
    assert done["g2"].lost >= 20


def test_an_ear_that_is_killed_leaves_what_it_said_and_is_missed_at_its_own_host():
    with Ear("127.0.0.1", key=KEY) as ear, Asker({"g1": ("127.0.0.1", ear.port)}, KEY) as asker:
        asker.begun(PATIENCE_S)
        stamp = time.monotonic_ns()
        ear.check()
        asker.check()
        time.sleep(0.2)
        ear._child.process.kill()
        ear._child.process.wait()
        with pytest.raises(
            MeasurementError, match=r"^the ear, which answers clock exchanges, has ended \(status -9\)$"
        ):
            ear.check()
        with pytest.raises(MeasurementError, match="the ear"):
            ear.heard()
        bound = Bound.of(asker.finish(0.2)["g1"].rows, host="g1")
        assert bound.first_ns < stamp < bound.last_ns


def test_an_asker_that_is_killed_is_said_so_and_stopping_for_a_while_ends_neither(ear):
    with Asker({"g1": ("127.0.0.1", ear.port)}, KEY) as asker:
        asker.begun(PATIENCE_S)
        first = time.monotonic_ns()
        for child in (ear._child, asker._child):
            child.process.send_signal(signal.SIGSTOP)
            time.sleep(0.3)
            child.process.send_signal(signal.SIGCONT)
        stamps = np.array([first, time.monotonic_ns()])
        low, high = Bound.of(asker.finish(PATIENCE_S)["g1"].rows, host="g1").near(stamps)
        assert ((low <= stamps) & (stamps <= high)).all()
        asker._child.process.kill()
        asker._child.process.wait()
        for act in (asker.check, lambda: asker.begun(1) or asker.finish(1)):
            with pytest.raises(MeasurementError, match=r"^the asker, which asks for clocks, has ended \(status -9\)$"):
                act()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            lambda port: Ear("127.0.0.1", port, key=KEY),
            "cannot listen on 127.0.0.1:{port} (UDP: Address already in use)",
        ),
        (lambda _: Ear("192.0.2.1", key=KEY), "cannot listen on 192.0.2.1:0 (UDP: Cannot assign requested address)"),
        (lambda _: Ear(key=b"short"), "key of clock exchanges: expected 16 to 32 bytes, got 5"),
        (lambda _: Asker({}, b"k" * 33), "key of clock exchanges: expected 16 to 32 bytes, got 33"),
        (
            lambda _: Asker({"g1": ("10.0.0.1", 9)}, KEY),
            "clock of g1: 10.0.0.1 is not loopback; --allow-network asks it",
        ),
        (lambda _: Asker({"g1": ("no host", 9)}, KEY), "clock of g1: cannot resolve 'no host'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(ear, made, said):
    with pytest.raises(InputError) as refused, made(ear.port):
        pass
    assert said.format(port=ear.port) in str(refused.value)
    assert "\n" not in str(refused.value)
