"""What each kind of error ends a command with."""

import re

from ewarn import errors


def kinds(of=errors.EwarnError):
    return {of, *(below for kind in of.__subclasses__() for below in kinds(kind))}


def test_code_3_is_a_failed_check_alone():
    assert {kind for kind in kinds() if kind.exit_code == 3} == {errors.NobodyConnectedError}


def test_every_kind_stands_in_the_tree_with_its_code():
    for kind in kinds():
        (line,) = (line for line in errors.__doc__.splitlines() if re.search(rf"\b{kind.__name__} ", line))
        assert line.split(kind.__name__)[1].split()[0] == str(kind.exit_code)
