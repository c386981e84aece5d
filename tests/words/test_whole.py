"""Nothing of the one language is left where the other is read: files of words, terminal, report."""

import io
import json
import re
from dataclasses import replace

import msgspec
import pytest
from click.testing import CliRunner

from ewarn.briefing import page
from ewarn.centre.check import check as look_at
from ewarn.cli import main
from ewarn.cli.plain import plain_console
from ewarn.config.catalogues import find_quake, make_quake
from ewarn.config.quakes import load_quake
from ewarn.config.tables import shipped
from ewarn.drill.scenario import story
from ewarn.runs import explain, results
from ewarn.system import json_files
from ewarn.verdict.document import Document
from ewarn.words import Said, into, languages, say, spelled, told
from ewarn.words.spelling import Spelling
from tests.briefing.conftest import simulated
from tests.runs.test_results import outcome, scenario  # noqa: F401  a fixture
from tests.words.left_over import chinese, english, spoken, visible

CHECKS = [
    {"name": "first_report", "measured": 6.0, "limit": 15.0, "unit": "s", "passed": True},
    {"name": "epicentre", "measured": 0.2, "limit": 0.3, "unit": "s", "users": 20, "promised_users": 200_000,
     "note": "not shown: 20 users near, fewer than 1,000", "passed": None},
]  # fmt: skip
SAID = {CHECKS[1]["note"]: {"key": "noted.few-near", "given": ["20", "1,000"]}}


TYPED = re.compile(r"--[a-z-]+(?: FILE\.csv)?|[a-z]+(?:_[a-z]+)+|[A-Za-z]+\.[a-z-]+|[a-z]+\(\)|await")
"""options, keys, files and calls, as they are typed"""
FORMULA = "cores x within headroom memory gbit users"
"""symbols"""


def shown(renderable, monkeypatch, language):
    """On a console of a command that runs in the language."""
    monkeypatch.setattr("ewarn.cli.language.in_force", lambda: language)
    console = plain_console()
    console.file, console.width = io.StringIO(), 100
    console.print(renderable)
    return console.file.getvalue()


def test_words_in_the_files_stay_in_their_language():
    keys = "MiB network spacing_km stations toml json type start stop demo Ctrl-C L Ed25519 https WebGL2 quake id zh CN"
    typed = "[detection] box, ewarn report, pip install -e, ulimit -n; D, O of a map; Gbit/s; silent_share"
    others = "epoll ping uvloop websockets picows matplotlib ObsPy QuakeML"
    found = {
        key: english(TYPED.sub("", text), keys, typed, others, FORMULA if key.startswith("sizing.formula-") else "")
        for key, text in languages()["zh"].items()
        if not key.startswith(("engine.", "means."))
    }
    assert {key: rest for key, rest in found.items() if rest} == {}
    others = {key: chinese(text) for key, text in languages()["en"].items()}
    assert {key: rest for key, rest in others.items() if rest} == {}


def test_the_verdict_on_a_chinese_terminal_has_no_english(scenario, monkeypatch):  # noqa: F811
    for one in (outcome(scenario), outcome(scenario, missing=7), outcome(scenario, untrusted=[say("doubt.ring", "5")])):
        said = shown(results.table(one), monkeypatch, "zh")
        assert english(said) == []
        assert "承诺" in said
        assert chinese(shown(results.table(one), monkeypatch, "en")) == []


def test_the_columns_of_a_chinese_table_stand_below_each_other(scenario, monkeypatch):  # noqa: F811
    from rich.cells import cell_len

    lines = shown(results.table(outcome(scenario)), monkeypatch, "zh").split("\n")
    rows = lines[1 : 2 + len(scenario.reports)]
    assert len({cell_len(line) for line in rows}) == 1


def test_what_a_drill_says_of_its_quake_and_of_what_is_not_known_has_words(scenario):  # noqa: F811
    assert english(spoken(story(scenario))) == []
    assert "泸定" in spoken(story(scenario))
    assert chinese(story(scenario)) == []
    assert all(english(spoken(note)) == [] for note in scenario.notes)


def test_a_note_is_english_in_the_file_and_has_its_words_beside_it(scenario):  # noqa: F811
    one = outcome(scenario, untrusted=[say("doubt.ring", "5"), "of another kind"])
    document = results.document(one)
    again = json_files.decoded(json_files.encoded(document).encode(), Document)
    check = next(one for one in again.checks if one.name == "delivery")
    assert check.note == "within, at 2,000 of 500,000 users"
    assert again.said[check.note] == Spelling("verdict.within", ("2,000", "500,000"))
    assert into(again.in_words(check.note), "zh") == "限内，仅 2,000 / 500,000 用户"
    assert again.in_words("of another kind") == "of another kind"
    assert json.loads(json_files.encoded(again)) == json.loads(json_files.encoded(document))
    msgspec.json.encode(document)  # nothing in it is of a kind that only this program knows


def test_an_older_file_has_no_words_and_one_of_another_version_is_read_as_it_stands():
    assert told("x", {}) == "x"
    for strange in (Spelling("no.such-key"), Spelling("verdict.within", ("1",)), Spelling("verdict.kept")):
        found = told("within, at 1 of 2 users", {"within, at 1 of 2 users": strange})
        assert not isinstance(found, Said)
        assert found == "within, at 1 of 2 users"


def test_the_chinese_report_has_no_english_but_names(tmp_path):
    simulated(tmp_path / "run", checks=CHECKS, said=SAID)
    markup = page.write([tmp_path / "run"], None, None).read_text(encoding="utf-8")
    body = markup.partition("<body>")[2]
    words = languages()

    def say_it(spelled_, language):
        def fill(parts):
            if isinstance(parts, dict):
                return parts.get(language, parts["en"])
            if isinstance(parts, str):
                return parts
            return words[language][parts[0]].format(*map(fill, parts[1:]))

        return fill(json.loads(spelled_)) if spelled_[0] in "[{" else words[language][spelled_]

    own = ("run", "Luding")  # the folder, and a quake that was given no other name
    pictures = body.split("<svg")
    texts = pictures[0] + "".join(part.partition("</svg>")[2] for part in pictures[1:])
    assert english(visible(texts, lambda one: say_it(one, "zh")), *own) == []
    assert chinese(visible(texts, lambda one: say_it(one, "en"))) == []


def test_an_explanation_has_words_for_each_of_its_lines(tmp_path):
    simulated(tmp_path / "run")
    for line in explain.lines(explain.explain(tmp_path / "run", 1)):
        assert line == "" or english(spoken(line)) == []


def test_every_quake_that_we_ship_has_a_chinese_name_and_none_in_its_english_one():
    for path in sorted((shipped() / "quakes").glob("*.toml")):
        quake = find_quake(path.stem)
        assert chinese(quake.name) == []
        assert english(quake.called.into("zh")) == []
        assert "ok" in look_at(path) or quake.id in look_at(path)


OWN = 'id = "own"\nname = "My own"\nzone = "Qingzang"\n{}[origin]\ntime = 2022-09-05T12:52:18+08:00\n' + (
    "latitude = 29.59\nlongitude = 102.08\ndepth_km = 16.0\nmagnitude = 6.8\n"
)


def test_a_quake_file_needs_no_other_name_and_keeps_the_ones_that_it_has(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN.format(""))
    assert spoken(load_quake(path).called) == "My own"
    path.write_text(OWN.format('[names]\nzh = "我的"\nde = "Meines"\n'))
    quake = load_quake(path)
    assert (spoken(quake.called), into(quake.called, "de"), into(quake.called, "fr")) == ("我的", "Meines", "My own")
    assert quake == replace(quake, names={})
    again = tmp_path / "again.toml"
    from ewarn.config.catalogues import write_quake

    write_quake(quake, again)
    assert load_quake(again).names == quake.names


def test_a_quake_that_was_made_up_is_called_so_in_both_languages():
    from datetime import UTC, datetime

    made = make_quake(30.0, 102.0, 10.0, 6.0, None, datetime(2026, 1, 1, tzinfo=UTC))
    assert made.name == "Made up, 30.00 102.00, M 6.0"
    assert spoken(made.called) == "虚构地震，30.00 102.00，震级 6.0"


@pytest.mark.parametrize(
    ("option", "environment", "said"),
    [
        (("--lang", "zh"), {"LC_ALL": "C"}, "zh"),
        ((), {"EWARN_LANG": "zh", "LC_ALL": "C"}, "zh"),
        ((), {"LC_ALL": "", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "de_DE"}, "zh"),
        ((), {"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        (("--lang", "en"), {"EWARN_LANG": "zh", "LANG": "zh_CN"}, "en"),
        ((), {"LANG": "fr_FR"}, "en"),
    ],
)
def test_a_command_speaks_as_it_is_told_else_as_the_locale_says(option, environment, said, tmp_path):
    simulated(tmp_path / "run")
    clean = {"EWARN_LANG": "", "LC_ALL": "", "LC_MESSAGES": "", "LANG": ""} | environment
    done = CliRunner().invoke(main, [*option, "explain", str(tmp_path / "run"), "--user", "1"], env=clean)
    assert done.exit_code == 0
    assert ("居住地" in done.output) == (said == "zh")
    asked = CliRunner().invoke(main, [*option, "explain", str(tmp_path / "run"), "--user", "1", "--json"], env=clean)
    assert chinese(asked.output) == []


def test_a_language_that_there_is_not_is_refused_in_a_line():
    done = CliRunner().invoke(main, ["--lang", "xx", "schema"])
    assert done.exit_code == 2
    assert "--lang: 'xx' is not one of en, zh" in done.output


def test_what_has_no_words_is_spelled_as_nothing():
    assert spelled("an error of a file") is None
    assert spelled(say("verdict.kept")) == "verdict.kept"
