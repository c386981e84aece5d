"""Which gateways of a fleet keep a journal, and have room for this drill; they are led from then on."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from ewarn import __version__
from ewarn.bus.leading import Leading
from ewarn.clocks.identity import ClockId
from ewarn.drill.fleet.clocks import Clocks
from ewarn.drill.fleet.journals import Journals, Tell, left_out
from ewarn.errors import BusError, BusRefusedError, HostLostError, InputError
from ewarn.gateway.sending.journal import Journal
from ewarn.system.clock import Clock
from ewarn.wire.swarms import WIRE, Hello, Here
from ewarn.words import say

HEARD_S = 1.5
"""within which a gateway that keeps a journal is heard: it says so twice a second"""
HELLO_S = 10.0
TICK_S = 0.1


@dataclass(frozen=True)
class Wanted:
    """What a drill asks of them."""

    journal: Journal
    """where all come together"""
    addresses: Mapping[str, str]
    """of all gateways, by name, where their ears are reached"""
    key: bytes
    """of clock exchanges"""
    lease_s: float


def opened(stack: ExitStack, leading: Leading, tell: Tell) -> Leading | None:
    """Be there for gateways; it ends with the stack. None where servers of the bus do not know of journals yet."""
    try:
        return stack.enter_context(leading)
    except BusRefusedError as error:
        tell(say("log.no-journals", str(error)))
        return None


def journals(stack: ExitStack, leading: Leading | None, wanted: Wanted, clock: Clock, tell: Tell) -> Journals | None:
    """Those of the gateways that keep one, told in a line; None where none does."""
    found = _led(leading, wanted, clock, tell) if leading else {}
    if not leading or not found:
        return None
    ears = {name: (wanted.addresses[name], here.ear) for name, here in found.items()}
    ids = {name: ClockId(here.boot, here.time_ns) for name, here in found.items()}
    clocks = stack.enter_context(Clocks(ears, wanted.key, ids))
    tell(say("log.journals", ", ".join(found)))
    return Journals(leading, clocks, found, wanted.journal, tell)


def _led(leading: Leading, wanted: Wanted, clock: Clock, tell: Tell) -> dict[str, Here]:
    there = _heard(leading, list(wanted.addresses), clock)
    reports, users = wanted.journal.planned.shape
    found: dict[str, Here] = {}
    for name in there:
        try:
            hello = Hello(__version__, WIRE, wanted.key, wanted.lease_s)
            found[name] = with_room(leading.ask({name: hello}, HELLO_S)[name], reports, users)
        except (InputError, HostLostError, BusError) as error:
            tell(left_out(name, error))
    return found


def _heard(leading: Leading, names: Iterable[str], clock: Clock) -> list[str]:
    until_ns = clock.monotonic_ns() + round(HEARD_S * 1e9)
    while True:
        found = [name for name in names if leading.standing(name)]
        if len(found) == len(list(names)) or clock.monotonic_ns() > until_ns:
            return found
        clock.sleep(TICK_S)


def with_room(said: object, reports: int, users: int) -> Here:
    """A gateway's answer to hello. Raises InputError where its journal has no room for so many."""
    if not isinstance(said, Here) or said.room is None:
        raise InputError("its answer to hello is of another kind")
    if said.room[0] < reports or said.room[1] < users:
        raise InputError(
            f"it has room for {said.room[1]:,} users and {said.room[0]:,} reports (--drill-users, --drill-reports), "
            f"this drill has {users:,} and {reports:,}"
        )
    return said
