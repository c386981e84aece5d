"""The bytes of the conformance cases in this process: the fast path beside the slow one, and every way to cut them."""

import time

from ewarn.gateway.clients.conversation import Act, Conversations, End, Speaker, at_once
from tests.campaign import conformance_notation as notation
from tests.campaign.conformance_cases import cases
from tests.campaign.conformance_requests import request
from tests.campaign.rows import Row
from tests.gateway.test_handshake import answer, summary

MOST, NOW = 4096, 1767225606.4
LONGEST_BYTES, SHORT_BYTES = 512, 6
"""of what is cut at every place"""


def both_paths(longest_bytes: int = LONGEST_BYTES) -> list[Row]:
    """A row for the two paths, and one each for cuts of frames and of requests; what fails is named."""
    began = time.monotonic()
    sent = {str(case): notation.sent(case.sent)[0] for case in cases() if case.kind == "frames"}
    frames = {name: data for name, data in sent.items() if at_once(data, MOST, NOW) is not None}
    apart = [name for name, data in frames.items() if at_once(data, MOST, NOW) != _acts(Speaker(MOST), [data])]
    short = {name: data for name, data in sent.items() if len(data) <= max(longest_bytes, 24)}
    cuts = [(name, data, place) for name, data in short.items() for place in range(1, len(data))]
    changed = [name for name, data, place in cuts if heard([data[:place], data[place:]]) != heard([data])]
    changed += [name for name, data in short.items() if heard([bytes([one]) for one in data]) != heard([data])]
    took_s = time.monotonic() - began
    return [
        _requests(longest_bytes),
        _row("the fast path says what the slow one says", apart, len(frames), "cases", took_s),
        _row("the answer is the same however bytes are cut", changed, len(cuts) + len(short), "cuts", took_s),
    ]


def _requests(longest_bytes: int) -> Row:
    """Requests, cut at every place of their first and last bytes."""
    began, changed, tried = time.monotonic(), [], 0
    for case in cases():
        if case.kind == "handshake":
            data, _ = request(case.sent, "127.0.0.1:80")
            whole, edge = summary(answer(data)), min(len(data), longest_bytes)
            for place in {*range(1, edge), *range(len(data) - edge + 1, len(data))}:
                tried += 1
                if summary(answer(data, [place])) != whole:
                    changed.append(str(case))
    return _row("the answer is the same however a request is cut", changed, tried, "cuts", time.monotonic() - began)


def heard(pieces: list[bytes]) -> list[Act]:
    """What a shard does about bytes that come in pieces."""
    conversations = Conversations(MOST)
    acts: list[Act] = []
    for piece in pieces:
        if not (acts and isinstance(acts[-1], End)):
            acts += conversations.hear(5, piece, NOW)
    return acts


def _acts(speaker: Speaker, pieces: list[bytes]) -> list[Act]:
    return [act for piece in pieces for act in speaker.hear(piece, NOW)]


def _row(name: str, failed: list[str], tried: int, of: str, took_s: float) -> Row:
    seen = f"{tried:,} {of} alike" if not failed else f"{len(failed)} are not: {', '.join(dict.fromkeys(failed))}"
    return Row("conformance", name, f"{tried:,} {of} alike", seen, not failed, took_s, "s")
