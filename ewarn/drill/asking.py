"""Asking for the list of gateways, for a swarm whose clients find one: in a thread, on and on, whoever answers."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from random import Random
from threading import Event, Thread
from types import TracebackType
from typing import Self

from ewarn.drill.gateways import address_of, asked, health
from ewarn.errors import InputError
from ewarn.swarm.client import Target, parse_target
from ewarn.swarm.fleet import MOST_HOSTS, Host
from ewarn.wire.gateways import GATEWAYS_PATH, Gateway, Gateways, decode

ANSWER_S = 2.0
MOST_ANSWERS = 3
"""heard of those that are asked because an answer leaves somebody out"""


def in_turn(held: Sequence[Host], first: Sequence[Target], random: Random) -> list[Target]:
    """Whom to ask: hosts that are up come first, those that the list in hand does not have come last.

    A host that the bus does not reach does not know, and says that all are up, itself too.
    """
    known = sorted(random.sample(held, len(held)), key=lambda one: one.state != "up")
    targets = [one.target for one in known]
    return [*targets, *(one for one in first if one not in targets)]


def chosen(answers: Iterable[Gateways], held: Sequence[Host]) -> Gateways | None:
    """The list to go by; no more answers are taken than are needed, and where there are none, None.

    One that leaves out a host that was up may be of a gateway that has just begun to hear of others: then another is
    asked as well, and the longest taken.
    """
    best: Gateways | None = None
    up = {one.name for one in held if one.state == "up"}
    for count, one in enumerate(answers, 1):
        if best is None or len(one.gateways) > len(best.gateways):
            best = one
        if held and (count == MOST_ANSWERS or up <= {gateway.name for gateway in one.gateways}):
            break
    return best


def named(targets: Sequence[Target]) -> list[tuple[str, float]]:
    """What each is called, and its weight, as the list of the first of them says.

    Where it does not have all of them, each is called by its address, and weighs what it can hold. Raises InputError
    where one does not answer.
    """
    with suppress(InputError):
        listed = {parse_target(one.url).authority: one for one in asked(targets[0], GATEWAYS_PATH, decode).gateways}
        if all(one.authority in listed for one in targets):
            return [(listed[one.authority].name, listed[one.authority].weight) for one in targets]
    return [(one.authority, health(one).capacity) for one in targets]


class Asking:
    """A context within which the list is asked for, on and on; the first one is there before."""

    def __init__(self, first: Sequence[Target], ask_s: float, random: Random, *, allow_network: bool) -> None:
        """Ask `first`, and then every `ask_s` s on average whoever the list has.

        Raises InputError where none has a list, or nobody may go to any host of it.
        """
        self._first, self._ask_s, self._random, self._allow_network = first, ask_s, random, allow_network
        self._problems: dict[str, bool] = {}
        """with hosts of the lists, and whether each was told"""
        self._stop = Event()
        self.hosts: tuple[Host, ...] = ()
        """of the newest list, by name"""
        for target in first:
            address_of(target, allow_network=allow_network)
        errors: list[InputError] = []
        listing = chosen(self._answers(errors), ())
        if listing is None:
            raise errors[0]
        self.hosts = self._reachable(listing)
        if not self.hosts:
            raise InputError(next(iter(self._problems), f"--find: {first[0].authority} lists no gateway"))
        self._thread = Thread(target=self._go_on, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Ask no more."""
        self._stop.set()
        self._thread.join()

    def problems(self) -> list[str]:
        """What is wrong with hosts of the lists, in words, each once."""
        found = [problem for problem, told in self._problems.copy().items() if not told]
        self._problems.update(dict.fromkeys(found, True))
        return found

    def _go_on(self) -> None:
        while not self._stop.wait(self._ask_s * self._random.uniform(0.5, 1.5)):
            if listing := chosen(self._answers([]), self.hosts):
                self.hosts = self._reachable(listing) or self.hosts

    def _answers(self, errors: list[InputError]) -> Iterator[Gateways]:
        for target in in_turn(self.hosts, self._first, self._random):
            if self._stop.is_set():
                return
            try:
                yield asked(target, GATEWAYS_PATH, decode, ANSWER_S)
            except InputError as error:
                errors.append(error)

    def _reachable(self, listing: Gateways) -> tuple[Host, ...]:
        """Those that clients may go to."""
        found: list[Host] = []
        for one in listing.gateways:
            try:
                found.append(self._host(one))
            except InputError as error:
                if len(self._problems) < MOST_HOSTS:
                    self._problems.setdefault(f"gateways.{one.name}: {str(error).removeprefix('--to: ')}", False)
        if len(found) > MOST_HOSTS:
            self._problems.setdefault(f"the list has {len(found)} gateways, and clients know {MOST_HOSTS}", False)
        return tuple(found[:MOST_HOSTS])

    def _host(self, one: Gateway) -> Host:
        target = parse_target(one.url, self._first[0].ca)
        if target.tls != self._first[0].tls:
            raise InputError(f"{one.url} and --to differ in TLS")
        address = address_of(target, allow_network=self._allow_network)
        return Host(target, address, (), one.name, one.weight, one.state)
