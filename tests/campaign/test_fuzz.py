"""The bounded part of the fuzz campaign, and what makes an input the same again."""

import pytest

from ewarn.errors import InputError
from tests.campaign import fuzz
from tests.campaign.fuzz_hypothesis import SHAPES, by_hypothesis
from tests.campaign.fuzz_kinds import Kind, quiet
from tests.campaign.fuzz_mutation import CHANGES, made
from tests.campaign.fuzz_sockets import by_sockets
from tests.campaign.rows import printed


def failed(rows):
    rows = list(rows)
    assert rows
    return "" if all(row.passed for row in rows) else printed([row for row in rows if not row.passed])


def test_nothing_but_a_clear_sentence_comes_of_a_bad_input_of_any_kind():
    assert not failed(fuzz.rows(fuzz.in_process(3_000, 8.0)))


def test_nor_of_one_that_hypothesis_makes():
    assert not failed(by_hypothesis(len(SHAPES), 4.0, 1))


def test_bystanders_get_every_alert_while_strangers_send_bad_bytes():
    assert not failed(by_sockets(400, 4.0, 1))


def test_an_input_is_the_same_for_the_same_number_and_few_are_alike():
    corpus = [b'{"a":1,"b":[2,3]}', b"x=1\ny=2\n"]
    inputs = [made("kind", 1, number, corpus) for number in range(500)]
    assert inputs == [made("kind", 1, number, corpus) for number in range(500)]
    assert len(set(inputs)) > 300
    assert made("kind", 2, 0, corpus) != made("kind", 1, 0, corpus) or made("other", 1, 1, corpus) != inputs[1]


@pytest.mark.parametrize("data", [b"", b"x", b"12", b"a\nb\n"])
def test_any_bytes_can_be_changed_in_every_way(data):
    for number in range(20 * len(CHANGES)):
        made("kind", 3, number, [data])


def test_a_fault_is_told_with_the_line_that_makes_it_again(capsys, monkeypatch):
    def broken(data):
        if b"\xff" in data:
            raise ZeroDivisionError("so")

    kind = Kind("broken", (b"abc",), broken, 1)
    found = fuzz.Found("broken")
    fuzz.feed(kind, 5, range(500), found)
    row = fuzz.rows([found])[1]
    assert not row.passed
    assert row.seen.startswith('python -m tests.campaign.fuzz "broken" 5 ')
    assert "ZeroDivisionError: so at test_fuzz.py:" in row.seen
    monkeypatch.setattr(fuzz, "kinds", lambda: [kind])
    with pytest.raises(ZeroDivisionError):
        fuzz.again("broken", 5, int(row.seen.split('"')[2].split()[1]))
    assert "\\xff" in capsys.readouterr().out
    assert len(found.faults) == fuzz.MOST_FAULTS


def test_a_sentence_of_ours_is_no_fault_and_any_other_error_is():
    def refusing(_):
        raise InputError("key: so")

    def mute(_):
        raise InputError("")

    quiet(refusing, b"")
    with pytest.raises(AssertionError):
        quiet(mute, b"")
    with pytest.raises(ValueError, match="x"):
        quiet(lambda _: int("x"), b"")
