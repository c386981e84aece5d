"""A small contest, for tests."""

import numpy as np
import pytest
from msgspec import convert

from ewarn.bench.budget import Budgets
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


def check_adds_up(row):
    """That the parts of a row's budget are all cores until the last reading, and no part of a side is below nought."""
    found, users = convert(row["budget"], Budgets), row["users"]
    rounded = 0.000_1 * found.cores / users * 1e6 + 0.01
    assert found.middle.whole == pytest.approx(found.cores * row["seconds"]["median"] / users * 1e6, abs=rounded)
    for part, figure in found.parts.items():
        if figure:
            assert figure.least <= figure.median <= figure.most
            # A side that goes on after the last reading, acknowledging it, may have had more than there was until then.
            assert figure.least >= -0.01 or part in ("others", "idle"), part
    return found
