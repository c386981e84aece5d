"""The ledger: of every user and report, who held it back, who brought it, when, and what came of it. Pure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.dispatch.gates import Gate
from ewarn.seismic.intensity import LEVELS
from ewarn.verdict.fate import Fate, decide, first_due, first_public, newer_read
from ewarn.verdict.receipts import NEVER

LEDGER = np.dtype(
    [
        ("user", "<u4"),
        ("report", "<u2"),  # its number: 1, 2, ...
        ("outcome", "u1"),  # code of `Fate`
        ("gate", "u1"),  # code of the `Gate` that held the report back; 0: none did
        ("via", "u1"),  # platform that brought it first, 1 or 2; of a fleet the gateway, 1, 2, ...; 0: none did
        ("planned", "<i8"),  # when the plan that counts them in was made, monotonic ns; -1 for unknown or never
        ("written", "<i8"),  # the gateway had written their frame by then, monotonic ns; -1: unknown or never
        ("received", "<i8"),  # read by the client, monotonic ns; -1 for never
        ("released", "<i8"),  # handed over to the gateway, monotonic ns
        ("s_arrival", "<i8"),  # true S at their home, monotonic ns
        ("lead_s", "<f4"),  # from receipt to S, negative for too late; NaN where never received
    ]
)

USERS = np.dtype(
    [
        ("user", "<u4"),  # 0, 1, ...: also the row
        ("latitude", "<f8"),  # of their home, degrees north
        ("longitude", "<f8"),  # degrees east
        ("distance_km", "<f4"),  # from the true epicentre
        ("s_s", "<f4"),  # first true S at their home, seconds after origin
        ("intensity", "<f4"),  # true, at their home
        ("level", "u1"),  # index into `LEVELS` of seismic/intensity, by the true one
        ("places", "u1"),  # that they follow
        ("threshold", "<f4"),  # intensity from which on they asked to be told
        ("platforms", "u1"),  # that they are connected to: 1 the first, 2 the second, 3 both
    ]
)


def codes(gateways: Sequence[str] = ()) -> dict[str, dict[str, dict[int, str]]]:
    """Words of the codes in files of these dtypes, by file and column, for whoever reads them without this program.

    `gateways`: of a fleet, which `via` counts there.
    """
    platforms = ("none", "first", "second", "both")
    return {
        "ledger.npy": {
            "outcome": {fate.value: fate.key for fate in Fate},
            "gate": {gate.value: gate.name.lower() for gate in Gate},
            "via": dict(enumerate(("none", *gateways) if gateways else platforms[:3])),
        },
        "users.npy": {"level": dict(enumerate(LEVELS)), "platforms": dict(enumerate(platforms))},
    }


def ledger(
    receipts: NDArray[Any],
    *,
    planned: ArrayLike,
    written: ArrayLike,
    via: ArrayLike,
    gate: NDArray[np.uint8],
    s_ns: ArrayLike,
    follows: ArrayLike,
    warnings: ArrayLike = True,
    alarms: ArrayLike = True,
) -> NDArray[Any]:
    """Rows of `LEDGER`, one a user and report, by report and then user; none of a report that was never released.

    `receipts` has dtype `RECEIPT`, by report and then user. `planned`, `written` (monotonic ns, -1 for never), `via`
    and `gate` have shape (reports, users). `s_ns`, the true S (monotonic ns), and `follows`, whether they follow a
    place at all, have that shape or (users,). `warnings` and `alarms` say of each report, shape (reports,), whether it
    counts as a warning at all, and whether it warns.

    Raises ValueError where shapes do not agree.
    """
    table = receipts.reshape(gate.shape)
    went_out = table["released"][:, 0] != NEVER
    columns = {"planned": planned, "written": written, "via": via, "gate": gate, "s_arrival": s_ns}
    table, rows = table[went_out], np.empty((int(went_out.sum()), gate.shape[1]), LEDGER)
    for name, values in columns.items():
        rows[name] = np.broadcast_to(values, gate.shape)[went_out]
    for name, source in (("user", "user"), ("report", "report"), ("released", "released"), ("received", "read")):
        rows[name] = table[source]
    kinds = (np.broadcast_to(kind, len(gate))[went_out] for kind in (warnings, alarms))
    rows["outcome"] = _outcomes(rows, np.broadcast_to(follows, gate.shape)[went_out], *kinds)
    lead_s = (rows["s_arrival"] - rows["received"]) / 1e9
    rows["lead_s"] = np.where(rows["received"] == NEVER, np.nan, lead_s)
    return rows.ravel()


def _outcomes(
    rows: NDArray[Any], follows: NDArray[np.bool_], warnings: NDArray[np.bool_], alarms: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Fates by report and user."""
    received, s_arrival = rows["received"], rows["s_arrival"]
    read, due = received != NEVER, (rows["gate"] == Gate.OPEN) & follows
    # Each report has a clock of its own, on which S is still to come or not: see `LEDGER`.
    s_came = np.vstack([s_arrival <= rows["released"], np.ones((1, rows.shape[1]), np.bool_)])
    first, users = first_public(due, alarms), np.arange(rows.shape[1])
    return decide(
        follows=follows,
        due=due,
        read=read,
        in_time=read & (received < s_arrival),
        newer=newer_read(read, warnings),
        over=True,
        s_to_come=False,
        before_first=s_came[-1 if first is None else first],
        before_due=s_came[first_due(due, alarms), users],
    )
