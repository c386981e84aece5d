"""What a centre makes of time in which it hears nobody."""

import random
import ssl
import time

from ewarn.bus import delivery, subjects
from ewarn.bus.addresses import Identity, LineAddress
from ewarn.bus.delivery import Delivery
from ewarn.bus.roles import role
from ewarn.wire.bus import Standing, encode


def test_no_host_falls_silent_while_no_line_answers(monkeypatch):
    now = time.monotonic()
    monkeypatch.setattr(delivery.time, "monotonic", lambda: now)
    identity = Identity(role("centre"), "", ssl.create_default_context())
    centre = Delivery([LineAddress(0, "127.0.0.1", 4222, tls=False)], identity, rng=random.Random(1))
    (line,) = [one.line for one in centre.routes]
    line.up, line.since = True, now
    centre._hear_standing(subjects.standing("g1"), encode(Standing("g1", "ws://g1:8600", 10, 0, "up")))

    def after(seconds, *, answers):
        nonlocal now
        for _ in range(4 * seconds):
            now += 0.25
            line.since = now if answers else line.since
            centre._hearing()
        return centre.hosts.there(centre._hearing())

    assert after(2, answers=True) == {"g1"}
    assert after(60, answers=False) == {"g1"}, "nobody was heard"
    assert after(3, answers=True) == set(), "others were"
