"""What waits for a shard whose pipe is full: which reports give way, and in which order the others are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.settings import Strategy
from ewarn.gateway.shards.commands import Verb
from ewarn.gateway.shards.mail import MOST_QUAKES, Mail
from ewarn.seismic.origin import Origin, Report

ORIGIN = Origin(0.0, 30.0, 103.0, 10.0, 6.0)
REPORTS = st.builds(
    lambda *about: (Verb.PUBLISH, report(*about), about[0], 0),
    st.integers(1, 5),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["update", "final", "cancel", "reviewed"]),
    st.integers(1, 2),
)
OTHERS = st.sampled_from([(Verb.OPEN,), (Verb.DRAIN, 3), (Verb.CHANGE, Strategy("fifo")), (Verb.CHANGE, Strategy())])


def report(number, quake="a", status="update", play=1):
    return Report(quake, number, status, ORIGIN, "Qingzang", 5.0, play)


def posted(*messages):
    mail = Mail()
    return mail, sum(mail.put(*message) for message in messages)


def all_of(mail):
    return list(iter(mail.take, None))


def told(*reports):
    """What is told of these reports, published in turn."""
    return [message[1] for message in all_of(posted(*((Verb.PUBLISH, one, 0, 0) for one in reports))[0])]


@given(st.lists(REPORTS | OTHERS, max_size=40))
def test_what_is_told_is_a_part_of_what_was_put_in_in_its_order_with_the_last_of_each_kind(messages):
    mail, given_way = posted(*messages)
    kept = all_of(mail)
    rest = iter(messages)
    assert all(one in rest for one in kept), "in their order"
    for verb in (Verb.OPEN, Verb.DRAIN, Verb.CHANGE):
        assert [one for one in kept if one[0] is verb] == [one for one in messages if one[0] is verb][-1:]
    published, out = ([one for one in some if one[0] is Verb.PUBLISH] for some in (messages, kept))
    assert given_way == len(published) - len(out)
    assert len(kept) <= 3 + 3 * 2, "three commands, and two reports of each quake"
    for quake in "abc":
        in_it = [one for one in published if one[1].quake == quake]
        assert [one for one in out if one[1].quake == quake][-1:] == in_it[-1:], "the newest is never lost"
        warnings = [one for one in in_it if one[1].status != "reviewed"]
        if warnings and all(one[1].play == warnings[-1][1].play for one in in_it[in_it.index(warnings[-1]) :]):
            assert warnings[-1] in out, "nor is the newest warning of a play, for a quick report"


def test_a_newer_warning_replaces_an_older_one_and_takes_its_turn_behind_what_came_before_it():
    assert told(report(2), report(3, "b"), report(4)) == [report(3, "b"), report(4)]


def test_a_quick_report_waits_behind_a_warning_and_does_not_replace_it():
    final, quick, newer = report(3, status="final"), report(4, status="reviewed"), report(5, status="reviewed")
    assert told(report(2), final, quick, newer) == [final, newer]


def test_a_cancel_replaces_all_and_a_quick_report_never_a_cancel():
    cancel, quick = report(4, status="cancel"), report(5, status="reviewed")
    assert told(report(2), report(3, status="reviewed"), cancel) == [cancel]
    assert told(report(2), cancel, quick) == [cancel, quick]


def test_another_play_of_a_quake_replaces_all_that_waits_of_the_one_before():
    old = [report(8), report(9, status="reviewed")]
    assert told(*old, report(1, play=2)) == [report(1, play=2)]
    assert told(*old, report(1, play=2), report(2, play=2)) == [report(2, play=2)]


def test_what_a_new_shard_is_to_remember_gives_way_to_what_is_published():
    mail, given_way = posted((Verb.REMEMBER, report(2), 5), (Verb.OPEN,), (Verb.PUBLISH, report(3), 1, 9))
    assert given_way == 1
    assert all_of(mail) == [(Verb.OPEN,), (Verb.PUBLISH, report(3), 1, 9)]


def test_of_too_many_quakes_those_heard_of_longest_ago_give_way():
    mail = Mail()
    for number, status in [(1, "final"), (2, "reviewed")]:
        for quake in range(MOST_QUAKES):
            assert not mail.put(Verb.PUBLISH, report(number, str(quake), status), 0, 0)
    assert mail.put(Verb.PUBLISH, report(3, "0"), 0, 0) == 2
    assert mail.put(Verb.PUBLISH, report(5, "new"), 0, 0) == 2
    assert {one[1].quake for one in all_of(mail)} == {"0", *map(str, range(2, MOST_QUAKES)), "new"}


def test_where_nobody_is_left_to_tell_nothing_waits():
    mail, _ = posted((Verb.OPEN,), (Verb.PUBLISH, report(1), 0, 0))
    assert len(mail) == 2
    mail.clear()
    assert mail.take() is None


@pytest.mark.parametrize("verb", [Verb.OPEN, Verb.DRAIN, Verb.CHANGE])
def test_a_command_gives_way_to_its_like_alone(verb):
    mail, given_way = posted((verb, 1), (Verb.PUBLISH, report(1), 0, 0), (verb, 2))
    assert given_way == 0
    assert [one[0] for one in all_of(mail)] == [Verb.PUBLISH, verb]
