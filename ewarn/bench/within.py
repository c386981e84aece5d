"""How many users can be told within a limit on this machine: measured by search, not extrapolated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ewarn.bench.own import OwnGateway
from ewarn.bench.results import clients_said
from ewarn.bench.runner import Contest, check_phones, play, prepare
from ewarn.bench.sample import Sample, add_up
from ewarn.drill.cabling import ENDS
from ewarn.drill.view import View
from ewarn.errors import InputError
from ewarn.swarm.kind import Kind
from ewarn.system.machine import Machine, check_fit
from ewarn.verdict.percentiles import finite
from ewarn.words import chained, say

PRECISION = 0.05
"""the search ends when what holds and what does not are so close"""
FIRST_GUESS_PER_S = 100_000
FEWEST = 1_000
MOST_TRIALS = 12


@dataclass(frozen=True)
class Trial:
    """One size, played several times."""

    users: int
    seconds: float
    """median, over the plays, of the time to the last reading, as it is told: to the millisecond"""

    doubts: tuple[str, ...] = ()
    """why it cannot be trusted, in words"""

    def within(self, limit_s: float) -> bool:
        """Whether everyone had read in time, and there is nothing to doubt."""
        return self.seconds <= limit_s and not self.doubts

    def __str__(self) -> str:
        """In words."""
        parts = [say("contest.read-after", f"{self.seconds:.3f}"), *self.doubts]
        return chained(parts, "contest.read-doubtful")


def next_size(trials: list[Trial], limit_s: float) -> int | None:
    """The size to try next, or None where the search is over. Pure.

    By the rate seen last: between the largest that holds and the smallest that does not, and a quarter of the way from
    either; before there are both, at least a quarter away from what was tried.
    """
    if not trials:
        return max(FEWEST, round(FIRST_GUESS_PER_S * limit_s))
    good = max((one.users for one in trials if one.within(limit_s)), default=0)
    bad = min((one.users for one in trials if not one.within(limit_s)), default=None)
    if len(trials) >= MOST_TRIALS or (bad is not None and bad - good <= max(FEWEST, PRECISION * bad)):
        return None
    last = trials[-1]
    guess = last.users * limit_s / last.seconds if np.isfinite(last.seconds) else last.users / 2
    if bad is None:
        return round(max(guess, 1.25 * good))
    if not good:
        smaller = round(min(guess, 0.75 * bad))
        return smaller if smaller >= FEWEST else None
    margin = (bad - good) / 4
    return round(min(max(guess, good + margin), bad - margin))


def searches(contest: Contest, limits: Sequence[float], machine: Machine, view: View) -> list[dict[str, Any]]:
    """For each limit, with each kind of clients. Raises InputError where these cannot be had."""
    check_phones(contest.phones)
    return [search(contest, limit_s, machine, view, kind) for limit_s in limits for kind in contest.phones]


def search(contest: Contest, limit_s: float, machine: Machine, view: View, phones: Kind = "sockets") -> dict[str, Any]:
    """The largest number of users found to hold, with every trial; its seconds are None where somebody was missed."""
    trials: list[Trial] = []
    while (users := next_size(trials, limit_s)) is not None:
        try:
            check_fit(users, machine, ENDS[phones])
        except InputError as error:
            if not trials:
                raise
            view.say(say("explain.end", error.problems[0]))
            break
        terms = replace(prepare(contest, users, machine, view), phones=phones)
        contender = OwnGateway(terms, contest.engines[0], contest.orders[0], contest.frames[0])
        samples, _ = play([contender], contest, view)
        trials.append(_trial(users, samples[0]))
        view.say(say("contest.trial", f"{users:,}", clients_said(phones), str(trials[-1]), str(contest.repeats)))
    held = [one for one in trials if one.within(limit_s)]
    most = max(held, key=lambda one: one.users) if held else None
    return {
        "within_s": limit_s,
        "clients": {"kind": phones},
        "users": most.users if most else 0,
        "engine": contest.engines[0],
        "order": contest.orders[0],
        "repeats": contest.repeats,
        "frames": contest.frames[0],
        "trials": [
            {"users": one.users, "seconds": finite(one.seconds, 3), "doubts": list(one.doubts)} for one in trials
        ],
    }


def _trial(users: int, samples: Sequence[Sample]) -> Trial:
    # Judged by what is told, or a reader of the file would come to another end.
    seconds = round(float(np.median([sample.seconds for sample in samples])), 3)
    return Trial(users, seconds, tuple(add_up([sample.clients for sample in samples]).doubts()))
