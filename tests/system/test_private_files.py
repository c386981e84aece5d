"""Files that are their owner's alone: nothing is read that others could read, or could have put there."""

import os
import stat
from pathlib import Path

import pytest

from ewarn.errors import InputError
from ewarn.system.private_files import LARGEST, read_private, write_private


def test_what_is_written_is_read_again_and_nobody_else_can(tmp_path):
    mine = tmp_path / "mine"
    write_private(mine, b"first")
    write_private(mine, b"second")
    assert stat.S_IMODE(mine.stat().st_mode) == 0o600
    assert read_private(mine, "secret") == b"second"


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o602, 0o601, 0o777])
def test_a_file_that_others_can_reach_is_refused(tmp_path, mode):
    mine = tmp_path / "mine"
    write_private(mine, b"x")
    mine.chmod(mode)
    with pytest.raises(InputError, match=f"secret: .* can be read by others \\(mode {mode:o}\\)"):
        read_private(mine, "secret")


def test_a_link_is_not_followed(tmp_path):
    write_private(tmp_path / "theirs", b"x")
    (tmp_path / "mine").symlink_to(tmp_path / "theirs")
    with pytest.raises(InputError, match=r"key: cannot read .*mine \(it is a link\)"):
        read_private(tmp_path / "mine", "key")


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_refused_with_both_users(tmp_path):
    mine = tmp_path / "mine"
    write_private(mine, b"x")
    os.chown(mine, 12_345, -1)
    with pytest.raises(InputError, match=r"belongs to another user \(12345, this one is 0\)"):
        read_private(mine, "secret")


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(InputError, match="is no file"):
            read_private(path, "secret")


def test_of_a_large_file_the_beginning_is_read(tmp_path):
    write_private(tmp_path / "large", b"x" * (2 * LARGEST))
    assert len(read_private(tmp_path / "large", "secret")) == LARGEST


def test_a_file_that_opens_and_cannot_be_read_is_named():
    with pytest.raises(InputError, match=r"a key: cannot read /proc/self/mem \(Input/output error\)"):
        read_private(Path("/proc/self/mem"), "a key")
