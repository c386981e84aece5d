"""What a container, or a slice of systemd's, leaves of the machine: its control groups, of both versions.

Files and their meaning: Linux, Documentation/admin-guide/cgroup-v2.rst, admin-guide/cgroup-v1/memory.rst and
scheduler/sched-bwc.rst. Limits hold for a group and all below it, so every group up to the root is asked.
"""

from collections.abc import Iterator
from pathlib import Path

UNLIMITED = 1 << 62


def cores(root: Path = Path("/")) -> float:
    """Cores' worth of time that may be used; infinite where no group limits it."""
    found = [float("inf")]
    for group in _groups(root, ""):
        quota, period = _words(group / "cpu.max", "max 1")
        found += [] if quota == "max" else [int(quota) / int(period)]
    for group in _groups(root, "cpu"):
        (quota,), (period,) = _words(group / "cpu.cfs_quota_us", "-1"), _words(group / "cpu.cfs_period_us", "1")
        found += [] if int(quota) < 0 else [int(quota) / int(period)]
    return min(found)


def memory_left(root: Path = Path("/")) -> int:
    """Bytes that may still be used; `UNLIMITED` or more where no group limits them.

    Files that were read lately count as used, and give way to whoever wants the memory.
    """
    found = [UNLIMITED]
    for group in _groups(root, ""):
        (most,), (used,) = _words(group / "memory.max", "max"), _words(group / "memory.current", "0")
        found += [] if most == "max" else [int(most) - int(used) + _field(group / "memory.stat", "inactive_file")]
    for group in _groups(root, "memory"):
        (most,), (used,) = _words(group / "memory.limit_in_bytes", "-1"), _words(group / "memory.usage_in_bytes", "0")
        left = int(most) - int(used) + _field(group / "memory.stat", "total_inactive_file")
        found += [] if int(most) < 0 else [left]
    return min(found)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Folders of this process's group and of those above it; version 2 where no controller is named."""
    top = root / "sys/fs/cgroup" / controller
    if not controller and not (top / "cgroup.controllers").exists():
        top /= "unified"
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for _, controllers, path in (line.split(":", 2) for line in lines):
        if controller in controllers.split(","):
            group = Path(path.lstrip("/"))
            # A container without a namespace of its own is told of groups that it does not see.
            yield from (top / one for one in (group, *group.parents) if (top / one).is_dir())


def _words(file: Path, without: str) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return without.split()


def _field(file: Path, name: str) -> int:
    words = _words(file, "")
    return int(dict(zip(words[::2], words[1::2], strict=True)).get(name, 0))
