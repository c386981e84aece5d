"""Phones on a host, which find their gateways: `python -m tests.fleet.phones URL COUNT HOME_S SEED`.

For every line on standard input it prints one of JSON. `begin QUAKE`: reports of this quake are taken down from now on.
`look`: who has read what of it so far. Times are monotonic ns, 0 for never; at the end of file it leaves.
"""

import json
import select
import sys
from random import Random
from typing import Any

import numpy as np

from ewarn.audience.users import sample
from ewarn.config.places import find_places
from ewarn.drill.asking import Asking
from ewarn.swarm.client import parse_target
from ewarn.swarm.crew import Swarm
from ewarn.swarm.fleet import Rules
from ewarn.swarm.habits import Habits
from ewarn.system.clock import WallClock
from ewarn.system.machine import this_machine

REPORTS = 16
TICK_S = 0.05
"""between two looks at the list that was last had"""


def standing(crew: Swarm) -> dict[str, Any]:
    """What has been read until now, and how many are connected."""
    crew.collect()
    book = crew.book
    return {
        "there": int(book.there.sum()),
        "read": book.read.tolist(),
        "via": book.via.tolist(),
        "old": int(book.out_of_order.sum()),
        "twice": int(book.duplicates.sum()),
    }


def main() -> None:
    """Connect, and answer."""
    url, count, home_s, seed = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    rules = Rules(home_s)
    followed = sample(find_places("sichuan"), count, np.random.default_rng(seed)).followed
    with Asking([parse_target(url)], rules.ask_s, Random(seed), allow_network=True) as asking:
        hosts = asking.hosts
        crew = Swarm(
            hosts,
            followed,
            np.zeros(count),
            Habits(2_000.0, seed, finding=rules),
            reports=REPORTS,
            sampled=np.zeros(count, np.bool_),
            machine=this_machine(),
            clock=WallClock(),
            allow_network=True,
        )
        with crew:
            problems = crew.connect(lambda _: None, lambda: None)
            print(json.dumps({"hosts": [one.name for one in hosts], "problems": problems}), flush=True)
            while True:
                if (newest := asking.hosts) != hosts:
                    crew.go_by(newest)
                    hosts = newest
                crew.check()
                if select.select([sys.stdin], [], [], TICK_S)[0]:
                    word, *quake = sys.stdin.readline().split() or [""]
                    if not word:
                        return
                    if word == "begin":
                        crew.begin(quake[0])
                    print(json.dumps(standing(crew)), flush=True)


if __name__ == "__main__":
    main()
