"""Inputs made from a corpus: each is fixed by its kind, a seed and its number, so that any can be made again. Pure."""

import re
from collections.abc import Callable, Sequence
from random import Random

NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
NUMBERS = [
    b"0", b"-0", b"-1", b"1e999", b"-1e999", b"NaN", b"Infinity", b"nan", b"inf", b"1e-400", b"0.0", b"91", b"181",
    b"65535", b"65536", b"2147483648", b"9007199254740993", b"9223372036854775808", b"18446744073709551616",
    b"9" * 400, b"1_000", b"0x10", b"1e5", b"null", b"true", b'""', b"[]", b"{}", b"+1", b".5", b"5.",
]  # fmt: skip
WORDS = [
    b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\\ud800", b"\\u0000", b"\r\n",
    b"\r\n\r\n", b"\n", b" ", b"\t", b"%00", b"%ff", b"%", b"&", b"=", b"?", b"#", b",", b";", b":", b'"', b"'", b"\\",
    b"[", b"]", b"{", b"}", b"[" * 300, b'{"a":' * 200, b"a" * 5000, b"null", b"true", b"\x81", b"\x01", b"\x80",
    b"\x88", b"\x89", b"\xfe", b"\xff" * 8, b"\xe2\x80\xa8", b"\x7f", b"__proto__", b"../", b"$", b"%s", b"{0}",
]  # fmt: skip


def made(kind: str, seed: int, number: int, corpus: Sequence[bytes]) -> bytes:
    """The input of this number: a piece of the corpus, changed in one to six ways."""
    random = Random(f"{kind} {seed} {number}")
    data = random.choice(corpus)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 6))):
        data = random.choice(CHANGES)(random, data, corpus)
    return data


def _flip(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    if not data:
        return b"\0"
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]


def _insert(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.choice(WORDS) + data[at:]


def _number(random: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    if not (found := list(NUMBER.finditer(data))):
        return _insert(random, data, corpus)
    one = random.choice(found)
    return data[: one.start()] + random.choice(NUMBERS) + data[one.end() :]


def _remove(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _slice(random, data)
    return data[:start] + data[end:]


def _repeat(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _slice(random, data)
    return data[:end] + data[start:end] * random.choice((1, 1, 2, 20)) + data[end:]


def _splice(random: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    other = random.choice(corpus)
    return data[: random.randint(0, len(data))] + other[random.randint(0, len(other)) :]


def _swap_lines(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    lines = data.splitlines(keepends=True)
    random.shuffle(lines)
    return b"".join(lines)


def _random_bytes(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _slice(random, data)
    return data[:start] + random.randbytes(min(end - start, 40)) + data[end:]


def _cut(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[: random.randint(0, len(data))]


def _slice(random: Random, data: bytes) -> tuple[int, int]:
    start = random.randint(0, len(data))
    return start, min(len(data), start + random.choice((1, 2, 4, 16, 64)))


CHANGES: list[Callable[[Random, bytes, Sequence[bytes]], bytes]] = [
    _flip, _flip, _insert, _number, _number, _remove, _repeat, _splice, _swap_lines, _random_bytes, _cut,
]  # fmt: skip
