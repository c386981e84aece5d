"""What hosts say of a report, as whoever released it is told."""

from ewarn.bus.answers import LOST_S, MOST_HOSTS, Answers, Hosts
from ewarn.wire.bus import Standing, Taken


def standing(host, state="up"):
    return Standing(host, "ws://h:1", 10, 1, state)


def taken(host, targets=0, **more):
    return Taken(host, "luding-2022", 1, 1, targets, **more)


def test_hosts_are_there_while_they_say_so():
    hosts = Hosts()
    hosts.heard(standing("g1"), 0.0)
    hosts.heard(standing("g2"), 1.0)
    assert hosts.there(LOST_S) == {"g1", "g2"}
    assert hosts.there(LOST_S + 0.5) == {"g2"}
    hosts.heard(standing("g2", "leaving"), 4.0)
    assert hosts.there(4.0) == set()


def test_strangers_cannot_fill_it():
    hosts = Hosts()
    for number in range(MOST_HOSTS + 5):
        hosts.heard(standing(f"g{number}"), 0.0)
    assert len(hosts.there(0.0)) == MOST_HOSTS


def test_targets_are_summed_once_a_host_whatever_the_number_of_lines():
    answers = Answers({"g1", "g2"})
    answers.add(taken("g1", 10))
    answers.add(taken("g1", 10))
    assert (answers.complete, answers.targets, answers.note) == (False, 10, "no answer from g2")
    answers.add(taken("g2", 5))
    assert (answers.complete, answers.targets, answers.note) == (True, 15, None)


def test_who_has_taken_it_has_not_refused_it_though_the_other_line_brings_it_again():
    answers = Answers({"g1"})
    answers.add(taken("g1", 10))
    answers.add(taken("g1", problem="number: 1 is not newer than 1"))
    assert (answers.note, answers.targets, answers.all_refused) == (None, 10, False)


def test_the_note_names_who_refused_who_said_something_and_who_was_silent():
    answers = Answers({"g1", "g2", "g3"})
    answers.add(taken("g1", problem="signature: of no key that is trusted here"))
    answers.add(taken("g2", 3, note="below the gates"))
    assert answers.note == (
        "no answer from g3; g1 refused it: signature: of no key that is trusted here; g2: below the gates"
    )
    assert not answers.all_refused


def test_all_refused_means_all_who_are_there():
    answers = Answers({"g1", "g2"})
    answers.add(taken("g1", problem="signature: missing"))
    assert not answers.all_refused
    answers.add(taken("g2", problem="signature: missing"))
    assert answers.all_refused
    assert answers.note == "g1, g2 refused it: signature: missing"


def test_without_hosts_it_says_so():
    assert Answers(frozenset()).note == "no gateway is on the bus"
    assert Answers(frozenset()).complete
