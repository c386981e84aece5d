"""Playing a quake's reports into a running gateway, by its control address."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from ssl import SSLError
from typing import TypeVar

from msgspec.json import Decoder
from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from ewarn.errors import GatewayError, InputError, RefusedError
from ewarn.seismic.origin import Quake, Report
from ewarn.system.clock import Clock
from ewarn.system.json_files import encoded
from ewarn.system.tls import client_context, parse_control, unanswered
from ewarn.wire.messages import understood
from ewarn.wire.releases import Release, Releases
from ewarn.wire.reports import REPORTS_PATH, Accepted, Refused, encode
from ewarn.wire.shards import STRATEGY, Changed, Shards, Wanted, encode_wanted
from ewarn.wire.signing import Signer

PATIENCE_S = 10.0
TICK_S = 0.1
SECURE = "wss://HOST:PORT"
"""how a control address with TLS is written"""
Answer = TypeVar("Answer", Accepted, Shards, Changed)
_ANSWERS: Decoder[Accepted | Shards | Changed | Refused] = Decoder(Accepted | Shards | Changed | Refused)


@dataclass(frozen=True)
class Interlude:
    """Something that happens while a quake is played."""

    after_s: float
    """seconds after origin"""
    act: Callable[[], None]


class Publisher:
    """An open control connection."""

    def __init__(self, connection: ClientConnection, clock: Clock, signer: Signer | None) -> None:
        self._connection = connection
        self._clock = clock
        self._signer = signer

    def release(self, report: Report) -> Release:
        """Hand a report over. Raises RefusedError where the gateway does not take it, GatewayError where it is gone."""
        sealed = self.sealed(report)
        stamp, taken = self.hand_over(sealed), self.taken(sealed)
        return Release(sealed, stamp, taken.targets, taken.note or None)

    def sealed(self, report: Report) -> Report:
        """The report as its centre signs it, unless it is signed already, or nobody signs."""
        return self._signer.seal(report) if self._signer and not report.sealed else report

    def hand_over(self, report: Report) -> int:
        """The first half of a release, without waiting for the answer; the instant of it, monotonic ns."""
        stamp = self._clock.monotonic_ns()
        self._say(_name(report), encode(report))
        return stamp

    def taken(self, report: Report) -> Accepted:
        """The second half: what the gateway says of it."""
        return self._hear(_name(report), Accepted)

    def change(self, **strategy: str | float | None) -> None:
        """Have reports dispatched by another order, or at another rate. Raises as above."""
        self._ask("a strategy", encoded({"type": STRATEGY, **strategy}), Changed)

    def shards(self, count: int | None = None, *, force: bool = False) -> Shards:
        """Have so many shards, or ask how things stand; `force` removes some even where the rest cannot hold everyone.

        Raises RefusedError where the gateway does not do that, GatewayError where it is gone.
        """
        return self._ask("a number of shards", encode_wanted(Wanted(count, force)), Shards)

    def settle(self, count: int) -> Shards:
        """Wait until no shard starts or drains. Raises GatewayError where fewer than `count` are up then."""
        while not (now := self.shards()).settled:
            self._clock.sleep(TICK_S)
        if now.up < count:
            raise GatewayError(f"{count} shards were to be up, {now.up} are")
        return now

    def _ask(self, what: str, text: str, kind: type[Answer]) -> Answer:
        self._say(what, text)
        return self._hear(what, kind)

    def _say(self, what: str, text: str) -> None:
        try:
            self._connection.send(text)
        except (WebSocketException, OSError) as error:
            raise GatewayError(f"the gateway died before {what} was out: {error}") from None

    def _hear(self, what: str, kind: type[Answer]) -> Answer:
        try:
            answer = understood(self._connection.recv(PATIENCE_S), _ANSWERS)
        except InputError as error:
            raise GatewayError(f"the gateway's answer to {what} is none: {error}") from None
        except (WebSocketException, OSError) as error:
            raise GatewayError(f"the gateway died before {what} was out: {error}") from None
        if isinstance(answer, Refused):
            raise RefusedError(f"the gateway refused {what}: {answer.problem}")
        if not isinstance(answer, kind):
            raise GatewayError(f"the gateway's answer to {what} is of another kind")
        return answer


def _name(report: Report) -> str:
    return f"report {report.number}"


@contextmanager
def publisher(
    control: str, secret: str, clock: Clock, signer: Signer | None = None, *, ca: str | None = None
) -> Iterator[Publisher]:
    """Connect to an address, see `parse_control`, with the secret. Raises InputError where nobody answers, or refuses.

    `signer` signs reports; None signs where they are signed already, or none are released, or the gateway takes them as
    they are. With TLS, the certificates in the file `ca` are trusted; without one, those that this system trusts.
    """
    at = parse_control(control, ca)
    tls = client_context(ca) if at.tls else None
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(
                connect(
                    f"{'wss' if tls else 'ws'}://{at.authority}{REPORTS_PATH}",
                    ssl=tls,
                    additional_headers={"Authorization": f"Bearer {secret}"},
                    compression=None,
                    open_timeout=PATIENCE_S,
                    # Who falls silent is found by the answer that does not come; the library would log a traceback.
                    ping_timeout=None,
                    proxy=None,
                )
            )
        except InvalidStatus as error:
            body = (error.response.body or b"").decode(errors="replace").strip()
            raise InputError(f"{at.authority} refused with {error.response.status_code}: {body}") from None
        except (WebSocketException, OSError, ValueError) as error:
            hint = "" if tls or not isinstance(error, InvalidHandshake) else f"; for TLS, give --ca or {SECURE}"
            if isinstance(error, SSLError):
                raise unanswered(f"control address {at.authority}", error) from None
            raise InputError(f"no gateway answers on control address {at.authority}: {error}{hint}") from None
        yield Publisher(connection, clock, signer)


def play(
    quake: Quake,
    reports: Iterable[Report],
    to: Releases,
    clock: Clock,
    speed: float = 1.0,
    on_release: Callable[[Release], None] | None = None,
    interludes: Sequence[Interlude] = (),
    *,
    origin_ns: int | None = None,
) -> None:
    """Release each report at its time after an origin that is now, or was at `origin_ns` on the monotonic clock.

    Waits alone are divided by `speed`.

    Interludes come at their times in between; those after the last report do not come. A report that is handed over
    late, because this machine was busy, says so: its `released` moves by as much. All are of one play, and say by how
    much waits cut short have brought its timeline ahead of the clock, or behind it where `speed` is below 1.
    """
    now_ns = clock.monotonic_ns()
    start_ns = now_ns if origin_ns is None else origin_ns
    began = clock.time() - (now_ns - start_ns) / 1e9
    shift_s, play_ns = began - quake.origin.time, round(began * 1e9)
    to_come = sorted(interludes, key=lambda one: one.after_s)

    def sleep_until(after_s: float) -> None:
        clock.sleep(after_s / speed - (clock.monotonic_ns() - start_ns) / 1e9)

    for report in reports:
        due_s = (report.released - quake.origin.time) / speed
        while to_come and to_come[0].after_s / speed <= due_s:
            sleep_until(to_come[0].after_s)
            to_come.pop(0).act()
        sleep_until(report.released - quake.origin.time)
        late_s = (clock.monotonic_ns() - start_ns) / 1e9 - due_s
        played, ahead_s = report.later(shift_s), round(due_s * speed - due_s, 3) + 0.0
        release = to.release(replace(played, released=played.released + late_s, play=play_ns, ahead_s=ahead_s))
        if on_release:
            on_release(release)
