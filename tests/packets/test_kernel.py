"""What the kernel counts, out of its text files."""

import pytest

from ewarn.packets.kernel import counted, sending_lost, tables

SNMP = """\
Ip: Forwarding DefaultTTL
Ip: 2 64
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors
Tcp: 1 200 120000 -1 3 70 60 5 4 2 1
"""
NETSTAT = """\
TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPTimeouts
TcpExt: 0 7 8 9
IpExt: InNoRoutes
IpExt: 0
"""
DEV = """\
Inter-|   Receive                                          |  Transmit
 face |bytes packets errs drop fifo frame compr. multicast |bytes packets errs drop fifo colls carrier compressed
    lo:    0    0    0    0    0    0     0     0    0    0    0    0    0    0    0    0
gateway0: 100   1    0   50    0    0     0     0   10    1    0   11    0    0    0    0
gateway1:100    1    0   50    0    0     0     0   10    1    0   {}    0    0    0    0
"""


def test_counts_are_found_by_their_names_in_whatever_order_a_kernel_has_them():
    counts = counted(SNMP, NETSTAT, DEV.format(2), DEV.format(1000))
    assert (counts.sent, counts.received, counts.bad, counts.retransmitted) == (60, 70, 4, 5)
    assert (counts.timeouts, counts.not_accepted) == (9, 8)
    assert (counts.lost_to_phones, counts.lost_to_gateway) == (13, 1011)


def test_what_each_interface_lost_as_it_sent_is_summed_and_what_it_received_is_not():
    assert sending_lost(DEV.format(0)) == 11
    assert sending_lost("\n".join(DEV.splitlines()[:2])) == 0


def test_a_file_of_another_form_is_no_row_of_zeros():
    with pytest.raises(ValueError, match="shorter"):
        tables("Tcp: a b\nTcp: 1\n")
