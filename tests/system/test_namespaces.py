"""Namespaces that the product lays: what stands in them, what is said where they cannot be, and how they end."""

import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest

from ewarn.system.namespaces.kept import Keeper, owner
from ewarn.system.namespaces.laid import Namespaces, links
from ewarn.system.namespaces.tools import does, fails, why_not

PATIENCE_S = 30.0


@pytest.fixture
def laid():
    if why := why_not():
        pytest.skip(why)
    with Namespaces("first", 600.0) as namespaces:
        yield namespaces


def read(keeper, file):
    with os.fdopen(keeper.open(f"read {file}")) as one:
        return one.read()


def test_what_is_opened_within_is_of_its_own_network_though_it_is_used_outside(laid):
    further = laid.add("further")
    for keeper in (laid.first, further):
        assert [line.split(":")[0].strip() for line in read(keeper, "/proc/net/dev").splitlines()[2:]] == ["lo"]
    further.set("net/core/somaxconn", 77)
    assert read(further, "/proc/sys/net/core/somaxconn") == "77\n"
    assert read(laid.first, "/proc/sys/net/core/somaxconn") != "77\n"
    links(further, "link set lo up")
    with further.socket("tcp") as listener, laid.first.socket("tcp") as lost, further.socket("tcp") as found:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with pytest.raises(OSError, match=r"unreachable|refused"):
            lost.connect(listener.getsockname())
        found.connect(listener.getsockname())
    with further.socket("packet") as packets:
        assert packets.family == socket.AF_PACKET


def test_what_cannot_be_opened_or_set_is_said_and_the_keeper_goes_on(laid):
    with pytest.raises(OSError, match="read /nowhere: No such file"):
        laid.first.open("read /nowhere")
    with pytest.raises(OSError, match="No such file"):
        laid.first.set("net/core/no_such_value", 1)
    with pytest.raises(OSError, match="no-such-link"):
        links(laid.first, "link set dev no-such-link up")
    with laid.first.socket("udp"):
        pass


@pytest.mark.parametrize("wish", ["carrier-pigeon", "", "tcp7"])
def test_a_wish_that_no_keeper_knows_ends_nothing(laid, wish):
    with pytest.raises(OSError, match="no such wish"):
        laid.first.open(wish or " ")
    with laid.first.socket("udp"):
        pass


def test_one_that_stands_still_is_ended_too(laid):
    keeper = laid.add("further")
    os.kill(keeper.pid, signal.SIGSTOP)
    laid.close()
    assert not psutil.pid_exists(keeper.pid) or psutil.Process(keeper.pid).status() == psutil.STATUS_ZOMBIE


def test_namespaces_that_cannot_be_laid_are_said_so_in_one_line():
    words = ["sh", "-c", "echo 'not\nhere' >&2; exit 1"]
    with pytest.raises(OSError, match=r"^no namespace could be laid: not here$"):
        Keeper(words, "first", 600.0, owner())


def test_a_tool_says_in_one_line_why_it_fails():
    assert fails(["sh", "-c", "echo 'no\nway' >&2; exit 3"]) == "no way"
    assert fails(["sh", "-c", "exit 3"]) == "exit code 3"
    assert fails(["true"]) is None
    with pytest.raises(OSError, match=r"^sh -c exit 3: exit code 3$"):
        does(["sh", "-c", "exit 3"])


def test_nothing_of_it_is_done_on_import():
    code = "import sys, ewarn.system.namespaces.laid, ewarn.packets.cables; import psutil; "
    code += "print(len(psutil.Process().children()))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"0\n"
