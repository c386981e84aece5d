"""Frames for a phone, made and signed as a centre and a gateway do, at whatever time a test wants."""

import time

import numpy as np

from ewarn.audience.followed import Followed
from ewarn.dispatch.gates import NO_GATES, TIERS
from ewarn.dispatch.orders import ORDERS
from ewarn.dispatch.plan import Followers, plan
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.origin import Origin, Report
from ewarn.wire.framing import next_frame
from ewarn.wire.matrix import FrameBuilder
from ewarn.wire.snapshots import snapshot
from tests.conftest import CENTRE

EARTH = Earth(EarthModel())
KANGDING, CHENGDU = (30.05, 101.96), (30.66, 104.06)


def made(number=1, status="update", *, ago_s=0.0, quake="luding-2022", play=None, magnitude=6.8, **more):
    """A report that was released so long ago, six seconds after its quake began south of Kangding."""
    released = more.pop("released", time.time() - ago_s)
    origin = Origin(released - 6, more.pop("latitude", 29.0), 102.0, more.pop("depth_km", 16.0), magnitude)
    play = round(1e9 * (released - 7)) if play is None else play
    return Report(quake, number, status, origin, "Qingzang", released, play, **more)


def text(report, places=(KANGDING,), signer=CENTRE):
    """What a phone that follows these places is sent of a report."""
    report = signer.seal(report) if signer else report
    (frames,) = FrameBuilder(TIERS).build(_planned(report, places), np.arange(1))
    data = frames.bytes.tobytes()
    found = next_frame(data)
    return data[found.start : found.end].decode()


def seen(report, places=(KANGDING,), at=None):
    """What a snapshot says of it."""
    return snapshot(time.time() if at is None else at, len(places), [_planned(report, places)])


def _planned(report, places):
    at = np.array(places)
    followed = Followed(np.array([len(at)]), at[:, 0], at[:, 1])
    return plan(report, Followers.of(followed), NO_GATES, EARTH, ORDERS["fifo"], np.random.default_rng(0))
