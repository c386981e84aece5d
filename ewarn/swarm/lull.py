"""When there is time to parse what was read: never while frames pour in, since every client of this machine waits."""

from math import inf

QUIET_S = 0.2
"""without a readable socket for so long, all clients of this machine have read"""
MOST_UNPARSED = 100_000
FEW = 32
"""pieces read at once that are but a trickle"""


class Lull:
    """Looked for after each reading. Times are on any one clock."""

    def __init__(self, longest_s: float) -> None:
        """Where it never is quiet, for pings trickle in by the hundred a second, what was read waits at most so long.

        Then it is parsed as soon as little is read at once; else nobody would answer the pings.
        """
        self._longest_s = longest_s
        self._busy_until = -inf
        self._waiting_since = inf

    def begun(self, now: float, pieces: int, unparsed: int, *, stirred: bool, opening: bool) -> bool:
        """Whether it has come, so many pieces having just been read, and so many before.

        `stirred`: something else happened; while connections are `opening`, what they do keeps nobody waiting.
        """
        if pieces or stirred:
            self._busy_until = now + (0.0 if opening else QUIET_S)
        if unparsed or pieces:
            self._waiting_since = min(now, self._waiting_since)
        trickles = pieces < FEW and now - self._waiting_since > self._longest_s
        return (unparsed > 0 and (now >= self._busy_until or trickles)) or unparsed + pieces > MOST_UNPARSED

    def over(self) -> None:
        """All was parsed."""
        self._waiting_since = inf
