"""One shard as its supervisor has it, with a real child and a real socket between them."""

import asyncio
import gc
import os
import signal
import socket

import pytest

from ewarn.gateway.settings import GatewaySettings, ShardSettings
from ewarn.gateway.shards import member
from ewarn.gateway.shards.commands import Verb
from ewarn.gateway.shards.member import Handed, Member
from ewarn.system.parcels import Inbox

ECHO = "tests.gateway.children:echo"


def told(handoff):
    return ShardSettings(GatewaySettings(), 0, 1, 1, handoff, 0, 0)


@pytest.fixture
def one():
    made = member.start(ECHO, 0, told, (), 0.0)
    said(made)
    yield made
    made.child.stop()
    made.handoff.close()


def said(one):
    """What the child says next; its pipe is never waited for but here."""
    assert one.child.channel.poll(30)
    return one.child.channel.recv()


def connections(count):
    """Descriptors of ours, and their far ends."""
    pairs = [socket.socketpair() for _ in range(count)]
    return [ours.detach() for ours, _ in pairs], [theirs for _, theirs in pairs]


def is_open(descriptor):
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_a_command_comes_with_its_arguments(one):
    one.tell(Verb.DRAIN, 3)
    assert said(one) == (Verb.DRAIN, 3)


def test_one_that_has_ended_is_told_nothing_and_that_is_no_error(one):
    one.child.process.kill()
    one.child.process.wait()
    for _ in range(3):
        one.tell(Verb.OPEN)


async def test_one_that_does_not_read_is_told_later_the_newest_report_and_whatever_else_in_order(one, make_report):
    os.kill(one.child.process.pid, signal.SIGSTOP)
    overtaken = [one.tell(Verb.PUBLISH, make_report(number), number, 0) for number in range(1, 301)]
    one.tell(Verb.CHANGE, "x" * 100_000)
    one.tell(Verb.DRAIN, 3)
    os.kill(one.child.process.pid, signal.SIGCONT)
    inbox, heard = Inbox(one.child.channel.fileno()), []
    while not heard or heard[-1][0] is not Verb.DRAIN:
        await readable(one.child.channel.fileno())
        heard += inbox.messages()  # a long one comes in parts
    numbers = [message[2] for message in heard if message[0] is Verb.PUBLISH]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 300
    assert len(numbers) == 300 - sum(overtaken) < 50
    assert heard[-2:] == [(Verb.CHANGE, "x" * 100_000), (Verb.DRAIN, 3)]


async def readable(descriptor):
    loop, found = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, found.set)
    await asyncio.wait_for(found.wait(), 30)
    loop.remove_reader(descriptor)


async def test_one_that_ends_while_it_is_to_be_told_more_is_let_go(one, make_report):
    os.kill(one.child.process.pid, signal.SIGSTOP)
    for number in range(1, 301):
        one.tell(Verb.PUBLISH, make_report(number), number, 0)
    one.child.process.kill()
    one.child.process.wait()
    while len(one.mail):
        await asyncio.sleep(0)
    one.tell(Verb.OPEN)
    one.let_go()


def test_what_is_handed_over_is_closed_here_and_what_finds_no_room_is_kept(one):
    ours, theirs = connections(2)
    assert one.hand_over(ours) is Handed.TAKEN
    assert not any(map(is_open, ours))
    while True:
        more, ends = connections(1)
        theirs += ends
        if one.hand_over(more) is not Handed.TAKEN:
            break
    assert one.hand_over(more) is Handed.NOT_NOW
    assert is_open(more[0])
    os.close(more[0])
    for end in theirs:
        end.close()


def test_what_is_handed_to_one_that_is_gone_is_kept_for_another(one):
    one.child.process.kill()
    one.child.process.wait()
    ours, (theirs,) = connections(1)
    assert one.hand_over(ours) is Handed.LOST
    assert is_open(ours[0])
    os.close(ours[0])
    theirs.close()


def test_where_no_child_can_be_started_there_is_none_and_nothing_is_left_open(caplog):
    def refuse(_handoff):
        raise OSError(24, "too many files")

    gc.collect()  # what other tests left behind is no part of it
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  a count, and no paths
    assert member.start(ECHO, 7, refuse, (), 0.0) is None
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    assert "shard 7 cannot be started: too many files" in caplog.text


def test_a_member_begins_by_starting(one):
    assert isinstance(one, Member)
    assert one.life is member.Life.STARTING
