"""The folder that `ewarn bus keys` makes: seeds, the authority, and a folder for the host of each server.

centre.nk swarm.nk conductor.nk    seeds, each for hosts of that role; with ca.pem beside it
g1.nk g2.nk g3.nk                  seeds of gateways, each for the host that is called so
ca.pem ca.key                      the authority; ca.key stays here
b1/b1.conf b1/b1.pem b1/b1.key     all that the host of b1 needs
"""

import datetime as dt
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ewarn.bus import certificates, keys, seeds
from ewarn.bus.certificates import SERVER_DAYS, Pair
from ewarn.bus.lines import NAME, NamedLine, check_apart
from ewarn.bus.roles import ROLES, Role, gateway
from ewarn.bus.server_files import renewed, server_file, with_gateways
from ewarn.errors import InputError, WriteError, quoted
from ewarn.system import files
from ewarn.system.private_files import read_private, write_private

CA, CA_KEY = "ca.pem", "ca.key"
NKEY = re.compile(r"nkey: (U\w+)")
LARGEST = 1 << 16
"""bytes of a certificate's file"""


@dataclass(frozen=True)
class Places:
    """Where files will stand on the servers' hosts."""

    folder: str | None = None
    """of a server's own files; None where they stay in the folder that they are made in"""
    store: str | None = None
    """in which each server makes a folder of its own name, for its stream; None for beside its files"""
    days: int = SERVER_DAYS
    """that a certificate of a server lasts"""

    def on_host(self, folder: Path, line: NamedLine) -> str:
        """Where a server's own files stand on its host."""
        return self.folder or str((folder / line.name).resolve())


@dataclass(frozen=True)
class Renewed:
    """What was made anew, by names of servers."""

    certificates: list[str]
    files: list[str]
    """which said less, or more, than this version does of who may do what"""


def make(folder: Path, lines: Sequence[NamedLine], gateways: Sequence[str] = (), places: Places = Places()) -> None:
    """All keys, and the files of these servers, in a folder that has none. Raises InputError, or WriteError."""
    check_apart(lines)
    holders = [*ROLES, *_gateways(gateways)]
    names = (CA, CA_KEY, *(seeds.seed_file(folder, one.key).name for one in holders), *(line.name for line in lines))
    for name in names:
        if (folder / name).exists():
            raise InputError(f"{folder / name} already exists; name another folder, or --add, --renew or --new-key")
    with _writing(folder), _whole(folder, names):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        signer = certificates.authority(_now())
        write_private(folder / CA_KEY, signer.key_pem())
        _write(folder / CA, signer.pem())
        _serve(folder, signer, lines, places, seeds.make(folder, holders))


def add(folder: Path, lines: Sequence[NamedLine], gateways: Sequence[str] = (), places: Places = Places()) -> list[str]:
    """Further servers, by the keys that are there, or gateways, which all servers know then.

    Returns the names of the servers that were there. Raises as `make` does.
    """
    check_apart(lines)
    signer, new = _authority(folder), _gateways(gateways)
    for path in (*(folder / line.name for line in lines), *(seeds.seed_file(folder, one.key) for one in new)):
        if path.exists():
            raise InputError(f"--add: {path} already exists; --renew makes new certificates, --new-key another key")
    public, files = seeds.known(folder), _server_files(folder)
    for path, text in files.items() if lines else ():
        if not set(NKEY.findall(text)) <= set(public.values()):
            raise InputError(f"--add: {path} has a key that no .nk file in {folder} has; put it back there first")
    names = [*(line.name for line in lines), *(seeds.seed_file(folder, one.key).name for one in new)]
    with _writing(folder), _whole(folder, names):
        further = seeds.make(folder, new)
        _serve(folder, signer, lines, places, public | further)
        for path, text in {path: _with(path, text, further) for path, text in files.items()}.items():
            _write(path, text.encode())
    return [path.stem for path in files]


def renew(folder: Path, days: int = SERVER_DAYS) -> Renewed:
    """New certificates, with new keys, for all servers that have one, and files of this version; raises as `make`."""
    signer = _authority(folder)
    found = sorted(path for path in folder.glob("*/*.pem") if path.stem == path.parent.name)
    files = _server_files(folder)
    if not found and not files:
        raise InputError(f"--renew: {folder} has no server")
    hosts = [_hosts(path) for path in found]
    newer = {path: text for path, before in files.items() if (text := _renewed(path, before)) != before}
    if not found and not newer:
        raise InputError(f"--renew: {folder} has no server with a certificate, and their files are this version's")
    with _writing(folder):
        for path, names in zip(found, hosts, strict=True):
            _certify(path.parent, path.stem, certificates.server(signer, names, _now(), days))
        for path, text in newer.items():
            _write(path, text.encode())
    return Renewed([path.stem for path in found], [path.stem for path in newer])


def new_key(folder: Path, name: str) -> list[str]:
    """Another key for a role or a gateway, in place of a stolen one; names of the servers whose files have it now.

    Raises as `make` does.
    """
    path = seeds.holder(folder, name)
    old, seed, found = seeds.public_key(path), keys.make(), _server_files(folder)
    if not found or not all(text.count(old) == 1 for text in found.values()):
        raise InputError(f"--new-key: not every server's file in {folder} has the key of {path.name}; make all anew")
    with _writing(folder):
        for file, text in found.items():
            _write(file, text.replace(old, keys.public(seed)).encode())
        write_private(path, f"{seed}\n".encode())
    return [path.stem for path in found]


def _gateways(names: Sequence[str]) -> list[Role]:
    if len(set(names)) < len(names):
        raise InputError(f"--gateway: {max(names, key=names.count)} is there twice; each gateway has a name of its own")
    for name in names:
        if not NAME.fullmatch(name):
            raise InputError(f"--gateway: expected up to 63 of a-z, 0-9 and -, got {quoted(name)}")
        if any(one.key == name for one in ROLES):
            raise InputError(f"--gateway: {name} is a role; call the gateway something else")
    return [gateway(name) for name in names]


def _server_files(folder: Path) -> dict[Path, str]:
    """The files of all servers."""
    found = sorted(path for path in folder.glob("*/*.conf") if path.stem == path.parent.name)
    return {path: path.read_text(encoding="utf-8", errors="replace") for path in found}


def _with(path: Path, text: str, further: Mapping[Role, str]) -> str:
    try:
        return with_gateways(text, further) if further else text
    except InputError as error:
        raise InputError(f"--add: {path}: {error}; make all anew") from None


def _renewed(path: Path, text: str) -> str:
    try:
        return renewed(text)
    except InputError as error:
        raise InputError(f"--renew: {path}: {error}; make all anew") from None


def _serve(folder: Path, signer: Pair, lines: Sequence[NamedLine], places: Places, public: Mapping[Role, str]) -> None:
    for line in lines:
        own = folder / line.name
        there = places.on_host(folder, line)
        store = f"{places.store}/{line.name}" if places.store else f"{there}/store"
        own.mkdir(mode=0o700)
        _write(own / f"{line.name}.conf", server_file(line, public, there, store).encode())
        if line.tls:
            _certify(own, line.name, certificates.server(signer, line.hosts, _now(), places.days))


def _certify(own: Path, name: str, pair: Pair) -> None:
    write_private(own / f"{name}.key", pair.key_pem())
    _write(own / f"{name}.pem", pair.pem())


def _authority(folder: Path) -> Pair:
    key = read_private(folder / CA_KEY, "the authority's key")
    try:
        return certificates.loaded((folder / CA).read_bytes()[:LARGEST], key)
    except OSError as error:
        raise InputError(f"cannot read {folder / CA} ({error.strerror})") from None
    except (ValueError, TypeError):
        raise InputError(f"{folder / CA} and {CA_KEY} are no pair of the bus's authority") from None


def _hosts(path: Path) -> tuple[str, ...]:
    try:
        return certificates.hosts_of(path.read_bytes()[:LARGEST])
    except ValueError:
        raise InputError(f"--renew: {path} is no certificate of a server") from None


def _write(path: Path, content: bytes) -> None:
    files.write(path, lambda file: file.write(content))


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except WriteError as error:
        raise InputError(f"cannot write keys to {folder} ({error.error.strerror})") from None
    except OSError as error:
        why = "not a folder" if isinstance(error, FileExistsError | NotADirectoryError) else error.strerror
        raise InputError(f"cannot write keys to {folder} ({why})") from None


@contextmanager
def _whole(folder: Path, names: Iterable[str]) -> Iterator[None]:
    """Of new files either all are left, or none."""
    try:
        yield
    except BaseException:
        for path in (folder / name for name in names):
            shutil.rmtree(path, ignore_errors=True)
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
