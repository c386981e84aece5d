"""When there is time to parse what was read: never while frames pour in, since every client of this machine waits."""

from math import inf

QUIET_S = 0.2
"""without a readable socket for so long, all clients of this machine have read"""
IDLE_S = 0.5
OPENING_S = 0.01
MOST_UNPARSED = 100_000
FEW = 32
"""pieces read at once that are but a trickle"""


def pause_s(opening: bool, unparsed: int, chat_s: float, back_s: float) -> float:
    """Seconds that may be waited for the next thing to read.

    `opening`: connections are being opened; `unparsed`: pieces that were read; `chat_s`, `back_s`: until the next is to
    speak, or to come back. Of those who come back many may be due, and a process must not wake for each of them.
    """
    wait_s = OPENING_S if opening else QUIET_S if unparsed else IDLE_S
    return min(wait_s, chat_s, max(OPENING_S, back_s))


class Lull:
    """Looked for after each reading. Times are on any one clock."""

    def __init__(self, longest_s: float, most: int = MOST_UNPARSED) -> None:
        """Where it never is quiet, for pings trickle in by the hundred a second, what was read waits at most so long.

        Then it is parsed once readings have brought little for a while, or nobody would answer the pings; a single
        reading of little tells nothing. More than `most` pieces are never kept.
        """
        self._longest_s, self._most = longest_s, most
        self._busy_until = self._pours_until = -inf
        self._waiting_since = inf

    def begun(self, now: float, pieces: int, unparsed: int, *, stirred: bool, opening: bool) -> bool:
        """Whether it has come, so many pieces having just been read, and so many before.

        `stirred`: something else happened; while connections are `opening`, what they do keeps nobody waiting.
        """
        if pieces or stirred:
            self._busy_until = now + (0.0 if opening else QUIET_S)
        if pieces >= FEW:
            self._pours_until = now + QUIET_S
        if unparsed or pieces:
            self._waiting_since = min(now, self._waiting_since)
        trickles = now >= self._pours_until and now - self._waiting_since > self._longest_s
        return (unparsed > 0 and (now >= self._busy_until or trickles)) or unparsed + pieces > self._most

    def over(self) -> None:
        """All was parsed."""
        self._waiting_since = inf
