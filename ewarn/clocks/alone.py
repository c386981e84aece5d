"""An ear or an asker for a program that speaks JSON with it: it need not import what has to do with sockets.

    python -m ewarn.clocks.alone ear
    python -m ewarn.clocks.alone asker

Each line is one object. What the program says first tells what is wanted; at the end of its lines all of it ends.

    ear    {"key": HEX, "address": "", "port": 0}                      -> {"port": 40123}
           {}                                                          -> {"answered": 312, "dropped": 0}
    asker  {"key": HEX, "ears": {"g2": ["10.0.0.2", 40123]}, "allow_network": true, "begun_s": 10, "seed": 0}
                                                                       -> {"begun": ["g2"]}
           {"finish_s": 5}    -> {"bounds": {"g2": PLAIN}, "lost": {"g2": 0}, "problems": {}}

PLAIN is what `Bound.plain` gives. A host whose clock has no bound stands in `problems`, with the reason in a line. What
cannot be done is {"problem": WHY, "code": 2 or 4}, and ends it.
"""

import json
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from ewarn.clocks.asker import Asker
from ewarn.clocks.bound import Bound, PlainBound
from ewarn.clocks.ear import Ear
from ewarn.clocks.exchanges import Exchanges
from ewarn.errors import EwarnError, InputError, MeasurementError, not_one_of

Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(ge=0, le=3600)]
Kind = TypeVar("Kind")


class EarWanted(Struct, forbid_unknown_fields=True):
    """The first line to an ear."""

    key: str
    address: str = ""
    port: Port = 0


class AskerWanted(Struct, forbid_unknown_fields=True):
    """The first line to an asker."""

    key: str
    ears: dict[str, tuple[str, Port]]
    allow_network: bool = False
    begun_s: Seconds = 10.0
    seed: int = 0


class FinishWanted(Struct, forbid_unknown_fields=True):
    """A further line to an asker."""

    finish_s: Seconds


class Found(Struct):
    """What an asker found, by the name of the host."""

    bounds: dict[str, PlainBound]
    lost: dict[str, int]
    """exchanges that were never answered"""
    problems: dict[str, str]


def ear(lines: Iterator[str]) -> Iterator[object]:
    """Be an ear as long as there are lines; what it answers to each."""
    wanted = _read(next(lines, ""), EarWanted)
    with Ear(wanted.address, wanted.port, key=_key(wanted.key)) as one:
        yield {"port": one.port}
        for _ in lines:
            yield one.heard()._asdict()


def asker(lines: Iterator[str]) -> Iterator[object]:
    """Ask as long as there are lines; what it answers to each."""
    wanted = _read(next(lines, ""), AskerWanted)
    with Asker(wanted.ears, _key(wanted.key), allow_network=wanted.allow_network, seed=wanted.seed) as one:
        one.begun(wanted.begun_s)
        yield {"begun": list(wanted.ears)}
        for line in lines:
            yield found(one.finish(_read(line, FinishWanted).finish_s))


def found(exchanges: dict[str, Exchanges]) -> Found:
    """The bounds of all hosts. Pure."""
    all_of_them = Found({}, {}, {})
    for host, one in exchanges.items():
        all_of_them.lost[host] = one.lost
        try:
            all_of_them.bounds[host] = Bound.of(one.rows, host=host).plain()
        except MeasurementError as error:
            all_of_them.problems[host] = str(error)
    return all_of_them


def _read(line: str, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.DecodeError as error:
        raise InputError(f"clocks: {error}") from None


def _key(said: str) -> bytes:
    try:
        return bytes.fromhex(said)
    except ValueError:
        raise InputError("clocks: key: expected hexadecimal digits") from None


KINDS: dict[str, Callable[[Iterator[str]], Iterable[object]]] = {"ear": ear, "asker": asker}


def main() -> int:
    """Be what the command line says; the exit code."""
    # Whoever started it ends it; Ctrl-C in their terminal is for them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        kind = sys.argv[1] if len(sys.argv) == 2 else ""
        if kind not in KINDS:
            raise not_one_of("clocks", kind, KINDS)
        for answer in KINDS[kind](iter(sys.stdin)):
            _say(answer)
    except EwarnError as error:
        _say({"problem": str(error), "code": error.exit_code})
        return error.exit_code
    return 0


def _say(answer: object) -> None:
    sys.stdout.write(f"{json.dumps(msgspec.to_builtins(answer))}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
