"""Counters of all shards in shared memory: a row a shard, so any shard can answer for the whole gateway.

`METRICS` is the one list of what is counted; `metrics` gives all of it out. A new one is a line here, and an `add`
where it is counted.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from ewarn.system import shared_array
from ewarn.wire.gateways import State

MICROSECONDS = 1_000_000
"""Metrics whose names end in `_seconds` are counted in these, since a cell is a whole number."""
DELIVERY = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)
"""upper ends of buckets, seconds; the budgets of 0.2, 0.3 and 1 s are among them"""
TURN = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""as above, for what keeps a loop"""


class Reason(StrEnum):
    """Why a connection ended."""

    CLIENT_CLOSED = "client_closed"
    """by the closing handshake"""
    LOST = "lost"
    """reset, end of file without a closing handshake, or what it was sent was not acknowledged for too long"""
    HTTP = "http"
    """a page was asked for and given"""
    BAD_REQUEST = "bad_request"
    """not an acceptable handshake"""
    FULL = "full"
    """refused with 503"""
    CROWDED = "crowded"
    """at the door as the oldest when too many came: refused with 503"""
    ADDRESS = "address"
    """beyond the share of its address: refused with 503"""
    HOST = "host"
    """asked for by a name that is not the gateway's: refused with 421"""
    ORIGIN = "origin"
    """a browser's page of another origin: refused with 403"""
    HANDSHAKE_TIMEOUT = "handshake_timeout"
    PROTOCOL_ERROR = "protocol_error"
    """broke RFC 6455, or said something that is not in the protocol"""
    SLOW_CONSUMER = "slow_consumer"
    """took no byte of what waits for it for too long, or too much waits for all"""
    SILENT = "silent"
    """half-open: said nothing since it was pinged"""
    FLOOD = "flood"
    """went on saying more than is heard"""
    RESTART = "service_restart"
    """its shard goes away: told to connect anew"""
    FAULT = "fault"
    """a bug of ours, logged"""


class HandshakeFailure(StrEnum):
    """Why a TLS handshake came to nothing."""

    REFUSED = "refused"
    """not TLS, too old, or the client did not like the certificate"""
    TIMEOUT = "timeout"
    CROWDED = "crowded"
    """the oldest, where too many were under way"""


@dataclass(frozen=True)
class Metric:
    """What is counted, as `/metrics` gives it out: a counter, unless it says otherwise."""

    help: str
    gauge: bool = False
    outlives: bool = False
    """of a gauge: it stands, though its shard has ended"""
    label: str = ""
    values: tuple[str, ...] = ()
    """of that label: a counter, or gauge, each, called `NAME_VALUE`"""
    bounds: tuple[float, ...] = ()
    """of a histogram: upper ends of its buckets, seconds; one bucket more is for what is longer"""

    def cells(self, name: str) -> Iterable[str]:
        """What its cells are called; a histogram has one more, the sum of all that it was told."""
        if self.bounds:
            return [f"{name} {bucket}" for bucket in range(len(self.bounds) + 2)]
        return [f"{name}_{value}" for value in self.values] if self.values else [name]


METRICS = {
    "wanted": Metric("Shards that there are to be.", gauge=True, outlives=True),
    "up": Metric("Shards that take connections.", gauge=True),
    "draining": Metric("Shards that let their connections go.", gauge=True),
    "stalled": Metric("Shards whose loop has stopped turning; they are given no connections.", gauge=True),
    "replaced": Metric("Shards started in the stead of one that had died."),
    "beats": Metric("Heartbeats that shards have shown."),
    "capacity": Metric("Connections that the shards that are up can hold.", gauge=True),
    "accepted": Metric("Connections accepted."),
    "turned_away": Metric(
        "Connections that no shard could take, refused with 503: all were starting, draining or dead."
    ),
    "tls_connections": Metric("TLS connections open now.", gauge=True, outlives=True),
    "tls_beats": Metric("Heartbeats that processes which speak TLS have shown."),
    "tls_stalled": Metric("Processes that speak TLS and stand still.", gauge=True, outlives=True),
    "tls_certificate_expiry_timestamp_seconds": Metric(
        "Unix time at which the certificate ends that users are shown; 0 where the gateway speaks no TLS.",
        gauge=True,
        outlives=True,
    ),
    "tls_handshakes": Metric("TLS handshakes that succeeded."),
    "tls_handshakes_failed": Metric(
        "TLS handshakes that failed, by reason.", label="reason", values=tuple(HandshakeFailure)
    ),
    "parked": Metric("WebSocket connections open now.", gauge=True),
    "followers": Metric("Open connections that follow a place.", gauge=True),
    "places_followed": Metric("Places that open connections follow.", gauge=True),
    "waiting_bytes": Metric("Bytes of frames that wait for slow connections.", gauge=True),
    "reports": Metric("Reports taken up by a shard."),
    "overtaken": Metric(
        "Reports that a shard was never told, since a newer one of their quake came while its pipe was full."
    ),
    "reports_refused": Metric("Messages on the control address that were refused."),
    "secrets_refused": Metric("Connections to the control address with a wrong secret, or with none."),
    "newest_report_number": Metric(
        "Number of the newest report, see ewarn_newest_report_released_timestamp_seconds; 0 before the first.",
        gauge=True,
        outlives=True,
    ),
    "newest_report_released_timestamp_seconds": Metric(
        "Unix time at which the centre released the newest report that this gateway sent on, by the centre's clock; 0 "
        "before the first.",
        gauge=True,
        outlives=True,
    ),
    "bus_lines": Metric(
        "Lines of the bus that the gateway listens to; 0 where it hears no bus.", gauge=True, outlives=True
    ),
    "bus_line_up": Metric(
        "Whether a line of the bus is up; 0 where the gateway has no such line.",
        gauge=True,
        outlives=True,
        label="line",
        values=("0", "1"),
    ),
    "bus_pulse_age_seconds": Metric(
        "Time since the last pulse of the centre came by any line, or since the gateway began to hear the bus.",
        gauge=True,
        outlives=True,
    ),
    "bus_certificate_expiry_timestamp_seconds": Metric(
        "Unix time at which the certificate ends that a line of the bus showed when it last came up; 0 where it showed "
        "none.",
        gauge=True,
        outlives=True,
        label="line",
        values=("0", "1"),
    ),
    "bus_stale": Metric("Whether all lines of the bus are silent.", gauge=True, outlives=True),
    "bus_reports": Metric(
        "Reports that came by the bus, by what became of them: taken, had already, older than one that was had, or "
        "refused.",
        label="became",
        values=("taken", "duplicate", "older", "refused"),
    ),
    "bus_catch_ups": Metric("Times that a line of the bus was asked for all that it keeps, and answered."),
    "bus_asked": Metric("Times that lines of the bus were asked for a report that a pulse had named."),
    "hosts": Metric(
        "Gateways in the list of this one, itself included, by state; 0 where it hears no bus.",
        gauge=True,
        outlives=True,
        label="state",
        values=get_args(State),
    ),
    "frames": Metric("Alert frames given to the kernel whole."),
    "bytes": Metric("Bytes of alert frames given to the kernel."),
    "late_joins": Metric("Alert frames given to connections that came late."),
    "deferred": Metric("Frames that met a full buffer and waited."),
    "suppressed": Metric("Followers from whom a gate held a report back."),
    "superseded": Metric("Frames that a newer report replaced before they were sent."),
    "expired": Metric("Frames of a warning that had expired before they were sent, and so never are."),
    "pings": Metric("Keep-alive pings sent."),
    "pongs": Metric("Pings of clients that were answered."),
    "follows": Metric("Follow messages obeyed."),
    "chats": Metric("Chat messages echoed."),
    "times": Metric("Questions what time it is, answered."),
    "snapshots": Metric("Snapshots sent to open connections."),
    "rests": Metric("Times that a connection was not heard for a while, since it said too much."),
    "fan_out_seconds": Metric(
        "CPU time in which shards sent reports, by part: planning, building frames, the calls that send them, and "
        "taking notes of who was told.",
        label="part",
        values=("plan", "frames", "send", "notes"),
    ),
    "held_seconds": Metric("Time in which shards heard no parked connection, since a report was going out."),
    "gave_way": Metric(
        "Echoes and answers dropped, since alerts wait for a slow connection or many connections are slow."
    ),
    "closed": Metric("Connections ended, by reason.", label="reason", values=tuple(Reason)),
    "release_to_sent_seconds": Metric(
        "Time from the release of a report, or from its coming by the bus, to the return of the system call that gave "
        "a frame of it to the kernel; frames to connections that came late or were full are not among them.",
        bounds=DELIVERY,
    ),
    "release_to_plan_seconds": Metric(
        "Time from the release of a report, or from its coming by the bus, until a shard had planned whom to tell in "
        "which order, once a shard and report.",
        bounds=TURN,
    ),
    "release_to_last_sent_seconds": Metric(
        "Time from the release of a report, or from its coming by the bus, until a shard had told all of its "
        "connections, once a shard and report; reports that a newer one replaced are not among them, nor is what full "
        "connections were sent later.",
        bounds=DELIVERY,
    ),
    "greeting_seconds": Metric("Time that greeting some who came late together kept a shard, in all.", bounds=TURN),
    "loop_lag_seconds": Metric("Time by which a shard's loop was late to wake its sweep.", bounds=TURN),
}

_CELLS = [cell for name, metric in METRICS.items() for cell in metric.cells(name)]
_INDEX = {cell: index for index, cell in enumerate(_CELLS)}
_ENDED = [_INDEX[cell] for cell in METRICS["closed"].cells("closed")]
_END_WITH_IT = [
    _INDEX[cell]
    for name, metric in METRICS.items()
    if metric.gauge and not metric.outlives
    for cell in metric.cells(name)
]
"""gauges that are zero once the shard has ended"""


def create(shards: int) -> int:
    """Shared memory for the counters of so many shards."""
    return shared_array.create(shards * len(_CELLS) * 8)


class Counters:
    """One shard's counters, and the sums over all; the row of a shard that has ended goes on with the next one's."""

    def __init__(self, descriptor: int, shards: int, shard: int = 0) -> None:
        self._all: NDArray[np.int64] = shared_array.attach(descriptor, np.int64, (shards, len(_CELLS)))
        self._own = self._all[shard]

    def add(self, name: str, amount: int = 1) -> None:
        """Add to this shard's counter."""
        self._own[_INDEX[name]] += amount

    def add_time(self, name: str, seconds: float) -> None:
        """Add to this shard's counter of seconds."""
        self._own[_INDEX[name]] += round(seconds * MICROSECONDS)

    def observe(self, name: str, seconds: float, times: int = 1) -> None:
        """Put so many of one duration into this shard's histogram; a negative one is nought: clocks were set."""
        bounds, first = METRICS[name].bounds, _INDEX[f"{name} 0"]
        lasted = max(0.0, seconds)
        self._own[first + bisect_left(bounds, lasted)] += times
        self._own[first + len(bounds) + 1] += round(lasted * MICROSECONDS) * times

    def put(self, name: str, value: int) -> None:
        """Set this shard's gauge."""
        self._own[_INDEX[name]] = value

    def put_of(self, shard: int, name: str, value: int) -> None:
        """Set a gauge of a shard's, as its supervisor sees it."""
        self._all[shard, _INDEX[name]] = value

    def ended(self, reason: Reason) -> None:
        """Count one connection's end."""
        self.add(f"closed_{reason}")

    def total(self, name: str) -> int:
        """Over all shards."""
        return int(self._all[:, _INDEX[name]].sum())

    def totals(self) -> dict[str, int]:
        """All cells over all shards, see `Metric.cells`."""
        return dict(zip(_CELLS, self._all.sum(axis=0).tolist(), strict=True))

    def by_shard(self, name: str) -> NDArray[np.int64]:
        """Of each shard."""
        return self._all[:, _INDEX[name]].copy()

    def ended_connections(self) -> NDArray[np.int64]:
        """Connections of each shard that are no more."""
        return np.asarray(self._all[:, _ENDED].sum(axis=1))

    def bury(self, shard: int) -> None:
        """A shard has ended: connections that it still had are lost, and its gauges zero."""
        row = self._all[shard]
        row[_INDEX[f"closed_{Reason.LOST}"]] += self.by_shard("accepted")[shard] - self.ended_connections()[shard]
        row[_END_WITH_IT] = 0
