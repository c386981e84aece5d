"""A fleet as `ewarn drill --fleet` takes it: the text of its file, which counts paths from its own folder. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from ewarn.fleet.places import BUS, KEYS
from ewarn.fleet.services import INTERFACE
from ewarn.gateway.intake.keys import SIGNING

Named = Iterable[tuple[str, str]]


def fleet_file(lines: Sequence[str], gateways: Named, swarms: Named, ranges: Mapping[str, str]) -> str:
    """Names with the URL of each gateway, and the address of each swarm; all of them run already.

    `ranges`: addresses of phones that are packets, by swarm.
    """
    listed = ", ".join(f'"{one}"' for one in lines)
    parts = [
        f'[bus]\nlines = [{listed}]\nkeys = "{BUS}"\nsigning_key = "{KEYS}/{SIGNING}"\n',
        *(f'[[gateway]]\nname = "{name}"\nurl = "{url}"\n' for name, url in gateways),
        *(
            f'[[swarm]]\nname = "{name}"\naddress = "{address}"\n{_phones(ranges.get(name))}'
            for name, address in swarms
        ),
    ]
    return "\n".join(parts)


def _phones(range_: str | None) -> str:
    return "" if range_ is None else f'phones = "packets"\ninterface = "{INTERFACE}"\nrange = "{range_}"\n'
