"""Who is waiting to be heard: first come, first heard, and each once, however much they have to say. Pure."""

from collections.abc import Iterable


class FirstCome:
    """Descriptors, each of them once; whoever was heard stands last when they come again."""

    def __init__(self) -> None:
        self._waiting: dict[int, None] = {}

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def join(self, descriptors: Iterable[int]) -> None:
        """They have something to say; whoever waits already keeps their place."""
        self._waiting.update(dict.fromkeys(descriptors))

    def next(self) -> int:
        """Who has waited longest, and waits no more."""
        descriptor = next(iter(self._waiting))
        del self._waiting[descriptor]
        return descriptor
