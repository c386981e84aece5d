"""Commands in README and docs: all are parsed, and those of blocks that are marked so are run.

Right before a block of shell stands `<!-- run -->`, `<!-- run, exit 3 -->` or `<!-- not run: why -->`.
"""

import importlib.util
import re
import shlex
import subprocess
from contextlib import ExitStack, nullcontext, suppress

import click
import pytest

from ewarn.cli import main
from ewarn.errors import EwarnError
from tests.docs.page_run import PRELUDE, RUN, have_own_networks, running, script, to_run
from tests.docs.pages import PAGES, ROOT, Block, blocks, name_of

NOT_RUN = re.compile(r"not run: \S.*", re.S)
IN_THE_TREE = ("configs/", "docs/", "loadtests/")
"""how words begin that name files which must be there"""
TARGETS = set(re.findall(r"(?m)^([a-z-]+):.*##", (ROOT / "Makefile").read_text()))
TYPED = re.compile(r"(?m)^\s*(?:\.venv/bin/)?(?:ewarn|make) ")
REDIRECTION = re.compile(r"(?<!\S)\d?(?:>>?|<)(?:&\d|\s*\S+)")
HERE = re.compile(r"<<-?\s*'?(\w+)'?\n.*?\n\1\n", re.S)
pages = pytest.mark.parametrize("page", PAGES, ids=name_of)


def commands(text):
    """Commands of a block of shell, as words, without variables set for them, redirections and here-documents."""
    for line in HERE.sub("\n", text).replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(REDIRECTION.sub("", line), posix=True, punctuation_chars="|&;()")
        lexer.whitespace_split = True
        words = []
        for word in [*lexer, ";"]:
            if set(word) <= set("|&;()"):
                if words:
                    yield words
                words = []
            elif words or not re.fullmatch(r"\w+=.*", word):
                words.append(word)


def parse(words):
    """Have click take a command's words without running it. Raises what click, or an option's callback, raises."""
    command, context = main, click.Context(main, info_name="ewarn")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        if (found := command.get_command(context, name)) is None:
            raise click.UsageError(f"no verb {name}")
        command = found
    with suppress(click.exceptions.Exit):  # --help and --version end it
        command.make_context(command.name, list(words), parent=context)


def wrong_in(words):
    """What is wrong with a command that nobody runs; None: nothing that can be seen."""
    program, *others = words
    program = program.removeprefix(".venv/bin/")
    if program == "ewarn":
        try:
            parse(others)
        except (click.ClickException, EwarnError) as error:
            return getattr(error, "message", "") or str(error)
    if program == "make" and (unknown := {word for word in others if "=" not in word and word[0] != "-"} - TARGETS):
        return f"no target {', '.join(unknown)}"
    if program.startswith("python") and others[:1] == ["-m"] and importlib.util.find_spec(others[1]) is None:
        return f"no module {others[1]}"
    missing = [word for word in others if word.startswith(IN_THE_TREE) and not [*ROOT.glob(word)]]
    return f"no file {missing[0]}" if missing else None


@pages
def test_every_command_is_marked_as_run_or_not_and_its_options_and_files_are_there(page):
    wrong = {}
    for block in blocks(page):
        if block.language != "sh":
            if not block.language or TYPED.search(block.text):
                wrong[block.name] = "a fence without a language, or commands in one that is not sh"
            continue
        if not (RUN.fullmatch(block.comment) or NOT_RUN.fullmatch(block.comment)):
            wrong[block.name] = f"expected <!-- run --> or <!-- not run: why --> before it, got {block.comment!r}"
        for words in commands(block.text):
            if why := wrong_in(words):
                wrong[f"{block.name}: {' '.join(words)}"] = why
    assert not wrong


WITH_RUNS = [page for page in PAGES if to_run(page)]


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """Pages that run already, all at once where they can: most of what they do is to wait for reports."""
    with ExitStack() as stack:
        together = WITH_RUNS if have_own_networks() else []
        folder = tmp_path_factory.mktemp("pages")
        yield {page: stack.enter_context(running(page, folder / str(at))) for at, page in enumerate(together)}


@pytest.mark.parametrize("page", WITH_RUNS, ids=name_of)
def test_blocks_that_are_marked_so_run_in_turn_in_one_folder(page, begun, tmp_path):
    with nullcontext(begun[page]) if page in begun else running(page, tmp_path / "page") as run:
        assert run.end() == ""


def test_words_are_found_as_a_shell_finds_them():
    here = "cat > x.toml <<'END'\nname = \"it's\"\nEND\n"
    text = here + "A=1 ewarn drill \\\n  --users 5 > out.txt 2>&1 & # why\nmake bench | tail -1\n"
    assert [*commands(text)] == [["cat"], ["ewarn", "drill", "--users", "5"], ["make", "bench"], ["tail", "-1"]]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("ewarn drill configs/drill.toml --users 5", None),
        ("ewarn drill --usres 5", "No such option"),
        ("ewarn drill --users many", "not a valid integer"),
        ("ewarn drlil", "no verb drlil"),
        ("ewarn drill configs/none.toml", "no file configs/none.toml"),
        ("ewarn check configs/quakes/*.toml", None),
        ("ewarn check configs/quakes/*.csv", "no file"),
        ("ewarn --help", None),
        ("ewarn drill --help", None),
        ("make drill", None),
        ("make report RUN=runs/x", None),
        ("make dril", "no target dril"),
        ("python -m tests.seismic.published", None),
        ("python -m ewarn.bench.departures", "no module"),
        ("tail -1", None),
    ],
)
def test_a_command_that_is_not_there_is_told_of(words, why):
    found = wrong_in(words.split())
    assert (found is None) if why is None else why in found


def test_a_block_that_ends_otherwise_than_it_says_is_named(tmp_path):
    one, two = (
        Block(ROOT / "docs" / "a.md", line, "sh", "", f"run{code}") for line, code in ((3, ""), (9, ", exit 3"))
    )
    (tmp_path / "prelude.sh").write_text(PRELUDE)
    (tmp_path / "0.sh").write_text("true\n")
    (tmp_path / "1.sh").write_text("exit 4\n")
    ended = subprocess.run(
        ["/bin/bash", "-c", script([one, two])], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (1, "docs/a.md:9: exit code 4, not 3\n")
