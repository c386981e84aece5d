"""One run of the bench: all contenders of a size connected at once, connecting and playing in turn."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ewarn.audience.followed import Followed
from ewarn.audience.mix import ONE_EACH, REALISTIC, Mix
from ewarn.audience.places import sichuan
from ewarn.audience.users import sample
from ewarn.bench import floor
from ewarn.bench.contender import Contender, Terms, as_played
from ewarn.bench.floor import Floor
from ewarn.bench.floor_packets import PacketFloor
from ewarn.bench.library import LIBRARIES
from ewarn.bench.own import Chatty, Null, OwnGateway, Stuck
from ewarn.bench.rival import Rival
from ewarn.bench.sample import Footprint, Sample, summarise, turns
from ewarn.centre.centre import Centre
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import CentreSettings
from ewarn.dispatch.gates import NO_GATES, TIERS
from ewarn.dispatch.orders import fifo
from ewarn.dispatch.plan import Followers, plan
from ewarn.drill.cabling import ENDS
from ewarn.drill.view import View
from ewarn.errors import InputError, not_one_of
from ewarn.gateway.engines import AUTO, ENGINES, choose
from ewarn.packets.cables import why_not
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.origin import Report
from ewarn.swarm.kind import Kind
from ewarn.system.clock import WallClock
from ewarn.system.machine import BOTH_ENDS, Machine, check_fit
from ewarn.wire.matrix import FrameBuilder
from ewarn.wire.signing import Signer
from ewarn.words import say

NAMES = (*ENGINES, *LIBRARIES, "floor", "null")
FLOOR_ORDERS = ("connected", "shuffled")
PORTIONS = 8
"""Of a contender among others. The kernel puts a new socket at the head of its chain, so whoever connected first would
be looked up past everybody's sockets; by turns, of which an even number goes back and forth, all lie equally deep."""
SETTLE_S = 0.3
"""between plays, unless told otherwise: delayed acknowledgements of the last one are still to come for some 40 ms"""


@dataclass(frozen=True)
class Crowd:
    """Who the clients are, and what they do besides reading."""

    stuck: float
    """share of clients besides that never read, in rows of their own"""
    chat: float
    """share of clients that chat, in rows of their own"""
    mix: bool
    """users follow from none to ten places, instead of one each"""
    seed: int
    connects_per_s: float


@dataclass(frozen=True)
class Contest:
    """What to hold side by side."""

    engines: Sequence[str]
    """of `NAMES`"""
    orders: Sequence[str]
    users: Sequence[int]
    frames: Sequence[str]
    repeats: int
    quake: str
    crowd: Crowd
    phones: Sequence[Kind] = ("sockets",)
    """kinds of clients, each with contenders of its own"""
    settle_s: float = SETTLE_S
    """rest before each play, so that what it costs is its own"""


def available(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which of `names` can run here, and in words why the others cannot. Raises InputError for one unknown."""
    can, why = [], []
    for name in names:
        if name not in NAMES:
            raise not_one_of("--engines", name, NAMES)
        problem = _problem(name)
        if problem:
            why.append(f"{name}: {problem}")
        else:
            can.append(name)
    return can, why


def _problem(name: str) -> str | None:
    if name in ENGINES:
        try:
            choose(name)
        except InputError as error:
            return str(error)
    if name == "picows":
        try:
            import picows  # noqa: F401
        except ImportError:
            return say("fit.not-installed", say("fit.add", "bench"))
    return floor.problem() if name == "floor" else None


def run(contest: Contest, machine: Machine, view: View) -> list[dict[str, Any]]:
    """Play everything, and return a row a contender, size and kind of frames.

    Raises InputError, before anything starts, where clients of a kind are not to be had, or what is connected at once
    does not fit this machine.
    """
    check_phones(contest.phones)
    for users in contest.users:
        for phones in contest.phones:
            check_fit(users, machine, ENDS[phones])
    rounds = [
        (users, frames, contenders(contest, prepare(contest, users, machine, view), frames))
        for users in contest.users
        for frames in contest.frames
    ]
    for *_, together in rounds:
        check_fit(round(sum(map(_as_sockets, together))), machine)
    return [row for asked, frames, together in rounds for row in _round(together, contest, asked, frames, view)]


def _as_sockets(one: Contender) -> float:
    """How many clients with both ends here take what a contender's do."""
    # A library's connection takes some 20 KiB more than a parked one.
    more = 2 if one.kind == "library" else 0
    return one.users * (ENDS[one.phones].memory_bytes / BOTH_ENDS.memory_bytes + more)


def prepare(contest: Contest, users: int, machine: Machine, view: View) -> Terms:
    """Users, and the first report of the quake. Raises InputError where none of them follows a place."""
    quake = find_quake(contest.quake)
    report = Centre(CentreSettings(seed=contest.crowd.seed)).solutions(quake)[0].report
    mix = Mix(follow=REALISTIC.follow) if contest.crowd.mix else ONE_EACH
    audience = sample(sichuan(), users, np.random.default_rng(contest.crowd.seed), mix=mix)
    if not audience.followed.count.any():
        raise InputError(f"--users: none of the {users:,} users drawn with --mix follows a place")
    signer = Signer.new()
    length = _frame_bytes(as_played(report, WallClock().time(), signer), audience.followed)
    return Terms(audience, report, length, machine, contest.crowd.seed, contest.crowd.connects_per_s, view, signer)


def _frame_bytes(report: Report, followed: Followed) -> int:
    """Mean over all who are told; a frame's length goes by how many places it speaks of."""
    told = np.bincount(followed.count)
    told[0] = 0
    counts = np.flatnonzero(told)
    some = Followed(counts, np.zeros(int(counts.sum())), np.zeros(int(counts.sum())))
    decided = plan(report, Followers.of(some), NO_GATES, Earth(EarthModel()), fifo, np.random.default_rng())
    (frames,) = FrameBuilder(TIERS).build(decided, np.arange(len(some)))
    return round(float(np.average(frames.lengths, weights=told[counts])))


def play(together: Sequence[Contender], contest: Contest, view: View) -> tuple[list[list[Sample]], list[Footprint]]:
    """Let all connect, and then play, in turn; samples and footprint by contender."""
    samples: list[list[Sample]] = [[] for _ in together]
    clock, footprints = WallClock(), []
    portions = PORTIONS if len(together) > 1 else 1
    with ExitStack() as stack:
        # All of them before any memory is looked at: what processes share is divided among them.
        for done, contender in enumerate(together):
            view.progress(say("doing.starting-processes"), done, len(together))
            stack.callback(contender.close)
            contender.start(portions)
        for index in turns(len(together), portions):
            together[index].connect()
        for contender in together:
            clock.sleep(contest.settle_s)
            footprints.append(contender.rehearse())
        order, doing = turns(len(together), contest.repeats), say("doing.playing")
        for done, index in enumerate(order):
            view.progress(doing, done, len(order))
            clock.sleep(contest.settle_s)
            samples[index].append(together[index].play())
        view.progress(doing, len(order), len(order))
    return samples, footprints


def check_phones(kinds: Sequence[Kind]) -> None:
    """Raise InputError where clients of one of these kinds cannot be had here."""
    if "packets" in kinds and (why := why_not()):
        raise InputError(f"--phones: packets are not possible: {why}")


def contenders(contest: Contest, terms: Terms, frames: str) -> list[Contender]:
    """Those that can send such frames, not connected yet: for each kind of clients all of them.

    `broadcast()` only sends the same to all, and the floor a frame to each.
    """
    return [one for kind in contest.phones for one in _contenders(contest, replace(terms, phones=kind), frames)]


def _contenders(contest: Contest, terms: Terms, frames: str) -> list[Contender]:
    found: list[Contender] = []
    for name in contest.engines:
        if name in ENGINES:
            found += [OwnGateway(terms, name, order, frames) for order in contest.orders]
            if contest.crowd.stuck:
                found += [Stuck(terms, name, order, frames, contest.crowd.stuck) for order in contest.orders]
            if contest.crowd.chat:
                found += [Chatty(terms, name, order, frames, contest.crowd.chat) for order in contest.orders]
        elif name in LIBRARIES and (name != "broadcast" or frames == "shared"):
            found += [Rival(terms, name, order, frames) for order in contest.orders]
        elif name == "floor" and frames != "apart":
            told = int((terms.audience.followed.count > 0).sum())
            kind = Floor if terms.phones == "sockets" else PacketFloor
            found += [kind(order, told, terms.frame_bytes, terms.machine) for order in FLOOR_ORDERS]
        elif name == "null":
            found.append(Null(terms, choose(AUTO)[0], contest.orders[0], frames))
    return found


def _round(together: list[Contender], contest: Contest, asked: int, frames: str, view: View) -> list[dict[str, Any]]:
    if not together:
        return []
    samples, footprints = play(together, contest, view)
    return [
        {
            "name": one.name,
            "kind": one.kind,
            "engine": one.engine,
            "order": one.order,
            "frames": frames,
            "settings": one.settings,
            "asked": asked,
            **summarise(plays, footprint),
        }
        for one, plays, footprint in zip(together, samples, footprints, strict=True)
    ]
