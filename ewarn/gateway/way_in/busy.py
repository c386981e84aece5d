"""What is told to a caller for whom there is no room."""

import numpy as np

from ewarn.gateway.counters import Reason

WHY = {
    Reason.FULL: "every shard is full",
    Reason.ADDRESS: "too many connections from this address",
    Reason.CROWDED: "too many callers who have yet to say what they want",
}
CLOSED = "no shard takes connections now"


class Busy:
    """503 with Retry-After, RFC 9110 sections 15.6.4 and 10.2.3: whole seconds, drawn, so that no rush comes back."""

    def __init__(self, retry_s: float, rng: np.random.Generator) -> None:
        """Ask callers to come back after `retry_s` seconds at least, and at most twice as many."""
        self._retry_s, self._rng = retry_s, rng

    def said(self, why: str) -> bytes:
        """The whole answer."""
        later = round(self._retry_s * self._rng.uniform(1, 2))
        body = f"{why}\n"
        return (
            f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {max(1, later)}\r\nConnection: close\r\n"
            f"Content-Length: {len(body)}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}"
        ).encode()
