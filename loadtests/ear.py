"""The ear of a worker's host, in a process without gevent: run as a program of its own.

A line of JSON comes in: `key`, hex, and `port`. Its UDP port goes out, as a line. It leaves at the end of its input.
"""

import json
import sys

from ewarn.clocks.ear import Ear
from ewarn.errors import EwarnError


def main() -> None:
    """See the module."""
    said = json.loads(sys.stdin.readline())
    try:
        with Ear(port=said["port"], key=bytes.fromhex(said["key"])) as ear:
            sys.stdout.write(f"{ear.port}\n")
            sys.stdout.flush()
            sys.stdin.read()
    except EwarnError as error:
        sys.stderr.write(f"ewarn: {error}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
