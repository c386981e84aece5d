"""The platforms of a drill: one gateway, or two as WeChat and QQ are, and what befalls them meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock, Thread
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ewarn.config.drill import DrillSettings
from ewarn.drill.cabling import Cabling
from ewarn.drill.chronicle import Chronicle
from ewarn.drill.gateways import SUPERVISOR, External, Gateway, external_gateway, gateway_settings, own_gateway
from ewarn.drill.listening import Hear
from ewarn.drill.under_way import Player
from ewarn.drill.view import View
from ewarn.drill.watcher import Watcher
from ewarn.errors import EwarnError, GatewayError, InputError
from ewarn.gateway.settings import Callers, GatewaySettings, Notes
from ewarn.publish import Interlude, Publisher, publisher
from ewarn.seismic.origin import Report
from ewarn.swarm.client import Target
from ewarn.system.clock import Clock
from ewarn.system.happenings import Kind
from ewarn.wire.health import Health
from ewarn.wire.releases import Release
from ewarn.wire.signing import Signer
from ewarn.words import say

Answer = TypeVar("Answer")


@dataclass
class _Platform:
    name: str
    gateway: Gateway
    control: Publisher
    stack: ExitStack
    """ends its gateway, where it is ours"""
    wanted: GatewaySettings | None
    """None: it runs already, and is not ours to end"""
    along: tuple[str, int] | None = None
    """where it listens for those who come over cables"""


class Platforms:
    """Hands each report to every platform that is up."""

    def __init__(
        self,
        found: list[_Platform],
        signer: Signer | None,
        clock: Clock,
        view: View,
        chronicle: Chronicle,
        cabling: Cabling | None,
    ) -> None:
        self._platforms, self._signer, self._clock, self._view = found, signer, clock, view
        self._cabling, self.chronicle = cabling, chronicle
        self._down: set[int] = set()
        self._restarted = False
        self._in_force: list[Report] = []
        """those that no newer one has replaced"""
        self._returns: list[Thread] = []
        self._turn = Lock()
        """of who hands over a report: the play, or a platform that comes back"""

    @property
    def targets(self) -> list[Target]:
        """Where devices connect."""
        return [one.gateway.target for one in self._platforms]

    @property
    def along(self) -> list[tuple[str, int]]:
        """Where devices connect that are packets; none where there are no cables."""
        return [one.along for one in self._platforms if one.along]

    @property
    def health(self) -> Health:
        """Of the first, as it said on opening."""
        return self._platforms[0].gateway.health

    @property
    def key(self) -> bytes | None:
        """The public key of the centre, by which its signatures are checked; None where it does not sign."""
        return self._signer.public if self._signer else None

    @property
    def down(self) -> bool:
        """Whether one of them is: its users cannot come back."""
        return bool(self._down)

    @property
    def shards(self) -> int:
        """Of all together, as they opened."""
        return sum(one.gateway.health.shards for one in self._platforms)

    @property
    def journals(self) -> bool:
        """Whether they note whom they write to, and which shard does so: two of them would write over each other."""
        return len(self._platforms) == 1 and self._platforms[0].wanted is not None

    @property
    def names(self) -> tuple[str, ...]:
        """Of several; none of one alone."""
        return tuple(one.name for one in self._platforms) if len(self._platforms) > 1 else ()

    @property
    def elsewhere(self) -> str | None:
        """The host of a gateway that is not on this machine; None: it is."""
        one = self._platforms[0].gateway
        return one.target.host if one.elsewhere else None

    def rate_per_s(self, wanted: float | None) -> float | None:
        """Frames a second that all may send together, where ours are to keep to so many each; None: no limit."""
        each = wanted if self._platforms[0].wanted else self.health.rate_per_s
        return len(self._platforms) * each if isinstance(each, int | float) and each else None

    def players(self) -> list[Player]:
        """The processes of gateways that run on this machine; none of one whose processes are not to be found."""
        several = len(self._platforms) > 1
        return [player for one in self._platforms for player in one.gateway.players(one.name if several else "")]

    def check(self) -> None:
        """Raise GatewayError if one of ours has died that was not killed."""
        for index, one in enumerate(self._platforms):
            if index not in self._down:
                one.gateway.check()

    def counters(self) -> dict[str, int]:
        """Totals by metric; none where a platform is gone, or has begun to count anew."""
        if self._restarted:
            return {}
        counted = [one.gateway.counters() for one in self._platforms]
        if not all(counted):
            return {}
        return {metric: sum(one.get(metric, 0) for one in counted) for metric in counted[0]}

    def change(self, **strategy: str | float | None) -> None:
        """See `Publisher.change`; on every platform."""
        for one in self._platforms:
            one.control.change(**strategy)

    def release(self, report: Report) -> Release:
        """Hand a report over to all at once; its time is that of the first. Raises GatewayError where none takes it."""
        report = self._signer.seal(report) if self._signer else report
        with self._turn:
            self._in_force = [*(one for one in self._in_force if not report.replaces(one)), report]
            stamps = self._of_each_up(lambda control: control.hand_over(report))
            taken = self._of_each_up(lambda control: control.taken(report))
        notes = [one.note for one in taken if one.note]
        return Release(report, min(stamps), sum(one.targets for one in taken), notes[0] if notes else None)

    def _of_each_up(self, ask: Callable[[Publisher], Answer]) -> list[Answer]:
        """Answers of the platforms that are up. One that is gone is passed over, the last one's error raised."""
        answers: list[Answer] = []
        error: GatewayError | None = None
        for index, one in enumerate(self._platforms):
            if index not in self._down:
                try:
                    answers.append(ask(one.control))
                except GatewayError as caught:
                    self._down.add(index)
                    error = caught
        if not answers:
            raise error or GatewayError("no platform is up")
        if error:
            self._view.say(f"  {error}")
        return answers

    def interludes(self, settings: DrillSettings) -> list[Interlude]:
        """What is to befall them."""
        found = [Interlude(after_s, partial(self._resize, count)) for after_s, count in settings.gateway.resize]
        table = settings.platforms
        if table and table.fault != "none":
            index = table.on - 1
            slow, usual = table.degraded_per_s, settings.gateway.rate_per_s
            begin, end = {
                "down": (partial(self._kill, index), partial(self._return, index)),
                "degraded": (
                    partial(self._slow, index, slow, Kind.PLATFORM_SLOW),
                    partial(self._slow, index, usual, Kind.PLATFORM_BACK),
                ),
            }[table.fault]
            found.append(Interlude(table.fault_s, begin))
            if table.back_s is not None:
                found.append(Interlude(table.back_s, end))
        return found

    def close(self) -> None:
        """End those that are ours."""
        for returning in self._returns:
            returning.join()
        for one in self._platforms:
            one.stack.close()

    def _resize(self, count: int) -> None:
        stand = self._platforms[0].control.shards(count)
        self.chronicle.note(Kind.RESIZED, count=count)
        self._view.say(say("log.shards", str(count), str(len(stand.starting)), str(len(stand.draining))))

    def _slow(self, index: int, rate_per_s: float | None, kind: Kind) -> None:
        one = self._platforms[index]
        one.control.change(rate_per_s=rate_per_s)
        self.chronicle.note(kind, one.name)
        self._view.say(
            say("log.sends", one.name, f"{rate_per_s:,.0f}") if rate_per_s else say("log.sends-as-it-can", one.name)
        )

    def _kill(self, index: int) -> None:
        one = self._platforms[index]
        assert one.gateway.child  # noqa: S101  the settings have two of our own
        self._down.add(index)
        self.chronicle.note(Kind.PLATFORM_DOWN, one.name)
        one.gateway.child.kill()
        self._view.say(say("log.down", one.name))

    def _return(self, index: int) -> None:
        """Beside the play, so that the other platform's reports go out in time while this one starts."""
        self._returns.append(Thread(target=self._restart, args=(index,)))
        self._returns[-1].start()

    def _restart(self, index: int) -> None:
        """The same address, and what is in force now: a platform keeps that, or has it from the centre."""
        old = self._platforms[index]
        assert old.wanted  # noqa: S101  it is one of our own
        try:
            old.stack.close()
            port = old.along[1] if old.along else 0
            signer = self._signer or Signer.new()
            hear = partial(self.chronicle.heard, old.name)
            one = _open_own(old.name, old.wanted, signer, self._clock, hear, cabling=self._cabling, port=port)
        except EwarnError as error:
            self._view.say(say("log.not-back", old.name, str(error)))
            return
        with self._turn:
            self._platforms[index], self._restarted = one, True
            for report in self._in_force:
                try:
                    one.control.release(report)
                except GatewayError as error:  # one of them may be too old by now
                    self._view.say(say("log.trouble", one.name, str(error)))
            self._down.discard(index)
        self.chronicle.back(one.name)
        self._view.say(say("log.back", one.name))


@contextmanager
def open_platforms(
    settings: DrillSettings,
    on: NDArray[np.uint8],
    external: External | None,
    *,
    journal: tuple[int, int, int],
    clock: Clock,
    view: Watcher,
    guests: int,
    origins: tuple[str, ...] = (),
    gateway_target: str,
    cabling: Cabling | None = None,
) -> Iterator[Platforms]:
    """The gateway that runs already, or one or two of our own that end with the context. Raises InputError.

    Each of our own has room for `guests` besides, and answers pages of these `origins`.
    """
    if external and settings.platforms:
        raise InputError("--to: a drill with [platforms] starts both of its gateways itself")
    signer = external.signer if external else Signer.new()
    chronicle = Chronicle(clock, view)
    with ExitStack() as stack:
        found: list[_Platform] = []
        if external:
            gateway, theirs = external_gateway(external, settings), ExitStack()
            control = theirs.enter_context(publisher(gateway.control, gateway.secret, clock, ca=external.ca))
            found.append(_Platform("gateway", gateway, control, theirs, None))
            stack.callback(theirs.close)
        else:
            names: Sequence[str] = settings.platforms.names if settings.platforms else ("gateway",)
            for index, name in enumerate(names):
                wanted = _wanted(settings, index, name, on, guests)
                wanted = replace(wanted, notes=Notes(journal=journal), callers=Callers(origins=origins))
                hear = partial(chronicle.heard, name if settings.platforms else "")
                own = _open_own(name, wanted, signer or Signer.new(), clock, hear, gateway_target, cabling=cabling)
                found.append(own)
                stack.callback(own.stack.close)
                called = name if settings.platforms else say("environment.gateway")
                view.say(say("log.gateway", called, own.gateway.why))
        platforms = Platforms(found, signer, clock, view, chronicle, cabling)
        stack.callback(platforms.close)
        yield platforms


def _wanted(settings: DrillSettings, index: int, name: str, on: NDArray[np.uint8], guests: int) -> GatewaySettings:
    """A gateway with room for the devices of its users, for `guests`, and, of the first, for those who hardly read."""
    idle = settings.swarm.stuck + settings.swarm.slow if index == 0 else 0
    wanted = gateway_settings(settings, max(1, int((on >> index & 1).sum()) + idle + guests))
    return replace(wanted, draws=replace(wanted.draws, platform=name))


def _open_own(
    name: str,
    wanted: GatewaySettings,
    signer: Signer,
    clock: Clock,
    hear: Hear,
    target: str = SUPERVISOR,
    *,
    cabling: Cabling | None = None,
    port: int = 0,
) -> _Platform:
    """Over cables it listens on this port, 0: on any."""
    along: tuple[str, int] | None = None
    also: tuple[int, ...] = ()
    with ExitStack() as stack, ExitStack() as started:
        if cabling:
            listener = started.enter_context(cabling.listener(port))
            along, also = listener.getsockname(), (listener.fileno(),)
        wanted = replace(wanted, addresses=replace(wanted.addresses, also=also))
        gateway = stack.enter_context(own_gateway(wanted, signer, target, hear))
        control = stack.enter_context(publisher(gateway.control, gateway.secret, clock))
        again = replace(wanted, addresses=replace(wanted.addresses, listen=gateway.target.authority))
        return _Platform(name, gateway, control, stack.pop_all(), again, along)
