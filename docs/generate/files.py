"""Files of a run, from the dtypes that they are written with."""

import inspect
import re
from types import ModuleType
from typing import Any

import numpy as np

from docs.generate.documents import tables
from docs.generate.markdown import code, fence, table, whole
from ewarn.runs import run_files
from ewarn.verdict import fleet, ledger, receipts

INTRO = """`ewarn drill` leaves a folder, `runs/TIME-QUAKE/` or where `--out` says. Every file is first written
under another name and then renamed, `verdict.json` last: where it stands, the run is whole. Arrays are numpy arrays
with the named fields below; pandas takes them as they are. All numbers are little-endian.

An instant is in nanoseconds of the monotonic clock of the machine that ran the drill, and -1 stands for never or not
known. The difference of two instants means something, an instant by itself does not.

Of a fleet, instants of other hosts lie [between an earliest and a latest
one](../explanation/what-the-numbers-mean.md#bounds). `receipts.npy` and `ledger.npy` have the latest."""

FILES = (
    ("verdict.json", "what was promised, measured and judged"),
    ("ledger.npy", "a row for each user and report: what became of it"),
    ("ledger.json", "the words of the codes in `ledger.npy` and `users.npy`, by file and column"),
    ("users.npy", "a row for each user"),
    ("places.npy", "a row for each followed place"),
    ("receipts.npy", "a row for each user and report: when it was released, arrived and was read"),
    ("earliest.npy", "only of a fleet: the earliest that each instant of `receipts.npy` can be, row by row"),
    ("hosts.npy", "only of a fleet: a row for each user, the swarm's host that they were on"),
    ("clocks.json", "only of a fleet: names of the swarms' hosts, and how each host's clock stood"),
    ("reports.json", "the reports as they were released; times are seconds after the true origin"),
    ("drill.toml", "the settings in force: a [drill file](configuration.md#drill-files)"),
    ("quake.toml", "the quake as it was played: a [quake file](configuration.md#quake-files)"),
    ("report.html", "only after `ewarn report`: one page with tables and charts"),
)

ARRAYS: tuple[tuple[str, str, ModuleType, np.dtype[Any]], ...] = (
    ("ledger.npy", "LEDGER", ledger, ledger.LEDGER),
    ("users.npy", "USERS", ledger, ledger.USERS),
    ("places.npy", "PLACE", run_files, run_files.PLACE),
    ("receipts.npy", "RECEIPT", receipts, receipts.RECEIPT),
    ("earliest.npy", "EARLIEST", fleet, fleet.EARLIEST),
    ("hosts.npy", "HOST", fleet, fleet.HOST),
)
"""file, name of its dtype, where that stands"""

USER = {"user": "0, 1, ...: also the row in `users.npy`"}

EXAMPLE = """
import json
from pathlib import Path

import numpy as np
import pandas as pd

ledger = pd.DataFrame(np.load("runs/fifo/ledger.npy"))
users = pd.DataFrame(np.load("runs/fifo/users.npy")).set_index("user")
words = json.loads(Path("runs/fifo/ledger.json").read_text())["ledger.npy"]["outcome"]
ledger["outcome"] = ledger.outcome.astype(str).map(words)
late = ledger[ledger.outcome == "late"].join(users.distance_km, on="user")
"""


def page() -> str:
    """The page."""
    parts = [INTRO, table(["file", "what it holds"], [(code(name), text) for name, text in FILES])]
    for name, dtype_name, module, dtype in ARRAYS:
        parts += [
            f"## {name}",
            f"{dtype.itemsize} byte{'s' if dtype.itemsize > 1 else ''} a row.",
            table(["field", "meaning", "dtype"], _fields(module, dtype_name, dtype)),
        ]
    parts += [
        "## verdict.json",
        "`ewarn schema` prints its JSON Schema. `null` stands for never, or for not known.",
        *tables("verdict"),
        "`ledger.json` has the words of the codes in `outcome`, `gate`, `via`, `level` and `platforms`. "
        "[Names](names.md#fates) says what they mean.",
        "## clocks.json",
        "`ewarn schema clocks` prints its JSON Schema.",
        *tables("clocks"),
        "## With pandas",
        fence(EXAMPLE, "python"),
    ]
    parts += ["[An example](../examples/lead-times.md) draws lead times and the blind zone from these files."]
    return whole("Files of a run", *parts)


def _fields(module: ModuleType, dtype_name: str, dtype: np.dtype[Any]) -> list[tuple[str, str, str]]:
    """Names and dtypes as numpy has them; the meaning stands behind each field in the source."""
    source = inspect.getsource(module)
    text = source[source.index(f"{dtype_name} = np.dtype(") :]
    meanings = USER | dict(re.findall(r'(?m)^\s+\("(\w+)", "[^"]+"\),  # (.*)$', text[: text.index("\n)\n")]))
    return [(code(name), meanings[name], code(dtype[name].str.lstrip("|"))) for name in dtype.names or ()]
