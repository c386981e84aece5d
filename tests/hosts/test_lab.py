"""Hosts on one machine: they reach each other and nothing else, cables do as they are told, and nothing is left."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from ewarn.system.namespaces.keeper import CALLED
from ewarn.system.namespaces.kept import KEEPER, is_over, owner, sweep
from tests.hosts.tools import missing, need

PATIENCE_S = 30.0
DELAY_S = 0.05


def until(true, patience_s=PATIENCE_S):
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.005)


def connected(near, far):
    """A TCP connection from one host to another: both ends of it."""
    with far.socket() as listener:
        listener.bind((far.address, 0))
        listener.listen()
        client = near.socket()
        client.connect(listener.getsockname())
        server, _ = listener.accept()
        server.settimeout(PATIENCE_S)
        return client, server


def answers(client, server, said=b"hello"):
    client.send(said)
    server.send(server.recv(len(said)))
    return client.recv(len(said)) == said


def keepers():
    """Processes that keep hosts of ours."""
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            if {CALLED, owner()} <= set(one.cmdline()):
                found.append(one)
    return found


@pytest.fixture(scope="module")
def pair(lay_hosts):
    """Two hosts that tests may use one after the other, if they leave their cables whole."""
    with lay_hosts() as hosts:
        yield hosts.add("near"), hosts.add("far")


def test_two_hosts_reach_each_other_by_tcp(pair):
    client, server = connected(*pair)
    with client, server:
        assert server.getpeername()[0] == pair[0].address
        assert answers(client, server)


def test_a_command_has_its_host_s_name_the_tests_folder_and_processes_of_its_own(pair):
    said = pair[0].run(sys.executable, "-c", "import os, socket; print(socket.gethostname(), os.getcwd(), os.getpid())")
    name, folder, number = said.split()
    assert (name, folder) == ("near", str(Path.cwd()))
    assert int(number) < 100


def test_there_is_no_way_out(pair):
    for host in pair:
        routes = host.run("ip", "-4", "route", "show", "table", "all").splitlines()
        assert not [line for line in routes if line.startswith("default") or " via " in line]
        assert not host.run("ip", "-6", "route", "show", "default").strip()
        with host.socket() as lost, pytest.raises(OSError, match="unreachable"):
            lost.connect(("192.0.2.1", 80))
    links = pair[0].run("ip", "-o", "link").splitlines()
    assert [line.split(":")[1].split("@")[0].strip() for line in links if "eth" in line or "lo:" in line] == [
        "lo",
        "eth0",
    ]


def test_nothing_of_it_stands_in_the_machine_s_own_network(pair):
    assert not {host.name for host in pair} & {name for _, name in socket.if_nameindex()}
    ours = str(Path("/proc/self/ns/net").readlink())
    assert ours not in [host.run("readlink", "/proc/self/ns/net").strip() for host in pair]


def test_a_failed_command_says_what_it_said(pair):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        pair[0].run("sh", "-c", "echo no >&2; exit 7")
    assert (failed.value.returncode, failed.value.stderr) == (7, "no\n")


def test_signals_are_for_the_command_itself(pair):
    sleeper = pair[0].start("sleep", "600")
    itself = sleeper.itself()
    assert itself.name() in ("sleep", "env", "nsenter")
    sleeper.send_signal(signal.SIGSTOP)
    until(lambda: itself.status() == psutil.STATUS_STOPPED)
    sleeper.send_signal(signal.SIGCONT)
    until(lambda: itself.status() != psutil.STATUS_STOPPED)
    sleeper.terminate()
    assert sleeper.wait(PATIENCE_S) == -signal.SIGTERM


def test_a_cut_cable_carries_nothing_and_a_healed_one_what_was_sent_meanwhile(pair):
    near, far = pair
    client, server = connected(near, far)
    with client, server:
        near.cut()
        try:
            server.send(b"lost for now")
            client.settimeout(0.3)
            with pytest.raises(TimeoutError):
                client.recv(1)
        finally:
            near.heal()
        client.settimeout(PATIENCE_S)
        assert client.recv(100) == b"lost for now"


def test_three_packets_of_ten_are_lost_where_so_many_are_to_be(pair):
    need("loss")
    near, far = pair
    bursts, of, share = 10, 200, 0.3
    with near.socket("udp") as sender, far.socket("udp") as taker:
        taker.bind((far.address, 0))
        sender.sendto(b"first", taker.getsockname())  # resolves the address, or that would be lost too
        taker.recv(10)
        far.lose(share)
        came = 0
        for _ in range(bursts):  # more at once would not fit the taker's buffer
            for _ in range(of):
                sender.sendto(b"one", taker.getsockname())
            taker.setblocking(False)
            with suppress(BlockingIOError):
                while taker.recv(10):
                    came += 1
        far.lose(0.0)
        taker.settimeout(PATIENCE_S)
        sender.sendto(b"last", taker.getsockname())
        came += sum(1 for _ in iter(lambda: taker.recv(10), b"last"))
    error = (share * (1 - share) / (bursts * of)) ** 0.5
    assert abs(1 - came / (bursts * of) - share) < 6 * error, "six standard errors: one run in 500 million"


def test_a_slow_cable_takes_its_time_each_way_and_its_host_has_a_clock_of_its_own(lay_hosts):
    need("delay", "clocks")
    with lay_hosts() as hosts:
        near, far = hosts.add("near"), hosts.add("far", delay_s=DELAY_S, back_s=2 * DELAY_S, ahead_s=3600)
        client, server = connected(near, far)
        with client, server:
            began = time.monotonic()
            server.send(b"out")
            client.recv(3)
            out_s = time.monotonic() - began
            client.send(b"back")
            server.recv(4)
            back_s = time.monotonic() - began - out_s
        assert out_s >= DELAY_S
        assert back_s >= 2 * DELAY_S
        clocks = "import time; print(*map(time.clock_gettime, (time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME)))"
        before = time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME)
        told = map(float, far.run(sys.executable, "-c", clocks).split())
        after = time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME)
        for early, clock, late in zip(before, told, after, strict=True):
            assert early + 3600 <= clock <= late + 3600
        assert abs(float(near.run(sys.executable, "-c", clocks).split()[0]) - time.monotonic()) < PATIENCE_S


def test_hosts_of_two_runs_are_not_each_other_s(lay_hosts, pair):
    with lay_hosts() as others, pair[0].socket() as listener:
        other = others.add("near")
        assert other.address == pair[0].address
        listener.bind((pair[0].address, 0))
        listener.listen()
        with other.socket() as lost, pytest.raises(ConnectionRefusedError):
            lost.connect(listener.getsockname())
        other.cut()
        client, server = connected(*pair)
    with client, server:
        assert answers(client, server)


def test_an_exception_leaves_nothing(lay_hosts):
    with pytest.raises(ZeroDivisionError), lay_hosts() as hosts:
        ours = keepers()
        sleeper = hosts.add("near").start("sleep", "600")
        ours = [one for one in keepers() if one not in ours]
        itself = sleeper.itself()
        assert ours
        raise ZeroDivisionError
    assert not [one for one in (*ours, itself) if one.is_running()]
    assert sleeper.returncode == -signal.SIGKILL


RUN = """
import subprocess, sys, time
from tests.hosts.lab import Hosts
with Hosts() as hosts:
    host = hosts.add("near", **{"delay_s": 0.01} if sys.argv[1] == "slow" else {})
    host.start("sh", "-c", "setsid sleep 600 & sleep 600")
    while host.run("ps", "-eo", "args").splitlines().count("sleep 600") < 2:
        pass
    print(flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_by_a_signal_leaves_nothing(lay_hosts, ending):
    with lay_hosts():  # or is left out
        pass
    slow = ending == signal.SIGKILL and not missing("delay")
    words = [sys.executable, "-c", RUN, "slow" if slow else "quick"]
    run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with run:
        try:
            assert run.stdout.readline() == b"\n"
            below = psutil.Process(run.pid).children(recursive=True)
            assert len(below) >= 6
            run.send_signal(ending)
            run.wait(PATIENCE_S)
        finally:
            run.kill()
    _, left = psutil.wait_procs(below, PATIENCE_S)
    assert not left


def test_what_an_earlier_run_left_is_ended_by_the_next_and_what_is_another_s_is_not():
    gone = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    of_gone = owner(gone.pid)
    assert not is_over(of_gone)
    gone.communicate()
    assert is_over(of_gone)
    elsewhere = of_gone.rsplit(":", 1)[0] + ":1"
    assert not is_over(elsewhere), "numbers of other machines' processes say nothing here"
    idle = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()", KEEPER, CALLED]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    left, ours, another = (
        subprocess.Popen([*idle, whose, "near", "600"], **pipes) for whose in (of_gone, owner(), elsewhere)
    )
    with left, ours, another:
        for one in (left, ours, another):
            one.stdout.readline()
        assert sweep() == 1
        assert left.wait(PATIENCE_S) == -signal.SIGKILL
        assert ours.poll() is another.poll() is None


def test_hosts_end_by_themselves_after_so_long(lay_hosts):
    with lay_hosts(longest_s=0.5) as hosts:
        sleeper = hosts.add("near").start("sleep", "600")
        assert sleeper.wait(PATIENCE_S) == -signal.SIGKILL
