"""What other processes of this user may have a fleet do: the scripts in its folder ask by a socket without a file."""

import json
import os
import secrets
import select
import shlex
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from ewarn.errors import EwarnError, InputError, not_one_of
from ewarn.fleet.lab import Fleet
from ewarn.fleet.places import SCRIPTS

ASK = Path(__file__).with_name("ask.py")
PEER = struct.Struct("3i")
"""struct ucred: pid, uid, gid"""
READ_BYTES = 65536
SHAPES = {"on": "HOST COMMAND...", "get": "GATEWAY PATH"} | dict.fromkeys(("cut", "heal"), "HOST")
SHAPES |= dict.fromkeys(("kill", "stop", "start"), "SERVICE")
"""by order, what it is given"""
UNTOLD = ("on", "get", "start")
"""orders that the fleet's own terminal does not tell of; of a start it has told already"""
SPEAK_S = 1.0
"""within which who calls says what it wants"""

Answer = dict[str, str | bool | list[str]]


class Orders:
    """Listens as long as the context lasts, and writes the scripts. What is asked waits until it is served."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._address = f"ewarn-fleet-{secrets.token_hex(8)}"

    def __enter__(self) -> Self:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # One of this kind has no file that could be left; the kernel takes it away with the last descriptor.
        self._listener.bind("\0" + self._address)
        self._listener.listen()
        for name in SCRIPTS:
            script = self._fleet.places.folder / name
            words = (sys.executable, "-I", "-S", str(ASK), self._address, name)
            script.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
            script.chmod(0o700)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.close()

    def serve(self, within_s: float) -> str | None:
        """Wait for an order, and do it; in a line what was done, None where none came."""
        if not select.select([self._listener], [], [], within_s)[0]:
            return None
        line, _ = self._listener.accept()
        with line, suppress(OSError, ValueError):  # of somebody who went, or whose words are none
            _, user, _ = PEER.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
            if user in (0, os.geteuid()):
                line.settimeout(SPEAK_S)
                folder, *words = understood(b"".join(iter(lambda: line.recv(READ_BYTES), b"")))
                answer = self._answered(folder, words)
                line.sendall(json.dumps(answer).encode())
                if not answer.get("refused") and words[0] not in UNTOLD:
                    return str(answer["said"])
        return None

    def _answered(self, folder: str, words: list[str]) -> Answer:
        try:
            return answered(self._fleet, folder, words)
        except (EwarnError, OSError) as error:
            return {"said": str(error), "refused": True}


def understood(said: bytes) -> list[str]:
    """A folder, and words. Raises ValueError for what is none of that."""
    words = json.loads(said)
    if not isinstance(words, list) or len(words) < 2 or not all(isinstance(one, str) for one in words):
        raise ValueError("no words")
    return words


def answered(fleet: Fleet, folder: str, words: list[str]) -> Answer:
    """Do what a script asks. Raises InputError, or what the act does."""
    verb, *given = words
    if verb not in SHAPES:
        raise not_one_of("order", verb, SHAPES)
    shape = SHAPES[verb]
    if len(given) != len(shape.split()) and not (verb == "on" and len(given) > 1):
        raise InputError(f"usage: {verb} {shape}; HOST is one of {', '.join(fleet.hosts)}")
    name = given[0]
    if verb == "on":
        return {"become": [*fleet.host(name).enter(folder), *given[1:]]}
    if verb == "get":
        code, body = fleet.get(name, given[1])
        return {"said": body.rstrip("\n"), "refused": code != 200}
    act, done = _acts(fleet)[verb]
    act(name)
    return {"said": f"{name} {done}", "refused": False}


def _acts(fleet: Fleet) -> Mapping[str, tuple[Callable[[str], None], str]]:
    return {
        "cut": (fleet.cut, "is cut off; nobody has been told"),
        "heal": (fleet.heal, "is reached again"),
        "kill": (fleet.kill, "is killed"),
        "stop": (fleet.stop, "has been told to end in order"),
        "start": (fleet.start, "is up"),
    }
