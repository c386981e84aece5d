"""Every option of Locust is honoured or refused; the pages and the code agree on which."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ewarn.errors import InputError
from loadtests.gateways import listens, running
from loadtests.options import HONOURED, OWN, REFUSED, called, check, of_the_master

PAGE = Path("docs/howto/load-test-with-locust.md")
DEFAULTS = {"num_users": None, "tags": None, "reset_stats": False, "exit_code_on_error": 1, "teleport": False}
GIVEN = DEFAULTS | OWN | {"host": None, "ear_port": 0}

LIST = """
import json
from locust.argument_parser import get_parser
print(json.dumps({one.dest: one.option_strings for one in get_parser(default_config_files=[])._actions}))
"""


@pytest.mark.skipif(importlib.util.find_spec("locust") is None, reason="locust is not installed")
def test_every_option_of_the_locust_that_is_installed_is_in_one_of_both_tables():
    done = subprocess.run([sys.executable, "-c", LIST], capture_output=True, text=True, check=True)
    theirs = json.loads(done.stdout.splitlines()[-1])
    ours = {"listen", "control", "secret_file", "ca", "signing_key", "ear_port", *OWN}
    assert not set(theirs) - set(HONOURED) - set(REFUSED) - ours
    assert not set(HONOURED) & set(REFUSED)
    wrong = {name: words for name, words in theirs.items() if words and called(name) not in words}
    assert not wrong


def test_the_page_says_of_each_option_which_it_is():
    rows = {
        word: row.split("|")[2].strip()
        for row in PAGE.read_text(encoding="utf-8").splitlines()
        if row.startswith("| `-")
        for word in re.findall(r"`(--[a-z-]+)`", row.split("|")[1])
    }
    hidden = {"web_host_display_name", "headful", "build_path", "web_auth", "legacy_ui", "slave", "expect_slaves"}
    for names, said in ((HONOURED, "honoured"), (REFUSED, "refused")):
        missing = [name for name in names if name not in hidden | {"user_classes"} and rows.get(called(name)) != said]
        assert not missing
    for name in OWN:
        assert f"`{called(name)}" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"tags": ["a"]}, "--tags: there is one task"),
        ({"reset_stats": True}, "--reset-stats: deliveries count from the first release on"),
        ({"exit_code_on_error": 0}, "--exit-code-on-error: exit codes are those of ewarn"),
        ({"teleport": True}, "--teleport: this load test does not know what to make of it"),
        ({"num_users": 0}, "--users: expected 1 at least, got 0"),
        ({"limit_ms": -1.0}, "--limit-ms: expected 0 or more, got -1"),
        ({"control": "127.0.0.1:1", "headless": True}, "--control: needs --host"),
        ({"host": "ws://a:1", "listen": "127.0.0.1:0"}, "--listen: goes without --host"),
    ],
)
def test_what_cannot_be_honoured_is_refused_in_a_line(given, line):
    with pytest.raises(InputError, match=re.escape(line)):
        check(GIVEN | given, DEFAULTS)


def test_what_is_left_at_its_default_is_fine_and_a_worker_says_what_its_master_decides():
    check(GIVEN, DEFAULTS)
    assert of_the_master(GIVEN) == []
    assert of_the_master(GIVEN | {"clients": 5, "num_users": 4}) == ["--users", "--clients"]


@pytest.mark.parametrize(
    ("wished", "here", "reached_at", "where"),
    [
        (None, True, set(), "127.0.0.1:0"),
        (None, False, {"10.0.0.1"}, "10.0.0.1:0"),
        (None, False, {"fd00::1"}, "[fd00::1]:0"),
        ("10.0.0.1:8600", False, {"10.0.0.9"}, "10.0.0.1:8600"),
    ],
)
def test_a_gateway_of_our_own_listens_where_its_workers_reach_it(wished, here, reached_at, where):
    assert listens(wished, here, reached_at) == where


@pytest.mark.parametrize(
    ("wished", "reached_at", "line"),
    [
        ("127.0.0.1:0", {"10.0.0.1"}, "--listen 127.0.0.1:0: workers on other hosts cannot reach loopback"),
        ("0.0.0.0:0", {"10.0.0.1"}, "--listen 0.0.0.0:0: give the address by which workers on other hosts reach it"),
        (None, {"10.0.0.1", "10.1.0.1"}, "--listen: workers reach this host by 10.0.0.1, 10.1.0.1"),
    ],
)
def test_one_that_they_cannot_reach_is_refused(wished, reached_at, line):
    with pytest.raises(InputError, match=re.escape(line)):
        listens(wished, False, reached_at)


def test_a_gateway_that_runs_is_named_as_locust_names_hosts_or_refused_with_the_option():
    assert running("http://10.0.0.1:8600/", "10.0.0.1:8601", None, None, None).to == "ws://10.0.0.1:8600"
    for host, control, ca, line in (
        ("ws://10.0.0.1:8600", None, None, "--host: needs --control HOST:PORT"),
        ("ftp://a:1", "a:2", None, "--host: expected ws://HOST:PORT"),
        ("ws://a:1", "a", None, "--control: expected HOST:PORT"),
        ("wss://a:1", "a:2", "none.pem", "--ca: none.pem is no file"),
        ("ws://a:1", "a:2", str(PAGE), "--ca: needs a --host with wss://"),
    ):
        with pytest.raises(InputError, match=re.escape(line)):
            running(host, control, None, ca, None)
