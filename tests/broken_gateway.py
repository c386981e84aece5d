"""Gateways that are broken on purpose.

Of one each shard loses every 100th frame and says that it was written. Of the other, hasty, a quick report takes over
what is unsent of a warning.
"""

from dataclasses import replace

import uvloop

from ewarn.gateway import shard, supervisor
from ewarn.gateway.engines import Write
from ewarn.gateway.sending.turns import Turns
from ewarn.gateway.settings import GatewaySettings, ShardSettings
from ewarn.system.process import Channel


class Lossy(Write):
    """The real engine, but for the frames it drops."""

    def __init__(self, rows):
        super().__init__(rows)
        self.seen = 0

    def send(self, descriptors, frames, starts, lengths):
        kept = [(self.seen + index) % 100 != 99 for index in range(len(descriptors))]
        self.seen += len(descriptors)
        written = lengths.copy()
        written[kept] = super().send(descriptors[kept], frames, starts[kept], lengths[kept])
        return written


class LossyShard(shard.Shard):
    def means(self):
        return replace(super().means(), engine=Lossy(0))


class LossySupervisor(supervisor.Supervisor):
    shard_target = "tests.broken_gateway:shard_main"


class HastyTurns(Turns):
    """Whatever is newer replaces a warning."""

    def begin(self, report):
        for older in self._going:
            older.taken_over = True
        return super().begin(report)


class HastyShard(shard.Shard):
    def __init__(self, settings):
        super().__init__(settings)
        self.desk._turns = HastyTurns()


class HastySupervisor(supervisor.Supervisor):
    shard_target = "tests.broken_gateway:hasty_shard_main"


def hasty_shard_main(channel: Channel, settings: ShardSettings) -> None:
    async def run() -> None:
        await shard.serve(HastyShard(settings), channel)

    uvloop.run(run())


def hasty_main(channel: Channel, wanted: GatewaySettings) -> None:
    supervisor.main(channel, wanted, HastySupervisor)


def shard_main(channel: Channel, settings: ShardSettings) -> None:
    async def run() -> None:
        await shard.serve(LossyShard(settings), channel)

    uvloop.run(run())


def main(channel: Channel, wanted: GatewaySettings) -> None:
    supervisor.main(channel, wanted, LossySupervisor)
