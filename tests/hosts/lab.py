"""Hosts on one machine for tests, which are skipped where such hosts cannot be laid."""

from typing import Any, Self

from ewarn.system.namespaces import hosts
from ewarn.system.namespaces.host import Host
from tests.hosts.tools import need


class Hosts(hosts.Hosts):
    """As in the product; a test that needs what cannot be had here is skipped."""

    def __enter__(self) -> Self:
        need("namespaces", "cables")
        return super().__enter__()

    def add(self, name: str, **wanted: Any) -> Host:
        slow = any(wanted.get(one) for one in ("delay_s", "back_s", "jitter_s"))
        need(*["clocks"] * bool(wanted.get("ahead_s")), *["delay"] * slow)
        return super().add(name, **wanted)
