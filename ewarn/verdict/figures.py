"""Figures in words that never contradict what was judged by the number itself. Pure."""

MOST_DIGITS = 9
"""significant ones; a nanosecond of a second is all that is ever measured"""


def percent(share: float) -> str:
    """A share of one in per cent, with two decimals: never rounded up to all, nor down to none."""
    if 0 < share < 0.0001:
        return "under 0.01%"
    if 0.9999 < share < 1:
        return "over 99.99%"
    return "100%" if share == 1 else f"{share:.2%}"


def beside_limit(value: float, limit: float) -> str:
    """A number with three significant digits, or as many as it takes to stand on its own side of the limit.

    A large one has all digits before its point, and never a power of ten.
    """
    if value == limit:
        return f"{value:g}"
    for digits in range(3, MOST_DIGITS):
        said = f"{value:.{digits}g}"
        said = f"{value:.0f}" if "e+" in said else said
        if float(said) != limit and (float(said) > limit) == (value > limit):
            return said
    return f"{value:.{MOST_DIGITS}g}"


def instant(after_s: float, limit_s: float | None = None) -> str:
    """Seconds after origin to hundredths, so that one instant reads the same in every view: `7.92`.

    It is rounded to milliseconds first, since views that read files have no more digits. Where it would look like
    `limit_s`, or as if it lay on the other side of it, it has its milliseconds.
    """
    known = round(after_s, 3)
    said = f"{known:.2f}"
    return said if limit_s is None or (float(said) > limit_s) == (known > limit_s) else f"{known:.3f}"
