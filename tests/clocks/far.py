"""An ear by a clock that is wrong as a test wants it: `python -m tests.clocks.far KEY PPB STEP_NS`.

It prints its port. For every line on standard input its clock steps by STEP_NS, oscillator included,
and it prints the line. PPB: parts of 10^9 that it is too fast. At the end of file it leaves.
"""

import os
import signal
import sys

from ewarn.clocks.ear import Ear, serve
from ewarn.clocks.readings import monotonic_ns, raw_ns

PPB, STEP = "EWARN_TEST_PPB", "EWARN_TEST_STEP_NS"


def wrong_ns(right: int, ppb: int) -> int:
    """What it shows, before any step, where a right one of its host shows this."""
    return right + right * ppb // 10**9


def main(channel, wanted):
    """Child: such an ear."""
    ppb, stepped = int(os.environ[PPB]), []
    signal.signal(signal.SIGUSR1, lambda *_: stepped.append(int(os.environ[STEP])))

    def wrong(read):
        return lambda: wrong_ns(read(), ppb) + sum(stepped)

    serve(channel, wanted, wrong(monotonic_ns), wrong(raw_ns))


if __name__ == "__main__":
    key, os.environ[PPB], os.environ[STEP] = sys.argv[1:]
    with Ear(key=bytes.fromhex(key), target="tests.clocks.far:main") as ear:
        print(ear.port, flush=True)
        for line in sys.stdin:
            os.kill(ear._child.process.pid, signal.SIGUSR1)
            print(line, end="", flush=True)
