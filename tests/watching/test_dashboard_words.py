"""The dashboard in the language of who looks at it: all of it, in columns, on a terminal of 80."""

import io
from dataclasses import replace

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console

from ewarn.verdict.load import said
from ewarn.watching.dashboard import Step, drawn
from ewarn.watching.standing import Promise
from ewarn.words import say
from tests.watching.test_dashboard import LUDING, STANDING
from tests.watching.test_load_lines import NOW
from tests.words.left_over import chinese, english

EVERYTHING = replace(
    STANDING,
    users=STANDING.users | {"suppressed": 12, "missing": 3},
    promises=(
        Promise("first report", 7.92, 15.0, False),
        Promise("delivery", 1.25, 1.0, True, say("standing.at", "20,000", "500,000")),
        Promise("epicentre", None, 0.3, False, say("standing.few-near", "108", "1,000")),
    ),
)
STEPS = ("connecting-users", "playing-the-reports", "receiving-the-last-report", "starting-processes", "playing")
BOTTLENECKS = ("gateway", "phones", "both", "machine", "others", "rate", "none", "idle", "unknown")


def shown(language, width=80, standing=EVERYTHING, live=NOW, doing="playing-the-reports"):
    console = Console(file=io.StringIO(), width=width)
    step = Step(say(f"doing.{doing}"), 19_000, 20_000, 12)
    console.print(drawn(LUDING, standing, step, live, language))
    return console.file.getvalue().splitlines()


def test_all_of_it_is_in_the_language_of_the_reader():
    assert english("\n".join(shown("zh"))) == []
    assert chinese("\n".join(shown("en"))) == []
    assert shown("zh")[1].startswith("四川泸定"), "the quake by its name there"


@pytest.mark.parametrize("doing", STEPS)
def test_so_is_every_long_step(doing):
    assert english("\n".join(shown("zh", doing=doing))) == []


@pytest.mark.parametrize("what", BOTTLENECKS)
def test_so_is_every_bottleneck(what):
    live = replace(NOW, bottleneck=said(what, NOW.usage, 1_000.0))
    assert english("\n".join(shown("zh", live=live))) == []


@pytest.mark.parametrize(
    "live",
    [
        replace(NOW, report=None, parts=(), now=None, usage=None),
        replace(NOW, parts=NOW.parts * 2),
        replace(NOW, usage=msgspec.structs.replace(NOW.usage, processes=NOW.usage.processes * 3)),
    ],
)
def test_so_is_a_load_of_which_little_is_known_and_one_of_many_parts(live):
    assert english("\n".join(shown("zh", live=live, standing=replace(EVERYTHING, reports=())))) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_alike_stands_below_each_other(language):
    lines = shown(language)
    bars = [line.partition("━")[0] for line in lines if line.startswith("  ") and "━" in line]
    assert len(bars) == 4
    assert len({cell_len(line) for line in bars}) == 1
    limit = {"en": " of ", "zh": " 限 "}[language]
    promises = [line.partition(limit)[0] for line in lines if line.startswith("  ") and limit in line]
    promises = [line for line in promises if line.endswith(("s", "秒", "-")) and "━" not in line]
    assert len(promises) == 3
    assert len({cell_len(line) for line in promises}) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_fits_a_terminal_of_80_columns(language):
    assert [line for line in shown(language, doing="receiving-the-last-report") if "…" in line] == []
