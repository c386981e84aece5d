"""Clients that hardly read, or never, as packets: a window of so many bytes, exactly."""

import select
import time
from random import Random

import numpy as np

from ewarn.swarm.packets import Packets
from ewarn.swarm.stuck_job import QUIET_S, RECEIVE_BUFFER, TRICKLE_S, StuckJob, number_of
from ewarn.swarm.transport import Told
from ewarn.system.process import Channel
from ewarn.wire.framing import TEXT, next_frame
from ewarn.wire.subscriptions import request_path

CONNECTS_PER_S = 10_000.0
OPENING_S = 0.01


class StuckPackets:
    """See `stuck.Crowd`."""

    def __init__(self, job: StuckJob, channel: Channel) -> None:
        assert job.wired  # noqa: S101  or they would be sockets
        self._job, self._rows = job, range(len(job.places))
        self._failed: list[str] = []
        self._newest = [0] * len(job.places)
        epoll = select.epoll()
        epoll.register(channel.fileno(), select.EPOLLIN)
        told = Told(self._path, lambda _row, _handle: None, lambda _row, why: self._failed.append(why))
        self._transport = Packets(
            job.wired,
            [job.way],
            np.zeros(len(job.places), np.int64),
            epoll,
            Random(len(job.places)),
            told,
            window=RECEIVE_BUFFER,
        )

    def _path(self, row: int) -> str:
        return request_path(f"stuck{row}", self._job.places[row])

    def connect(self) -> None:
        """See `Crowd`."""
        self._transport.call(self._rows, CONNECTS_PER_S)
        while self._transport.busy:
            self._transport.go_on()
            self._transport.read(OPENING_S)
        if self._failed:
            raise OSError(self._failed[0])

    def until_told(self, channel: Channel) -> None:
        """See `Crowd`."""
        due = time.monotonic() + TRICKLE_S
        while not channel.poll():
            self._transport.read(max(0.0, due - time.monotonic()))
            if time.monotonic() >= due:
                due += TRICKLE_S
                self._read(self._job.trickle)

    def catch_up(self) -> list[int]:
        """See `Crowd`."""
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_S:
            self._transport.read(OPENING_S)
            if self._read(RECEIVE_BUFFER):
                quiet_since = time.monotonic()
        return self._newest

    def _read(self, most: int) -> int:
        """Have each read so many bytes; how many there were in all."""
        count = sum(self._transport.let_read(row, most) for row in self._rows) if most else 0
        for row, _, data, _ in self._transport.take():
            frame = next_frame(data)
            if frame and frame.opcode == TEXT:
                self._newest[row] = number_of(data[frame.start : frame.end], self._newest[row])
        return count
