"""The seeds in a folder of keys: of each role one, of each gateway, and of swarms that have one of their own."""

from collections.abc import Iterable
from pathlib import Path

from ewarn.bus import keys
from ewarn.bus.roles import OF_SWARM, ROLES, Role, gateway, swarm
from ewarn.errors import InputError, not_one_of
from ewarn.system.private_files import read_private, write_private

SEED = ".nk"


def seed_file(folder: Path, name: str) -> Path:
    """Where the seed of a role, or of the gateway that is called so, is."""
    return folder / f"{name}{SEED}"


def make(folder: Path, holders: Iterable[Role]) -> dict[Role, str]:
    """New seeds of these, written; their public keys."""
    found = {}
    for one in holders:
        seed = keys.make()
        write_private(seed_file(folder, one.key), f"{seed}\n".encode())
        found[one] = keys.public(seed)
    return found


def known(folder: Path) -> dict[Role, str]:
    """The public keys of all whose seeds are there."""
    roles = [one.key for one in ROLES]
    others = sorted(path.stem for path in folder.glob(f"*{SEED}") if path.stem not in roles)
    return {one: public_key(seed_file(folder, one.key)) for one in (*ROLES, *map(_of_host, others))}


def _of_host(key: str) -> Role:
    host = key.removesuffix(OF_SWARM)
    return gateway(host) if host == key else swarm(host)


def holder(folder: Path, name: str) -> Path:
    """The seed of the role, or the gateway, of this name. Raises InputError where there is none."""
    there = sorted(one.stem for one in folder.glob(f"*{SEED}"))
    if not there:
        raise InputError(f"--new-key: {folder} has no keys of the bus")
    if name not in there:
        raise not_one_of("--new-key", name, there)
    return seed_file(folder, name)


def public_key(path: Path) -> str:
    """The public key of a seed in a file. Raises InputError naming it."""
    try:
        return keys.public(read_private(path, "key of the bus").decode("ascii", "replace").strip())
    except InputError as error:
        said = str(error)
        raise InputError(said if str(path) in said else f"{path}: {said}") from None
