"""Exact percentiles, in which a user who was never reached counts as infinite."""

import numpy as np
from numpy.typing import NDArray

from ewarn.verdict.document import Summary

POINTS = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999, "max": 1.0}
"""percentiles of a `summary`"""


def percentile(values: NDArray[np.float64], share: float) -> float:
    """The least value that `share` (0 to 1) of all values (n,) do not exceed (nearest rank); infinite ones sort last.

    Of no values at all it is NaN: there is nobody to speak of.
    """
    if not len(values):
        return float("nan")
    # A product such as 0.07 * 100 may come out a hair above the whole number that it is.
    rank = max(1, int(np.ceil(share * len(values) - 1e-9)))
    return float(np.partition(values, rank - 1)[rank - 1])


def finite(value: float, digits: int) -> float | None:
    """A number for JSON: rounded, or None where it is infinite or not a number."""
    return round(value, digits) if np.isfinite(value) else None


def summary(values: NDArray[np.float64], digits: int = 3) -> Summary:
    """Percentiles of values (n,) at `POINTS`, in the unit of the values, rounded.

    None where one is infinite, which stands for never, or where there are no values.
    """
    return Summary(**{name: finite(percentile(values, share), digits) for name, share in POINTS.items()})
