"""The picture of the rooms is the one that the import table draws."""

from hypothesis import given
from hypothesis import strategies as st

from docs.draw_rooms import PICTURE, TABLE, Room, direct, drawn, levels, rooms


def test_drawing_anew_gives_the_picture_in_the_docs():
    assert PICTURE.read_text(encoding="utf-8") == drawn(TABLE.read_text(encoding="utf-8")), (
        "the import table has changed: run `python docs/draw_rooms.py`"
    )


def test_a_row_of_every_room_imports_all_others():
    table = "| `low` | what; pure | `errors` | numpy |\n| `high` | what | every room | click |\n"
    house = rooms(table)
    assert house["low"].imports == set()
    assert house["low"].pure
    assert house["high"].imports == {"low"}


@st.composite
def houses(draw):
    """Up to eight rooms, each importing some of those above it in the table."""
    names = [f"r{number}" for number in range(draw(st.integers(1, 8)))]
    return {
        name: Room(name, "", draw(st.sets(st.sampled_from(names[:index]))) if index else set())
        for index, name in enumerate(names)
    }


@given(houses())
def test_lines_left_out_are_said_by_other_lines_and_every_line_leads_down(house):
    lines = set(direct(house))
    level = levels(house)
    assert all(lower in house[upper].imports and level[upper] > level[lower] for upper, lower in lines)
    reached = {}
    for name in house:
        below = {lower for upper, lower in lines if upper == name}
        reached[name] = below.union(*(reached[lower] for lower in below))
        assert house[name].imports <= reached[name]
