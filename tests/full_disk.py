"""A disk that is full, in a mount namespace of its own: `unshare -m python -m tests.full_disk FOLDER`.

Prints JSON of drills whose files go to disks of rising size: exit code, stdout, stderr, and what is left.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from ewarn.cli import main
from ewarn.config.drill import load_drill
from ewarn.drill import conductor
from ewarn.drill.scenario import prepare
from tests.runs.test_results import outcome

PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
USERS = 40


def tried(folder, kib, *words):
    """A drill into `disk/run` of a file system of so many KiB."""
    disk = folder / f"{len(list(folder.iterdir()))}"
    disk.mkdir()
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(disk)], check=True)
    result = CliRunner().invoke(main, [*words, "--out", str(disk / "run")], catch_exceptions=False)
    left = sorted(path.name for path in (disk / "run").iterdir()) if (disk / "run").is_dir() else []
    return {"kib": kib, "code": result.exit_code, "out": result.stdout, "err": result.stderr, "left": left}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    played = outcome(prepare(load_drill(Path("configs/drill.toml"), {"audience.users": USERS})))
    conductor.run = lambda *_, **__: (one for one in [played])
    drills = []
    while not drills or drills[-1]["code"] == 4:
        drills.append(tried(folder, PAGE_KIB * (len(drills) + 1), "drill", "--json"))
    shown = tried(folder, 24, "drill")
    print(json.dumps({"drills": drills, "shown": shown}))
