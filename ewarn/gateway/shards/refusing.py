"""How the supervisor refuses connections that no shard can take."""

import asyncio
import os
from collections import deque

from ewarn.gateway.clients import sockets
from ewarn.gateway.way_in import busy

MOST_LINGERING = 64
LINGER_S = 1.0
"""for a request to come that is under way: closing before it has come would reset the connection and lose the answer"""
READ_BYTES = 65536


class Refusing:
    """Says 503, and closes a moment later; at once where many linger."""

    def __init__(self, answers: busy.Busy) -> None:
        self._answers = answers
        self._lingering: deque[int] = deque()

    def refuse(self, descriptor: int) -> None:
        """Answer one, and close it. Needs a running loop."""
        os.set_blocking(descriptor, False)
        sockets.write(descriptor, self._answers.said(busy.CLOSED))
        if not sockets.end_writing(descriptor):
            os.close(descriptor)
            return
        self._lingering.append(descriptor)
        if len(self._lingering) > MOST_LINGERING:
            self._close_oldest()
        else:
            asyncio.get_running_loop().call_later(LINGER_S, self._close_oldest)

    def close(self) -> None:
        """Close all."""
        while self._lingering:
            self._close_oldest()

    def _close_oldest(self) -> None:
        if self._lingering:
            descriptor = self._lingering.popleft()
            sockets.read(descriptor, READ_BYTES)
            os.close(descriptor)
