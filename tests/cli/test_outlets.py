"""Whatever stdout and stderr are, a command ends with a line and an exit code, never with a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.quake_file import quake_file

PACKAGE = Path(__file__).parents[2] / "ewarn"


def run(*words, shell_end="", **environment):
    """What a command prints, its complaints, and its exit code."""
    done = subprocess.run(
        ["/bin/bash", "-c", f'"$@" {shell_end}', "-", sys.executable, "-m", "ewarn", *map(str, words)],
        capture_output=True,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


@pytest.fixture
def quake(tmp_path):
    path = tmp_path / "strange.toml"
    path.write_text(quake_file("strange", "泸定 😀"), encoding="utf-8")
    return path


@pytest.mark.parametrize("words", [("--help",), ("check", "configs/drill.toml")])
def test_a_full_disk_behind_stdout_is_one_line_and_exit_code_4(words):
    code, _, said = run(*words, shell_end="> /dev/full")
    assert (code, said) == (4, "ewarn: cannot write to stdout (No space left on device)\n")


def test_a_full_disk_behind_stderr_leaves_the_exit_code_as_it_is():
    assert run("juggle", shell_end="2> /dev/full")[0] == 2
    code, said, _ = run("gateway", "--help", shell_end="2> /dev/full")
    assert (code, b"Example:" in said) == (0, True)


def test_a_reader_that_had_enough_ends_a_command_as_sigpipe_does():
    code, said, complaint = run("--help", shell_end="| (exec <&-); exit ${PIPESTATUS[0]}")
    assert (code, complaint) == (141, "")
    assert said == b""


def test_a_stdout_that_is_closed_is_none_of_ours():
    assert run("check", "configs/drill.toml", shell_end=">&- 2>&-") == (0, b"", "")


@pytest.mark.parametrize(
    ("words", "environment", "shown"),
    [
        ((), {"PYTHONIOENCODING": "latin-1"}, rb"\u6cf8\u5b9a \U0001f600"),
        (("--json",), {"PYTHONIOENCODING": "ascii"}, rb'"\u6cf8\u5b9a \ud83d\ude00"'),
        (("--json",), {"LC_ALL": "C"}, "泸定 😀".encode()),
    ],
)
def test_letters_that_an_encoding_lacks_are_escaped_as_their_reader_takes_them(quake, words, environment, shown):
    code, said, complaint = run("quake", quake, *words, **environment)
    assert (code, complaint) == (0, "")
    assert shown in said


def test_a_complaint_of_a_name_that_no_encoding_has_is_a_line():
    code, _, said = run("check", os.fsdecode(b"\xff\x1b[31m.toml"))
    assert (code, said) == (2, "ewarn: \\udcff\\x1b[31m.toml: No such file or directory\n")


def test_nothing_prints_but_through_the_outlets():
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        assert " Console(" not in text, path
        assert "\n    print(" not in text, path
