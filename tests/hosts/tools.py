"""What hosts on one machine need of it; where it is missing, a test is skipped with one line that says what is."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

PACKAGES = {
    "ip": "iproute2",
    "nft": "nftables",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
}
"""commands, and the Debian package that each is in; `make hosts-tools` installs them"""
AS_ROOT = () if os.geteuid() == 0 else ("--user", "--map-root-user")
"""how namespaces are had by who is not root: within one of users"""
SBIN = ("/usr/sbin", "/sbin")
"""where such tools stand, apart from what users run"""
TRIAL_S = 10.0
"""for what takes milliseconds"""

_NETWORK = ("unshare", *AS_ROOT, "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
_TRIALS = {
    "namespaces": (*_NETWORK, "ip", "link", "add", "switch", "type", "bridge"),
    "cables": (*_NETWORK, "ip", "link", "add", "near", "type", "veth", "peer", "name", "far"),
    "clocks": ("unshare", *AS_ROOT, "--time", "--monotonic", "60", "--boottime", "60", "--fork", "true"),
    "loss": (
        *_NETWORK,
        "nft",
        "add table bridge t; add chain bridge t c; add rule bridge t c numgen random mod 9 < 3 drop",
    ),
    "delay": (*_NETWORK, "ip", "tuntap", "add", "mode", "tap", "name", "near"),
}
"""by what is wanted: a command that works where it can be had, and leaves nothing"""


def environment() -> dict[str, str]:
    """Ours, in which the tools are found."""
    return {**os.environ, "PATH": os.pathsep.join((os.environ.get("PATH", os.defpath), *SBIN))}


def need(*wanted: str) -> None:
    """Skip the test, unless all of `wanted` can be had here: `namespaces`, `cables`, `clocks`, `loss`, `delay`."""
    for what in wanted:
        if why := missing(what):
            pytest.skip(why)


@cache
def missing(what: str) -> str | None:
    """Why something cannot be had here, in a line; None where it can."""
    path = environment()["PATH"]
    if absent := sorted({package for command, package in PACKAGES.items() if not shutil.which(command, path=path)}):
        return f"hosts on one machine need the packages {', '.join(absent)}: make hosts-tools"
    if what == "delay" and not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        there = "may not be opened" if Path("/dev/net/tun").exists() else "is missing"
        return f"hosts on one machine: no {what} here: /dev/net/tun {there}"
    try:
        tried = subprocess.run(_TRIALS[what], capture_output=True, text=True, timeout=TRIAL_S, env=environment())
    except subprocess.TimeoutExpired:
        return f"hosts on one machine: no {what} here: not done within {TRIAL_S:g} s"
    if tried.returncode:
        said = " ".join(tried.stderr.split()) or f"exit code {tried.returncode}"
        return f"hosts on one machine: no {what} here: {said}"
    return None
