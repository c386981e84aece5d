"""What children of the tests of `process` do.

They stand apart from the tests, or each of these processes would import what tests need.
"""

import os
import signal
import sys
import time

from ewarn.system import process, shared_array


def echo(channel, first):
    """Child: say back what is said, and a line of the environment."""
    channel.send((first, os.environ.get("EWARN_TEST")))
    while True:
        channel.send(channel.recv())


def add_one(channel, descriptor):
    """Child: add one to every number of a shared array."""
    shared_array.attach(descriptor, "i8", (5,))[:] += 1
    channel.send("done")


def deaf(channel, _first):
    """Child: do not notice anything."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    channel.send(os.getpid())
    while True:
        time.sleep(1)


def grandparent(channel, _first):
    """Child: have a child of its own, and tell its number."""
    child = process.spawn("tests.system.children:echo", "hello")
    channel.send(child.process.pid)
    channel.recv()


def stopped_family(channel, _first):
    """Child: has two children, one stopped, one that hangs; tells their numbers."""
    stopped = process.spawn("tests.system.children:echo", "hello")
    stopped.channel.recv()
    stopped.process.send_signal(signal.SIGSTOP)
    hangs = process.spawn("tests.system.children:hangs", None)
    hangs.channel.recv()
    channel.send((stopped.process.pid, hangs.process.pid))
    channel.recv()


def hangs(channel, _first):
    """Child: never looks at its channel again."""
    sys.modules["__main__"].ORPHANED_S = 0.1
    channel.send("begun")
    while True:
        pass
