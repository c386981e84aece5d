"""Where nats-server is on this machine."""

import shutil
import sys
from pathlib import Path

from ewarn.errors import InputError
from ewarn.system.namespaces.tools import environment

NAME = "nats-server"


def find_server() -> str:
    """Its path: in a folder of PATH, where Debian puts it, or beside this Python.

    Raises InputError that says how to have it.
    """
    beside = Path(sys.executable).with_name(NAME)
    found = shutil.which(NAME, path=environment()["PATH"]) or shutil.which(str(beside))
    if not found:
        raise InputError(f"{NAME} is missing: apt-get install {NAME}, or pip install {NAME}-bin")
    return found
