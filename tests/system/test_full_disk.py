"""A disk that is full: the verdict is told all the same, one line names the file, and nothing looks finished."""

import json
import re
import subprocess
import sys

import pytest

from ewarn.runs.folder import WRITTEN

NAMESPACE = ["unshare", "--mount", "--propagation", "private"]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disks")
    mount = ["sh", "-c", f"mount -t tmpfs tmpfs {folder}"]
    try:
        allowed = subprocess.run([*NAMESPACE, *mount], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if allowed.returncode:
        pytest.skip(f"no mounts of our own here: {allowed.stderr.strip()}")
    command = [*NAMESPACE, sys.executable, "-m", "tests.full_disk", str(folder)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_the_verdict_is_told_and_one_line_names_the_file_and_nothing_is_left(told):
    *full, enough = told["drills"]
    assert len(full) > 5
    for drill in full:
        assert drill["code"] == 4
        assert json.loads(drill["out"])["quake"] == "luding-2022"
        complaints = [line for line in drill["err"].splitlines() if line.startswith("ewarn: ")]
        assert len(complaints) == 1
        assert re.search(r"/run/[\w.]+: not written \(No space left on device\)$", complaints[0])
        assert drill["left"] == []
    assert enough["code"] == 0
    assert enough["left"] == sorted(WRITTEN)


def test_each_file_in_turn_is_the_one_for_which_there_is_no_room(told):
    named = {re.search(r"/run/([\w.]+): not written", drill["err"])[1] for drill in told["drills"][:-1]}
    # The first fits into the least there can be.
    assert named == set(WRITTEN) - {"drill.toml"}


def test_the_table_is_shown_too(told):
    said = told["shown"]["err"]
    assert (told["shown"]["code"], told["shown"]["out"]) == (4, "")
    assert "Promises" in said
    assert "results in" not in said
    assert said.splitlines()[-1].endswith("not written (No space left on device)")
