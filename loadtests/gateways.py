"""The gateway of a test: one that is started for it, or one that runs already."""

import json
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ewarn.errors import EwarnError, InputError
from ewarn.swarm.client import Target, parse_target
from ewarn.system.address import is_loopback, literal, split_address
from ewarn.system.tls import client_context, parse_control
from loadtests.children import BAD_INPUT, CHECK_FAILED, EWARN, LoadError, end, start

PATIENCE_S = 10.0
OWN = "a gateway started for the test"
"""what Locust's host is where none is given"""
SCHEMES = {"http": "ws", "https": "wss"}


@dataclass(frozen=True)
class Gateway:
    """Where clients connect, and where reports go in."""

    to: str
    """ws://HOST:PORT or wss://"""
    publishing: tuple[str, ...]
    """options of `ewarn publish` for it"""
    ca: str | None = None
    """file with the certificates to trust"""
    process: "subprocess.Popen[str] | None" = None
    """where it was started here"""

    @property
    def trusted(self) -> str | None:
        """What that file says, for other hosts."""
        return Path(self.ca).read_text(encoding="ascii") if self.ca else None

    def room(self) -> int:
        """Connections that it still has room for. Raises LoadError where it does not answer, or holds reports back."""
        told = json.loads(self._get("/healthz"))
        if least := told.get("gates", {}).get("intensity"):
            raise LoadError(
                f"--host: the gateway holds reports back from clients below intensity {least:g}, expected 0", BAD_INPUT
            )
        return int(told["capacity"]) - int(told["connections"])

    def counters(self) -> dict[str, int]:
        """Its metrics, without their `ewarn_` and `_total`. Raises LoadError where it is gone."""
        pairs = (line.split() for line in self._get("/metrics").splitlines() if not line.startswith("#"))
        return {name.removeprefix("ewarn_").removesuffix("_total"): int(float(value)) for name, value in pairs}

    def check(self) -> None:
        """Raise LoadError if it was started here and has died."""
        if self.process and (status := self.process.poll()) is not None:
            raise LoadError(f"the gateway died (exit code {status})", CHECK_FAILED)

    def end(self) -> None:
        """End it and its shards, where it was started here."""
        if self.process:
            end(self.process)

    def _get(self, path: str) -> str:
        self.check()
        target = parse_target(self.to, self.ca)
        # Never through a proxy that the environment names.
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if target.tls:
            handlers.append(urllib.request.HTTPSHandler(context=client_context(self.ca)))
        scheme = "https" if target.tls else "http"
        try:
            with urllib.request.build_opener(*handlers).open(
                f"{scheme}://{target.authority}{path}", timeout=PATIENCE_S
            ) as answer:
                return str(answer.read(), "utf-8")
        except (OSError, ValueError) as error:
            self.check()
            raise LoadError(f"the gateway at {target.authority} does not answer: {error}", CHECK_FAILED) from None


def own(listen: str) -> Gateway:
    """One that ends with the test, its control port on loopback; `listen` is HOST:PORT. Raises LoadError."""
    words = () if is_loopback(split_address("--listen", listen)) else ("--allow-network",)
    process = start(EWARN, "gateway", "--listen", listen, "--control", "127.0.0.1:0", "--json", *words)
    line = ""
    try:
        line = process.stdout.readline() if process.stdout else ""
    finally:  # also where the test is stopped while this waits
        if not line:
            end(process)
    if not line:
        raise LoadError(f"the gateway did not start (exit code {process.returncode})")
    told = json.loads(line)
    return Gateway(f"ws://{told['listen']}", ("--control", str(told["control"])), process=process)


def running(host: str, control: str | None, secret_file: str | None, ca: str | None, key: str | None) -> Gateway:
    """The gateway that `--host` and its companions name. Raises InputError with the option that is wrong."""
    if not control:
        raise InputError("--host: needs --control HOST:PORT, where the reports go in")
    target = _target(host, ca)
    parse_control(control, ca)
    for option, file in (("--secret-file", secret_file), ("--ca", ca), ("--signing-key", key)):
        if file and not Path(file).is_file():
            raise InputError(f"{option}: {file} is no file")
    given = {"--control": control, "--secret-file": secret_file, "--ca": ca, "--signing-key": key}
    words = [word for option, value in given.items() if value for word in (option, value)]
    return Gateway(f"{'wss' if target.tls else 'ws'}://{target.authority}", tuple(words), ca)


def _target(host: str, ca: str | None) -> Target:
    parts = urlsplit(host)
    url = parts._replace(scheme=SCHEMES.get(parts.scheme, parts.scheme)).geturl().rstrip("/")
    try:
        target = parse_target(url, ca)
    except EwarnError as error:
        raise InputError(str(error).replace("--to", "--host", 1)) from None
    if ca and not target.tls:
        raise InputError("--ca: needs a --host with wss://")
    return target


def listens(wished: str | None, here: bool, reached_at: set[str]) -> str:
    """Where a gateway of our own is to listen, HOST:PORT.

    `here`: all workers are on this host. `reached_at`: the addresses by which the others reach it. Raises InputError
    where the wish does not go with them, or where none is wished for and they do not agree.
    """
    if wished:
        host = split_address("--listen", wished)[0]
        if not here and is_loopback((host, 0)):
            raise InputError(f"--listen {wished}: workers on other hosts cannot reach loopback")
        if not here and (found := literal(host)) and found.is_unspecified:
            raise InputError(f"--listen {wished}: give the address by which workers on other hosts reach it")
        return wished
    if here:
        return "127.0.0.1:0"
    if len(reached_at) != 1:
        raise InputError(
            f"--listen: workers reach this host by {', '.join(sorted(reached_at))}; say by which to listen"
        )
    (address,) = reached_at
    return f"[{address}]:0" if ":" in address else f"{address}:0"
