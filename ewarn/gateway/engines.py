"""Engines: by which system calls frames leave."""

import os
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ewarn.dispatch.engine import BROKEN, Engine


class Write:
    """One `write()` a connection, over parked descriptors."""

    name = "write"

    def send(
        self,
        descriptors: NDArray[np.int64],
        frames: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """See `Engine.send`."""
        view, write, written = memoryview(frames.data), os.write, []
        ends = starts + lengths
        for descriptor, start, end in zip(descriptors.tolist(), starts.tolist(), ends.tolist(), strict=True):
            try:
                written.append(write(descriptor, view[start:end]))
            except BlockingIOError:
                written.append(0)
            except OSError:
                written.append(BROKEN)
        return np.array(written, np.int64)


ENGINES: dict[str, Callable[[], Engine]] = {"write": Write}
