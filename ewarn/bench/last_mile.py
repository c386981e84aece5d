"""A finished run over a last mile, beside what TCP would have it take; `ewarn.cli.last_mile` tells of it."""

import numpy as np
from rich.table import Table

from ewarn.errors import InputError
from ewarn.packets.expected import Times, apart, drawn
from ewarn.packets.last_mile import LastMile
from ewarn.runs.run_files import RunFiles
from ewarn.verdict.percentiles import percentile

POINTS = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.995, 0.999)
DRAWN = 1_000_000
"""users of the model: its own luck is then a thousandth and less, beside that of some 20,000"""
MS = 1e6


def delays(run: RunFiles, report: int) -> dict[str, Times]:
    """Of the users whom a report was sent to, until they read it, ms; infinite where they never did.

    Since its release, and since the gateway had written their frame, where that is known.
    """
    rows = run.ledger[(run.ledger["report"] == report) & (run.ledger["released"] > 0) & (run.ledger["gate"] == 0)]
    if not len(rows):
        raise InputError(f"{run.folder}: there is no report {report}")
    received = np.where(rows["received"] > 0, rows["received"].astype(float), np.inf)
    found = {"since release": (received - rows["released"]) / MS}
    if (known := rows["written"] > 0).any():
        found["since written"] = (received - rows["written"])[known] / MS
    return found


def modelled(run: RunFiles, rng: np.random.Generator) -> tuple[LastMile, Times]:
    """The last mile of a run, and delays that the model of it gives. Raises InputError where the run had none."""
    clients = run.verdict.environment.clients
    if not clients.last_mile:
        raise InputError(f"{run.folder}: it had no last mile")
    mile = LastMile(clients.last_mile.rtt_ms, clients.last_mile.jitter_ms, clients.last_mile.loss)
    return mile, drawn(mile, DRAWN, rng, ack_delay_ms=clients.ack_delay_ms or 0.0)


def table(measured: dict[str, Times], expected: Times, mile: LastMile) -> Table:
    """Quantiles, those who had it late, and how far apart the distributions are."""
    found = Table(box=None, pad_edge=False, header_style="", title_justify="left")
    found.add_column("delivery, ms")
    for name in (*measured, "modelled"):
        found.add_column(name, justify="right")
    columns = [*measured.values(), expected]
    for point in POINTS:
        found.add_row(f"p{100 * point:g}", *(f"{percentile(times, point):,.1f}" for times in columns))
    beyond = percentile(expected, 1 - mile.loss) if mile.loss else np.inf
    if mile.loss:
        late = [f"{np.mean(times > beyond):.2%}" for times in columns]
        found.add_row(f"later than {beyond:,.0f} ms", *late)
    found.add_row("Kolmogorov-Smirnov", *(f"{apart(times, expected):.4f}" for times in measured.values()), "")
    return found
