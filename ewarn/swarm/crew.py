"""The swarm as its conductor sees it: clients that connect, leave and come back, and the receipts they write."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import repeat
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import Followed
from ewarn.errors import InputError
from ewarn.swarm.client import Target
from ewarn.swarm.deal import Hand, deal, devices
from ewarn.swarm.fleet import Host
from ewarn.swarm.habits import Habits
from ewarn.swarm.instructions import CaughtUp, Collected, Done, Instruction, Placed, Seated, Verb
from ewarn.swarm.opening import Way
from ewarn.swarm.over import Over, processes
from ewarn.swarm.processes import Processes
from ewarn.swarm.recorder import Users
from ewarn.swarm.stuck_job import StuckJob
from ewarn.swarm.worker import Job
from ewarn.system.address import has_many_sources, resolve
from ewarn.system.clock import Clock
from ewarn.system.machine import Machine, local_ports
from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.subscriptions import Place

USERS_PER_SOURCE = 10_000
"""connections from one loopback address: well under the 28,000 ports that Linux gives one"""
GATHER_S = 0.0025
"""A process a core reads so often while frames pour in; more processes read less often, or they would spend the
cores on waking: at 500,000 connections the receiving side would cost as much as the sending one."""
TICK_S = 0.1


class Swarm:
    """A context: its processes end with it."""

    elsewhere: str | None = None
    """hosts that it is on besides this machine, where there are none"""
    cpu_s: float | None = None
    """that it used on other hosts, where it has none"""

    def __init__(
        self,
        targets: Target | Sequence[Target] | Sequence[Host],
        followed: Followed,
        threshold: NDArray[np.float64],
        habits: Habits,
        *,
        reports: int,
        sampled: NDArray[np.bool_],
        machine: Machine,
        clock: Clock,
        on: NDArray[np.uint8] | None = None,
        homes: NDArray[np.int16] | None = None,
        allow_network: bool = False,
        over: Over | None = None,
    ) -> None:
        """Start its processes; for `on` see `deal`. Frames of `sampled` users are kept, and stamped by the kernel.

        With `homes`, instead of `on`, each user keeps to one target: its index, shape (users,). Clients that find a
        gateway themselves (`habits.finding`) are given hosts. With `over` its clients are packets.
        Raises InputError where a target is not to be had, or not to be loaded.
        """
        found = [targets] if isinstance(targets, Target) else targets
        self._over = over
        self.mss: int | None = None
        """bytes of the longest payload of a segment, where clients are packets"""
        self._finds = habits.finding is not None
        self._ways = _along(found, over) if over else _ways(found, allow_network)
        self.users, self.devices = len(followed), int(devices(len(followed), on).sum())
        if not over:
            most = -(-self.devices // len(self._ways)) if self._finds else self.devices
            _check_ports(most, self._ways[0].address, len(habits.sources))
        self._given = habits.sources
        count = processes(self.devices, machine) if over else machine.workers_for(self.devices)
        self._memory = ReceiptBook.create(reports, self.users, count)
        self.book = ReceiptBook(self._memory, reports, self.users, count)
        self._clock = clock
        self._share = 0.0 if habits.held else 1.0
        """of the devices that were let in so far"""
        self._hands = deal(self.users, on, len(self._ways), count, homes)
        self._stuck: list[Processes] = []
        self._processes = Processes()
        for index, hand in enumerate(self._hands):
            job = Job(
                index=index,
                ways=self._ways_of(index, hand),
                users=Users(hand.first, hand.user_of, hand.way_of, sampled[hand.first : hand.last]),
                followed=followed.between(hand.first, hand.last),
                threshold=threshold[hand.first : hand.last],
                habits=habits,
                gather_s=GATHER_S * count / machine.cpus,
                wired=over.wired(index) if over else None,
                book=self._memory,
                book_shape=self.book.shape,
            )
            self._start(self._processes, "ewarn.swarm.worker:main", job, self._memory)

    def _start(self, group: Processes, target: str, job: Job | StuckJob, *descriptors: int) -> None:
        """Its end of a cable goes to the process, and to nobody else."""
        own: list[int] = []
        if job.wired:
            self.mss, own = job.wired.path.mss, job.wired.path.descriptors
        group.start(target, job, [*descriptors, *own])
        for descriptor in own:
            os.close(descriptor)

    def _ways_of(self, index: int, hand: Hand) -> tuple[Way, ...]:
        found = self._ways if self._finds else [self._ways[which] for which in hand.gateways]
        return tuple(way.by(sources(index, len(hand.user_of)), self._given) for way in found)

    def __enter__(self) -> Self:
        """Enter the context; the processes run since construction."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End every process, whatever happened; each resets its connections."""
        for group in (self._processes, *self._stuck):
            group.close()
        os.close(self._memory)

    def let_in(self, share: float) -> None:
        """Have those of the held connect who make up such a share of all, with those let in before."""
        counts = [len(hand.user_of) for hand in self._hands]
        rows = (range(round(self._share * count), round(share * count)) for count in counts)
        self._processes.tell(Instruction(Verb.LET_IN, rows=mine) for mine in rows)
        self._share = share

    def connect(
        self, on_progress: Callable[[int], None], still_there: Callable[[], None], tick_s: float = TICK_S
    ) -> list[str]:
        """Wait until every device let in is connected or has failed; return one complaint a process that has any.

        `still_there` is called meanwhile, to raise where the gateway has died.
        """
        due = sum(round(self._share * len(hand.user_of)) for hand in self._hands)
        while (settled := self.settled) < due:
            on_progress(settled)
            still_there()
            self.check()
            self._clock.sleep(tick_s)
        on_progress(settled)
        return self.complaints()

    @property
    def settled(self) -> int:
        """Devices that have connected once, or failed to."""
        return self.book.total("connected") + self.book.total("failed")

    def complaints(self) -> list[str]:
        """One a process that has any, once all of its devices have settled."""
        return self._processes.complaints()

    def obstruct(self, places: list[list[Place]], trickle: int = 0) -> None:
        """Connect clients besides, who follow these places and never read; see `stuck`. Raises MeasurementError.

        With a `trickle` they read so many bytes a second, until `newest_of_the_slow` is asked.
        """
        way = self._ways[0].by(sources(len(self._processes), len(places)), self._given)
        self._stuck.append(Processes())
        wired = self._over.wired(len(self._processes) + len(self._stuck) - 1) if self._over else None
        self._start(self._stuck[-1], "ewarn.swarm.stuck:main", StuckJob(way, places, trickle, wired))
        self._stuck[-1].answers(Seated)

    def begin(self, quake: str) -> None:
        """Forget what was received so far and take down receipts of this quake from now on."""
        self._processes.ask(Instruction(Verb.BEGIN, quake=quake), Done)

    def collect(self) -> list[tuple[int, bytes]]:
        """Take down what has been read; return (user, payload) of every frame that a sampled user read."""
        return [frame for part in self._processes.ask(Instruction(Verb.COLLECT), Collected) for frame in part.frames]

    def hosts(self, receipts: NDArray[np.void]) -> None:
        """See `drill.sides.Readers`: all clients are on this host."""

    def bounce(self, share: float) -> None:
        """Have a share of the clients hang up at once, and come back at the ramp's rate."""
        self._processes.tell(repeat(Instruction(Verb.BOUNCE, share=share)))

    def go_by(self, hosts: Sequence[Host]) -> None:
        """Have clients that find a gateway themselves go by this list of them."""
        dealt = [
            tuple(host.by(sources(index, len(hand.user_of)), self._given) for host in hosts)
            for index, hand in enumerate(self._hands)
        ]
        self._processes.tell(Instruction(Verb.FLEET, hosts=theirs) for theirs in dealt)

    def placed(self) -> dict[str, tuple[int, int]]:
        """By host: clients connected whose home it is, and others."""
        total: dict[str, tuple[int, int]] = {}
        for part in self._processes.ask(Instruction(Verb.WHERE), Placed):
            for name, (home, others) in part.on.items():
                before = total.get(name, (0, 0))
                total[name] = before[0] + home, before[1] + others
        return total

    def hosts_known(self) -> list[tuple[range, tuple[str, ...]]]:
        """By process: its users, and the hosts that they know, in the order in which its receipts count them."""
        said = self._processes.ask(Instruction(Verb.WHERE), Placed)
        return [(range(hand.first, hand.last), (*part.on,)) for hand, part in zip(self._hands, said, strict=True)]

    def chat(self, share: float) -> None:
        """Have such a share of the clients speak each second from now on."""
        self._processes.tell(repeat(Instruction(Verb.CHAT, share=share)))

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Have no process read anything within the context; all go on as it ends."""
        self._processes.ask(Instruction(Verb.STAND_STILL), Done)
        try:
            yield
        finally:
            self._processes.tell(repeat(Instruction(Verb.GO_ON)))

    def away(self) -> int:
        """Devices that lost their connection, and have yet to come back."""
        return self.book.total("left") - self.book.total("returned")

    def newest_of_the_slow(self) -> list[int]:
        """Let the last clients that were connected by `obstruct` catch up: the report that each has ended on."""
        (said,) = self._stuck[-1].ask(Instruction(Verb.CATCH_UP), CaughtUp)
        return said.newest

    def pids(self) -> list[int]:
        """Of its processes; those of clients that never read are left out."""
        return self._processes.pids()

    def check(self) -> None:
        """Raise MeasurementError if a process has died."""
        self._processes.check()


def _ways(targets: Sequence[Target | Host], allow_network: bool) -> list[Way]:
    """To each, from any address. Raises InputError."""
    return [
        one
        if isinstance(one, Host)
        else Way(
            one,
            resolve("--to", one.host, one.port, allow_network=allow_network, otherwise="sends the load there"),
            (),
        )
        for one in targets
    ]


def _along(targets: Sequence[Target | Host], over: Over) -> list[Way]:
    """To each, over the cables that lead there."""
    pairs = zip(targets, over.addresses, strict=True)
    return [replace(one, address=at) if isinstance(one, Host) else Way(one, at, ()) for one, at in pairs]


def _check_ports(clients: int, address: tuple[str, int], given: int) -> None:
    """`given`: addresses that they connect from; 0: none are."""
    ports = local_ports()
    fit = ports * max(1, given)
    if fit < clients and (given or not has_many_sources(address)):
        raise InputError(
            f"{clients:,} clients need as many ports, {'an' if given else 'one'} address of this machine has {ports:,} "
            f"(net.ipv4.ip_local_port_range); {fit:,} would fit"
        )


def sources(process_index: int, users: int) -> tuple[str, ...]:
    """Loopback addresses of one process's own, enough for its ports."""
    count = -(-users // min(USERS_PER_SOURCE, local_ports() // 2))
    return tuple(f"127.{10 + process_index // 200}.{process_index % 200}.{host + 1}" for host in range(count))
