"""A gateway on a host, with limits of its own: `python -m tests.hosts.service JSON`, its settings by name.

It prints where it listens. Then for every line on standard input, a number, it releases the report of that number, or
none where it is 0, and prints one line of JSON: the connections that are parked, how many have ended, by reason, and
the reports that its shards have taken up. At the end of file it leaves.
"""

import json
import sys

from ewarn.gateway.counters import Reason
from ewarn.seismic.origin import Origin, Report
from ewarn.system.clock import WallClock
from tests.conftest import RunningGateway, gateways

NAMED = {"parked": "ewarn_parked", "reports": "ewarn_reports_total"}


def report(number: int) -> Report:
    """Of a drill that began when the first of them was released, or will have."""
    now = WallClock().time()
    origin = Origin(time=BEGAN, latitude=29.59, longitude=102.08, depth_km=16.0, magnitude=6.1)
    return Report("half-open", number, "update", origin, "Qingzang", now, round(1e9 * BEGAN))


def standing(gateway: RunningGateway) -> dict[str, int]:
    """What is asked, of one and the same instant."""
    told = dict(line.rsplit(" ", 1) for line in gateway.get("/metrics").splitlines() if not line.startswith("#"))
    ended = {reason: int(float(told[f'ewarn_closed_total{{reason="{reason}"}}'])) for reason in Reason}
    named = {name: int(float(told[key])) for name, key in NAMED.items()}
    return named | {reason: count for reason, count in ended.items() if count}


if __name__ == "__main__":
    BEGAN = WallClock().time()
    with gateways() as start:
        gateway = start(**json.loads(sys.argv[1]))
        print(gateway.started.listen, flush=True)
        for line in sys.stdin:
            if number := int(line):
                gateway.release(report(number))
            print(json.dumps(standing(gateway)), flush=True)
