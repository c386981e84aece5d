"""Shards that only talk to their team, and that badly.

They stand apart from the tests, or each of these processes would import what tests need.
"""

from ewarn.gateway.shards.commands import Verb


def mute(channel, settings):
    """A shard that ends before it is ready, if it is not the first."""
    if settings.index == 0:
        channel.send((Verb.READY,))
        while True:
            channel.recv()


def babbling(channel, _settings):
    """One that says something else before it is ready, and then sends back what it is told."""
    channel.send(("redy",))
    channel.send((Verb.READY,))
    while True:
        verb, *arguments = channel.recv()
        channel.send((f"told {verb}", *arguments))


def obedient(channel, _settings):
    """One that ends once it has been told to drain."""
    channel.send((Verb.READY,))
    while channel.recv()[0] is not Verb.DRAIN:
        pass


def echo(channel, settings):
    """One that sends back all it is told, the descriptor of its socket first."""
    channel.send(settings.handoff)
    while True:
        channel.send(channel.recv())
