"""What a page can play: the quake of the file that the demo was given, and those that came with the program."""

from dataclasses import dataclass
from pathlib import Path

from ewarn.config.catalogues import find_quake, is_quake_file
from ewarn.config.drill import load_drill
from ewarn.config.tables import shipped
from ewarn.words import Named

SHOWS_ORDER = "luxian-2021"
"""a quake in the midst of people: of ours, the one in which the order of dispatch decides for most"""


@dataclass(frozen=True)
class Programme:
    """A drill file, and the quakes that it can be played with."""

    config: Path
    """drill file that every drill of the demo is made of"""
    first: str
    """id of the quake that is chosen until another is"""
    names: dict[str, Named]
    """of quakes, by id, the first one's first"""
    found: dict[str, str]
    """by id, what a drill file calls the quake: its path, or its name among ours"""
    preset: str
    """id of the quake by which the page shows at one press why order matters"""


def programme(given: Path | None) -> Programme:
    """Of a drill file, of a quake file, of the name of a quake of ours, or of none of them. Raises InputError.

    Where the file's quake has the id of one of ours, the file's is meant: whoever gives a file wants that one
    played, by the preset too.
    """
    default = shipped() / "drill.toml"
    config, own = (default, str(given)) if given and _is_quake(given) else (given or default, None)
    own = own or load_drill(config).quake
    quake = find_quake(own)
    names, found = {quake.id: quake.called}, {quake.id: own}
    for path in sorted((shipped() / "quakes").glob("*.toml")):
        other = find_quake(path.stem)
        names.setdefault(other.id, other.called)
        found.setdefault(other.id, path.stem)
    return Programme(config, quake.id, names, found, quake.id if given else SHOWS_ORDER)


def _is_quake(given: Path) -> bool:
    """Whether a quake is meant: what is neither there nor looks like a file is a name."""
    return is_quake_file(given) or not (given.suffix or given.exists())
