"""A swarm on its own: real clients on any gateway, without a drill around them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ewarn.audience.mix import Mix
from ewarn.audience.users import sample
from ewarn.clock import Clock, WallClock
from ewarn.config.places import find_places
from ewarn.drill.conductor import TICK_S
from ewarn.drill.view import View
from ewarn.errors import GatewayError
from ewarn.machine import check_fit, this_machine
from ewarn.seismic.streams import stream
from ewarn.swarm.client import parse_target
from ewarn.swarm.crew import Swarm
from ewarn.swarm.habits import Habits
from ewarn.verdict.receipts import NEVER, TALLIES

MOST_REPORTS = 64


def attend(
    to: str,
    *,
    clients: int,
    quake: str,
    view: View,
    seconds: float | None,
    seed: int,
    places: str,
    mix: Mix,
    connects_per_s: float,
    out: Path | None,
    allow_network: bool,
    churn_per_s: float,
    chat_per_s: float,
    reconnect: bool,
    storm_is_due: Callable[[], bool],
) -> dict[str, int]:
    """Connect, stay, and return the tallies. Receipts of reports up to number 64 go to `out`, released unknown.

    Each second `churn_per_s`, a share, of the clients hang up and return, and `chat_per_s` of them say something; all
    hang up and return whenever `storm_is_due` says so. With `reconnect`, so do those whom the gateway sends away or
    loses.
    """
    machine, clock, target = this_machine(), WallClock(), parse_target(to)
    check_fit(clients, machine)
    audience = sample(find_places(places), clients, stream(seed, "audience"), mix=mix)
    with Swarm(
        target,
        audience.followed,
        audience.threshold,
        Habits(connects_per_s, seed, quake=quake, reconnect=reconnect, chat_per_s=chat_per_s),
        reports=MOST_REPORTS,
        sampled=np.zeros(clients, np.bool_),
        machine=machine,
        clock=clock,
        allow_network=allow_network,
    ) as crew:
        complaints = crew.connect(lambda done: view.progress("connecting users", done, clients), lambda: None)
        for complaint in complaints:
            view.say(f"could not connect: {complaint}")
        if not crew.book.total("connected"):
            raise GatewayError(f"no client could connect: {'; '.join(complaints) or 'no reason given'}")
        try:
            # Whoever reads this may end it at once.
            view.say(f"{crew.book.total('connected'):,} of {clients:,} clients connected; Ctrl-C ends")
            _stay(crew, clock, seconds, churn_per_s, storm_is_due)
        except KeyboardInterrupt:
            view.say("leaving")
        crew.collect()
        counts = {name: crew.book.total(name) for name in TALLIES}
        if out:
            out.mkdir(parents=True, exist_ok=True)
            receipts = crew.book.table(np.full(MOST_REPORTS, NEVER, np.int64))
            np.save(out / "receipts.npy", receipts[receipts["read"] != NEVER])
    return counts


def _stay(
    crew: Swarm, clock: Clock, seconds: float | None, churn_per_s: float, storm_is_due: Callable[[], bool]
) -> None:
    """Be there until the time is up, or the gateway has closed every connection."""
    now = clock.monotonic_ns()
    end = now + seconds * 1e9 if seconds else float("inf")
    churn_due = now + 1e9
    while now < end and crew.book.total("closed") < crew.book.total("connected"):
        crew.check()
        if storm_is_due():
            crew.bounce(1.0)
        if churn_per_s and now >= churn_due:
            crew.bounce(churn_per_s)
            churn_due += 1e9
        clock.sleep(TICK_S)
        now = clock.monotonic_ns()
