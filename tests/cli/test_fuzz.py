"""Hostile words at every verb: no traceback, never exit code 1, and within seconds. Nothing that listens is reached."""

import shutil
from itertools import cycle, islice

import pytest
from click.testing import CliRunner

from ewarn.cli import VERBS, main
from ewarn.gateway.intake.secret import VARIABLE

HOSTILE = [
    "",
    " ",
    "0",
    "-1",
    "nan",
    "inf",
    "1e999",
    "9" * 5000,
    "٣",
    "1_0",
    "[/b]",
    "[link=x]",
    "\x1b[31m",
    "\udcff",
    "泸定 😀",
    "\u202e",
    "x" * 300,
    "a,b,,",
    ",",
    "--",
    "/",
    ".",
    "/dev/null",
    "/dev/full",
    "/proc/self/mem",
    "/dev/zero",
    "configs",
    "configs/drill.toml",
    "configs/quakes/luding-2022.toml",
    "configs/stations/sichuan.csv",
    "luding-2022",
    "none.toml",
    "none.csv",
    "NONE.XML",
    "127.0.0.1:9",
    "127.0.0.1:99999",
    "127.0.0.1:" + "9" * 5000,
    "ws://127.0.0.1:9",
    "ws://[::1",
    "ws://user:topsecret@127.0.0.1:9",
    "http://x",
    "a..b:80",
    "é:80",
    "0.0.0.0:0",
]
"""values, each at the place of any option or argument"""

START = {
    "drill": {"--to": "ws://127.0.0.1:9", "--control": "127.0.0.1:9", "--users": "40000000"},
    "swarm": {"--to": "ws://127.0.0.1:9", "--clients": "1000000000", "--for": "0.1"},
    "gateway": {"--listen": "a..b:0", "--control": "127.0.0.1:0"},
    "demo": {"--listen": "a..b:0"},
    "shards": {"--control": "127.0.0.1:9"},
    "publish": {"--control": "127.0.0.1:9", "--first": "999"},
    "bench": {"--engines": "none"},
    "release": {"--grid-km": "200", "--depths": "10", "--config": "none.toml"},
    "explain": {"--user": "1"},
    "fleet": {"--out": "configs"},
}
"""by verb, options that keep it from doing a day's work: nobody listens there, or it does not fit this machine"""
GIVEN = {
    "shards": ["2"],
    "publish": ["luding-2022"],
    "plan": ["none.json"],
    "check": ["configs/drill.toml"],
    "compare": ["configs"],
    "explain": ["configs"],
    "report": ["configs"],
}
"""by verb, its arguments"""
KEPT = {("drill", "to"), ("gateway", "listen"), ("demo", "listen"), ("bench", "engines"), ("release", "config")}
"""parameters whose good values would have something begin: they get none of `GOOD`"""
GOOD = {"127.0.0.1:9", "0.0.0.0:0", "configs/drill.toml", "ws://127.0.0.1:9"}
OUTSIDE = ("/", "/dev/null", "/dev/full", "/dev/zero", "/proc/self/mem")
"""where nothing is to be written"""
EACH = 16
"""values that a parameter gets, others than the one before it"""
CODES = {0, 2, 3, 4}
"""of the design, for what ends by itself; 1 is a bug"""
SECRET = "never-to-be-shown"


def words_of(verb, parameter, value):
    """The verb's words with a value at one of its parameters."""
    options = dict(START.get(verb, {}))
    arguments = GIVEN.get(verb, [])
    if parameter.param_type_name == "argument":
        arguments = [value]
    else:
        options[max(parameter.opts, key=len)] = None if parameter.is_flag else value
    if (verb, parameter.name) == ("fleet", "out"):
        options["--shards"] = "0"  # or it would run until somebody ends it
    flat = [word for name, given in options.items() for word in (name, given) if word is not None]
    return [verb, *flat, "--", *arguments]


def fit(verb, parameter):
    """Hostile values for a parameter."""
    if getattr(parameter, "is_flag", False):
        return [""]
    writes = parameter.name in ("out", "charts", "secret_file")
    return [
        value
        for value in HOSTILE
        if not (writes and value in OUTSIDE) and not ((verb, parameter.name) in KEPT and value in GOOD)
    ]


def trials():
    """Verb, parameter, and values, so that all of these come up again and again."""
    begin = 0
    for verb in VERBS:
        for parameter in verb.params:
            values = fit(verb.name, parameter)
            yield verb.name, parameter, list(islice(cycle(values), begin, begin + min(EACH, len(values))))
            begin += EACH


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_no_word_is_a_traceback_and_none_ends_as_a_bug(verb, tmp_path, monkeypatch):
    shutil.copytree("configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, SECRET)
    for _, parameter, values in (trial for trial in trials() if trial[0] == verb):
        for value in values:
            words = words_of(verb, parameter, value)
            done = CliRunner().invoke(main, words)
            assert done.exit_code in CODES, (words, done.output, done.exception)
            assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
            assert "Traceback" not in done.output and SECRET not in done.output, words
            assert "\x1b" not in done.output and "\u202e" not in done.output, (words, done.output)
            assert done.exit_code == 0 or done.stderr.strip(), words
