"""Keys on disk: made, changed for others, and refused in one line where they are none."""

import shutil
import stat
import subprocess

import pytest
from click.testing import CliRunner

from ewarn.cli import main
from ewarn.errors import InputError
from ewarn.gateway.intake import keys
from ewarn.system import private_files
from tests.commands import ewarn

OPENSSL = shutil.which("openssl")
with_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")


def test_new_keys_are_their_owner_s_alone_and_fit_each_other(tmp_path):
    signer = keys.make(tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new" / keys.SIGNING).stat().st_mode) == 0o600
    assert keys.signing_key(tmp_path / "new" / keys.SIGNING).public == signer.public
    assert keys.trusted_keys(tmp_path / "new" / keys.TRUSTED) == (signer.public,)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [keys.SIGNING, keys.TRUSTED]


def test_a_key_that_is_there_is_not_written_over(tmp_path):
    first = keys.make(tmp_path)
    with pytest.raises(InputError, match="already exists; --rotate"):
        keys.make(tmp_path)
    assert keys.signing_key(tmp_path / keys.SIGNING).public == first.public


def test_while_a_key_is_changed_both_are_trusted_and_then_the_new_one_alone(tmp_path):
    first, second = keys.make(tmp_path), keys.rotate(tmp_path)
    assert keys.trusted_keys(tmp_path / keys.TRUSTED) == (second.public, first.public)
    with pytest.raises(InputError, match=r"--rotate: .*trusted\.pem has 2 keys, expected 1; --retire"):
        keys.rotate(tmp_path)
    assert keys.signing_key(tmp_path / keys.SIGNING).public == second.public
    assert keys.trusted_keys(tmp_path / keys.TRUSTED) == (second.public, first.public)
    assert keys.retire(tmp_path).public == second.public
    assert keys.trusted_keys(tmp_path / keys.TRUSTED) == (second.public,)
    third = keys.rotate(tmp_path)
    assert keys.trusted_keys(tmp_path / keys.TRUSTED) == (third.public, second.public)


def test_a_file_in_place_of_the_folder_is_named_as_one(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file \(not a folder\)"):
        keys.make(tmp_path / "file")


@with_openssl
def test_keys_of_openssl_are_read(tmp_path):
    private, public = tmp_path / "a.pem", tmp_path / "b.pem"
    subprocess.run([OPENSSL, "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
    private.chmod(0o600)
    subprocess.run([OPENSSL, "pkey", "-in", private, "-pubout", "-out", public], check=True)
    assert keys.trusted_keys(public) == (keys.signing_key(private).public,)


@pytest.mark.parametrize(
    "text", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "x" * 10**6]
)
def test_what_is_no_file_of_keys_is_refused_in_a_line_that_names_it(tmp_path, text):
    path = tmp_path / "keys.pem"
    path.write_text(text)
    path.chmod(0o600)
    for read in (keys.trusted_keys, keys.signing_key):
        with pytest.raises(InputError, match=r"keys\.pem") as caught:
            read(path)
        assert "\n" not in str(caught.value)


@with_openssl
def test_a_key_of_another_kind_is_refused(tmp_path):
    private, public = tmp_path / "a.pem", tmp_path / "b.pem"
    subprocess.run([OPENSSL, "genpkey", "-algorithm", "x25519", "-out", private], check=True)
    private.chmod(0o600)
    subprocess.run([OPENSSL, "pkey", "-in", private, "-pubout", "-out", public], check=True)
    for read, path in ((keys.signing_key, private), (keys.trusted_keys, public)):
        with pytest.raises(InputError, match="another kind, expected Ed25519"):
            read(path)


def test_the_verb_makes_changes_and_retires_keys(tmp_path):
    folder = tmp_path / "keys"
    code, said, _ = ewarn("keys", folder)
    assert code == 0 and "1 trusted" in said
    code, said, _ = ewarn("keys", folder, "--rotate")
    assert code == 0 and "2 trusted" in said
    code, said, _ = ewarn("keys", folder, "--retire")
    assert code == 0 and "1 trusted" in said
    assert ewarn("keys", folder)[0] == 2
    assert ewarn("keys", folder, "--rotate", "--retire")[0] == 2
    assert ewarn("keys", tmp_path / "none", "--rotate")[0] == 2


def test_a_folder_whose_name_is_no_text_has_its_keys_told_of(tmp_path):
    done = CliRunner().invoke(main, ["keys", str(tmp_path / "\udcff")])
    assert done.exit_code == 0, done.exception
    assert "1 trusted" in done.output


def test_trusted_keys_that_others_could_have_written_are_refused(tmp_path, monkeypatch):
    keys.make(tmp_path)
    path = tmp_path / keys.TRUSTED
    path.chmod(0o666)
    with pytest.raises(InputError, match=r"trusted keys: \S+ can be written by everybody \(mode 666\)"):
        keys.trusted_keys(path)
    path.chmod(0o644)
    assert len(keys.trusted_keys(path)) == 1
    monkeypatch.setattr(private_files.os, "geteuid", lambda: path.stat().st_uid + 1)
    if path.stat().st_uid:  # what is root's is everybody's to trust
        with pytest.raises(InputError, match=r"trusted keys: .* belongs to another user"):
            keys.trusted_keys(path)
