"""A gateway's journal for whoever conducts a drill: asked for over the bus, in a thread that reports do not wait for.

A line of its own carries it, so that what is large holds up no report, nor an answer to one.
"""

import logging
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from threading import Event, Thread

from ewarn import __version__
from ewarn.bus.addresses import Identity, LineAddress
from ewarn.bus.post import Post
from ewarn.clocks.ear import Ear
from ewarn.clocks.identity import this_clock
from ewarn.errors import EwarnError, InputError, MeasurementError
from ewarn.gateway.sending.journal import Journal
from ewarn.system.clock import Clock
from ewarn.system.machine import Machine
from ewarn.wire.noted import NOTED_BYTES, Noted
from ewarn.wire.pieces import Hands
from ewarn.wire.swarms import (
    JOURNALS,
    WIRE,
    Begin,
    Collect,
    Collected,
    Do,
    Done,
    Give,
    Hello,
    Here,
    Leave,
    Problem,
    Said,
    Standing,
)

TICK_S = 0.1
AGAIN_S = 10.0
"""until lines are tried again that do not take this caller"""
LONGEST = 2000
"""letters of a problem that is told"""
END_S = 5.0
logger = logging.getLogger("ewarn.gateway.hosts")


@dataclass(frozen=True)
class Kept:
    """A journal, and whose it is."""

    name: str
    """of the host"""
    journal: Journal
    machine: Machine
    ear_port: int = 0
    """UDP, for exchanges of clocks; 0: any that is free"""

    @property
    def room(self) -> tuple[int, int]:
        """Reports and users."""
        reports, users = self.journal.planned.shape
        return reports, users


class Asked:
    """A journal as one run asks for it: a context, with which its ear ends."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._stack = ExitStack()
        self._hands: Hands | None = None

    def __enter__(self) -> "Asked":
        """There is no ear before it is asked for."""
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def obey(self, do: Do) -> Said:
        """Do it, or say why not."""
        try:
            return self._do(do)
        except EwarnError as error:
            return Problem(str(error)[:LONGEST], error.exit_code)

    def _do(self, do: Do) -> Said:
        match do:
            case Hello():
                return self._here(do)
            case Begin():
                self._kept.journal.clear()
                self._hands = None
            case Collect():
                return self._collected()
            case Give():
                if self._hands is None:
                    raise MeasurementError("give came before collect")
                return self._hands.give(do)
            case Leave():
                self._stack.close()
            case _:
                raise InputError(f"{type(do).__name__.lower()}: a gateway's journal is not asked for that")
        return Done()

    def _here(self, hello: Hello) -> Here:
        if hello.wire != WIRE:
            raise InputError(
                f"ewarn {__version__} here (wire {WIRE}), ewarn {hello.ewarn} conducts (wire {hello.wire}); "
                "a fleet has one version"
            )
        kept, known = self._kept, this_clock()
        ear = self._stack.enter_context(Ear(port=kept.ear_port, key=hello.key))
        about = asdict(kept.machine)
        return Here(kept.name, __version__, WIRE, known.boot, known.time_ns, ear.port, **about, room=kept.room)

    def _collected(self) -> Collected:
        journal = self._kept.journal
        try:
            noted = Noted.of(journal.planned, journal.written, journal.shard)
        except InputError as error:
            raise MeasurementError(str(error)) from None
        self._hands = Hands(noted.arrays(), NOTED_BYTES)
        return Collected(self._hands.said())


class Journals:
    """A thread between `begin` and `end`, in which the journal is handed to one conductor after the other."""

    def __init__(self, kept: Kept, addresses: tuple[LineAddress, ...], identity: Identity, clock: Clock) -> None:
        self._kept, self._addresses, self._identity, self._clock = kept, addresses, identity, clock
        self._over = Event()
        self._thread = Thread(target=self._serve, name="journal", daemon=True)

    def begin(self) -> None:
        """Be there for whoever asks."""
        self._thread.start()

    def end(self) -> None:
        """Be there no more; it waits for that."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(END_S)

    def _serve(self) -> None:
        said = ""
        while not self._over.is_set():
            try:
                with Post(self._addresses, self._identity, self._kept.name, self._clock, None, JOURNALS) as post:
                    said = ""
                    while not self._over.is_set():
                        self._be_led(post)
            except EwarnError as error:  # what the gateway itself is for goes on
                if said != (said := str(error)):
                    logger.error("nobody can ask for the journal of --drill-users: %s", said)
                self._over.wait(AGAIN_S)
            except Exception:
                logger.exception("nobody can ask for the journal, by a fault of the gateway")
                self._over.wait(AGAIN_S)

    def _be_led(self, post: Post) -> None:
        """By one run: until it has all leave, or is gone."""
        with Asked(self._kept) as asked:
            while not self._over.is_set():
                do = post.next(TICK_S)
                if do is not None:
                    post.answer(asked.obey(do))
                if isinstance(do, Hello):
                    logger.warning("run %s asks for the journal", post.run)
                    post.stands(Standing(self._kept.name, "", "there"), at_once=True)
                if isinstance(do, Leave) or post.overdue_s:
                    break
        post.let_go()
