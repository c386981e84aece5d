"""A centre on a host: `python -m tests.fleet.centre BUS KEY SIGNING_KEY`, of the bus and of the reports.

For every line of JSON on standard input, what is in a report, it releases that report and prints a line: when, for how
many, and what the hosts said; for a number it waits so many seconds until all lines have the newest, and prints what
each lacks. At the end of file it leaves.
"""

import json
import sys
from pathlib import Path

from ewarn.bus.addresses import parse_bus, read_identity
from ewarn.bus.centre import BusPublisher, bus_publisher
from ewarn.bus.roles import role
from ewarn.errors import EwarnError
from ewarn.gateway.intake.keys import signing_key
from ewarn.seismic.origin import Origin, Report
from ewarn.system.clock import WallClock

CLOCK = WallClock()


def report(quake: str, number: int, play: int) -> Report:
    """One that is released now, of a play that began then."""
    origin = Origin(time=play / 1e9 - 1.0, latitude=29.59, longitude=102.08, depth_km=16.0, magnitude=6.1)
    return Report(quake, number, "update", origin, "Qingzang", CLOCK.time(), play)


def done(to: BusPublisher, asked: dict[str, object] | float) -> object:
    """What is asked, and its answer."""
    if not isinstance(asked, dict):
        return to.settle(asked)
    try:
        release = to.release(report(**asked))
    except EwarnError as error:
        return {"problem": str(error)}
    return {"at": release.monotonic_ns, "targets": release.targets, "note": release.note}


def main() -> None:
    """Be there, and answer."""
    bus, key, signing = sys.argv[1:]
    with bus_publisher(parse_bus(bus), read_identity(role("centre"), key), CLOCK, signing_key(Path(signing))) as to:
        print(json.dumps("there"), flush=True)
        for line in sys.stdin:
            print(json.dumps(done(to, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
