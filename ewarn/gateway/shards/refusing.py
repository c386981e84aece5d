"""How the supervisor refuses connections that no shard can take."""

import asyncio
import os
from collections import deque

from ewarn.gateway.clients import sockets
from ewarn.gateway.way_in import busy

MOST_LINGERING = 64
LINGER_S = 1.0
"""For a request to come that is under way. A client that is answered before it has asked may find that it cannot ask;
and to close before the request has come would reset the connection, and lose the answer."""
READ_BYTES = 65536


class Refusing:
    """Says 503 to what is asked, and closes a moment later; at once where many linger."""

    def __init__(self, answers: busy.Busy) -> None:
        self._answers = answers
        self._lingering: deque[int] = deque()
        self._unheard: set[int] = set()
        """of these, who have not asked yet"""

    def refuse(self, descriptor: int) -> None:
        """Answer one, and close it. Needs a running loop."""
        os.set_blocking(descriptor, False)
        loop = asyncio.get_running_loop()
        self._unheard.add(descriptor)
        self._lingering.append(descriptor)
        if sockets.readable([descriptor]):
            self._answer(descriptor)
        else:
            loop.add_reader(descriptor, self._answer, descriptor)
        if len(self._lingering) > MOST_LINGERING:
            self._close_oldest()
        else:
            loop.call_later(LINGER_S, self._close_oldest)

    def close(self) -> None:
        """Close all."""
        while self._lingering:
            self._close_oldest()

    def _answer(self, descriptor: int) -> None:
        """What it asks is not read yet; it is as it closes."""
        self._unheard.remove(descriptor)
        asyncio.get_running_loop().remove_reader(descriptor)
        sockets.write(descriptor, self._answers.said(busy.CLOSED))
        sockets.end_writing(descriptor)

    def _close_oldest(self) -> None:
        if self._lingering:
            descriptor = self._lingering.popleft()
            if descriptor in self._unheard:
                self._answer(descriptor)
            sockets.read(descriptor, READ_BYTES)
            os.close(descriptor)
