"""A gateway whose shards send back what they are sent, for test suites that know no other service: tests alone have it.

All but the answer is the gateway's own: its door, its fast and its slow path, its fragments, its farewells.
"""

from itertools import count

import uvloop
from websockets.frames import Frame, Opcode

from ewarn.gateway import shard, supervisor
from ewarn.gateway.clients import conversation
from ewarn.gateway.clients.conversation import Act, Say
from ewarn.gateway.settings import GatewaySettings, ShardSettings
from ewarn.system.process import Channel
from ewarn.wire.framing import TEXT, header

_numbers = count()


def echo(message: bytes, opcode: int = TEXT) -> Say:
    """An answer of its own, which no other takes the place of."""
    return Say(header(len(message), opcode) + message, f"echo {next(_numbers)}")


class EchoSpeaker(conversation.Speaker):
    """Takes a binary message as it takes text, but that it may hold any bytes."""

    binary = False

    def _take(self, frame: Frame, service_s: float) -> list[Act]:
        if frame.opcode is Opcode.BINARY:
            self.binary = True
            frame = Frame(Opcode.TEXT, frame.data, frame.fin)
        return super()._take(frame, service_s)

    def _take_message(self, message: bytes, service_s: float) -> list[Act]:
        if self.binary:
            self.binary = False
            return [echo(message, Opcode.BINARY)]
        return super()._take_message(message, service_s)


def _reply(message: bytes, _service_s: float) -> Say:
    message.decode()
    return echo(message)


def shard_main(channel: Channel, settings: ShardSettings) -> None:
    conversation._reply = _reply
    conversation.Speaker = EchoSpeaker

    async def run() -> None:
        await shard.serve(shard.Shard(settings), channel)

    uvloop.run(run())


class EchoSupervisor(supervisor.Supervisor):
    shard_target = "tests.campaign.echo_gateway:shard_main"


def main(channel: Channel, wanted: GatewaySettings) -> None:
    supervisor.main(channel, wanted, EchoSupervisor)
