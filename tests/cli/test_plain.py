"""Text from outside is printed as it is, and can neither style what is printed nor steer the terminal."""

import io

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from ewarn.cli import main
from ewarn.cli.plain import plain_console, visible
from ewarn.watching.terminal import TerminalView

STRANGE = ["[/b]", "[automatic]", "[red]x[/red]", ":smile:", "[link=http://x]y[/link]", "$5 100%", "<script>", "\\[b]"]


def printed(*parts):
    console = plain_console()
    console.file = io.StringIO()
    for part in parts:
        console.print(part)
    return console.file.getvalue()


def table(text):
    grid = Table(title=text)
    grid.add_column(text)
    grid.add_row(text)
    return grid


@pytest.mark.parametrize("text", STRANGE)
def test_markup_is_text_wherever_it_is_printed(text):
    assert printed(text) == text + "\n"
    assert printed(table(text)).count(text) == 3
    console = plain_console()
    console.file = io.StringIO()
    TerminalView(console).say(text)
    assert console.file.getvalue() == text + "\n"


@pytest.mark.parametrize("text", ["\x1b[31mred", "\x9b2J", "gnp\u202etxt", "\u2066x", "line\u2028end", "nel\x85"])
def test_what_would_steer_a_terminal_is_shown_instead(text):
    for found in (printed(text), printed(Text(text)), printed(table(text))):
        assert not set(found) & set("\x1b\x9b\u202e\u2066\u2028\x85")
        assert text.translate({ord(one): repr(one)[1:-1] for one in text if not one.isprintable()}) in found


@pytest.mark.parametrize(
    "text", ["泸定 M 6.8", "زلزال لودينغ", "רעידת אדמה", "सिचुआन", "a\u200db", "a\xa0b", "😀\ufe0f"]
)
def test_letters_of_every_script_stay_as_they_are(text):
    assert visible(text) == text


@given(st.text())
def test_what_is_visible_is_so_once_and_for_all(text):
    once = visible(text)
    assert visible(once) == once
    assert all(one.isprintable() or one.isspace() or one in "\u200b\u200c\u200d\u200e\u200f\u061c\xad" for one in once)


def test_a_quake_with_markup_for_a_name_is_shown_by_it(tmp_path):
    path = tmp_path / "strange.toml"
    path.write_text(
        'id = "strange"\nname = "[/b] [automatic]"\nzone = "Qingzang"\n[origin]\ntime = 2022-09-05T04:52:18Z\n'
        "latitude = 29.59\nlongitude = 102.08\ndepth_km = 16\nmagnitude = 6.8\n"
    )
    done = CliRunner().invoke(main, ["quake", str(path), "--at", "30,102,[/i] [dim]"], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout.startswith("[/b] [automatic]: magnitude 6.8")
    assert "[/i]" in done.stdout and "[dim]" in done.stdout
