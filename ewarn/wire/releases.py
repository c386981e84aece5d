"""A report as it was handed over, and what one is handed over to. Pure."""

from dataclasses import dataclass
from typing import Protocol

from msgspec import json

from ewarn.seismic.origin import Report
from ewarn.wire.reports import utc


@dataclass(frozen=True)
class Release:
    """A report as it was handed over."""

    report: Report
    """with origin and release as played, on the wall clock"""
    monotonic_ns: int
    """the instant it was handed over"""
    targets: int
    """followers that the gateway had then"""
    note: str | None = None
    """why it is not for all of them, where the gateway says so"""

    def line(self) -> str:
        """As `ewarn publish` prints it."""
        said = json.encode(
            {
                "quake": self.report.quake,
                "number": self.report.number,
                "released_monotonic_ns": self.monotonic_ns,
                "released": utc(self.report.released),
                "targets": self.targets,
            }
        )
        return json.format(said, indent=0).decode()


class Releases(Protocol):
    """What a quake is played into."""

    def release(self, report: Report) -> Release:
        """Hand a report over. Raises GatewayError where nobody takes it."""
