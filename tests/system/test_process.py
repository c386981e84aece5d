"""Children that cannot outlive their parent."""

import os
import select
import signal
import subprocess
import sys
import time

import pytest

from ewarn.system import process, shared_array
from ewarn.system.process import descendants


def has_ended(pid):
    try:
        ended = os.pidfd_open(pid)
    except ProcessLookupError:
        return True  # gone already
    try:
        return bool(select.select([ended], [], [], 10)[0])
    finally:
        os.close(ended)


def test_a_child_gets_its_first_message_the_environment_and_more():
    child = process.spawn("tests.system.children:echo", {"a": 1}, environment={"EWARN_TEST": "x"})
    assert child.channel.recv() == ({"a": 1}, "x")
    child.channel.send([1, 2])
    assert child.channel.recv() == [1, 2]
    assert child.ended() is None
    assert child.stop() == 0


def test_a_child_that_does_not_leave_is_killed():
    child = process.spawn("tests.system.children:deaf", None)
    child.channel.recv()
    assert child.stop(patience_s=0.1) == -signal.SIGKILL


def test_children_of_a_child_that_is_killed_end_too():
    child = process.spawn("tests.system.children:grandparent", None)
    grandchild = child.channel.recv()
    child.process.kill()
    child.stop()
    assert has_ended(grandchild)


def test_a_child_ignores_the_terminals_interrupt():
    child = process.spawn("tests.system.children:echo", None)
    child.channel.recv()
    child.process.send_signal(signal.SIGINT)
    child.channel.send("still there?")
    assert child.channel.recv() == "still there?"
    child.stop()


def test_an_array_is_shared_both_ways():
    memory = shared_array.create(40)
    array = shared_array.attach(memory, "i8", (5,))
    array[:] = range(5)
    child = process.spawn("tests.system.children:add_one", memory, descriptors=[memory])
    assert child.channel.recv() == "done"
    child.stop()
    os.close(memory)
    assert array.tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("module", ["ewarn", "ewarn.system.process", "ewarn.cli"])
def test_importing_starts_nothing_and_says_nothing(module):
    done = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_children_are_found():
    child = process.spawn("tests.system.children:echo", None)
    assert child.process.pid in descendants(os.getpid())
    assert descendants(child.process.pid) == []
    child.stop()


def test_a_child_that_is_killed_is_gone_with_all_below_it():
    child = process.spawn("tests.system.children:grandparent", None)
    grandchild = child.channel.recv()
    child.kill()
    assert child.ended() == -signal.SIGKILL
    assert has_ended(grandchild)


@pytest.mark.parametrize("noticed", [True, False])
def test_to_kill_a_child_that_has_ended_does_no_harm(noticed):
    child = process.spawn("tests.system.children:echo", "hello")
    child.channel.recv()
    child.process.kill()
    if noticed:  # else it is a zombie still
        child.process.wait()
    child.kill()
    assert child.ended() == -signal.SIGKILL
    assert descendants(child.process.pid) == []


def test_all_of_them_are_stopped_in_the_time_of_one():
    deaf_ones = [process.spawn("tests.system.children:deaf", "") for _ in range(3)]
    for child in deaf_ones:
        child.channel.recv()
    began = time.monotonic()
    process.stop(deaf_ones, patience_s=1.0)
    assert time.monotonic() - began < 2.5
    assert [child.ended() for child in deaf_ones] == [-signal.SIGKILL] * 3


def test_a_child_that_is_stopped_or_hangs_ends_with_its_parent_too():
    child = process.spawn("tests.system.children:stopped_family", None)
    stopped, hanging = child.channel.recv()
    child.process.kill()
    child.process.wait()
    assert has_ended(stopped)
    assert has_ended(hanging)


def test_a_child_that_was_stopped_for_a_while_goes_on():
    child = process.spawn("tests.system.children:echo", None)
    child.channel.recv()
    child.process.send_signal(signal.SIGSTOP)
    child.process.send_signal(signal.SIGCONT)
    child.channel.send("still there?")
    assert child.channel.recv() == "still there?"
    assert child.stop() == 0
