"""A storm and churn, and what is told of them, from a book that is filled by hand."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from msgspec import to_builtins

from ewarn.config.drill import SwarmTable
from ewarn.drill.commotion import Commotion
from ewarn.system.clock import VirtualClock
from ewarn.verdict.document import Disturbed
from ewarn.verdict.receipts import NEVER, RECEIPT, ReceiptBook

REPORTS, USERS = 3, 4
STORM_S = 10.0
NO = None


@dataclass
class Recorder:
    """In place of a swarm and of a view: a book, and what was asked of it."""

    book: ReceiptBook = field(default_factory=lambda: ReceiptBook(ReceiptBook.create(1, 1, 1), 1, 1, 1))
    bounced: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def bounce(self, share):
        self.bounced.append(share)

    def say(self, line):
        self.said.append(line)


class Play:
    """A play whose storm comes when the clock stands at `STORM_S`."""

    def __init__(self, **settings):
        self.swarm, self.clock = Recorder(), VirtualClock()
        self.commotion = Commotion(SwarmTable(**settings), self.swarm, self.clock, self.swarm)

    def storm(self):
        self.clock.sleep(STORM_S)
        (interlude,) = self.commotion.interludes(60.0)
        interlude.act()
        return self

    def told(self, read_s, due=None):
        """By report and user: when it was read, seconds after the storm or None, and whether it was for them."""
        table = np.zeros((len(read_s), len(read_s[0])), RECEIPT)
        after_s = np.array(read_s, np.float64)
        table["read"] = np.where(np.isnan(after_s), NEVER, np.nan_to_num((STORM_S + after_s) * 1e9).astype(np.int64))
        return self.commotion.told(table.ravel(), np.ones(table.shape, bool) if due is None else np.array(due, bool))


@pytest.fixture
def play():
    return Play(storm_s=STORM_S).storm()


def sums(told):
    return told.all_told_s, told.newest_s, told.on_newest


def test_a_storm_is_everyone_hanging_up_once_at_its_time():
    play = Play(storm_s=STORM_S)
    assert [one.after_s for one in play.commotion.interludes(60.0)] == [STORM_S]
    assert play.swarm.bounced == []
    play.storm()
    assert play.swarm.bounced == [1.0]
    assert len(play.swarm.said) == 1


def test_churn_is_a_share_hanging_up_each_second_of_the_play():
    play = Play(churn_per_s=0.05)
    interludes = play.commotion.interludes(12.7)
    assert [one.after_s for one in interludes] == list(range(12))
    for one in interludes:
        one.act()
    assert play.swarm.bounced == [0.05] * 12


def test_where_nothing_is_asked_for_nothing_happens():
    assert Play().commotion.interludes(60.0) == []


def test_of_a_storm_that_did_not_come_nothing_is_told():
    told = to_builtins(Play(storm_s=STORM_S).told([[1.0]]))
    assert not {"storm_s", "all_told_s", "newest_s", "on_newest"} & set(told)


def test_who_came_back_is_counted_from_the_beginning_of_this_play():
    swarm = Recorder()
    swarm.book.count(0, "returned", 7)
    commotion = Commotion(SwarmTable(stuck=3, churn_per_s=0.1, chat_per_s=0.2), swarm, VirtualClock(), swarm)
    for name, count in (("returned", 5), ("chats", 40), ("echoes", 39)):
        swarm.book.count(0, name, count)
    told = commotion.told(np.zeros(0, RECEIPT), np.zeros((1, 0), bool))
    assert told == Disturbed(stuck=3, churn_per_s=0.1, returned=5, chat_per_s=0.2, chats=40, echoes=39)


def test_all_are_told_when_the_last_has_had_any_report_and_the_newest_is_another_matter(play):
    told = play.told([[1.0, 2.0, NO], [3.0, NO, 2.5], [4.0, 4.5, 5.25]])
    assert sums(told) == (2.5, 5.25, 3)
    assert told.storm_s == STORM_S


def test_whoever_was_told_before_the_storm_waits_for_nothing_after_it(play):
    assert sums(play.told([[-3.0, -2.0], [-1.0, 0.5], [2.0, 3.0]])) == (0.0, 3.0, 2)
    assert sums(play.told([[-3.0, 1.5], [-1.0, 0.5], [2.0, 3.0]])) == (0.5, 3.0, 2)


def test_one_who_was_never_told_anything_is_waited_for_without_end(play):
    assert sums(play.told([[1.0, NO], [2.0, NO]])) == (NO, NO, 1)


def test_one_who_lacks_the_newest_alone_has_been_told(play):
    assert sums(play.told([[1.0, 1.5], [2.0, NO]])) == (1.5, NO, 1)


def test_users_to_whom_nothing_was_due_are_not_waited_for(play):
    due = [[True, False, True], [True, False, True]]
    assert sums(play.told([[1.0, NO, 2.0], [3.0, NO, 4.0]], due)) == (2.0, 4.0, 2)


def test_users_to_whom_the_newest_was_not_due_count_for_the_earlier_ones_alone(play):
    due = [[True, True, True], [True, False, True]]
    assert sums(play.told([[1.0, 7.0, 2.0], [3.0, NO, 4.0]], due)) == (7.0, 4.0, 2)


def test_what_was_read_by_one_to_whom_it_was_not_due_makes_nobody_more_on_the_newest(play):
    assert sums(play.told([[1.0, 9.0]], [[True, False]])) == (1.0, 1.0, 1)


def test_where_nothing_was_due_to_anybody_there_is_no_time_and_nobody(play):
    assert sums(play.told([[NO, NO], [NO, NO]], np.zeros((2, 2)))) == (NO, NO, 0)


def test_a_newest_report_that_was_never_released_is_on_nobody(play):
    assert sums(play.told([[1.0, 2.0], [NO, NO]])) == (2.0, NO, 0)
