"""An asker on a host: `python -m tests.clocks.near`, with lines of JSON.

The first one in says its `key`, hex, and `ears`, host and port of each by name. A line goes out once all have answered.
The next one that comes in ends it: out go the `bounds`, plain, what was `lost`, and `problems`, each by name.
"""

import json
import sys

from ewarn.clocks.asker import Asker
from ewarn.clocks.bound import Bound
from ewarn.errors import MeasurementError

PATIENCE_S = 60.0
FINISH_S = 2.0


def found(exchanges):
    """What is known of each clock."""
    said = {"bounds": {}, "problems": {}, "lost": {name: one.lost for name, one in exchanges.items()}}
    for name, one in exchanges.items():
        try:
            said["bounds"][name] = Bound.of(one.rows, host=name).plain()
        except MeasurementError as error:
            said["problems"][name] = str(error)
    return said


if __name__ == "__main__":
    wanted = json.loads(sys.stdin.readline())
    with Asker(wanted["ears"], bytes.fromhex(wanted["key"]), allow_network=True) as asker:
        asker.begun(PATIENCE_S)
        print("begun", flush=True)
        sys.stdin.readline()
        print(json.dumps(found(asker.finish(FINISH_S))), flush=True)
