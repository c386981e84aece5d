"""Where a fleet keeps what: in one folder, of which only its logs are left afterwards."""

import os
import shutil
from pathlib import Path

from ewarn.errors import InputError
from ewarn.system.own_folder import claim

BUS, KEYS, STATE, LOGS = "bus", "keys", "state", "logs"
"""keys and servers' files of the bus; the centre's signing key; what gateways keep; what all have said"""
FLEET_FILE = "fleet.toml"
"""for `ewarn drill --fleet`"""
SCRIPTS = ("on", "cut", "heal", "kill", "stop", "start", "get")


class Places:
    """The folder of a fleet, this process's alone until it is closed."""

    def __init__(self, folder: Path) -> None:
        """Raises InputError where something else is in it, or another fleet runs there; OSError."""
        strange = sorted({one.name for one in folder.glob("*")} - {BUS, KEYS, STATE, LOGS, FLEET_FILE, *SCRIPTS})
        if strange:
            raise InputError(f"--out: {folder} has {strange[0]}, which is no fleet's; name another folder")
        self._lock = claim("--out", folder, "a fleet runs")
        self.given, self.folder = folder, folder.resolve()
        self._clear(LOGS)

    @property
    def bus(self) -> Path:
        """What `ewarn bus keys` makes."""
        return self.folder / BUS

    @property
    def keys(self) -> Path:
        """What `ewarn keys` makes."""
        return self.folder / KEYS

    @property
    def fleet_file(self) -> Path:
        """What `ewarn drill --fleet` takes."""
        return self.folder / FLEET_FILE

    def state(self, name: str) -> Path:
        """What a gateway keeps."""
        return self.folder / STATE / name

    def log(self, name: str) -> Path:
        """What a service says."""
        return self.folder / LOGS / f"{name}.log"

    def _clear(self, *more: str) -> None:
        for name in (BUS, KEYS, STATE, *more):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        for name in (FLEET_FILE, *SCRIPTS):
            (self.folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Take away all but the logs."""
        self._clear()
        os.close(self._lock)
