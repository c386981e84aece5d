"""Where the time of a play went: deliveries a second, what processes used meanwhile, and what was at its limit. Pure.

Nothing is guessed: what is not known is None, and where nothing was at its limit, that is what is said.
"""

from collections.abc import Iterable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ewarn.words import Said, say

TENTH_NS = 100_000_000
SECOND = 10
"""tenths"""
WITH_REASON = ("gateway", "phones", "both", "machine", "others", "none")
"""bottlenecks that are told by what was used"""
AT_LIMIT = 0.9
"""A share from which on something is at its limit: what a process waits for meanwhile is hardly more than noise."""
NEAR_RATE = 0.75
"""Of the rate that was set, from which on it is what held a play up where nothing else did: shards that keep a low rate
wait a little longer than they must, and one of them is done before the others."""


class OfProcess(Struct, frozen=True, kw_only=True):
    """A process, and how much of the cores it used."""

    kind: str
    """of a gateway: `front`, `shard`, `tls`, `other`; of the clients: `phones`"""
    index: int | None = None
    """None: it is the only one"""
    of: str = ""
    """the platform, where there are two"""
    cores: float
    """1: all of one core"""

    @property
    def said(self) -> Said:
        """Its name in words."""
        name = say(f"process.{self.kind}") if self.index is None else say("process.numbered", *self._numbered)
        return say("process.of", self.of, name) if self.of else name

    @property
    def _numbered(self) -> tuple[str, str]:
        return say(f"process.{self.kind}"), str(self.index)


class Usage(Struct, frozen=True, kw_only=True):
    """What was used in some time. All are cores: 1 is all of one."""

    seconds: float
    processes: tuple[OfProcess, ...] = ()
    """gateway and clients; those of a gateway whose processes are not known here are missing"""
    busy: float
    """of the whole machine, whoever used them"""
    cores: int
    """that `busy` is of"""
    allowed: int
    """that gateway and clients may have together; fewer in a container"""

    def used(self, *, phones: bool) -> float | None:
        """By the clients, or by the gateway; None: not known."""
        mine = [one.cores for one in self.processes if (one.kind == "phones") == phones]
        return sum(mine) if mine else None

    @property
    def others(self) -> float:
        """By other programs, interrupts that met no process, and what a hypervisor took."""
        return max(0.0, self.busy - sum(one.cores for one in self.processes))

    def busiest(self, *, phones: bool) -> OfProcess | None:
        """Of the clients or of the gateway, the process that used most; None: not known."""
        mine = [one for one in self.processes if (one.kind == "phones") == phones]
        return max(mine, key=lambda one: one.cores, default=None)


class Load(Struct, frozen=True, kw_only=True):
    """Where the time of a play went; None: not known."""

    peak_per_s: int
    """deliveries in the second that had most, to a tenth of a second"""
    gateway_cpu_s: float | None = None
    """from the start of the play to its end, as is the next"""
    phones_cpu_s: float | None = None
    gateway_mib: float | None = None
    """most memory (proportional set size; without what the kernel holds of sockets), as is the next"""
    phones_mib: float | None = None
    report: int | None = None
    """number of the report that took longest to be read; the next two are of the time in which it was"""
    usage: Usage | None = None
    bottleneck: str | None = None
    """What was at its limit: gateway, phones, both, machine, rate; `others`: the machine, of which other programs had
    more; `none`: nothing was; `unknown`: not known here."""


def by_tenth(read: NDArray[np.int64], origin_ns: int) -> NDArray[np.int64]:
    """Receipts of a report by the tenth of a second after `origin_ns` in which each was read.

    `read`, shape (users,), has monotonic ns, 0 or less for not yet. What was read earlier counts as of the first tenth.
    """
    tenths = (read[read > 0] - origin_ns) // TENTH_NS
    return np.bincount(np.maximum(tenths, 0))


def summed(rows: Iterable[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Sums over rows of different lengths."""
    them = list(rows)
    total = np.zeros(max((len(one) for one in them), default=0), np.int64)
    for one in them:
        total[: len(one)] += one
    return total


def peak_per_s(tenths: NDArray[np.int64]) -> int:
    """The most in ten tenths that follow each other."""
    sums = np.concatenate([[0], np.cumsum(tenths)])
    ends = np.arange(1, len(sums))
    return int((sums[ends] - sums[np.maximum(ends - SECOND, 0)]).max(initial=0))


def bottleneck(usage: Usage | None, per_s: float, rate_per_s: float | None, *, apart: bool = False) -> str:
    """What was at its limit while reports were read at `per_s`: a key of the words `bottleneck`.

    `rate_per_s` is the limit that the gateways have been given together; None: none. `apart`: they are on another host,
    or a gateway whose processes are not known would be among the other programs here.
    """
    if rate_per_s is not None and per_s >= AT_LIMIT * rate_per_s:
        return "rate"
    paced = rate_per_s is not None and per_s >= NEAR_RATE * rate_per_s
    if usage is None:
        return "rate" if paced else "unknown"
    gateway, phones = (one is not None and one.cores >= AT_LIMIT for one in _busiest(usage))
    if gateway or phones:
        return "both" if gateway and phones else "gateway" if gateway else "phones"
    ours = sum(one.cores for one in usage.processes)
    if usage.busy >= AT_LIMIT * usage.cores or ours >= AT_LIMIT * usage.allowed:
        if usage.others <= ours:
            return "machine"
        return "others" if apart or usage.used(phones=False) is not None else "unknown"
    if paced:
        return "rate"
    return "none" if usage.used(phones=False) is not None else "unknown"


def said(what: str, usage: Usage | None, rate_per_s: float | None, host: str | None = None) -> Said:
    """A bottleneck in words, with its reason; `host` is where the gateway is, None: here, too."""
    if what == "rate":
        return say("bottleneck.rate", f"{rate_per_s or 0:,.0f}")
    if what == "idle":
        return say("bottleneck.idle")
    if usage is None or what not in WITH_REASON:
        return say("bottleneck.unknown", host) if host else say("bottleneck.not-measured")
    gateway, phones = _busiest(usage)
    if what == "others":
        return say("bottleneck.others", f"{usage.others:.2f}", str(usage.cores))
    if what == "machine":
        return say("bottleneck.machine", share(usage.busy / usage.cores), str(usage.cores))
    if what == "both" and gateway and phones:
        return say("bottleneck.both", gateway.said, share(gateway.cores), phones.said, share(phones.cores))
    shown = phones if what == "phones" or gateway is None else gateway
    if what == "none" and phones and gateway and phones.cores > gateway.cores:
        shown = phones
    return say(f"bottleneck.{what}", shown.said, share(shown.cores)) if shown else say("bottleneck.not-measured")


def machine_said(usage: Usage) -> Said:
    """Who had the machine's cores."""
    parts = [f"{usage.busy:.2f}", str(usage.cores), _cores(usage.used(phones=False)), _cores(usage.used(phones=True))]
    return say("load.machine-used", *parts, f"{usage.others:.2f}")


def share(of_one: float) -> Said:
    """In per cent."""
    return say("figure.percent", f"{100 * of_one:.0f}")


def _cores(used: float | None) -> str:
    return say("load.unknown") if used is None else f"{used:.2f}"


def _busiest(usage: Usage) -> tuple[OfProcess | None, OfProcess | None]:
    """Of the gateway, and of the clients."""
    return usage.busiest(phones=False), usage.busiest(phones=True)
