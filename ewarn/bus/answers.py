"""What hosts say of a report: which are expected to answer, for how many users it is, and why not for all. Pure."""

from collections.abc import Set
from dataclasses import dataclass, field

from msgspec import UNSET

from ewarn.wire.bus import Standing, Taken

LOST_S = 3.0
"""after which a host that says nothing is not waited for: it says something each second"""
MOST_HOSTS = 1024
MOST_TOLD = 5
"""hosts that a note names of each kind"""


class Hosts:
    """The hosts of gateways that are there, as they say themselves. `now`: seconds of one clock."""

    def __init__(self) -> None:
        self._heard: dict[str, float] = {}

    def heard(self, standing: Standing, now: float) -> None:
        """One says how it stands; who leaves is there no more."""
        if standing.state == "leaving":
            self._heard.pop(standing.host, None)
        elif standing.host in self._heard or len(self._heard) < MOST_HOSTS:
            self._heard[standing.host] = now

    def there(self, now: float) -> set[str]:
        """Who has been heard lately; others are forgotten."""
        self._heard = {host: at for host, at in self._heard.items() if now - at <= LOST_S}
        return set(self._heard)


@dataclass(frozen=True)
class Answers:
    """The answers to one report."""

    expected: Set[str]
    """hosts that were there when it was released"""
    took: dict[str, Taken] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """by host, why"""

    def add(self, taken: Taken) -> None:
        """One more, maybe the same again over the other line: who has taken it has not refused it."""
        if len(self.took) + len(self.refused) >= 2 * MOST_HOSTS:
            return
        if taken.problem is UNSET:
            self.took[taken.host] = taken
            self.refused.pop(taken.host, None)
        elif taken.host not in self.took:
            self.refused[taken.host] = str(taken.problem)

    @property
    def complete(self) -> bool:
        """Whether all who are expected have said something."""
        return self.expected <= (self.took.keys() | self.refused.keys())

    @property
    def targets(self) -> int:
        """Followers that all hosts together had."""
        return sum(one.targets for one in self.took.values())

    @property
    def all_refused(self) -> bool:
        """Whether it is taken by nobody, and refused by all who are there."""
        return bool(self.refused) and not self.took and self.complete

    @property
    def note(self) -> str | None:
        """What whoever releases it should know, host by host; None where there is nothing."""
        missing = sorted(self.expected - self.took.keys() - self.refused.keys())
        notes = {host: str(one.note) for host, one in self.took.items() if one.note}
        said = [
            *(["no gateway is on the bus"] if not self.expected and not self.took and not self.refused else []),
            *([f"no answer from {_listed(missing)}"] if missing else []),
            *(f"{_listed(hosts)} refused it: {why}" for why, hosts in _by_reason(self.refused).items()),
            *(f"{_listed(hosts)}: {why}" for why, hosts in _by_reason(notes).items()),
        ]
        return "; ".join(said) or None


def _by_reason(said: dict[str, str]) -> dict[str, list[str]]:
    """Hosts that say the same together: most often all do."""
    found: dict[str, list[str]] = {}
    for host, why in sorted(said.items()):
        found.setdefault(why, []).append(host)
    return dict(list(found.items())[:MOST_TOLD])


def _listed(hosts: list[str]) -> str:
    more = len(hosts) - MOST_TOLD
    return ", ".join(hosts[:MOST_TOLD]) + (f" and {more} more" if more > 0 else "")
