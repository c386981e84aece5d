"""What happens to the processes of a service and to those whom it serves, and the word of it from process to process.

A service tells whoever started it, where they want to know: a shard that stood still, that was ended or died, and
another in its stead. What is done on purpose has its kind here too, so that every view has one list of them.
"""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

MOST_TOLD = 256
"""by one service: where processes die as they start, who listens has heard enough, and a pipe never fills"""


class Kind(StrEnum):
    """What happened; a word each, as files have it."""

    SHARD_STALLED = "shard_stalled"
    """it stands still, and is given nobody"""
    SHARD_GOES_ON = "shard_goes_on"
    SHARD_ENDED = "shard_ended"
    """it stood still for too long: its process was ended"""
    SHARD_DIED = "shard_died"
    SHARD_REPLACED = "shard_replaced"
    """another in its stead takes connections"""
    GATEWAY_DIED = "gateway_died"
    """nobody had asked for it"""
    GATEWAY_LOST = "gateway_lost"
    """a fleet's: it is not heard any more"""
    GATEWAY_BACK = "gateway_back"
    HOST_LOST = "host_lost"
    """a fleet's, with some of the users"""
    PLATFORM_DOWN = "platform_down"
    PLATFORM_SLOW = "platform_slow"
    PLATFORM_BACK = "platform_back"
    RESIZED = "resized"
    STORM = "storm"
    ENDED_EARLY = "ended_early"
    """a run, before its last report"""


@dataclass(frozen=True)
class Word:
    """Of something that happened to one of several processes."""

    kind: Kind
    index: int
    at_ns: int
    """monotonic"""


class Herald:
    """Tells whoever started a service; nobody before `to` says whom."""

    def __init__(self) -> None:
        self._send: Callable[[Word], None] | None = None
        self._left = MOST_TOLD

    def to(self, send: Callable[[Word], None]) -> None:
        """From now on, by this."""
        self._send = send

    def tell(self, kind: Kind, index: int, at_ns: int | None = None) -> None:
        """Of what happened to the process `index` at an instant, monotonic; None: now."""
        if self._send is None or not self._left:
            return
        self._left -= 1
        with contextlib.suppress(OSError):  # whoever listened is gone, which is noticed elsewhere
            self._send(Word(kind, index, time.monotonic_ns() if at_ns is None else at_ns))
