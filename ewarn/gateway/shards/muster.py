"""The shards that there are, how far each is in its life, and what of that is shown: in counters, seats and fronts."""

import os

import numpy as np

from ewarn.gateway import counters
from ewarn.gateway.counters import Counters
from ewarn.gateway.hosts import board
from ewarn.gateway.sending import pace
from ewarn.gateway.sending.pace import Pace
from ewarn.gateway.settings import Layout
from ewarn.gateway.shards.member import Handed, Life, Member
from ewarn.gateway.shards.occupancy import Occupancy
from ewarn.gateway.way_in import shares
from ewarn.system.happenings import Herald


class Muster:
    """Members by index, from 0, and the shared memory of all. An index whose shard has ended is free for the next."""

    def __init__(self, layout: Layout, per_address: int | None = None) -> None:
        """`per_address`: open connections that one address may have over all; None: any number."""
        self._layout = layout
        self.most = layout.most_shards
        self.memory, self.fronts = counters.create(self.most), pace.create(self.most)
        """descriptors of what shards share: counters, and how far each is with a report"""
        self.board = board.create()
        """descriptor of what they show of bus and hosts"""
        self.ledger = None if per_address is None else shares.open_ledger(self.most, per_address)
        self.counters, self.pace = Counters(self.memory, self.most), Pace(self.fronts, self.most)
        self.occupancy = Occupancy(self.counters, self.most)
        self.members: dict[int, Member] = {}
        self.herald = Herald()
        """tells what happens to them"""

    @property
    def shared(self) -> tuple[int, ...]:
        """Descriptors of all that shards share."""
        return self.memory, self.fronts, self.board, *([self.ledger.memory] if self.ledger else [])

    def of(self, *lives: Life) -> list[int]:
        """Indices of those that are so far in their lives, ascending."""
        return sorted(index for index, one in self.members.items() if one.life in lives)

    @property
    def hearing(self) -> list[Member]:
        """Those that have connections, and so hear of reports."""
        return [self.members[index] for index in self.of(Life.OPEN, Life.DRAINING)]

    def start_round(self) -> int:
        """A warning goes out: the number of its round, in which those keep pace that do not stand still."""
        abreast = [one.index for one in self.hearing if not one.stalled]
        return self.pace.start(np.isin(np.arange(self.most), abreast))

    def most_connections(self) -> int:
        """That the shards which there are to be can hold, whether or not all of them are up."""
        return sum(self._layout.of(index) for index in range(self.counters.total("wanted") or self._layout.shards))

    def free(self) -> list[int]:
        """Indices that no shard has, ascending."""
        return [index for index in range(self.most) if index not in self.members]

    def hand_over(self, index: int, descriptors: list[int]) -> bool:
        """Give connections to a shard, and close ours of them; False, and nothing done, where it can take none now."""
        outcome = self.members[index].hand_over(descriptors)
        if outcome is Handed.TAKEN:
            self.occupancy.handed[index] += len(descriptors)
        elif outcome is Handed.LOST:
            self.counters.add("turned_away", len(descriptors))
        return outcome is not Handed.NOT_NOW

    def enter(self, one: Member, life: Life) -> None:
        """It is so far now."""
        one.life = life
        self._show(one)

    def stall(self, one: Member, *, stalled: bool) -> None:
        """It stands still, or goes on."""
        one.stalled = stalled
        self._show(one)

    def bury(self, index: int) -> Member:
        """It has ended; its pipe and its socket are ours to close."""
        self.counters.bury(index)
        self.occupancy.bury(index)
        self.pace.bury(index)
        if self.ledger:
            shares.bury(self.ledger, self.most, index)
        return self.members.pop(index)

    def close(self) -> None:
        """Let go of the memory."""
        for descriptor in self.shared:
            os.close(descriptor)

    def _show(self, one: Member) -> None:
        """One that stands still is not open: whoever came would get no answer."""
        is_open = one.life is Life.OPEN and not one.stalled
        capacity = self._layout.of(one.index) if is_open else 0
        self.occupancy.put(one.index, capacity, is_open=is_open)
        draining = one.life is Life.DRAINING
        gauges = {"up": is_open, "draining": draining, "stalled": one.stalled, "capacity": capacity}
        for name, value in gauges.items():
            self.counters.put_of(one.index, name, int(value))
