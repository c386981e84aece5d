"""Looks at the heartbeats of the shards that there are: those that stand still are named, and given nobody."""

import logging

from ewarn.gateway.settings import Upkeep
from ewarn.gateway.shards.heartbeat import Heartbeats, Pulsation
from ewarn.gateway.shards.member import Life, Member
from ewarn.gateway.shards.muster import Muster
from ewarn.system.happenings import Kind

logger = logging.getLogger("ewarn.gateway")


class Watch:
    """Over the members of a muster."""

    def __init__(self, muster: Muster, upkeep: Upkeep, now: float) -> None:
        self._muster = muster
        self._heartbeats = Heartbeats(muster.most, upkeep, now)

    def begin(self, index: int) -> None:
        """Another process has begun in this place, or it has come up."""
        self._heartbeats.begin(index)

    def look(self, now: float) -> None:
        """Take the counts of all, at `now` (monotonic s)."""
        self._heartbeats.look(self._muster.counters.by_shard("beats"), now)

    def judge(self) -> list[Member]:
        """Name those that stand still and those that go on; return those that are to be ended."""
        lost = []
        for one in self._muster.members.values():
            pulsation = self._heartbeats.of(one.index, starting=one.up_since is None)
            if pulsation is Pulsation.LOST and one.life is not Life.KILLED:
                lost.append(one)
                logger.error("shard %d has stood still for %.1f s: it is ended", *self._how_long(one))
                self._muster.herald.tell(Kind.SHARD_ENDED, one.index)
            elif one.stalled != (pulsation is not Pulsation.SOUND):
                self._turn(one)
        return lost

    def _turn(self, one: Member) -> None:
        self._muster.stall(one, stalled=not one.stalled)
        self._muster.herald.tell(Kind.SHARD_STALLED if one.stalled else Kind.SHARD_GOES_ON, one.index)
        if one.stalled:
            logger.warning("shard %d has stood still for %.1f s: it is given nobody", *self._how_long(one))
        else:
            logger.warning("shard %d goes on", one.index)

    def _how_long(self, one: Member) -> tuple[int, float]:
        return one.index, self._heartbeats.still_s(one.index)
