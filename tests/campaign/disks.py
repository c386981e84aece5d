"""Faults of the disk that a drill writes to: full, read-only, its folder removed. Each has a tmpfs of its own."""

import shutil
import subprocess
from collections.abc import Callable
from functools import partial

from tests.campaign.endings import judged
from tests.campaign.ground import ground
from tests.campaign.namespaces import forbidden, left_out, within
from tests.campaign.rows import Row
from tests.campaign.service import EWARN

MIDDLE = r"report 2 \("
ON_A_DISK = """
mount -t tmpfs -o "$1" tmpfs "$2" || exit 99
disk=$2 copy=$3; shift 3
"$@"; code=$?
[ ! -d "$disk/run" ] || cp -a "$disk/run" "$copy"
exit $code
"""
"""a command on a disk that nobody else sees; what is left of the run is copied to where we see it"""


def _on_a_disk(name: str, options: str, codes: tuple[int, ...], *, remount: str = "") -> Row:
    if why := forbidden("--mount"):
        return left_out(name, why)
    with ground() as here:
        disk, copy = here.out.parent, here.folder / "copy"
        drill = [*EWARN, "drill", str(here.drill(users=500)), "--out", str(here.out)]
        command = [*within("--mount"), "sh", "-c", ON_A_DISK, "sh", options, str(disk), str(copy), *drill]

        def act(process: "subprocess.Popen[str]") -> None:
            inside = ["nsenter", "--target", str(process.pid), "--mount"]
            subprocess.run([*inside, "mount", "-o", remount, str(disk)], check=True)

        return judged(name, codes, here.played(command, MIDDLE, act if remount else None, partial(here.kept, copy)))


def _removed(name: str) -> Row:
    with ground() as here:
        command = [*EWARN, "drill", str(here.drill(users=500)), "--out", str(here.out)]
        return judged(name, (0, 4), here.played(command, MIDDLE, lambda _process: shutil.rmtree(here.out)))


def _task(name: str, *given: object, **more: object) -> tuple[str, Callable[[], Row]]:
    return name, partial(_on_a_disk, name, *given, **more)


TASKS: dict[str, Callable[[], Row]] = dict(
    [
        *[_task(f"disk full, of {kib} KiB", f"size={kib}k", (4,)) for kib in (8, 32, 64)],
        _task("disk read-only from the start", "ro", (2,)),
        _task("disk read-only in mid-drill", "size=64m", (4,), remount="remount,ro"),
    ]
)
TASKS["--out removed in mid-drill"] = partial(_removed, "--out removed in mid-drill")
