import numpy as np
import pytest

from ewarn.gateway.sending.journal import Journal


@pytest.fixture
def journal():
    return Journal(Journal.create(2, 5), 2, 5)


def test_another_process_sees_what_was_noted():
    memory = Journal.create(2, 5)
    one, other = Journal(memory, 2, 5), Journal(memory, 2, 5)
    one.note(one.written, 2, np.array([1, 4]), 77)
    one.note(one.planned, 1, np.array([0]), 55)
    assert other.written.tolist() == [[0] * 5, [0, 77, 0, 0, 77]]
    assert other.planned.tolist() == [[55, 0, 0, 0, 0], [0] * 5]


def test_the_first_time_stands(journal):
    journal.note(journal.written, 1, np.array([2]), 10)
    journal.note(journal.written, 1, np.array([2, 3]), 20)
    assert journal.written[0].tolist() == [0, 0, 10, 20, 0]


def test_of_strangers_and_reports_beyond_it_nothing_is_noted(journal):
    journal.note(journal.written, 1, np.array([-1, -1]), 10)
    journal.note(journal.written, 3, np.array([1]), 10)
    assert not journal.written.any()


@pytest.mark.parametrize(
    ("name", "row"), [("u0", 0), ("u4", 4), ("u5", -1), ("u", -1), ("me", -1), ("u-1", -1), ("u²", -1), ("7", -1)]
)
def test_users_of_the_drill_have_a_row_and_no_one_else(journal, name, row):
    assert journal.column_of(name) == row


def test_it_can_begin_anew(journal):
    journal.note(journal.planned, 1, np.array([2]), 10)
    journal.clear()
    assert not journal.planned.any()


def test_by_which_shard_a_user_is_told_is_noted_until_they_have_been():
    memory = Journal.create(2, 5)
    first, second = Journal(memory, 2, 5, 0), Journal(memory, 2, 5, 1)
    first.plan(1, np.array([0, 1, -1]), 10)
    first.note(first.written, 1, np.array([0]), 20)
    second.plan(1, np.array([0, 1, 4]), 30)
    assert first.shard.tolist() == [[1, 2, 0, 0, 2], [0] * 5]
    assert first.planned[0].tolist() == [10, 10, 0, 0, 30]
    second.plan(3, np.array([1]), 40)
    first.clear()
    assert not first.shard.any()
