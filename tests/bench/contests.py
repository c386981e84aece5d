"""A small contest, for tests."""

import numpy as np

from ewarn.bench.runner import Contest, Crowd

QUAKE = "luding-2022"


class Silent:
    def say(self, line):
        pass

    def progress(self, doing, done, total):
        assert 0 <= done <= total, doing


def contest(engines, **changes):
    crowd = {"stuck": 0.0, "chat": 0.0, "mix": False, "seed": 1, "connects_per_s": 20_000.0}
    crowd |= {name: changes.pop(name) for name in crowd if name in changes}
    settings = {"orders": ["deadline"], "users": [300], "frames": ["own", "shared"], "repeats": 2, "quake": QUAKE}
    settings |= {"settle_s": 0.0} | changes  # that costs are exact is nobody's claim here
    return Contest(engines=engines, crowd=Crowd(**crowd), **settings)


def rounds_of(floor, portions):
    """Two rounds of a floor of at least 301 clients, which connect in so many portions: all are reached."""
    floor.start(portions)
    for _ in range(portions):
        floor.connect()
    floor.rehearse()
    for _ in range(2):
        sample = floor.play()
        assert sample.users == sample.delivered == floor.users >= 301
        assert 0 < sample.seconds < 60
        assert sample.send_us > 0
        assert np.isnan(sample.p99_ms)
        yield sample
