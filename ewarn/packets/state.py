"""What TCP keeps of each connection, as arrays by row: a row is a client. See RFC 9293, section 3.3.1."""

import numpy as np
from numpy.typing import NDArray

CLOSED, SYN_SENT, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK = range(6)
"""Section 3.3.2. FIN-WAIT-1 and -2 are one here: `next_out` and `unacknowledged` tell them apart. CLOSING is LAST_ACK,
and there is no TIME-WAIT: what comes after the last acknowledgement is answered with a reset, as by a phone that is
gone."""

NEVER = np.iinfo(np.int64).max
"""in place of an instant, monotonic ns"""
WRAP = 1 << 32
"""sequence numbers are counted modulo this"""
HALF = 1 << 31
"""half of them are ahead of any number, half behind"""


LINE = 64
"""bytes of a line of a processor's cache"""
_ROW = np.dtype(
    [
        *[("phase", "u1"), ("tries", "u1"), ("reads_at_once", "?"), ("", "u1")],
        *[("next_out", "u4"), ("unacknowledged", "u4"), ("next_in", "u4")],
        *[("their_window", "i8"), ("window", "i8"), ("owed", "i8"), ("acknowledge_at", "i8")],
        *[("room", "i8"), ("unread", "i8")],
    ]
)
"""which is as long as a line"""


class State:
    """Arrays (clients,), which are columns of one table: what a segment's row is asked for lies in one line of cache.

    Segments come for rows at random, and of arrays that lie apart each costs a line: the rows of a fan-out to 250,000
    took half as long again to go on.
    """

    def __init__(self, clients: int, window: int) -> None:
        """`window`: bytes that each may be sent before it reads, as it says in every segment."""
        table = _table(clients)
        self.phase: NDArray[np.uint8] = table["phase"]
        """CLOSED to LAST_ACK"""
        self.next_out: NDArray[np.uint32] = table["next_out"]
        """SND.NXT"""
        self.unacknowledged: NDArray[np.uint32] = table["unacknowledged"]
        """SND.UNA"""
        self.their_window: NDArray[np.int64] = table["their_window"]
        """SND.WND, bytes"""
        self.next_in: NDArray[np.uint32] = table["next_in"]
        """RCV.NXT"""
        self.window: NDArray[np.int64] = table["window"]
        """RCV.WND, bytes; whoever reads at once has the same again in every segment"""
        self.room: NDArray[np.int64] = table["room"]
        """RCV.BUFF, bytes"""
        self.reads_at_once: NDArray[np.bool_] = table["reads_at_once"]
        self.unread: NDArray[np.int64] = table["unread"]
        """RCV.USER, bytes; 0 for whoever reads at once"""
        self.owed: NDArray[np.int64] = table["owed"]
        """bytes that came in and were not acknowledged yet"""
        self.acknowledge_at: NDArray[np.int64] = table["acknowledge_at"]
        """when an acknowledgement falls due"""
        self.tries: NDArray[np.uint8] = table["tries"]
        """how often what is not acknowledged went out again"""
        self.resend_at = np.full(clients, NEVER, np.int64)
        """when it does so next; apart, as all of these are looked through"""
        self.window[:] = self.room[:] = window
        self.reads_at_once[:] = True
        self.acknowledge_at[:] = NEVER


def _table(clients: int) -> NDArray[np.void]:
    """Rows of noughts, each in a line of its own."""
    memory = np.zeros((clients + 1) * LINE, np.uint8)
    begin = -memory.ctypes.data % LINE
    return memory[begin : begin + clients * LINE].view(_ROW)
