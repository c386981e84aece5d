"""What TCP keeps of each connection, as arrays by row: a row is a client. See RFC 9293, section 3.3.1."""

import numpy as np

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


class State:
    """Arrays (clients,)."""

    def __init__(self, clients: int, window: int) -> None:
        """`window`: bytes that each may be sent before it reads, as it says in every segment."""
        self.phase = np.zeros(clients, np.uint8)
        """CLOSED to LAST_ACK"""
        self.next_out = np.zeros(clients, np.uint32)
        """SND.NXT"""
        self.unacknowledged = np.zeros(clients, np.uint32)
        """SND.UNA"""
        self.their_window = np.zeros(clients, np.int64)
        """SND.WND, bytes"""
        self.next_in = np.zeros(clients, np.uint32)
        """RCV.NXT"""
        self.window = np.full(clients, window, np.int64)
        """RCV.WND, bytes; whoever reads at once has the same again in every segment"""
        self.room = np.full(clients, window, np.int64)
        """RCV.BUFF, bytes"""
        self.reads_at_once = np.ones(clients, np.bool_)
        self.unread = np.zeros(clients, np.int64)
        """RCV.USER, bytes; 0 for whoever reads at once"""
        self.owed = np.zeros(clients, np.int64)
        """bytes that came in and were not acknowledged yet"""
        self.acknowledge_at = np.full(clients, NEVER, np.int64)
        """when an acknowledgement falls due"""
        self.resend_at = np.full(clients, NEVER, np.int64)
        """when what is not acknowledged goes out again"""
        self.tries = np.zeros(clients, np.uint8)
        """how often it did"""
