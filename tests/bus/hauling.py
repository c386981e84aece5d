"""Arrays to and from agents, for tests: a conductor that leads one host after the other."""

from ewarn.wire.pieces import joined, opened
from ewarn.wire.swarms import Collect, Give


def send(to, name, orders, patience_s):
    """Have an agent take these."""
    for one in orders:
        to.ask({name: one}, patience_s)


def collect(to, name, patience_s):
    """What an agent says that it has, and all of it, by name."""
    said = to.ask({name: Collect()}, patience_s)[name]
    arrays = {}
    for what, one in said.arrays.items():
        pieces = [to.ask({name: Give(what, index)}, patience_s)[name] for index in range(one.pieces)]
        assert [(piece.what, piece.index) for piece in pieces] == [(what, index) for index in range(one.pieces)]
        arrays[what] = joined(what, [opened(piece.data) for piece in pieces], one)
    return said, arrays
