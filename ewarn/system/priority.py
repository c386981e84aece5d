"""Whose turn it is on a core that several want."""

import contextlib
import os

BEFORE_OTHERS = -20
"""a nice value (sched(7)): who stands for machines elsewhere must not wait for those that are measured"""


def raised() -> bool:
    """Have this process go before others, where it may; whether it may."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, BEFORE_OTHERS)
        return True
    return False
