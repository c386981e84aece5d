"""What is said of bytes that are no request: one line, whatever they were."""

from ewarn.wire.unreadable import unreadable


def test_the_cause_is_said_where_there_is_one_and_the_kind_where_nothing_is():
    problem = ValueError("outside")
    problem.__cause__ = KeyError("inside")
    assert unreadable(problem) == unreadable(problem.__cause__)
    assert "inside" in unreadable(problem)
    assert unreadable(EOFError()) == "not an HTTP request that can be read: EOFError\n"


def test_what_strangers_sent_is_cut_short_and_steers_no_terminal():
    said = unreadable(ValueError("\x1b[2J\n" + "x" * 10_000))
    assert len(said) < 200
    assert said.count("\n") == 1
    assert said[:-1].isprintable()
