"""Conformance: RFC 6455 by raw sockets against a real gateway, each case whole, in single bytes, and cut everywhere.

`rows` gives one row a section and way of sending, one a deviation that is known, and one a case that failed.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from tests.campaign import conformance_notation as notation
from tests.campaign.conformance_cases import Case, cases
from tests.campaign.conformance_paths import both_paths
from tests.campaign.conformance_requests import misses, request
from tests.campaign.conformance_suite import SHORT as SUITE
from tests.campaign.conformance_suite import suite
from tests.campaign.rows import Row
from tests.conftest import gateways

PART = "conformance"
WAYS = {"whole": "in one piece", "bytes": "in single bytes", "cuts": "in two pieces, cut at every place"}
SHORT = ("whole", "bytes")
AT_ONCE = 50
"""connections at the same time: of more than 64 that it ends, a gateway ends some without a last word (`leaving`)"""
LONGEST_S = 300.0
"""for all of it"""
PATIENCE_S = 10.0
"""for an answer that is due"""
QUIET_S = 0.3
"""without an answer: none is coming"""
BETWEEN_S = 0.002
"""between two pieces, so that they are read apart; the answer is the same where they are not"""
LONGEST_BYTES = 100
"""of what is sent in single bytes or cut everywhere; of a longer one its first and last so many"""
PROBE, PROBED = notation.sent("ping 'still there?'")[0], b"\x8a\x0cstill there?"
HEAD_END, BETWEEN_WORDS = b"\r\n\r\n", b"\r\n: ?&"


@dataclass(frozen=True)
class Result:
    """What came of a case that was sent in one way."""

    case: Case
    way: str
    seen: str
    """empty where it is what must come, `instead` where it is the known deviation"""

    @property
    def passed(self) -> bool:
        """Whether it is as demanded, or deviates as is known."""
        return not self.seen or self.deviates

    @property
    def deviates(self) -> bool:
        """Whether it is the known deviation."""
        return bool(self.case.reason) and self.seen.startswith(self.case.instead) and bool(self.seen)


class Talk:
    """A client's connection, which is read all the while."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._news = asyncio.Event()
        self.heard = b""
        self.ended = False
        self._reading = asyncio.create_task(self._read())

    async def send(self, pieces: Iterable[bytes], *, ends: bool = False) -> None:
        """Send pieces apart; not to a gateway that has ended its side."""
        with suppress(ConnectionError):
            for index, piece in enumerate(pieces):
                if index:
                    await asyncio.sleep(BETWEEN_S)
                if self.ended:
                    return
                self._writer.write(piece)
                await self._writer.drain()
            if ends:
                self._writer.write_eof()

    async def hear(self, enough: Callable[[bytes], bool], patience_s: float = PATIENCE_S) -> None:
        """Wait until what was heard is enough, or the gateway ends its side, at most `patience_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while not self.ended and not enough(self.heard):
                    self._news.clear()
                    await self._news.wait()

    async def close(self) -> None:
        """Hang up."""
        self._reading.cancel()
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        with suppress(ConnectionError):
            while data := await self._reader.read(1 << 16):
                self.heard += data
                self._news.set()
        self.ended = True
        self._news.set()


async def tried(case: Case, host: str, way: str, pieces: list[bytes]) -> Result:
    """A case, on a connection of its own."""
    run = _shake_hands if case.kind == "handshake" else _converse
    return Result(case, way, await run(case, host, pieces))


def cut(data: bytes, way: str) -> Iterator[list[bytes]]:
    """The pieces of each connection on which it is sent in that way."""
    places = list(range(1, len(data)))
    if len(data) > 2 * LONGEST_BYTES:
        places = [*range(1, LONGEST_BYTES), *range(len(data) - LONGEST_BYTES, len(data))]
    if way == "cuts" and data.isascii() and HEAD_END in data:  # within words a request is cut in this process alone
        places = [place for place in places if set(data[place - 1 : place + 1]) & set(BETWEEN_WORDS)]
    if way == "whole":
        yield [data]
    elif way == "bytes":
        edges = [0, *places, len(data)]
        yield [data[start:end] for start, end in pairwise(edges)]
    else:
        yield from ([data[:place], data[place:]] for place in places)


async def _shake_hands(case: Case, host: str, pieces: list[bytes]) -> str:
    sent, ends = request(case.sent, host)
    talk = await _connected(host)
    await talk.send(pieces, ends=ends)
    await talk.hear(_is_welcome, QUIET_S if case.expected == "waits" else PATIENCE_S)
    await talk.close()
    if case.expected in ("waits", "end"):
        seen = "end" if talk.ended else "waits"
        return "" if not talk.heard and seen == case.expected else f"{talk.heard[:80].decode('latin-1')} {seen}"
    stays = case.expected.startswith("101")
    return misses(talk.heard, case.expected, sent) or ("" if stays or talk.ended else "the connection goes on")


def _is_welcome(heard: bytes) -> bool:
    return heard.startswith(b"HTTP/1.1 101 ") and HEAD_END in heard


async def _converse(case: Case, host: str, pieces: list[bytes]) -> str:
    wanted = notation.expected(case.expected)
    talk = await _connected(host)
    await talk.send([request("", host)[0]])
    await talk.hear(lambda heard: HEAD_END in heard)
    begun = talk.heard.find(HEAD_END) + len(HEAD_END)
    await talk.send(pieces, ends=notation.sent(case.sent)[1])
    ending = wanted[-1].what
    if ending == "open":
        await talk.send([PROBE])
    await talk.hear(lambda heard: heard.endswith(PROBED), QUIET_S if ending == "waits" else PATIENCE_S)
    await talk.close()
    seen = _frames(talk.heard[begun:], ended=talk.ended)
    return "" if notation.fits(seen, wanted) else notation.written(seen)


def _frames(heard: bytes, *, ended: bool) -> list[notation.Said]:
    """All frames that came, and how it ended."""
    goes_on = heard.endswith(PROBED)
    try:
        frames, begun = notation.received(heard.removesuffix(PROBED))
    except ValueError as error:
        return [notation.Said(str(error))]
    over = "open" if goes_on else "end" if ended else "waits"
    return [*frames, *([notation.Said(f"part of a frame {begun!r}")] if begun else []), notation.Said(over)]


async def _connected(host: str) -> Talk:
    name, _, port = host.rpartition(":")
    return Talk(*await asyncio.open_connection(name, int(port)))


async def all_of(host: str, ways: Iterable[str]) -> list[Result]:
    """All cases in these ways, many at a time; a busy machine leaves the last cuts out, rows have the number."""
    todo = ((case, way, pieces) for way in ways for case in cases() for pieces in cut(_sent(case, host), way))
    results: list[Result] = []
    until = time.monotonic() + LONGEST_S

    async def work() -> None:
        for case, way, pieces in todo:
            if way == "cuts" and time.monotonic() > until:
                return
            results.append(await tried(case, host, way, pieces))

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return results


def _sent(case: Case, host: str) -> bytes:
    return (request(case.sent, host) if case.kind == "handshake" else notation.sent(case.sent))[0]


def rows(results: list[Result], took_s: float) -> list[Row]:
    """One a section and way, one a known deviation, one a case that failed."""
    made, by_section = [], defaultdict(list)
    for result in results:
        by_section[result.way, result.case.section].append(result)
    for (way, section), found in by_section.items():
        passed = sum(result.passed for result in found)
        told = f"RFC 6455 section {section}, {WAYS[way]}"
        made.append(
            Row(PART, told, f"{len(found)} as stated", f"{passed}", passed == len(found), passed, "connections")
        )
    made += [
        Row(PART, f"deviation: {case}", case.expected, f"{case.instead}: {case.reason}", True)
        for case in dict.fromkeys(result.case for result in results if result.deviates)
    ]
    made += [
        Row(PART, f"{case}, {WAYS[way]}: {case.sent}", case.expected, seen, False)
        for case, way, seen in dict.fromkeys((one.case, one.way, one.seen) for one in results if not one.passed)
    ]
    cases_ = len({result.case for result in results})
    made.append(Row(PART, f"{cases_} cases of RFC 6455", "all run", f"{len(results)} connections", True, took_s, "s"))
    return made


def conformance(*, short: bool = False) -> list[Row]:
    """All of it: by sockets, by both paths in this process, and by the suite that others wrote."""
    with gateways() as start:
        began = time.monotonic()
        results = asyncio.run(all_of(start(shards=1).started.listen, SHORT if short else WAYS))
        made = rows(results, time.monotonic() - began)
    return [*made, *both_paths(), *suite(SUITE if short else ())]
