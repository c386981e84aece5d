"""The asker's process: it asks the ears of hosts for their clocks, and keeps what they say."""

import gc
import random
import select
import socket
from array import array
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ewarn.clocks.datagrams import BYTES, Datagrams
from ewarn.clocks.pace import Pace
from ewarn.clocks.readings import ReadClock, monotonic_ns, raw_ahead_ns, raw_ns
from ewarn.system import address, priority, process

Address = tuple[str, int]
AT_ONCE = 64
"""datagrams that are taken from one ear before others have their turn"""


class Wanted(NamedTuple):
    """What an asker is told."""

    ears: Mapping[str, Address]
    """by the name of the host; IP addresses"""
    key: bytes
    seed: int


class Finish(NamedTuple):
    """An order: ask a last burst, and tell all."""

    patience_s: float


class HowItStands(NamedTuple):
    """An order: tell how it stands."""


class Up(NamedTuple):
    """The process asks."""


class Begun(NamedTuple):
    """All ears have answered a first burst."""


class Standing(NamedTuple):
    """Of one ear."""

    asked: int
    answered: int
    problem: str | None
    """what the kernel said last of why it cannot be reached"""


class Told(NamedTuple):
    """All that one ear has said."""

    asked: int
    rows: bytes
    """of `exchanges.EXCHANGE`"""


class AskedEar:
    """An ear that is asked."""

    def __init__(self, name: str, at: Address, datagrams: Datagrams, pace: Pace) -> None:
        self.name, self.pace = name, pace
        self._at, self._datagrams = at, datagrams
        self._is_connected = False
        self._sent: dict[int, int] = {}
        """when questions left that were not answered yet, by their number"""
        self._rows = array("q")
        self._problem: str | None = None
        self.mouth = socket.socket(address.family(at), socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    @property
    def standing(self) -> Standing:
        """How it stands."""
        return Standing(self.pace.asked, self.pace.answered, self._problem)

    @property
    def told(self) -> Told:
        """All that it has said."""
        return Told(self.pace.asked, self._rows.tobytes())

    def ask(self, now: int, monotonic: ReadClock) -> None:
        """Ask for its clock; what cannot be sent is lost."""
        number = self.pace.ask(now)
        question = self._datagrams.ask(number)
        try:
            if not self._is_connected:
                # So the kernel takes nothing from elsewhere, and tells of hosts that refuse.
                self.mouth.connect(self._at)
                self._is_connected = True
            self._sent[number] = monotonic()
            self.mouth.send(question)
        except OSError as error:
            self._problem = error.strerror

    def come(self, monotonic: ReadClock, raw: ReadClock) -> Iterator[tuple[bytes, int, int]]:
        """What has come by now, AT_ONCE at most, each with when that was by the clock and by its oscillator."""
        try:
            for _ in range(AT_ONCE):
                data = self.mouth.recv(BYTES + 1)
                back = monotonic()
                yield data, back, back + raw_ahead_ns(monotonic, raw)
        except BlockingIOError:
            return
        except OSError as error:
            self._problem = error.strerror

    def take(self, data: bytes, back: int, raw_back: int) -> None:
        """Keep what an answer says; each question is answered once, and however late."""
        said = self._datagrams.answered(data)
        sent = self._sent.pop(said[0], None) if said else None
        if said and sent is not None:
            number, arrived, left, raw = said
            self._rows.extend((sent, arrived, left, back, raw, raw_back))
            self.pace.hear(number, back)


def main(channel: process.Channel, wanted: Wanted) -> None:
    """Child: ask by the machine's own clock."""
    serve(channel, wanted, monotonic_ns, raw_ns)


def serve(channel: process.Channel, wanted: Wanted, monotonic: ReadClock, raw: ReadClock) -> None:
    """Child: ask by these clocks, until the parent goes."""
    gc.disable()
    priority.raised()
    datagrams, rng = Datagrams(wanted.key), random.Random(wanted.seed)
    ears = [AskedEar(name, at, datagrams, Pace(monotonic(), rng)) for name, at in wanted.ears.items()]
    channel.send(Up())
    Asking(channel, ears, monotonic, raw).forever()


class Asking:
    """Asks all of them, and does what the parent says."""

    def __init__(self, channel: process.Channel, ears: list[AskedEar], monotonic: ReadClock, raw: ReadClock) -> None:
        self._channel, self._ears = channel, ears
        self._monotonic, self._raw = monotonic, raw
        self._until: int | None = None
        """by when it tells all; None before that is wanted"""
        self._has_begun = False
        self._waits = select.poll()
        self._whose = {one.mouth.fileno(): one for one in ears}
        for descriptor in (channel.fileno(), *self._whose):
            self._waits.register(descriptor, select.POLLIN)

    def forever(self) -> None:
        """Until the parent goes: then the channel raises EOFError."""
        while True:
            now = self._monotonic()
            for one in self._in_turn():
                if one.pace.due <= now:
                    one.ask(now, self._monotonic)
            self._tell(now)
            self._hear()

    def _in_turn(self) -> list[AskedEar]:
        """Those that may be asked: of those that are in a burst one alone, or they would make each other slow."""
        bursts = [one for one in self._ears if one.pace.is_in_burst]
        return [one for one in self._ears if not one.pace.is_in_burst] + bursts[:1]

    def _tell(self, now: int) -> None:
        if not self._has_begun and all(one.pace.has_begun for one in self._ears):
            self._has_begun = True
            self._channel.send(Begun())
        if self._until is not None and (now >= self._until or all(one.pace.has_ended for one in self._ears)):
            self._until = None
            self._channel.send({one.name: one.told for one in self._ears})

    def _hear(self) -> None:
        """Wait until the next is to be asked, and take what comes meanwhile."""
        instants = [one.pace.due for one in self._in_turn()] + ([] if self._until is None else [self._until])
        wait_ms = max(0.0, (min(instants) - self._monotonic()) / 1e6) if instants else None
        ready = [descriptor for descriptor, _ in self._waits.poll(wait_ms)]
        # All are stamped before any is looked at, since that takes time.
        mouths = [self._whose[one] for one in ready if one in self._whose]
        came = [(one, *what) for one in mouths for what in one.come(self._monotonic, self._raw)]
        for one, data, back, raw_back in came:
            one.take(data, back, raw_back)
        if self._channel.fileno() in ready:
            self._do(self._channel.recv())

    def _do(self, order: Finish | HowItStands) -> None:
        if isinstance(order, Finish):
            now = self._monotonic()
            self._until = now + round(order.patience_s * 1e9)
            for one in self._ears:
                one.pace.finish(now)
        else:
            self._channel.send([(one.name, one.standing) for one in self._ears])
