"""Hears what a gateway of the drill's own tells of itself, in a thread, until nobody wants to know any more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe, wait
from threading import Thread

from ewarn.system.happenings import Word
from ewarn.system.process import Channel

Hear = Callable[[Word | None], None]
"""is told each word, and None where the other end is gone"""


@contextmanager
def listening(channel: Channel, hear: Hear) -> Iterator[None]:
    """Hear it while the context lasts; nobody else may read the channel meanwhile."""
    until, end = Pipe(duplex=False)
    # Who closed the channel under a thread that reads it would keep the other end from noticing.
    thread = Thread(target=_listen, args=(channel, until, hear), daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.close()
        thread.join()
        until.close()


def _listen(channel: Channel, until: Connection, hear: Hear) -> None:
    while until not in wait([channel, until]):
        try:
            word = channel.recv()
        except (EOFError, OSError):
            hear(None)
            return
        if isinstance(word, Word):  # an error that ends it is seen by its end
            hear(word)
