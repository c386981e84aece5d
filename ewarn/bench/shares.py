"""How many users the fullest host has, where each user's home is drawn by weighted rendezvous (`homes`); theory, pure.

Each user is a host's with the probability of the host's share of all weights, whatever the other users are. So the
users of a host are binomial; that is taken to be normal (de Moivre and Laplace). Of several hosts none has more than
so many with a probability of at least `chance`: each is left its part of the rest (Bonferroni's inequality).
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray


def left(weights: NDArray[np.float64], spare: int) -> NDArray[np.float64]:
    """Each host's share of all users at the worst, once `spare` others are gone; shape (hosts,), of fewer than all.

    Those that are gone are the heaviest others.
    """
    order = np.argsort(-weights, kind="stable")
    heaviest = weights[order[: spare + 1]]
    gone = np.full(len(weights), heaviest[:spare].sum())
    gone[order[:spare]] = heaviest.sum() - weights[order[:spare]]
    share: NDArray[np.float64] = np.minimum(1.0, weights / (weights.sum() - gone))
    return share


def fullest(users: int, share: NDArray[np.float64], hosts: float, chance: float) -> NDArray[np.float64]:
    """Users of each host that none of so many exceeds with a probability of `chance`; whole numbers, shape (hosts,)."""
    beyond = -NormalDist().inv_cdf((1.0 - chance) / hosts)
    found = users * share + beyond * np.sqrt(users * share * (1.0 - share))
    # Shares are rounded: 49 users on 49 hosts are one each.
    whole: NDArray[np.float64] = np.minimum(users, np.ceil(np.round(found, 6)))
    return whole
