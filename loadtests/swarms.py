"""The swarm processes of one Locust process, a local runner or a worker: one a Locust user."""

from collections.abc import Callable
from typing import Any

from gevent.event import Event

from loadtests.account import Word, word
from loadtests.children import CHECK_FAILED, UNTRUSTED, Talk

SEEDS = 1000
"""of one worker's processes; the next one's come after them"""


class Swarms:
    """Runs them as the conductor's messages say, and hands on what each says by `deliver`."""

    def __init__(self, deliver: Callable[[Word], None]) -> None:
        self._deliver = deliver
        self._play: dict[str, Any] = {}
        """the conductor's first message; empty while there is nothing to attend"""
        self._orders: dict[str, Any] = {}
        """its newest one; empty before that"""
        self._over = Event()
        self._running: dict[int, Talk] = {}
        self._begun = 0
        self._there: dict[int, int] = {}

    @property
    def there(self) -> int:
        """Clients connected now."""
        return sum(self._there.values())

    def begin(self, play: dict[str, Any]) -> None:
        """A test begins: this is where its gateway is, and what to do there."""
        self._play, self._orders, self._begun = play, {}, 0
        self._there.clear()

    def obey(self, orders: dict[str, Any]) -> None:
        """Hand on what is to be known and done now; see `phones.Orders`."""
        self._orders = orders
        for process in self._running.values():
            process.tell(orders)

    def give_up(self) -> None:
        """End all at once; the test is over, before its end or at it."""
        self._play = {}
        self._there.clear()
        for process in self._running.values():
            process.end()

    def attend(self, index: int) -> None:
        """Be one swarm process's Locust user, from its start to its last word; `index` is this worker's."""
        play = self._play
        if not play:
            return
        self._begun += 1
        number = self._begun
        job = play["job"] | {"process": number, "seed": 1 + SEEDS * index + number}
        talk = self._running[number] = Talk("loadtests.phones", job)
        if self._orders:
            talk.tell(self._orders)
        try:
            last = self._follow(talk, play, number)
            if play is self._play:
                self._deliver(last)
        finally:
            self._running.pop(number, None)
            self._there.pop(number, None)
            talk.end()

    def _follow(self, talk: Talk, play: dict[str, Any], number: int) -> Word:
        """Hand on its words, and return the last one: its own, or why there is none."""
        last = word(play["job"]["play"], number)
        said: Word
        for said in talk.lines():
            last = said
            if said["ended"]:
                return last
            if play is self._play:
                self._there[number] = said["there"]
                self._deliver(said)
        complaint = talk.complaint()
        sent_home = self._orders.get("home", False)
        code = talk.process.returncode
        when = "" if sent_home else "before it was sent home "
        problem = f"a swarm process ended {when}with exit code {code}: {complaint}"
        last = last.copy()  # whoever has it keeps it as it was
        last["there"], last["ended"], last["problem"] = 0, True, problem
        last["code"] = CHECK_FAILED if code == CHECK_FAILED else UNTRUSTED
        return last
