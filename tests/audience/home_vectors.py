"""Print homes.csv: `python tests/audience/home_vectors.py > tests/audience/homes.csv`. Plain Python, none of ewarn.

Weighted rendezvous hashing as docs/reference/wire.md describes it, written down once more, user by user.
"""

import hashlib
import math
from fractions import Fraction

USERS = ["u0", "u1", "u2", "u3", "u77", "u499999", "me", "x", "用户", "a@b.example", "e" * 64, "0"]
FLEETS = [
    {"g1": 1},
    {"g1": 1, "g2": 1, "g3": 1},
    {"g1": 19488, "g2": 19488, "g3": 9744},
    {"chengdu-1": 50000, "chengdu-2": 50000, "mianyang": 25000, "yibin": 12500, "leshan": 1},
]


def number(host: str, user: str) -> int:
    """The first 8 bytes, big-endian."""
    return int.from_bytes(hashlib.sha256((host + "\n" + user).encode("utf-8")).digest()[:8], "big")


def score(host: str, user: str, weight: float) -> float:
    """Weight over the distance; the draw is exact until its logarithm is taken."""
    return weight / -math.log(Fraction(2 * number(host, user) + 1, 2**65))


def ranked(user: str, fleet: dict[str, int]) -> list[str]:
    """Home first."""
    return sorted(sorted(fleet), key=lambda host: -score(host, user, fleet[host]))


if __name__ == "__main__":
    print("# Homes of users by docs/reference/wire.md, in plain Python (tests/audience/home_vectors.py).")
    print(
        "# hosts: NAME=WEIGHT; ranking: home first; first_8_bytes, score: of the home. Scores hold to 1 part in 10^12."
    )
    print("user,hosts,ranking,first_8_bytes,score")
    for fleet in FLEETS:
        hosts = " ".join(f"{name}={weight}" for name, weight in sorted(fleet.items()))
        for user in USERS:
            order = ranked(user, fleet)
            home = order[0]
            print(f"{user},{hosts},{' '.join(order)},{number(home, user):016x},{score(home, user, fleet[home]):.15g}")
