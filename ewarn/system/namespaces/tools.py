"""Tools of the machine that lay namespaces: where they are found, which are missing, and what they say."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence

PACKAGES = {"ip": "iproute2", "unshare": "util-linux", "nsenter": "util-linux", "setpriv": "util-linux"}
"""commands, and the Debian package that each is in"""
AS_ROOT = () if os.geteuid() == 0 else ("--user", "--map-root-user")
"""how namespaces are had by who is not root: within one of users"""
APART = ("unshare", *AS_ROOT, "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
"""runs a command in namespaces of its own; whatever it starts ends with it, and it with `unshare`"""
SBIN = ("/usr/sbin", "/sbin")
"""where such tools stand, apart from what users run"""
PATIENCE_S = 10.0
"""for what takes milliseconds"""


def environment(beside: Iterable[str] | None = None) -> dict[str, str]:
    """Ours, in which the tools are found, also in the folders `beside` those of its PATH (SBIN, unless said)."""
    folders = SBIN if beside is None else beside
    return {**os.environ, "PATH": os.pathsep.join((os.environ.get("PATH", os.defpath), *folders))}


def absent(packages: dict[str, str], path: str) -> list[str]:
    """Names of the packages whose commands are in no folder of `path`."""
    return sorted({package for command, package in packages.items() if not shutil.which(command, path=path)})


def does(command: Sequence[str], told: str = "") -> None:
    """Run a tool of the machine. Raises OSError with what it says where it fails."""
    if why := fails(command, told):
        raise OSError(f"{' '.join(command)}: {why}")


def fails(command: Sequence[str], told: str = "") -> str | None:
    """What a tool of the machine says, in one line, where it fails; None where it does what it should."""
    try:
        done = subprocess.run(
            command, input=told, capture_output=True, text=True, timeout=PATIENCE_S, env=environment()
        )
    except subprocess.TimeoutExpired:
        return f"not done within {PATIENCE_S:g} s"
    return (" ".join(done.stderr.split()) or f"exit code {done.returncode}") if done.returncode else None


def why_not() -> str | None:
    """Why namespaces, and cables between them, cannot be had here, in one line; None where they can.

    It costs some milliseconds: they are laid for a trial, and are gone as it returns.
    """
    if lacking := absent(PACKAGES, environment()["PATH"]):
        return f"missing on this machine: {', '.join(lacking)}"
    return fails((*APART, "ip", "link", "add", "near", "type", "veth", "peer", "name", "far"))
