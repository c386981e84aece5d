"""Bounds of the workers' clocks on the master's, in a process without gevent: run as a program of its own.

A line of JSON comes in: `key`, hex, and `ears`, host and port of each by the worker's name. Lines go out: `begun` once
all have answered, and about once a second `bounds`, plain, by name, and `problems`, a line by name. The line `finish`
that comes in asks for the last of these, which is `over`. It leaves at the end of its input.
"""

import json
import select
import sys
import time
from collections import Counter
from typing import Any

from ewarn.clocks.asker import Asker
from ewarn.clocks.bound import Bound
from ewarn.errors import EwarnError, MeasurementError

IN_A_ROW = 3
"""One that is asked too seldom for a while mends; hulls that cross never do. So many times make it sure."""
BEGIN_S, FINISH_S = 10.0, 2.0
"""in which all have to answer"""
EACH_S = 1.0
SHARE = 10
"""The longer a test, the more there is to compute: this process rests so many times longer than it works."""


def found(asker: Asker, doubts: Counter[str], *, over: bool) -> dict[str, Any]:
    """What is known of the clocks now; `doubts`: how many times in a row it was nothing."""
    bounds, problems = {}, {}
    for name, exchanges in asker.finish(FINISH_S).items():
        try:
            bounds[name] = Bound.of(exchanges.rows, host=name).plain()
            doubts[name] = 0
        except MeasurementError as error:
            doubts[name] += 1
            if over or doubts[name] >= IN_A_ROW:
                problems[name] = str(error)
    return {"begun": True, "bounds": bounds, "problems": problems, "over": over}


def main() -> None:
    """See the module."""
    said = json.loads(sys.stdin.readline())
    ears = {name: (host, port) for name, (host, port) in said["ears"].items()}
    try:
        with Asker(ears, bytes.fromhex(said["key"]), allow_network=True) as asker:
            asker.begun(BEGIN_S)
            over, doubts = False, Counter[str]()
            while not over:
                since = time.monotonic()
                tell(found(asker, doubts, over=False))
                rest_s = max(EACH_S, SHARE * (time.monotonic() - since))
                if select.select([sys.stdin], [], [], rest_s)[0]:
                    over = True
                    if sys.stdin.readline():
                        tell(found(asker, doubts, over=True))
                        sys.stdin.read()
    except EwarnError as error:
        sys.stderr.write(f"ewarn: {error}\n")
        sys.exit(error.exit_code)


def tell(said: dict[str, Any]) -> None:
    """One line."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
