"""Hosts on one machine: network namespaces on a switch that leads nowhere else.

The switch (a bridge) and every host are in namespaces of `ewarn.system.namespaces`, the switch in the first of them. So
nothing of them stands in the machine's own network, and they go in any ending, SIGKILL included. Lay hosts from the
main thread.

    with Hosts() as hosts:
        gateway, phones = hosts.add("gateway"), hosts.add("phones", delay_s=0.05)
        server = gateway.start(sys.executable, "-m", "ewarn", "gateway", ...)
        phones.cut()
"""

import os
import re
import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from ewarn.errors import InputError
from ewarn.system.namespaces.host import Host
from ewarn.system.namespaces.kept import Keeper
from ewarn.system.namespaces.laid import Namespaces, links

SWITCH = "switch"
MOST_HOSTS = 64
LONGEST_S = 1800.0
"""hosts that are still there after so long go by themselves"""
NAME = re.compile(r"[a-z][a-z0-9-]{0,11}")
"""what a network interface can be called, with room to spare"""
WIRE = Path(__file__).with_name("wire.py")


class Hosts:
    """A switch, and the hosts on it, as long as the context lasts."""

    def __init__(self, longest_s: float = LONGEST_S) -> None:
        """Nothing is there before the context is entered."""
        self._namespaces = Namespaces(SWITCH, longest_s)
        self._hosts: dict[str, Host] = {}

    def __enter__(self) -> Self:
        """Lay the switch. Raises OSError where it cannot be had, see `tools.why_not`."""
        with ExitStack() as undo:
            undo.enter_context(self._namespaces)
            self._switch = self._namespaces.first
            links(self._switch, f"link add name {SWITCH} type bridge", f"link set dev {SWITCH} up")
            undo.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def add(
        self,
        name: str,
        *,
        ahead_s: float = 0.0,
        delay_s: float = 0.0,
        back_s: float | None = None,
        jitter_s: float = 0.0,
    ) -> Host:
        """A host on the switch.

        Its monotonic and boot-time clocks are `ahead_s` of ours. Its cable takes `delay_s` for what it sends, and
        `back_s` (the same, unless said) for what it is sent, and up to `jitter_s` more by chance. Raises InputError
        where there can be no host of this name, or OSError with what the machine says.
        """
        if not NAME.fullmatch(name) or name in (*self._hosts, SWITCH):
            raise InputError(f"{name}: no name of a new host (expected a-z first, 12 of a-z, 0-9 and - at most)")
        if len(self._hosts) >= MOST_HOSTS:
            raise InputError(f"{name}: {MOST_HOSTS} hosts are the most on one machine")
        back_s = delay_s if back_s is None else back_s
        clock = ["--time", f"--monotonic={round(ahead_s)}", f"--boottime={round(ahead_s)}"] if ahead_s else []
        keeper = self._namespaces.add(name, *clock)
        host = Host(name, len(self._hosts) + 1, keeper, self._switch, own_clock=bool(ahead_s))
        self._hosts[name] = host
        if slow := bool(delay_s or back_s or jitter_s):
            self._lay_wire(host, keeper, delay_s, back_s, jitter_s)
        links(
            self._switch,
            *[f"link add name {name} type veth peer name eth0 netns {keeper.pid}"] * (not slow),
            f"link set dev {name} master {SWITCH}",
            f"link set dev {name} up",
        )
        links(
            keeper,
            "link set lo up",
            f"addr add {host.address}/24 dev eth0",
            *[f"addr add {host.address6}/64 dev eth0 nodad"] * Path("/proc/net/if_inet6").exists(),
            "link set eth0 up",
        )
        return host

    def _lay_wire(self, host: Host, keeper: Keeper, out_s: float, back_s: float, jitter_s: float) -> None:
        ends = keeper.open("tap eth0"), self._switch.open(f"tap {host.name}")
        try:
            told = map(str, (*ends, out_s, back_s, jitter_s, len(self._hosts)))
            host.start(sys.executable, "-I", "-S", WIRE, *told, pass_fds=ends)
        finally:
            for descriptor in ends:
                os.close(descriptor)

    def close(self) -> None:
        """End all that runs on the hosts, and them."""
        self._namespaces.close()
        for host in self._hosts.values():
            host.close()
