"""What hosts on one machine need of it; where it is missing, a test is skipped with one line that says what is."""

import os
from functools import cache
from pathlib import Path

import pytest

from ewarn.system.namespaces import tools
from ewarn.system.namespaces.tools import APART, AS_ROOT, SBIN

PACKAGES = tools.PACKAGES | {"nft": "nftables"}
"""commands, and the Debian package that each is in; `make hosts-tools` installs them"""

_TRIALS = {
    "namespaces": (*APART, "ip", "link", "add", "switch", "type", "bridge"),
    "cables": (*APART, "ip", "link", "add", "near", "type", "veth", "peer", "name", "far"),
    "clocks": ("unshare", *AS_ROOT, "--time", "--monotonic", "60", "--boottime", "60", "--fork", "true"),
    "loss": (
        *APART,
        "nft",
        "add table bridge t; add chain bridge t c; add rule bridge t c numgen random mod 9 < 3 drop",
    ),
    "delay": (*APART, "ip", "tuntap", "add", "mode", "tap", "name", "near"),
}
"""by what is wanted: a command that works where it can be had, and leaves nothing"""


def need(*wanted: str) -> None:
    """Skip the test, unless all of `wanted` can be had here: `namespaces`, `cables`, `clocks`, `loss`, `delay`."""
    for what in wanted:
        if why := missing(what):
            pytest.skip(why)


@cache
def missing(what: str) -> str | None:
    """Why something cannot be had here, in a line; None where it can."""
    if absent := tools.absent(PACKAGES, tools.environment(SBIN)["PATH"]):
        return f"hosts on one machine need the packages {', '.join(absent)}: make hosts-tools"
    if what == "delay" and not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        there = "may not be opened" if Path("/dev/net/tun").exists() else "is missing"
        return f"hosts on one machine: no {what} here: /dev/net/tun {there}"
    why = tools.fails(_TRIALS[what])
    return why and f"hosts on one machine: no {what} here: {why}"
