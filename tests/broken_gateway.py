"""A gateway that is broken on purpose: each shard loses every 100th frame and says that it was written."""

from dataclasses import replace

import uvloop

from ewarn.gateway import shard, supervisor
from ewarn.gateway.engines import Write
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


def shard_main(channel: Channel, settings: ShardSettings) -> None:
    async def run() -> None:
        await shard.serve(LossyShard(settings), channel)

    uvloop.run(run())


def main(channel: Channel, wanted: GatewaySettings) -> None:
    supervisor.main(channel, wanted, LossySupervisor)
