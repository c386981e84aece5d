"""Inputs by hypothesis: of the same kinds, made of what they consist of, and as small as can be where one fails."""

import json
import time
from collections.abc import Callable, Iterator

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.campaign import fuzz_kinds
from tests.campaign.rows import Row
from tests.gateway.test_conversation import STREAMS
from tests.gateway.test_handshake import REQUESTS

PART = "fuzz"
BATCH = 40
"""examples between two looks at the clock"""
KEYS = st.sampled_from(
    [
        "type",
        "drill",
        "quake",
        "number",
        "status",
        "zone",
        "origin",
        "released",
        "play",
        "expires",
        "ahead_s",
        "places",
        "tier",
        "signature",
        "time",
        "latitude",
        "longitude",
        "depth_km",
        "magnitude",
        "magnitude_type",
        "text",
        "sent",
        "least_intensity",
        "order",
        "rate_per_s",
        "count",
        "force",
    ]
)
WORDS = st.sampled_from(
    [
        "report",
        "quick",
        "update",
        "final",
        "cancel",
        "reviewed",
        "Qingzang",
        "chat",
        "follow",
        "snapshot",
        "time",
        "shards",
        "strategy",
        "fifo",
        "Mw",
        "2026-01-01T00:00:00.000Z",
        "0001-01-01T00:00:00+23:59",
        "fuzz-1",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(KEYS, inside, max_size=8),
    max_leaves=20,
).map(lambda value: json.dumps(value).encode())
REPORT = json.loads(fuzz_kinds.reports(fuzz_kinds.NOW)[0])
CHANGED = st.builds(
    lambda change: json.dumps(REPORT | change).encode(), st.dictionaries(KEYS, JSON.map(json.loads), max_size=3)
)
SHAPES: dict[str, tuple[st.SearchStrategy[bytes], Callable[[bytes], None]]] = {
    "streams of frames": (STREAMS, fuzz_kinds.conversation),
    "requests": (REQUESTS, fuzz_kinds.handshake),
    "messages": (JSON | st.binary(max_size=40), lambda data: fuzz_kinds.conversation(fuzz_kinds.frame(data))),
    "reports": (CHANGED | JSON, fuzz_kinds.control),
}


def by_hypothesis(examples: int, seconds: float, number: int) -> Iterator[Row]:
    """A row a shape: so many examples, or as many as there is time for. `number` is the seed."""
    for name, (shape, feed) in SHAPES.items():
        began, tried, fault = time.monotonic(), 0, ""
        while not fault and tried < examples // len(SHAPES) and time.monotonic() - began < seconds / len(SHAPES):
            fault = _fault(shape, feed, number + tried)
            tried += BATCH
        rate = tried / (time.monotonic() - began)
        seen = f"{tried:,} inputs{fault}"
        yield Row(PART, f"hypothesis: {name}", "a clear sentence or none", seen, not fault, rate, "inputs/s")


def _fault(shape: st.SearchStrategy[bytes], feed: Callable[[bytes], None], number: int) -> str:
    """What comes of a batch, with the smallest input that it comes of; empty where nothing does."""

    @seed(number)
    @settings(
        max_examples=BATCH,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(data=shape)
    def batch(data: bytes) -> None:
        feed(data)

    try:
        batch()
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is the find
        return f", seed {number}: {type(error).__name__}: {error} {' '.join(getattr(error, '__notes__', []))}"
    return ""
