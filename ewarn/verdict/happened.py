"""What happened in a run beside its reports, and when: one list for every view."""

from collections.abc import Iterable

from msgspec import Struct

from ewarn.system.happenings import Kind
from ewarn.verdict.figures import instant
from ewarn.words import Said, say

NAMED = (Kind.PLATFORM_DOWN, Kind.PLATFORM_SLOW, Kind.PLATFORM_BACK, Kind.GATEWAY_LOST, Kind.GATEWAY_BACK)
"""of which all is said by whom it happened to"""


class Happened(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something at an instant."""

    kind: Kind
    """what it was"""
    at_s: float
    """after the true origin"""
    of: str = ""
    """the platform, where there are two; of a fleet, the host"""
    index: int | None = None
    """of the shard"""
    count: int | None = None
    """shards that there were to be from then on"""
    why: str = ""
    """of a run that ended early, or of a host that was lost"""

    @property
    def said(self) -> Said:
        """What happened, without the instant."""
        if self.kind is Kind.GATEWAY_DIED and self.of:
            return say("happened.platform_died", self.of)
        words = say(f"happened.{self.kind}", *self._given())
        return say("happened.on", self.of, words) if self.index is not None and self.of else words

    def _given(self) -> list[str]:
        if self.kind in NAMED:
            return [self.of]
        if self.kind is Kind.HOST_LOST:
            return [self.of, self.why]
        if self.kind is Kind.ENDED_EARLY:
            return [self.why]
        return [str(one) for one in (self.index, self.count) if one is not None]

    @property
    def line(self) -> Said:
        """The same with the instant, as a line of a log or a table."""
        return say("happened.line", instant(self.at_s), self.said)


def in_turn(found: Iterable[Happened]) -> tuple[Happened, ...]:
    """In the order of time; of one instant, that a run ended is last."""
    return tuple(sorted(found, key=lambda one: (one.at_s, one.kind is Kind.ENDED_EARLY)))
