"""What a kernel counts of TCP and of cables in a namespace: its text files, parsed. No I/O.

The files are /proc/net/snmp, netstat and dev (Linux, Documentation/networking/snmp_counter.rst and
networking/statistics.rst).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KernelCounts:
    """Of the gateway's side, since it was laid."""

    sent: int
    """TCP segments, those sent again left out"""
    received: int
    """TCP segments, bad ones included"""
    bad: int
    """TCP segments with a wrong checksum or length"""
    retransmitted: int
    """TCP segments sent again, those that answer a SYN included"""
    timeouts: int
    """times that an acknowledgement did not come within the retransmission timeout"""
    not_accepted: int
    """connections that the listener's queue had no room for"""
    lost_to_phones: int
    """frames that the phones' ends of the cables could not take"""
    lost_to_gateway: int
    """frames that the gateway's ends of the cables could not take"""


def tables(text: str) -> dict[str, dict[str, int]]:
    """Of snmp or netstat: by protocol, what is counted by name."""
    lines = [line.split() for line in text.splitlines()]
    return {
        names[0].rstrip(":"): dict(zip(names[1:], map(int, values[1:]), strict=True))
        for names, values in zip(lines[::2], lines[1::2], strict=True)
    }


def sending_lost(dev: str) -> int:
    """Of dev: frames lost as they were sent, of all its interfaces; a cable counts there what its far end lost."""
    rows = [line.partition(":")[2].split() for line in dev.splitlines()[2:]]
    return sum(int(row[11]) for row in rows)


def counted(snmp: str, netstat: str, gateway_dev: str, phones_dev: str) -> KernelCounts:
    """What the files of the two namespaces say."""
    tcp, more = tables(snmp)["Tcp"], tables(netstat)["TcpExt"]
    return KernelCounts(
        sent=tcp["OutSegs"],
        received=tcp["InSegs"],
        bad=tcp["InErrs"],
        retransmitted=tcp["RetransSegs"],
        timeouts=more["TCPTimeouts"],
        not_accepted=more["ListenDrops"],
        lost_to_phones=sending_lost(gateway_dev),
        lost_to_gateway=sending_lost(phones_dev),
    )
