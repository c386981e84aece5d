"""Where the control secret is kept, and from whom."""

import os
import stat

import pytest

from ewarn.drill.gateways import External
from ewarn.errors import InputError
from ewarn.gateway.intake import secret


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch, tmp_path):
    monkeypatch.delenv(secret.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_a_new_secret_can_be_read_by_its_owner_alone_and_found_again(tmp_path):
    made, file = secret.establish(None, 6001)
    path = file.path
    assert path == tmp_path / "ewarn" / "6001.secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret.find(None, 6001) == made
    assert len(made) >= 32


def test_two_gateways_have_different_secrets():
    assert secret.establish(None, 6001)[0] != secret.establish(None, 6002)[0]


def test_the_environment_wins_over_the_default_file_and_writes_none(monkeypatch, tmp_path):
    monkeypatch.setenv(secret.VARIABLE, "from-the-environment")
    assert secret.establish(None, 6001) == ("from-the-environment", None)
    assert secret.find(None, 6001) == "from-the-environment"
    assert not (tmp_path / "ewarn").exists()


def test_a_file_named_wins_over_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv(secret.VARIABLE, "from-the-environment")
    made, file = secret.establish(str(tmp_path / "mine"), 6001)
    assert file.path == tmp_path / "mine"
    assert secret.find(str(file.path), 6001) == made != "from-the-environment"


def test_a_file_that_exists_is_used_and_stays(tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("chosen by me alone\n")
    mine.chmod(0o600)
    assert secret.establish(str(mine), 6001) == ("chosen by me alone", None)


def test_a_file_that_others_can_read_is_refused(tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("not secret")
    mine.chmod(0o644)
    with pytest.raises(InputError, match=r"can be read by others \(mode 644\)"):
        secret.establish(str(mine), 6001)


def test_a_missing_secret_is_one_clear_line():
    with pytest.raises(InputError, match=r"secret: cannot read .*6009.secret"):
        secret.find(None, 6009)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives folders away")
def test_a_folder_of_somebody_elses_is_good_for_a_file_that_is_named_but_not_by_default(tmp_path):
    folder = tmp_path / "ewarn"
    folder.mkdir()
    os.chown(folder, 12_345, -1)
    with pytest.raises(InputError, match="its folder belongs to another user"):
        secret.establish(None, 6001)
    _, file = secret.establish(str(folder / "mine"), 6001)
    assert file.path == folder / "mine"


BAD = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "two lines": (b"topsecret\ntopsecret\n", "has 2 lines, expected 1"),
    "not ASCII": ("топsecret".encode(), "has 6 bytes that are not printable ASCII"),
    "not UTF-8": (b"topsecret\xff", "has 1 bytes that are not printable ASCII"),
    "too short": (b"topsecret", "has 9 characters, expected 16 to 1,024"),
    "a tab": (b"top\tsecret", "has 1 bytes that are not printable ASCII"),
    "too long": (b"topsecret" * 1000, "has 9,000 characters, expected 16 to 1,024"),
}


@pytest.mark.parametrize(("given", "said"), BAD.values(), ids=BAD)
def test_a_secret_that_no_request_can_carry_is_refused_wherever_it_stands_and_not_shown(tmp_path, given, said):
    mine = tmp_path / "mine"
    mine.write_bytes(given)
    mine.chmod(0o600)
    os.environb[secret.VARIABLE.encode()] = given
    try:
        for named, where in ((str(mine), str(mine)), (None, secret.VARIABLE)):
            for ask in (secret.find, secret.establish):
                with pytest.raises(InputError) as caught:
                    ask(named, 6001)
                assert str(caught.value) == f"secret: {where} {said}"
                assert "topsecret" not in str(caught.value)
    finally:
        os.environ.pop(secret.VARIABLE, None)


def test_a_byte_order_mark_and_the_ends_of_its_line_are_no_part_of_a_secret(tmp_path):
    mine = tmp_path / "mine"
    mine.write_bytes(b"\xef\xbb\xbfchosen by me alone\r\n")
    mine.chmod(0o600)
    assert secret.find(str(mine), 6001) == "chosen by me alone"


def test_a_file_that_cannot_even_be_looked_for_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match=r"--secret-file: cannot write .*File name too long"):
        secret.establish(str(tmp_path / ("x" * 300)), 6001)


def test_what_holds_a_secret_does_not_show_it():
    assert "topsecret" not in repr(External("ws://127.0.0.1:1", "127.0.0.1:2", "topsecret"))


def test_a_gateway_that_ends_late_lets_the_secret_of_the_next_one_be(tmp_path):
    _, old = secret.establish(None, 6001)
    made, new = secret.establish(None, 6001)
    secret.remove(old)
    assert secret.find(None, 6001) == made
    secret.remove(new)
    assert not (tmp_path / "ewarn").exists()
    secret.remove(new)


def test_a_named_file_that_the_next_one_found_there_is_left_to_it(tmp_path):
    made, old = secret.establish(str(tmp_path / "mine"), 6001)
    assert secret.establish(str(tmp_path / "mine"), 6001) == (made, None)
    secret.remove(old)
    assert secret.find(str(tmp_path / "mine"), 6001) == made


def test_a_folder_that_one_before_takes_away_meanwhile_is_made_again(monkeypatch):
    made = secret.make_folder
    takes = iter([True, False])

    def and_gone(folder):
        made(folder)
        if next(takes):
            folder.rmdir()

    monkeypatch.setattr(secret, "make_folder", and_gone)
    found, _ = secret.establish(None, 6001)
    assert secret.find(None, 6001) == found
