"""Files that are whole or not there."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ewarn.errors import WriteError
from ewarn.system import files


def test_a_file_takes_its_place_once_it_is_complete_and_nothing_stays_beside_it(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")

    def fill(file):
        file.write(b"ne")
        assert path.read_text() == "old"
        file.write(b"w")

    files.write(path, fill)
    assert path.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_what_breaks_off_leaves_the_old_file_and_nothing_beside_it(tmp_path, error):
    path = tmp_path / "a.json"
    path.write_text("old")

    def fill(file):
        file.write(b"half")
        raise error

    with pytest.raises((WriteError, KeyboardInterrupt)) as raised:
        files.write(path, fill)
    if raised.type is WriteError:
        assert str(raised.value) == f"{path}: not written (No space left on device)"
        assert raised.value.exit_code == 4
    assert path.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_link_is_followed_and_stays(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "a.txt"
    link.symlink_to(tmp_path / "elsewhere" / "b.txt")
    files.write_text(link, "泸定")
    assert link.is_symlink()
    assert (tmp_path / "elsewhere" / "b.txt").read_text(encoding="utf-8") == "泸定"


def test_a_pipe_is_written_to_and_stays_one(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = "import sys; print(open(sys.argv[1]).read(), end='')"
    with subprocess.Popen([sys.executable, "-c", read, str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        files.write_text(pipe, "told")
        assert reader.communicate(timeout=30)[0] == "told"
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


def test_a_full_device_is_named_with_its_reason_for_arrays_too():
    for write in (lambda path: files.write_array(path, np.zeros(10**6)), lambda path: files.write_text(path, "x")):
        with pytest.raises(WriteError, match=r"/dev/full: not written \(No space left on device\)"):
            write(Path("/dev/full"))
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


@pytest.mark.parametrize(
    "rows", [np.zeros(0, "<i8"), np.arange(7.0), np.array([(1, 2.5)], [("a", "u1"), ("b", "<f8")])]
)
def test_an_array_is_what_numpy_reads_again(tmp_path, rows):
    files.write_array(tmp_path / "a.npy", rows)
    found = np.load(tmp_path / "a.npy")
    assert (found.dtype, found.tobytes()) == (rows.dtype, rows.tobytes())
    np.save(tmp_path / "b.npy", rows)
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(WriteError, match=r"none/a.txt: not written \(No such file or directory\)"):
        files.write_text(tmp_path / "none" / "a.txt", "x")
