"""Namespaces of the kernel, for faults that nobody else on the machine may feel."""

import os
import shutil
import subprocess
from functools import cache

from tests.campaign.rows import Row


def within(*kinds: str) -> list[str]:
    """The command that starts another in namespaces of its own; without root, in a user's own."""
    own = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *own, *kinds]


@cache
def forbidden(*kinds: str) -> str:
    """Why there are none of these here; nothing where there are."""
    if not shutil.which("unshare"):
        return "there is no unshare"
    tried = subprocess.run([*within(*kinds), "true"], capture_output=True, text=True, check=False)
    return tried.stderr.strip() if tried.returncode else ""


def left_out(name: str, why: str) -> Row:
    """The row of what cannot be tried here."""
    return Row("faults", name, "namespaces of the kernel", f"left out: {why}", passed=True)
