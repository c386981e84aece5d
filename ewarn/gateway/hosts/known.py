"""The hosts of the fleet as one of them knows them: by how they say that they stand, each second. Pure.

How old that is is counted only while the bus is heard: a gateway that hears nothing says nothing about others, and one
that was itself stopped finds an old word of each, which is no fault of theirs.
"""

from dataclasses import dataclass

from ewarn.wire.bus import Standing
from ewarn.wire.gateways import MOST_GATEWAYS, Gateway, State

LOST_S = 3.0
"""A host that has said nothing for so long is lost."""
GONE_S = 63.0
"""It is listed for a minute more, so that its users pass it over, and come home to it if it is back by then."""
LONGEST_S = 1.0
"""between two looks: what is longer counts as so long"""
AFTERWARDS_S = 1.0
"""that a host which has left stays away: its words by the slower line are of before"""


@dataclass(frozen=True)
class _Heard:
    standing: Standing
    at: float
    """seconds of hearing"""


class Known:
    """By name, the other hosts; whoever asks adds itself."""

    def __init__(self, now: float) -> None:
        """`now` is monotonic, seconds."""
        self._hearing_s, self._last = 0.0, now
        """for how long the bus was heard, all in all"""
        self._hosts: dict[str, _Heard] = {}

    def look(self, now: float, *, hears: bool) -> None:
        """Time has passed, and the bus is heard or not; whoever was not heard of for `GONE_S` is forgotten."""
        if hears:
            self._hearing_s += min(max(0.0, now - self._last), LONGEST_S)
        self._last = now
        self._hosts = {name: one for name, one in self._hosts.items() if self._age_s(one) < _kept_s(one.standing)}

    def hear(self, standing: Standing) -> None:
        """A host says how it stands. Of too many, those that come last are let be."""
        before = self._hosts.get(standing.host)
        if before and before.standing.state == "leaving" and standing.url == before.standing.url:
            return
        if before or len(self._hosts) < MOST_GATEWAYS - 1:
            self._hosts[standing.host] = _Heard(standing, self._hearing_s)

    def listed(self) -> list[Gateway]:
        """All but those that have left."""
        return [self._as_listed(one) for one in self._hosts.values() if one.standing.state != "leaving"]

    def _as_listed(self, one: _Heard) -> Gateway:
        said = one.standing
        state: State = "lost" if self._age_s(one) >= LOST_S else "draining" if said.state == "draining" else "up"
        return Gateway(said.host, said.url, said.capacity, said.connections, state)

    def _age_s(self, one: _Heard) -> float:
        return self._hearing_s - one.at


def _kept_s(said: Standing) -> float:
    """For how long after its last word a host is known; one that was about to go does not come back."""
    return {"leaving": AFTERWARDS_S, "draining": LOST_S}.get(said.state, GONE_S)
