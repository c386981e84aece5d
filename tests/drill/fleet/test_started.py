"""Commands that a drill starts on hosts: what they said last is known, and nothing of them is left."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from ewarn.drill.fleet.started import Started, shown
from ewarn.errors import InputError


def until(what, within_s=20.0):
    end = time.monotonic() + within_s
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


def gone(pid):
    """The kernel ends what it was told to end a moment later."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_of_a_command_that_ended_the_last_line_is_told(tmp_path):
    with Started(tmp_path) as hosts:
        hosts.start("s1", ["sh", "-c", "echo first >&2; echo 'ewarn: no \033[31mkey' >&2; echo >&2; pwd; exit 2"])
        assert until(lambda: hosts.why_ended("s1")) == "its command has ended (exit code 2): no key"
        hosts.start("s2", ["sh", "-c", "kill -9 $$"])
        assert until(lambda: hosts.why_ended("s2")) == "its command has ended (killed by signal 9): it said nothing"
        hosts.start("s3", ["no-such-program"])
        assert "no-such-program" in until(lambda: hosts.why_ended("s3"))
        hosts.start("s6", ["true"])
        assert until(lambda: hosts.why_ended("s6")).endswith(
            "(exit code 0): it has to go on for as long as the drill does"
        )
        hosts.start("s7", ["sh", "-c", "echo first >&2; printf 's7, password: ' >&2; cat"])
        assert until(lambda: hosts.said("s7") == "s7, password:")
        assert hosts.why_ended("s4") is None
        with pytest.raises(InputError, match="s5: start: "):
            hosts.start("s5", ["a\0b"])


def test_commands_start_in_the_folder_of_the_file_and_end_with_their_input(tmp_path):
    (tmp_path / "on").write_text("#!/bin/sh\necho here >&2\ncat\n")
    (tmp_path / "on").chmod(0o700)
    with Started(tmp_path) as hosts:
        hosts.start("s1", ["./on"])
        until(lambda: hosts.said("s1") == "here")
        began = time.monotonic()
    assert time.monotonic() - began < 4


def test_whoever_hears_no_signal_is_ended_with_all_that_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr("ewarn.drill.fleet.started.LEAVE_S", 0.2)
    with Started(tmp_path) as hosts:
        hosts.start("s1", ["sh", "-c", 'trap "" TERM; sleep 600 & echo $! >&2; wait; sleep 600'])
        child = int(until(lambda: hosts.said("s1")))
    until(lambda: gone(child))


def test_a_line_is_shown_without_what_moves_a_cursor_and_not_for_ever():
    assert shown(b"\x1b[1;31mewarn: it is\x07 wrong\r\n") == "it is wrong"
    assert len(shown(b"x" * 9999)) == 300
    assert shown(b"\xff\xfe\n") == "\ufffd\ufffd"


def test_a_gateway_whose_starter_is_gone_does_not_begin_to_serve(tmp_path):
    words = ("gateway", "--until-eof", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--state", "")
    done = subprocess.run(
        [sys.executable, "-m", "ewarn", *words, "--secret-file", str(tmp_path / "secret")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert "alerts on" not in done.stderr


def test_a_gateway_ends_with_the_input_of_who_started_it(tmp_path):
    words = ("gateway", "--until-eof", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--state", "")
    one = subprocess.Popen(
        [sys.executable, "-m", "ewarn", *words, "--secret-file", str(tmp_path / "secret")],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )
    try:
        until(lambda: "alerts on" in one.stderr.readline())
        one.stdin.write("what comes is dropped\n")
        _, said = one.communicate(timeout=20)
    finally:
        one.send_signal(signal.SIGKILL)
    assert one.returncode == 0
    assert "all shards have ended" in said
