"""A cable that takes its time: frames of one interface come out of another later. A program of its own.

    python wire.py NEAR FAR OUT_S BACK_S JITTER_S SEED

NEAR and FAR are descriptors of TAP interfaces; OUT_S is the delay from the near to the far one. The kernel's own
netem is missing on many machines, and TUN/TAP is nearly everywhere.
"""

import os
import random
import select
import sys
import time
from collections import deque
from collections.abc import Iterator

MOST_FRAMES = 10_000
"""on the way in one direction; what comes beyond is lost, as on a router whose queue is full"""
FRAME_BYTES = 65536
AT_ONCE = 64
"""frames read from one end before the other has its turn"""


class Lane:
    """One direction of a cable: frames come out late, in the order in which they went in. No I/O."""

    def __init__(self, delay_s: float, jitter_s: float, rng: random.Random) -> None:
        """`jitter_s` is the most that chance adds to the delay."""
        self._delay_s, self._jitter_s, self._rng = delay_s, jitter_s, rng
        self._frames: deque[tuple[float, bytes]] = deque()
        self._last = 0.0

    def put(self, frame: bytes, now: float) -> None:
        """A frame goes in."""
        if len(self._frames) < MOST_FRAMES:
            self._last = max(self._last, now + self._delay_s + self._jitter_s * self._rng.random())
            self._frames.append((self._last, frame))

    def out(self, now: float) -> Iterator[bytes]:
        """Frames that have been on the way for long enough."""
        while self._frames and self._frames[0][0] <= now:
            yield self._frames.popleft()[1]

    def due(self) -> float:
        """When the next frame comes out; infinite where none is on the way."""
        return self._frames[0][0] if self._frames else float("inf")


def read(descriptor: int) -> Iterator[bytes]:
    """Frames that have come, a bounded number."""
    for _ in range(AT_ONCE):
        try:
            yield os.read(descriptor, FRAME_BYTES)
        except OSError:  # nothing more for now, or the interface is down
            return


def write(descriptor: int, frame: bytes) -> None:
    """Hand a frame to the interface; one that is down, or full, loses it."""
    try:
        os.write(descriptor, frame)
    except OSError:
        return


def main() -> None:
    """Carry frames until killed."""
    near, far, seed = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[6])
    out_s, back_s, jitter_s = map(float, sys.argv[3:6])
    rng = random.Random(seed)
    lanes = {near: (far, Lane(out_s, jitter_s, rng)), far: (near, Lane(back_s, jitter_s, rng))}
    for descriptor in lanes:
        os.set_blocking(descriptor, False)
    while True:
        due = min(lane.due() for _, lane in lanes.values())
        readable, _, _ = select.select(list(lanes), [], [], max(0.0, min(due - time.monotonic(), 1.0)))
        now = time.monotonic()
        for descriptor in readable:
            for frame in read(descriptor):
                lanes[descriptor][1].put(frame, now)
        for to, lane in lanes.values():
            for frame in lane.out(now):
                write(to, frame)


if __name__ == "__main__":
    main()
