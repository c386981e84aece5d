"""By what a run was made, and where: what a reader of it wants to know a year on."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ewarn import __version__
from ewarn.system.clock import Clock
from ewarn.verdict.document import Made

CHECKOUT = Path(__file__).parents[2]
PATIENCE_S = 2.0
"""for git, which takes some ms"""
SECRET = re.compile(r"(?<=://)([^?#]*[?#]).+", re.DOTALL)
"""what comes behind the path of a URL; one with a user and a password is refused"""


def made(clock: Clock, command: Sequence[str]) -> Made:
    """As of now. `command` is as it was typed, but for what may be a secret in a URL: others will read the file."""
    return Made(
        ewarn=__version__,
        commit=commit_of(CHECKOUT),
        date=datetime.fromtimestamp(clock.time(), UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        host=platform.node(),
        command=tuple(SECRET.sub(r"\1...", word) for word in command),
    )


def commit_of(checkout: Path) -> str | None:
    """The commit of a folder that is the top of a git checkout, with a + where files were changed since.

    None where it is no such top, as for an installed ewarn, and where git is not there or does not answer.
    """
    if not (checkout / ".git").exists() or (git := shutil.which("git")) is None:
        return None
    # Within a hook of another repository, git would speak of that one.
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    words = [git, "-C", str(checkout), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"]
    try:
        said = subprocess.run(words, env=own, capture_output=True, timeout=PATIENCE_S, check=True, text=True)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return said.stdout.strip() or None
