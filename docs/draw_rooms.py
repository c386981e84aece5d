"""Draw the rooms of the package from the import table of `docs/architecture.md`: `python docs/draw_rooms.py`.

A room stands above every room that it imports. A line means "imports"; a line that only repeats what other lines say
already, by way of a room between, is left out. Lines to `errors`, which most rooms import, are left out too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

DOCS = Path(__file__).parent
TABLE = DOCS / "architecture.md"
PICTURE = DOCS / "pictures" / "rooms.svg"
ROW = re.compile(r"^\| `(\w+)` \| ([^|]*) \|([^|]*)\|[^|]*\|$", re.M)

BOX = (250, 52)
"""width and height, pixels"""
GAP = (30, 40)
"""between boxes of one level, and between levels"""
MARGIN = 16
LINE = 40
"""letters that a line in a box holds"""
STYLE = """
  text { font-family: system-ui, sans-serif; fill: #1b1f24 }
  .name { font-size: 15px; font-weight: 600 }
  .what { font-size: 11px; fill: #4a5462 }
  rect { fill: #f3f5f7; stroke: #7a8694 }
  .pure rect { fill: #e3f0e6; stroke: #3f7d54 }
  path { fill: none; stroke: #8a94a0; stroke-width: 1.2 }
  .ground { fill: #ffffff; stroke: none }
"""


@dataclass(frozen=True)
class Room:
    """A row of the table."""

    name: str
    what: str
    imports: set[str] = field(default_factory=set)

    @property
    def pure(self) -> bool:
        """Whether the table calls it so."""
        return self.what.endswith("; pure")


def rooms(table: str) -> dict[str, Room]:
    """The rows of the table by name, in its order; imports of rooms alone."""
    rows = ROW.findall(table)
    names = {name for name, _, _ in rows}
    return {
        name: Room(
            name,
            what.strip().replace("`", ""),
            names - {name} if "every room" in ours else names & set(re.findall(r"`(\w+)`", ours)),
        )
        for name, what, ours in rows
    }


def levels(house: dict[str, Room]) -> dict[str, int]:
    """How high each room stands: one above the highest that it imports. A room comes after those that it imports."""
    level: dict[str, int] = {}
    for room in house.values():
        level[room.name] = 1 + max((level[name] for name in room.imports), default=-1)
    return level


def direct(house: dict[str, Room]) -> Iterator[tuple[str, str]]:
    """(who imports, what), without what another import brings along."""
    below: dict[str, set[str]] = {}
    for room in house.values():
        by_way = set().union(*(below[name] for name in room.imports)) if room.imports else set()
        below[room.name] = room.imports | by_way
        yield from ((room.name, name) for name in house if name in room.imports - by_way)


def drawn(table: str) -> str:
    """The picture, as SVG."""
    house = rooms(table)
    level = levels(house)
    storeys = [[name for name in house if level[name] == at] for at in range(max(level.values()) + 1)]
    widest = max(map(len, storeys))
    width = 2 * MARGIN + widest * BOX[0] + (widest - 1) * GAP[0]
    height = 2 * MARGIN + len(storeys) * (BOX[1] + GAP[1]) - GAP[1]
    corner = {}
    for at, storey in enumerate(storeys):
        left = (width - len(storey) * BOX[0] - (len(storey) - 1) * GAP[0]) // 2
        for index, name in enumerate(storey):
            corner[name] = (left + index * (BOX[0] + GAP[0]), height - MARGIN - BOX[1] - at * (BOX[1] + GAP[1]))
    lines = [_line(corner[upper], corner[lower]) for upper, lower in direct(house)]
    boxes = [_box(room, *corner[room.name]) for room in house.values()]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">'
    title = "<title>The rooms of ewarn: each stands above those that it imports; green ones are pure</title>"
    ground = f'<rect class="ground" width="{width}" height="{height}"/>'
    return "\n".join([head, title, f"<style>{STYLE}</style>", ground, *lines, *boxes, "</svg>", ""])


def _line(upper: tuple[int, int], lower: tuple[int, int]) -> str:
    """From the foot of one box to the head of another."""
    x, y = upper[0] + BOX[0] // 2, upper[1] + BOX[1]
    to_x, to_y = lower[0] + BOX[0] // 2, lower[1]
    return f'<path d="M{x} {y} C{x} {y + GAP[1]} {to_x} {to_y - GAP[1]} {to_x} {to_y}"/>'


def _box(room: Room, x: int, y: int) -> str:
    what = room.what.removesuffix("; pure")
    short = what if len(what) <= LINE else what[: what.rfind(" ", 0, LINE)].rstrip(",;:") + " ..."
    middle = x + BOX[0] // 2
    return (
        f'<g class="{"pure" if room.pure else "doing"}"><title>{escape(room.what)}</title>'
        f'<rect x="{x}" y="{y}" width="{BOX[0]}" height="{BOX[1]}" rx="6"/>'
        f'<text class="name" x="{middle}" y="{y + 22}" text-anchor="middle">{escape(room.name)}</text>'
        f'<text class="what" x="{middle}" y="{y + 40}" text-anchor="middle">{escape(short)}</text></g>'
    )


if __name__ == "__main__":
    PICTURE.write_text(drawn(TABLE.read_text(encoding="utf-8")), encoding="utf-8")
