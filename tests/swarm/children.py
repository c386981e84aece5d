"""What processes of the tests of a swarm do.

They stand apart from the tests, or each of these processes would import what tests need.
"""

import os

from ewarn.swarm.instructions import Complaint, Done


def dutiful(channel, complaint):
    """A process that complains first, where it has reason to, and then does as it is told."""
    if complaint:
        channel.send(Complaint(complaint))
    while True:
        channel.send(Done(channel.recv().verb))


def half_a_message(channel, _job):
    """One that stops in the middle of what it says."""
    os.write(channel.fileno(), b"\0\0\1")
    channel.recv()
