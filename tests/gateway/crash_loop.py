"""A gateway whose shards start well with it, and never again.

It stands apart from the tests that start it, or each of its processes would import what tests need.
"""

import os

from ewarn.gateway import shard, supervisor
from ewarn.gateway.counters import Counters


def dies_when_it_is_to_replace_another(channel, settings):
    """A shard that starts well with its gateway, and never again."""
    if Counters(settings.counters, settings.shards).total("replaced"):
        os._exit(7)
    shard.main(channel, settings)


class CrashLoop(supervisor.Supervisor):
    """Its shards die whenever they are started instead of others."""

    shard_target = "tests.gateway.crash_loop:dies_when_it_is_to_replace_another"


def main(channel, wanted):
    """As the real one."""
    supervisor.main(channel, wanted, CrashLoop)
