"""The floor with clients that are packets: senders in C, and receivers of ours (`floor_phones`) over cables."""

import os
import time
from contextlib import ExitStack, closing

from msgspec import structs

from ewarn.bench import costs
from ewarn.bench.budget import Counted, Cpu
from ewarn.bench.floor import NOT_ASKED, Program, cpu_of
from ewarn.bench.floor_phones import Connect, PhonesJob, Receive, Received, portion
from ewarn.bench.harness import AS_PACKETS, Doors, cabling
from ewarn.bench.sample import Footprint, Sample
from ewarn.drill.cabling import Cabling
from ewarn.errors import MeasurementError
from ewarn.swarm.kind import Kind
from ewarn.swarm.over import processes
from ewarn.system import process
from ewarn.system.machine import Machine
from ewarn.words import say

PHONES = "ewarn.bench.floor_phones:main"
NAN = float("nan")


class PacketFloor:
    """A contender; see `contender.Contender`. As `floor.Floor`, but those who read are no sockets of this kernel."""

    kind, engine = "floor", "C send()"
    phones: Kind = "packets"

    def __init__(self, order: str, users: int, frame_bytes: int, machine: Machine) -> None:
        self.name, self.order, self.frames = f"packets floor ({order})", order, "shared"
        self.settings: str = say("contest.set-floor-packets")
        self._frame_bytes, self._machine = frame_bytes, machine
        self._senders = machine.processes_for(users)
        self._each = -(-users // self._senders)
        self.users = self._senders * self._each
        self._stack = ExitStack()
        self._phones: list[process.Child] = []
        self._cabling: Cabling
        self._program: Program
        self._mss = 0
        self._portions, self._connected = 1, 0
        """how many there are, and of these are connected"""

    def start(self, portions: int) -> None:
        """See `Contender.start`. Raises InputError where it cannot be built."""
        laid = self._stack.enter_context(cabling("packets", self.users, False, self._machine))
        assert laid  # noqa: S101  as it is for packets
        self._cabling, self._portions = laid, portions
        door = Doors(laid, self._stack)()
        self._program = self._stack.enter_context(closing(Program([door.descriptor])))
        self._program.build(self._senders, self._each, self._frame_bytes, self.order, portions, door.descriptor)
        count = processes(self.users, self._machine)
        for index in range(count):
            wired = laid.over([]).wired(index)
            mine = portion(self.users, index, count)
            self._mss = wired.path.mss
            job = PhonesJob(
                wired.path, mine, (door.target.host, door.target.port), self._frame_bytes, wired.ack_delay_ns, index
            )
            self._phones.append(process.spawn(PHONES, job, descriptors=wired.path.descriptors))
            for descriptor in wired.path.descriptors:
                os.close(descriptor)

    def connect(self) -> None:
        """See `Contender.connect`."""
        self._connected += 1
        due = self._senders * (self._each * self._connected // self._portions)
        self._program.begin_portion()
        for index, child in enumerate(self._phones):
            child.channel.send(Connect(portion(due, index, len(self._phones))))
        if (there := sum(child.channel.recv() for child in self._phones)) < due:
            raise MeasurementError(f"{self.name}: {there:,} of {due:,} clients could connect")
        self._program.await_portion()

    def rehearse(self) -> Footprint:
        """See `Contender.rehearse`."""
        self.play()
        return NOT_ASKED

    def play(self) -> Sample:
        """See `Contender.play`."""
        before = self._cabling.cables.kernel()
        for child in self._phones:
            child.channel.send(Receive())
        for child in self._phones:
            child.channel.recv()
        busy_s, since = costs.busy_s(), time.monotonic()
        self._program.begin_round()
        found = self._program.await_round()
        rounds: list[Received] = [child.channel.recv() for child in self._phones]
        busy_s, watched_s = costs.busy_s() - busy_s, time.monotonic() - since
        read = sum(one.clients for one in rounds)
        last_s = (max(one.last_ns for one in rounds) - found["start_ns"]) / 1e9
        now, reading = self._cabling.cables.kernel(), Cpu.sum(one.cpu for one in rounds)
        sending = cpu_of(found, self.users, "send")
        return Sample(
            users=self.users,
            delivered=read,
            seconds=last_s if read == self.users else float("inf"),
            p50_ms=NAN,
            p99_ms=NAN,
            send_us=found["send_us"],
            receive_us=reading.total_s / self.users * 1e6,
            busy_us=NAN,
            bytes_per_frame=found["length"],
            clients=structs.replace(
                AS_PACKETS,
                mss=self._mss,
                ring_drops=sum(one.dropped for one in rounds),
                truncated=sum(one.truncated for one in rounds),
                bad=sum(one.bad for one in rounds),
                lost=now.lost_to_phones - before.lost_to_phones,
                retransmitted=now.retransmitted - before.retransmitted,
            ),
            counted=Counted(self.users, costs.cores(), last_s, sending, reading, busy_s, watched_s)
            if read == self.users
            else None,
        )

    def close(self) -> None:
        """See `Contender.close`."""
        process.stop(self._phones)
        self._stack.close()
