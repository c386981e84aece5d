"""Gates, which hold an alert back from those whom it need not alarm, and tiers, by which it is shown. Pure.

A release gate goes by the report's magnitude, a local gate by the intensity expected at a user's places, and last the
user's own threshold. All three are judged by the report's own estimate, which grows: a user held back now may be
alerted by a later report. Once told of a quake, a user is told of it to the end, whatever the gates say then: an alarm
that turns out mild is for them above all. An alarm that is taken back is so for everyone: a user who lost their
connection in between is a stranger, and may still believe it.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic.intensity import Intensity


class Gate(IntEnum):
    """What holds a report back from a user."""

    OPEN = 0
    MAGNITUDE = 1
    """below what is released to the public at all"""
    INTENSITY = 2
    """nothing to feel at any of the user's places"""
    THRESHOLD = 3
    """less than the user asked to be told of"""


TIERS = ("in-page", "notification", "alarm")
"""How a client shows a report: on its page only, as a message, or full-screen with a siren; by rising intensity."""


@dataclass(frozen=True)
class Gates:
    """What holds an alert back, and how it is shown. Defaults are those of services at work."""

    magnitude: Annotated[float, Ge(0), Le(10)] = 5.0
    """Least magnitude that is released to the public: the modelled service's, as of 2023 (Yunnan: 4 within the
    province)."""
    intensity: Intensity = 0.0
    """Least intensity at the strongest of a user's places; 0 alerts everyone who follows a place."""
    notification: Intensity = 2.0
    """Least intensity that is shown as a notification, as Shanghai has it: II and above."""
    alarm: Intensity = 5.0
    """Least intensity that is shown as a forced pop-up with siren, as Shanghai has it: V and above."""

    def __post_init__(self) -> None:
        """Refuse an alarm that is weaker than a notification."""
        if self.notification > self.alarm:
            raise ValueError(f"notification: {self.notification:g} is above alarm, {self.alarm:g}")

    def judge(
        self,
        magnitude: ArrayLike,
        intensity: NDArray[np.float64],
        threshold: NDArray[np.float64],
        promised: NDArray[np.bool_],
        *,
        cancel: bool = False,
    ) -> NDArray[np.uint8]:
        """A `Gate` each, the first that is shut, none for a `cancel`; arrays of one shape.

        `intensity` is the strongest at their places, `threshold` their own, `promised` whether an earlier
        report of this quake was for them.
        """
        shut = np.select(
            [promised | cancel, np.less(magnitude, self.magnitude), intensity < self.intensity, intensity < threshold],
            [Gate.OPEN, Gate.MAGNITUDE, Gate.INTENSITY, Gate.THRESHOLD],
            Gate.OPEN,
        )
        return np.asarray(shut, np.uint8)

    def tier(self, intensity: NDArray[np.float64], *, may_alarm: bool = True) -> NDArray[np.intp]:
        """Index into `TIERS` by the strongest intensity at a user's places.

        Without `may_alarm` none is shown as an alarm: no siren sounds for a warning that is taken back, nor for a quick
        report of what is over.
        """
        shown = np.searchsorted([self.notification, self.alarm], intensity, side="right")
        return shown if may_alarm else np.minimum(shown, TIERS.index("notification"))


NO_GATES = Gates(magnitude=0.0)
"""whatever the quake, everyone who asks for no more is told"""
