"""Are the frames right? Those that sampled users received, held against what their own places make of the report."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ewarn.audience.forecast import Forecast, forecast
from ewarn.dispatch.gates import TIERS, Gates
from ewarn.drill.scenario import Scenario
from ewarn.seismic.earth import Earth
from ewarn.seismic.intensity import LEVELS
from ewarn.seismic.origin import Report, Sealed
from ewarn.wire.reports import AtPlace, Stated, common
from ewarn.wire.signing import is_signed, sealed_of

ROUNDING = 0.06
"""frames give one decimal; places travel with five"""
CUT_OFF = 0.05
"""of an intensity, which is cut off after its decimal, on average"""


class _Frame(Stated, frozen=True, kw_only=True):
    tier: str
    places: list[AtPlace]
    signature: str = ""


def verify(
    kept: Sequence[tuple[int, bytes]], released: Sequence[Report], scenario: Scenario, key: bytes | None = None
) -> tuple[int, int]:
    """Compute kept frames, each a (user, payload), anew; return how many, and how many were wrong.

    With the public `key` of the centre each must be signed, too. A gateway that died may have sent a report of which it
    never said that it took it: such frames are left out.
    """
    by_number = {report.number: (report, common(report)) for report in released}
    unsaid = {report.number for report in scenario.reports} - by_number.keys()
    signed = _Signed(key) if key else None
    checked = wrong = 0
    for user, payload in kept:
        try:
            frame = msgspec.json.decode(payload, type=_Frame)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            checked, wrong = checked + 1, wrong + 1
            continue
        if frame.number not in unsaid:
            checked += 1
            right = frame.number in by_number and _right(frame, user, *by_number[frame.number], scenario)
            wrong += not right or bool(signed and not signed.by_the_centre(payload, frame.signature))
    return checked, wrong


class _Signed:
    """Checks signatures, each once: all frames of a report have the same."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[Sealed, bool] = {}

    def by_the_centre(self, payload: bytes, signature: str) -> bool:
        """Whether the bytes as they came are signed with the key."""
        if (sealed := sealed_of(payload, signature)) is None:
            return False
        if sealed not in self._known:
            self._known[sealed] = is_signed(sealed, [self._key])
        return self._known[sealed]


def _right(frame: _Frame, user: int, report: Report, said_to_all: Stated, scenario: Scenario) -> bool:
    """Whether what all are told is right, and what is the user's own."""
    if any(getattr(frame, name) != getattr(said_to_all, name) for name in said_to_all.__struct_fields__):
        return False
    places = scenario.audience.followed.places(user)
    by_number = {place.place: place for place in frame.places}
    if sorted(by_number) != [*range(len(places))]:
        return False
    said = [by_number[index] for index in range(len(places))]
    latitude, longitude = np.array(places).T
    due = forecast(report.origin, report.zone, latitude, longitude, scenario.earth)
    return (
        _numbers_right(said, due, report)
        and _levels_right(said, due.intensity, scenario.earth)
        and _tier_right(frame.tier, float(due.intensity.max()), scenario.gates, report.may_alarm)
    )


def _numbers_right(said: list[AtPlace], due: Forecast, report: Report) -> bool:
    expected = {
        "distance_km": due.distance_km,
        "p_in_s": due.p_s - report.release_s,
        "s_in_s": due.s_s - report.release_s,
        "intensity": due.intensity - CUT_OFF,
    }
    return all(
        bool((np.abs(np.array([getattr(place, name) for place in said]) - values) <= ROUNDING).all())
        for name, values in expected.items()
    )


def _levels_right(said: list[AtPlace], intensity: NDArray[np.float64], earth: Earth) -> bool:
    steps = np.array(earth.model.level_from)
    return all(
        _near(value, steps) or place.level == LEVELS[int(earth.level_index(value))]
        for place, value in zip(said, intensity.tolist(), strict=True)
    )


def _tier_right(tier: str, strongest: float, gates: Gates, may_alarm: bool) -> bool:
    steps = np.array([gates.notification, gates.alarm])
    return _near(strongest, steps) or tier == TIERS[int(gates.tier(np.array(strongest), may_alarm=may_alarm))]


def _near(value: float, steps: NDArray[np.float64]) -> bool:
    """Whether rounding decides on which side of a step it is: then either word is right."""
    return bool((np.abs(value - steps) < ROUNDING).any())
