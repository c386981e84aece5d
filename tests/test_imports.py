"""Which room may import which, held true by reading the code."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ewarn"

TABLE = PACKAGE.parent / "docs" / "architecture.md"
ASYNCIO = {"asyncio"}


def table():
    """Of each room, in order: the rooms and the libraries that it may import, as the docs have it."""
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|([^|]*)\|$", TABLE.read_text(encoding="utf-8"), re.M)
    rooms = [room for room, _, _ in rows]
    return {
        room: (set(rooms) | {"errors", "__version__"} if "every room" in ours else set(re.findall(r"`(\w+)`", ours)))
        | {name.strip() for name in theirs.split(",") if name.strip()}
        for room, ours, theirs in rows
    }


ROOMS = table()


def imported(path):
    """Top-level names that a file imports; for our own package, the room."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "ewarn" else [node.module]
        else:
            continue
        for name in names:
            parts = name.split(".")
            yield parts[1] if parts[0] == "ewarn" and len(parts) > 1 else parts[0]


def files(room):
    return sorted((PACKAGE / room).rglob("*.py")) or [PACKAGE / f"{room}.py"]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_the_table_allows_and_all_of_it(room):
    found = {name for path in files(room) for name in imported(path)} - {room}
    strange = {name for name in found if name not in sys.stdlib_module_names or name in ASYNCIO}
    assert strange <= ROOMS[room]
    assert room == "cli" or ROOMS[room] <= strange, "what is allowed and not used is a door left open"


def test_every_folder_is_a_room_of_the_table_and_a_room_imports_only_rooms_above_it():
    beside = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__", "errors"}
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} | beside == set(ROOMS)
    above = {"errors"}
    for room, allowed in ROOMS.items():
        if room != "cli":
            assert allowed & {*ROOMS, "errors"} <= above, room
        above.add(room)


def test_the_package_itself_is_a_handful_of_modules():
    assert len(list(PACKAGE.glob("*.py"))) <= 6


def test_of_the_verdict_the_swarm_knows_only_receipts():
    for path in files("swarm"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("ewarn.verdict"):
                assert node.module == "ewarn.verdict.receipts"


def test_only_load_tests_import_locust():
    for path in PACKAGE.rglob("*.py"):
        assert not {"locust", "gevent"} & set(imported(path))


def test_the_package_says_that_it_has_types():
    assert (PACKAGE / "py.typed").exists(), "or type checkers of whoever imports it look at nothing (PEP 561)"


def test_what_every_drill_starts_anew_loads_no_library_that_few_of_them_use():
    """Each shard, swarm and supervisor pays for what it imports, in every drill and in most tests."""
    started = "ewarn.gateway.shard, ewarn.gateway.supervisor, ewarn.swarm.worker, ewarn.swarm.stuck_job"
    seldom = {"psutil", "cryptography.x509", "pydantic", "matplotlib", "rich"}
    look = f"import sys, {started}; print(*sorted({seldom!r} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert said.stdout.split() == []
