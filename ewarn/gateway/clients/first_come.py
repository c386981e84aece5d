"""Who is waiting to be heard: first come, first heard, and each once, however much they have to say. Pure.

Where it is known whose they are, everyone gets a turn before anyone gets a second one, however many they send.
"""

from collections.abc import Callable, Iterable


def _nobodys(_descriptor: int) -> bytes:
    return b""


class FirstCome:
    """Descriptors, each of them once; whoever was heard stands last when they come again."""

    def __init__(self, whose: Callable[[int], bytes] = _nobodys) -> None:
        """`whose` says to whom a descriptor belongs as it joins, an address for example; all to one unless given."""
        self._whose = whose
        self._waiting: set[int] = set()
        self._lines: dict[bytes, dict[int, None]] = {}
        """by whose they are, in the order in which they came; whose turn it is stands first"""

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def join(self, descriptors: Iterable[int]) -> None:
        """They have something to say; whoever waits already keeps their place."""
        for descriptor in descriptors:
            if descriptor not in self._waiting:
                self._waiting.add(descriptor)
                self._lines.setdefault(self._whose(descriptor), {})[descriptor] = None

    def next(self) -> int:
        """Who has waited longest, of those whose turn it is, and waits no more."""
        whose = next(iter(self._lines))
        line = self._lines.pop(whose)
        descriptor = next(iter(line))
        del line[descriptor]
        self._waiting.remove(descriptor)
        if line:
            self._lines[whose] = line
        return descriptor
