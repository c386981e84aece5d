"""The values that the seismic side hands on: a quake, an origin, a report."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from ewarn.seismic.magnitudes import MagnitudeType
from ewarn.words import Named

Status = Literal["update", "final", "cancel", "reviewed"]
"""`reviewed`: the quick report (速报), by which the centre tells afterwards what it was; no warning any more"""


@dataclass(frozen=True)
class Origin:
    """Where, when and how large: the true one of a quake, or the estimate of a report."""

    time: float
    """seconds since 1970-01-01 UTC"""
    latitude: float
    """degrees north"""
    longitude: float
    """degrees east"""
    depth_km: float
    """of the hypocentre, below the surface"""
    magnitude: float
    """of whatever kind the catalogue gives"""
    magnitude_type: MagnitudeType = "M"
    """which kind that is"""


@dataclass(frozen=True)
class Rupture:
    """The line along which a large quake breaks: straight, along the strike, through the epicentre."""

    length_km: Annotated[float, Gt(0), Le(1500)] | None = None
    """Length of the rupture, km; without it, as long as quakes of its magnitude are."""
    nucleation: Annotated[float, Ge(0), Le(1)] = 0.5
    """Where the rupture begins, as a share of its length: at 0 all of it lies ahead in the direction of strike."""


@dataclass(frozen=True)
class FalseAlarm:
    """A fault at the centre: reports that say another magnitude than the stations', and are taken back."""

    magnitude: Annotated[float, Ge(0), Le(10)]
    """Magnitude that the reports say."""
    cancelled_after_s: Annotated[float, Gt(0), Le(3600)]
    """Seconds from the first report to the cancel."""
    updates: Annotated[int, Ge(0), Le(1000)] = 0
    """Number of reports evenly in between."""


@dataclass(frozen=True)
class Quake:
    """The physical event, as a quake file tells it."""

    id: str
    """as reports call it"""
    name: str
    """for people"""
    origin: Origin
    """the true one"""
    zone: str
    """attenuation zone of GB 18306-2015: Qingzang, Xinjiang, East or Central; or world, outside China"""
    strike_deg: float | None = None
    """direction of the fault clockwise from north; None where unknown"""
    rupture: Rupture = Rupture()
    false_alarm: FalseAlarm | None = None
    """None: its reports are right, within their errors"""
    note: str = field(default="", compare=False)
    """what whoever plays it should know of the file that it was read from; no part of what it is"""
    names: Mapping[str, str] = field(default_factory=dict, compare=False)
    """its name in other languages than English, by their code such as zh; no part of what it is"""

    @property
    def called(self) -> Named:
        """The name, which whoever shows it has in the reader's language."""
        return Named(self.name, self.names)

    def at(self, time: float) -> "Quake":
        """The same quake at another time."""
        return replace(self, origin=replace(self.origin, time=time))


LASTS_S = 300.0
"""how long a report is in force unless its centre says otherwise: by then S has passed 1,000 km"""


class Bulletin:
    """What the status of a report makes of it."""

    status: Status

    @property
    def may_alarm(self) -> bool:
        """Whether a siren may sound for it: not for a cancel, which takes the warning back, nor for what is over."""
        return self.status in ("update", "final")

    @property
    def cancels(self) -> bool:
        """Whether it takes the warning back."""
        return self.status == "cancel"

    @property
    def counts_as_warning(self) -> bool:
        """Whether it is judged as a warning: all but the reviewed origin, which tells of what is over.

        Who reads it counts as warned, and the promised times of delivery hold for it: for a cancel, too.
        """
        return self.status != "reviewed"

    def replaces(self, older: "Bulletin") -> bool:
        """Whether it takes the place of an older report of its quake that somebody has yet to be told.

        Nothing but a newer warning replaces a warning, since a quick report sounds no siren. A cancel does: who has
        not been told needs no alarm any more. Nor does a quick report replace a cancel, or who was alarmed would never
        hear that the alarm was taken back.
        """
        return self.counts_as_warning or not older.counts_as_warning


@dataclass(frozen=True)
class Sealed:
    """What the centre wrote, as it wrote it: it goes out unchanged, so that who reads it can check the signature."""

    words: bytes
    """the beginning of every frame, up to the user's own"""
    signature: str = ""
    """of these bytes; empty where it is not signed"""


@dataclass(frozen=True)
class Report(Bulletin):
    """One bulletin of the warning."""

    quake: str
    """id of the quake"""
    number: int
    """1, 2, ..."""
    status: Status
    origin: Origin
    """the estimate, not the truth"""
    zone: str
    """see `Quake.zone`"""
    released: float
    """seconds since 1970-01-01 UTC, on the timeline of its play"""
    play: int = 0
    """which playing of the quake's series: when the centre began it, ns since 1970-01-01 UTC"""
    lasts_s: float = LASTS_S
    """how long after its release it is in force"""
    ahead_s: float = 0.0
    """by how much the timeline of its play runs ahead of the clock: a drill may cut waits short, the waves' too"""
    sealed: Sealed | None = field(default=None, compare=False)
    """the words that came from the centre; None where there are none yet"""

    @property
    def expires(self) -> float:
        """When it is in force no more, seconds since 1970-01-01 UTC, on the timeline of its play."""
        return self.released + self.lasts_s

    def age_s(self, now: float) -> float:
        """Seconds since its release, `now` being the clock's (seconds since 1970); negative: until it."""
        return now - (self.released - self.ahead_s)

    def left_s(self, now: float) -> float:
        """Seconds until it expires, `now` being the clock's (seconds since 1970); negative: since it has."""
        return self.expires - self.ahead_s - now

    @property
    def release_s(self) -> float:
        """Seconds from the estimated origin time to release."""
        return self.released - self.origin.time

    def later(self, seconds: float) -> "Report":
        """The same report in a world that runs `seconds` later: origin and release both move."""
        origin = replace(self.origin, time=self.origin.time + seconds)
        return replace(self, origin=origin, released=self.released + seconds)
