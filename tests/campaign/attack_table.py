"""The attacks, as data: what crowds of strangers do to a gateway, and what honest newcomers are to see of it."""

import json
from dataclasses import dataclass

from ewarn.wire.chat import filled
from ewarn.wire.framing import PING, TEXT
from ewarn.wire.reports import REPORTS_PATH
from ewarn.wire.service_time import ask
from tests.campaign.clients import CONTINUATION, asking, fetching, following, frame, unfinished
from tests.campaign.strangers import Habit

BUSY = "busy: two processes burn the cores"
"""the line that latencies are compared with: no attack, and no idle machine"""
BLOCK = 50
"""messages in one `send` of a flood"""


@dataclass(frozen=True)
class Attack:
    """What is done to a gateway, and what honest newcomers are to see of it."""

    name: str
    habits: tuple[Habit, ...] = ()
    quakes: int = 0
    """in force"""
    capacity: int = 8000
    newcomers: str = "in"
    """`in`: everyone is let in; `answered`: everyone is, or is told that there is no room"""
    burns: bool = False


def _flood(clients: int, message: bytes, places: int = 10, block: int = BLOCK) -> Habit:
    return Habit(clients, asking(following("stranger", places)), message * block)


def _asked(path: str, clients: int = 50) -> Habit:
    return Habit(clients, fetching(path))


def _snapshot_path(places: int = 10) -> str:
    return following("stranger", places).replace("/v1/alerts", "/v1/snapshot")


FOLLOW = json.dumps({"type": "follow", "places": [[30 + one / 10, 103.0] for one in range(10)]}).encode()
SNAPSHOT = frame(TEXT, b'{"type":"snapshot"}')
HALF = asking(following("stranger"))[:60]
WRONG = asking(REPORTS_PATH, "Authorization: Bearer a-guess-at-the-secret")
IN_SHORT = (
    Attack("quiet"),
    Attack(BUSY, burns=True),
    Attack("snapshot flood, 20 clients", (_flood(20, SNAPSHOT),), quakes=20),
    Attack("snapshot flood by HTTP", (_asked(_snapshot_path()),), quakes=20),
    Attack("chat flood", (_flood(50, frame(TEXT, filled(2000))),)),
    Attack(
        "fragments without end",
        (Habit(10, asking(following("stranger")) + unfinished(TEXT, b"{"), unfinished(CONTINUATION) * 1000),),
    ),
    Attack("slowloris: a byte a second", (Habit(1000, HALF, b"x", every_s=1.0),), capacity=300),
    Attack("silence, 1,000 sockets, a gateway of 300", (Habit(1000),), capacity=300),
    Attack("connect and reset", (Habit(200, leaves="reset"),)),
    Attack("never read, 10 places", (Habit(1000, asking(following("stranger", 10)), reads=False, buffer=2048),)),
    Attack(
        "more clients than capacity", (Habit(600, asking(following("stranger"))),), capacity=300, newcomers="answered"
    ),
)
"""those of the bounded part"""
ATTACKS = (
    *IN_SHORT,
    Attack("follow flood", (_flood(50, frame(TEXT, FOLLOW)),), quakes=20),
    Attack("ping flood", (_flood(50, frame(PING, b"x" * 125)),)),
    Attack("time-question flood", (_flood(50, frame(TEXT, ask(1))),)),
    Attack("wrong secrets without end", (Habit(50, WRONG, control=True),)),
    Attack("/metrics flood", (_asked("/metrics"),)),
    Attack("snapshot flood, 200 clients", (_flood(200, SNAPSHOT),), quakes=20),
    Attack("messages that are none", (_flood(50, frame(TEXT, b"{")),)),
    Attack(
        "one long message in fragments",
        (Habit(10, asking(following("stranger")) + unfinished(TEXT, b"{"), unfinished(CONTINUATION, b"x") * 1000),),
    ),
    Attack("silence from the bystanders' address", (Habit(1000, source="127.0.0.1"),), capacity=300),
    Attack("silence, 4,000 sockets", (Habit(4000),)),
    Attack("a handshake, then a reset", (Habit(200, asking(following("stranger", 10)), leaves="reset"),), quakes=20),
    Attack("half a handshake, then gone", (Habit(200, HALF, leaves="close"),)),
    Attack("half a handshake, and silence", (Habit(1000, HALF),), capacity=300),
    Attack(
        "never read, snapshots asked for",
        (Habit(200, asking(following("stranger", 10)), SNAPSHOT * BLOCK, reads=False, buffer=2048),),
        quakes=20,
    ),
    Attack("silence at the control address", (Habit(400, control=True),)),
    Attack("huge query strings", (Habit(50, asking(following("x" * 7000))),)),
    Attack("requests longer than allowed", (Habit(50, asking(following("x" * 100_000))),)),
    Attack("/healthz flood", (_asked("/healthz"),)),
    Attack("/v1/quakes flood", (_asked("/v1/quakes"),), quakes=20),
)
