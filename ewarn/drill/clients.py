"""Which clients a drill or a swarm has: what is wished for, held against where the gateway is and what can be had."""

from collections.abc import Sequence

from ewarn.config.drill import DrillSettings, LastMileTable
from ewarn.drill.gateways import External
from ewarn.drill.view import View
from ewarn.packets.cables import why_not
from ewarn.packets.interface import why_not as why_not_elsewhere
from ewarn.swarm.client import Target, parse_target
from ewarn.swarm.kind import ACK_DELAY_MS, AS_OPTIONS, Choice, Phones, Reach, choose
from ewarn.system.address import is_own, resolve
from ewarn.verdict.clients import SOCKETS, Clients, LastMile
from ewarn.words import Said, say


def of_drill(settings: DrillSettings, external: External | None, view: View) -> Clients:
    """The clients of a drill as they are set, without what is counted of them.

    Raises InputError where they cannot be what is wished for.
    """
    target, table = parse_target(external.to, external.ca) if external else None, settings.swarm
    choice = choose(table.phones, _reach(table.phones, target, last_mile=settings.last_mile is not None))
    return _clients(choice, view, table.ack_delay_ms, settings.last_mile)


def of_visit(phones: Phones, targets: Sequence[Target], view: View) -> Clients:
    """The same of a swarm on its own, whose kind is said by `--phones`; packets where all of the gateways let it."""
    choices = [choose(phones, _reach(phones, one), AS_OPTIONS) for one in targets]
    return _clients(next((one for one in choices if one.kind == "sockets"), choices[0]), view)


def _reach(phones: Phones, target: Target | None, *, last_mile: bool = False) -> Reach:
    """What packets would meet towards a gateway that runs already; for a target of None, towards the drill's own."""
    if phones.wish == "sockets" or target is None:
        return Reach("own", last_mile=last_mile, why_not=None if phones.wish == "sockets" else why_not())
    # Whether it may be used is asked by who connects.
    address = resolve("--to", target.host, target.port, allow_network=True, otherwise="")
    if is_own(address):
        return Reach("here", target.tls, last_mile)
    return Reach("elsewhere", target.tls, last_mile, why_not_elsewhere())


def _clients(
    choice: Choice, view: View, ack_delay_ms: float = ACK_DELAY_MS, last_mile: LastMileTable | None = None
) -> Clients:
    if choice.why:
        view.say(say("log.sockets", choice.why))
    if choice.kind == "sockets":
        return SOCKETS
    found = Clients(kind=choice.kind, ack_delay_ms=ack_delay_ms, last_mile=modelled(last_mile))
    for line in (say("log.clients", found.said), *found.notes):
        view.say(line)
    return found


def modelled(table: LastMileTable | None) -> LastMile | None:
    """A last mile as the verdict has it."""
    return None if table is None else LastMile(rtt_ms=table.rtt_ms, jitter_ms=table.jitter_ms, loss=table.loss)


def notes(settings: DrillSettings) -> tuple[Said, ...]:
    """What is to be said wherever a drill's delivery is shown, before its verdict says so."""
    mile = modelled(settings.last_mile)
    return (mile.note,) if mile else ()
