"""Help as a terminal of a usual width shows it."""

import click
import pytest
from click.testing import CliRunner

from ewarn.cli import GROUPS, VERBS, main

WIDTHS = (80, 120)


def shown(*words, width):
    """The lines of a help."""
    result = CliRunner().invoke(main, [*words, "--help"], terminal_width=width, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout.splitlines()


def flat(text):
    return " ".join(text.split())


@pytest.mark.parametrize("width", WIDTHS)
def test_every_verb_has_a_line_of_its_own_and_none_is_cut_off(width):
    lines = shown(width=width)
    assert all(len(line) <= width and "..." not in line for line in lines[1:])
    for verb in VERBS:
        said = flat(verb.help.partition("\n\n")[0]).rstrip(".")
        assert [line for line in lines if line.split() == [verb.name, *f"{said}.".split()]]


def test_verbs_stand_under_headings_in_the_order_of_work():
    lines = shown(width=80)
    found = [line.split()[0].rstrip(":") for line in lines if line.startswith("  ") and not line.startswith("  -")]
    assert [name for name in found if name in main.commands] == [verb.name for verb in VERBS]
    assert [line for line in lines if line.rstrip(":") in GROUPS] == [f"{heading}:" for heading in GROUPS]
    assert set(main.commands) == {verb.name for verb in VERBS}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_no_line_is_too_long_and_no_word_is_broken(verb, width):
    lines = shown(verb.name, width=width)
    assert [line for line in lines if len(line) > width] == []
    said = flat("\n".join(lines))
    for option in verb.params:
        if isinstance(option, click.Option) and not option.hidden:
            assert option.help.endswith((".", "]")), f"{option.name}: a sentence ends"
            assert flat(option.help) in said
            if option.show_default is True:
                assert f"[default: {option.default}" in said
