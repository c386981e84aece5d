"""By what a run was made: a commit of our own checkout alone, and never a failure for want of one."""

import shutil
import subprocess

import pytest

from ewarn import __version__
from ewarn.cli.drills import demo, drill
from ewarn.drill.made import commit_of, made
from ewarn.system.clock import VirtualClock

GIT = shutil.which("git") or "git"


def git(folder, *words):
    who = ("-c", "user.name=x", "-c", "user.email=x@x", "-c", "commit.gpgsign=false")
    return subprocess.run([GIT, "-C", str(folder), *who, *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def checkout(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "tag", "v1")
    return tmp_path


def test_what_made_a_run_is_told_as_of_now_with_the_command_as_it_was_typed():
    by = made(VirtualClock(1_700_000_000.7), ("ewarn", "drill", "--out", "a b"))
    assert (by.ewarn, by.date, by.command) == (__version__, "2023-11-14T22:13:20Z", ("ewarn", "drill", "--out", "a b"))
    assert by.host


def test_what_a_url_carries_behind_its_path_is_not_kept_for_others_to_read():
    typed = (
        "ewarn",
        "drill",
        "--to",
        "ws://127.0.0.1:8600/v1/alerts?token=s3cret",
        "--to=ws://h:1/#s3cret",
        "--out",
        "a?b#c",
    )
    kept = made(VirtualClock(0.0), typed).command
    assert kept[3:] == ("ws://127.0.0.1:8600/v1/alerts?...", "--to=ws://h:1/#...", "--out", "a?b#c")


def test_the_commit_is_the_whole_one_whatever_tags_there_are_and_says_where_files_were_changed(checkout):
    commit = git(checkout, "rev-parse", "HEAD").strip()
    assert commit_of(checkout) == commit
    (checkout / "file").write_text("two")
    assert commit_of(checkout) == f"{commit}+"


def test_within_a_hook_of_another_repository_the_commit_is_our_own(checkout, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path_factory.mktemp("other")))
    (branch,) = (checkout / ".git" / "refs" / "heads").iterdir()
    assert commit_of(checkout) == branch.read_text().strip()


def test_a_folder_within_somebodys_checkout_has_none(checkout):
    (checkout / "site-packages").mkdir()
    assert commit_of(checkout / "site-packages") is None


def test_a_checkout_that_git_cannot_read_and_a_machine_without_git_have_none(checkout, monkeypatch):
    (checkout / ".git" / "HEAD").write_text("?")
    assert commit_of(checkout) is None
    monkeypatch.setenv("PATH", "/nowhere")
    assert commit_of(checkout) is None


@pytest.mark.parametrize("command", [drill, demo])
def test_no_option_of_a_command_that_is_kept_takes_a_secret(command):
    taken = {name for one in command.params for name in one.opts if any(w in name for w in ("secret", "token", "pass"))}
    assert taken <= {"--secret-file"}
