"""What is in force, as the supervisor knows it: a shard that starts later must be told of it. Pure."""

from ewarn.seismic.origin import Report


class InForce:
    """By quake: the newest report, and when it was released (monotonic ns)."""

    def __init__(self, lasts_s: float) -> None:
        """A report is in force for so long after its release."""
        self._lasts_ns = lasts_s * 1e9
        self._by_quake: dict[str, tuple[Report, int]] = {}

    def note(self, report: Report, now_ns: int) -> None:
        """A report is released now."""
        kept = [(one.quake, (one, since_ns)) for one, since_ns in self.at(now_ns)]
        self._by_quake = {**dict(kept), report.quake: (report, now_ns)}

    def at(self, now_ns: int) -> list[tuple[Report, int]]:
        """What is still in force."""
        return [kept for kept in self._by_quake.values() if now_ns - kept[1] <= self._lasts_ns]
