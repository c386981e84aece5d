"""Whose turn it is on a core that several want."""

import contextlib
import os
from pathlib import Path

BEFORE_OTHERS = -20
"""a nice value (sched(7)): who stands for machines elsewhere must not wait for those that are measured"""
AUTOGROUP = Path("/proc/self/autogroup")


def raised() -> bool:
    """Have this process go before others, where it may; whether it may.

    A process in a session of its own is in a group of its own, where the kernel has these (sched_autogroup_enabled):
    then its nice value counts within that alone, and the group's among all.
    """
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, BEFORE_OTHERS)
        if AUTOGROUP.exists():
            AUTOGROUP.write_text(str(BEFORE_OTHERS))
        return True
    return False
