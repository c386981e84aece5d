"""What a gateway is called among hosts, and where its users reach it."""

import re
from urllib.parse import urlsplit

from ewarn.bus.lines import NAME
from ewarn.errors import InputError, quoted
from ewarn.system.address import joined, literal
from ewarn.wire.subscriptions import ALERTS_PATH

LONGEST = 63
HOST = re.compile(r"[a-z0-9._-]{1,253}")
"""of a URL; some name their machines with a dash below"""
SCHEMES = {"ws": 80, "wss": 443}
"""with the ports that they have unless told otherwise: RFC 6455, section 3"""


def own_name(given: str | None, machine: str) -> str:
    """The name of this host: the one given, else that of the `machine`, made fit. Raises InputError."""
    if given is None:
        fit = re.sub(r"[^a-z0-9]+", "-", machine.partition(".")[0].lower()).strip("-")[:LONGEST].strip("-")
        return fit or "gateway"
    if not NAME.fullmatch(given):
        raise InputError(f"--name: expected up to {LONGEST} lower-case letters, digits and dashes, got {quoted(given)}")
    return given


def own_url(given: str | None, bound: tuple[str, int], *, tls: bool, shared: bool, machine: str) -> str:
    """Where users connect, `ws://HOST:PORT`: as given, else where the public port is `bound`.

    `shared`: other hosts tell users of it, who must be able to reach it. Raises InputError.
    """
    if given is not None:
        return checked_url(given)
    host, port = bound
    address = literal(host)
    if address is not None and address.is_unspecified:
        if shared:
            raise InputError(f"--public-url: missing; with --bus on {host}, say where users reach it, ws://HOST:{port}")
        host = machine
    return f"{'wss' if tls else 'ws'}://{joined(host, port)}"


def checked_url(given: str, key: str = "--public-url") -> str:
    """`ws://HOST:PORT` or `wss://HOST:PORT`, whose port may be left out in what is given. Raises InputError."""
    unfit = InputError(f"{key}: expected ws://HOST:PORT or wss://HOST:PORT, got {quoted(given)}")
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise unfit from None
    more = parts.path not in ("", "/", ALERTS_PATH) or parts.query or parts.fragment or parts.username is not None
    called = host is not None and (HOST.fullmatch(host) or literal(host) is not None)
    if (
        parts.scheme not in SCHEMES
        or not host
        or not called
        or more
        or not given.isascii()
        or len(given) > 300
        or port == 0
    ):
        raise unfit
    return f"{parts.scheme}://{joined(host, port or SCHEMES[parts.scheme])}"
