"""Every language has the same words, each is used, and whatever people read about has words."""

import ast
import copy
import re
from pathlib import Path
from typing import get_args

import pytest

from ewarn import words
from ewarn.demo.wish import FAULTS
from ewarn.dispatch.gates import Gate
from ewarn.dispatch.orders import ORDERS
from ewarn.errors import InputError
from ewarn.gateway.engines import AUTO, ENGINES
from ewarn.seismic.intensity import LEVELS
from ewarn.seismic.origin import Status
from ewarn.verdict.checks import CHECKS
from ewarn.verdict.fate import Fate
from ewarn.words import Said, has, languages, listed, say

ROOT = Path(words.__file__).parent.parent
SOURCES = [path for kind in ("py", "js", "html", "json") for path in sorted(ROOT.rglob(f"*.{kind}"))]
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
REGISTRIES = {
    "fate": [fate.key for fate in Fate],
    "meaning": [fate.key for fate in Fate],
    "check": list(CHECKS),
    "level": LEVELS,
    "gate": [gate.name.lower() for gate in Gate if gate is not Gate.OPEN],
    "order": list(ORDERS),
    "engine": [AUTO, *ENGINES],
    "means": [AUTO, *ENGINES],
    "fault": FAULTS,
    "status": get_args(Status),
}
SAID = re.compile(r"""(?:\bt\(|\bsay\(|data-t(?:-label)?=|dataset\.t(?:Label)? = )"([a-z]+\.[\w-]+)\"""")
"""where a key stands as it is"""
MADE = re.compile(r"""[`"']([a-z]+\.(?:[\w-]*\$?\{[^}]*\})+[\w-]*)[`"']""")
"""where a key is made of parts"""


def holes(text):
    return sorted(re.findall(r"\{\d\}", text))


@pytest.mark.parametrize("code", languages())
def test_every_language_has_the_same_words_with_the_same_holes(code):
    own, english = languages()[code], languages()["en"]
    assert list(own) == list(english)
    assert {key: holes(text) for key, text in own.items()} == {key: holes(text) for key, text in english.items()}
    assert all(text.strip() for text in own.values())


@pytest.mark.parametrize(("section", "members"), REGISTRIES.items())
def test_whatever_is_in_a_registry_has_words_and_no_word_stands_for_nothing(section, members):
    assert {key.partition(".")[2] for key in languages()["en"] if key.startswith(f"{section}.")} == set(members)


def test_every_key_that_is_said_has_words():
    said = set(SAID.findall(TEXT))
    assert len(said) > 200
    assert said <= set(languages()["en"])


def made():
    """Patterns of keys that are made of parts, a group a part."""
    return [
        re.compile(r"([\w-]+)".join(map(re.escape, re.split(r"\$?\{[^}]*\}", key)))) for key in set(MADE.findall(TEXT))
    ]


def test_no_word_is_unused():
    quoted = set(re.findall(r"""["'`]([\w.-]+)["'`]""", TEXT)) | set(re.findall(r"\b(\w+)(?:: | = )", TEXT))
    patterns = made()

    def used(key):
        found = (pattern.fullmatch(key) for pattern in patterns)
        return key in quoted or any(match and quoted.issuperset(match.groups()) for match in found)

    rest = [key for key in languages()["en"] if key.partition(".")[0] not in (*REGISTRIES, "language")]
    assert [key for key in rest if not used(key)] == []


def test_what_is_said_is_english_and_knows_how_to_be_said_otherwise():
    told = say("report.failed-one", say("figure.never"), 'a <b> "c"')
    assert told == 'The drill failed a promise: never. a <b> "c".'
    assert isinstance(str(told), Said)
    assert told.spelled() == '["report.failed-one",["figure.never"],"a <b> \\"c\\""]'
    assert "<b>" not in told.__html__()
    assert copy.deepcopy(told).spelled() == told.spelled()


def test_a_list_is_said_with_what_stands_before_its_last():
    assert listed(["a", "b", "c"]) == "a, b, c"
    assert listed(["a", "b", "c"], "figure.last") == "a, b and c"
    assert (listed([]), listed(["a"])) == ("", "a")


def test_without_words_a_key_is_an_error():
    assert not has("fate.nothing")
    with pytest.raises(KeyError):
        say("fate.nothing")


def test_the_module_of_the_page_holds_all_languages_as_data():
    made = words.module()
    assert made.startswith("export const LANGUAGES = {")
    assert ast.literal_eval(made.removeprefix("export const LANGUAGES = ").rstrip(";\n")) == languages()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("en.toml", None, "en.toml: not there"),
        ("zh.toml", b"x [", "zh.toml: not TOML: "),
        ("zh.toml", b"\xff\xfe", "zh.toml: not TOML: "),
        ("zh.toml", b"x = 5", "zh.toml: expected tables of words alone"),
        ("zh.toml", b"[x]\ny = 5", "zh.toml: x.y: expected words, got 5"),
    ],
)
def test_a_file_of_words_that_is_missing_or_broken_is_named_in_a_line(tmp_path, monkeypatch, name, content, said):
    for path in words.HERE.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).unlink()
    if content:
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(words, "HERE", tmp_path)
    with pytest.raises(InputError) as error:
        languages.__wrapped__()
    assert str(error.value).startswith(f"{tmp_path}/{said}")
    assert "\n" not in str(error.value)
