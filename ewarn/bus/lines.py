"""Lines of the bus as `ewarn bus keys --line` names them: a server's name, its addresses, and its port. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ewarn.errors import InputError, quoted
from ewarn.system.address import joined, literal, split_address

PORT = 4222
"""of NATS, registered with IANA"""
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
"""a name of a host: RFC 1123, section 2.1"""


@dataclass(frozen=True)
class NamedLine:
    """A server of the bus, as its keys are made for it."""

    name: str
    addresses: tuple[str, ...]
    """names and addresses by which clients reach it, without ports"""
    port: int = PORT
    tls: bool = True

    @property
    def here(self) -> str:
        """The loopback address that it listens on; empty where it is for other hosts."""
        found = [literal("127.0.0.1" if one == "localhost" else one) for one in self.addresses]
        return str(found[0]) if all(one is not None and one.is_loopback for one in found) else ""

    @property
    def hosts(self) -> tuple[str, ...]:
        """What its certificate is for, its name first."""
        return tuple(dict.fromkeys((self.name, *self.addresses)))

    @property
    def url(self) -> str:
        """As `--bus` takes it."""
        host = self.addresses[0]
        where = joined(host, self.port) if self.port != PORT else f"[{host}]" if ":" in host else host
        return f"{'tls' if self.tls else 'nats'}://{where}"


def parse_line(given: str, port: int = PORT, *, tls_here: bool = False) -> NamedLine:
    """`NAME`, or `NAME=ADDRESS[:PORT][,ADDRESS...]`. Raises InputError.

    Without TLS where all addresses are loopback, unless `tls_here`.
    """
    name, equals, rest = given.partition("=")
    if not NAME.fullmatch(name):
        raise InputError(f"--line: expected NAME or NAME=ADDRESS,..., NAME of a-z, 0-9 and -, got {quoted(given)}")
    parts = [_parted(name, one.strip()) for one in (rest.split(",") if equals else [name])]
    ports = {found for _, found in parts if found is not None} or {port}
    if len(ports) > 1:
        raise InputError(f"--line: {name} has the ports {', '.join(map(str, sorted(ports)))}; a server has one")
    plain = NamedLine(name, tuple(dict.fromkeys(host for host, _ in parts)), ports.pop())
    return plain if tls_here or not plain.here else NamedLine(plain.name, plain.addresses, plain.port, tls=False)


def check_apart(lines: Sequence[NamedLine]) -> None:
    """Raise InputError where two lines have a name, or an address with its port, in common."""
    seen: dict[str, str] = {}
    for line in lines:
        if line.name in seen.values():
            raise InputError(f"--line: {line.name} is there twice; each line has a name of its own")
        for address in line.addresses:
            where = joined(address, line.port)
            if where in seen:
                raise InputError(f"--line: {seen[where]} and {line.name} are both {where}; two lines are two servers")
            seen[where] = line.name


def _parted(name: str, address: str) -> tuple[str, int | None]:
    """A name or an address, and its port where it has one."""
    host, port = address.removeprefix("[").removesuffix("]") if address.startswith("[") else address, None
    if literal(host) is None and ":" in address:
        host, port = split_address(f"--line {name}", address)
        if not port:
            raise InputError(f"--line {name}: expected a port from 1 to 65535, got 0")
    if (found := literal(host)) is not None:
        return str(found), port
    if not HOST.fullmatch(host):
        raise InputError(f"--line {name}: expected a name or an address of a host, got {quoted(address)}")
    return host, port
