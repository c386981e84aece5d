"""What is in force, as the supervisor knows it: a shard that starts later must be told of it. Pure."""

from ewarn.seismic.origin import Report


class InForce:
    """Reports that no newer one has replaced, and when each was released (monotonic ns)."""

    def __init__(self, lasts_s: float) -> None:
        """A report is in force for so long after its release."""
        self._lasts_ns = lasts_s * 1e9
        self._kept: list[tuple[Report, int]] = []

    def note(self, report: Report, now_ns: int, age_s: float = 0.0) -> None:
        """A report was released `age_s` ago."""
        others = [one for one in self.at(now_ns) if not (one[0].quake == report.quake and report.replaces(one[0]))]
        self._kept = [*others, (report, now_ns - round(age_s * 1e9))]

    def at(self, now_ns: int) -> list[tuple[Report, int]]:
        """What is still in force, in the order of its release."""
        return [one for one in self._kept if now_ns - one[1] <= self._lasts_ns]
