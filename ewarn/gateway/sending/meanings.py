"""What reports mean at single users' places, for snapshots: worked out for many at once, kept, and looked up. No I/O.

To plan a report takes as long for one user as for hundreds. What is kept holds for as long as the report is the one
asked for; nothing of it counts from now, so that the passing of time does not make it wrong.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ewarn.audience.followed import Followed
from ewarn.dispatch.plan import Followers, Plan
from ewarn.seismic.origin import Report
from ewarn.wire.snapshots import Meaning
from ewarn.wire.subscriptions import Place

Places = tuple[Place, ...]
MOST_KEPT = 256
"""users' places, those last asked for: with 20 quakes and ten places each some 6 MB"""


class Meanings:
    """By a user's places, what each report under way means to them."""

    def __init__(self, plan: Callable[[Report, Followers], Plan]) -> None:
        self._plan = plan
        self._kept: dict[Places, dict[str, Meaning]] = {}
        """by quake; the places last asked for stand last"""

    def learn(self, report: Report, wanted: Iterable[Places]) -> bool:
        """Work out what a report means to several users at once; False where nothing was to be done."""
        new = [places for places in dict.fromkeys(wanted) if places and not self._has(report, places)]
        if not new:
            return False
        count = np.array([len(places) for places in new])
        at = np.array([place for places in new for place in places])
        plan = self._plan(report, Followers.of(Followed(count, at[:, 0], at[:, 1])))
        for user, places in enumerate(new):
            self._kept.setdefault(places, {})[report.quake] = Meaning.of(plan, user)
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return True

    def of(self, reports: Sequence[Report], places: Places) -> list[Meaning]:
        """What reports mean to one user; what is kept of others is forgotten."""
        for report in reports:
            self.learn(report, [places])
        known = self._kept.pop(places, {})
        found = {report.quake: known[report.quake] for report in reports if report.quake in known}
        if found:
            self._kept[places] = found
        return list(found.values())

    def _has(self, report: Report, places: Places) -> bool:
        found = self._kept.get(places, {}).get(report.quake)
        return found is not None and found.report is report
