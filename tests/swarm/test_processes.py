"""Talking to several processes, of which one may die."""

import os
import signal

import pytest

from ewarn.errors import MeasurementError
from ewarn.swarm.instructions import Done, Instruction, Verb
from ewarn.swarm.processes import Processes


@pytest.fixture
def start():
    found = Processes()

    def start_them(*complaints):
        for one in complaints:
            found.start("tests.swarm.children:dutiful", one)
        return found

    yield start_them
    found.close()


def test_each_is_told_and_each_answers(start):
    two = start("", "")
    assert two.ask(Instruction(Verb.BEGIN, quake="q"), Done) == [Done(Verb.BEGIN)] * 2
    two.tell([Instruction(Verb.CHAT), Instruction(Verb.BOUNCE)])
    assert two.answers(Done) == [Done(Verb.CHAT), Done(Verb.BOUNCE)]
    assert len(set(two.pids())) == len(two) == 2
    two.check()


def test_a_complaint_is_no_answer(start):
    with pytest.raises(MeasurementError, match=r"^no room$"):
        start("no room").answers(Done)


def awaited(found):
    """Until the first has said something."""
    while not found._children[0].channel.poll(1.0):
        found.check()


@pytest.fixture
def stopped():
    """One process that stands still, and is waited for half a second."""
    found = Processes(patience_s=0.5)
    found.start("tests.swarm.children:dutiful", "")
    found.tell([Instruction(Verb.BEGIN)])
    awaited(found)
    assert found.answers(Done) == [Done(Verb.BEGIN)]
    os.kill(found.pids()[0], signal.SIGSTOP)
    yield found
    os.kill(found.pids()[0], signal.SIGCONT)
    found.close()


def test_one_that_stands_still_does_not_keep_its_conductor_for_ever(stopped):
    with pytest.raises(MeasurementError, match=r"a swarm process stood still for 0\.5 s"):
        stopped.tell([Instruction(Verb.BEGIN, quake="x" * 1_000_000)])


def test_one_that_gives_no_answer_in_time_is_named(stopped):
    with pytest.raises(MeasurementError, match=r"swarm process 0 gave no answer within 0\.5 s"):
        stopped.ask(Instruction(Verb.COLLECT), Done)


def test_one_that_stops_in_the_middle_of_its_answer_is_no_answer():
    found = Processes(patience_s=0.5)
    found.start("tests.swarm.children:half_a_message", "")
    awaited(found)
    with pytest.raises(MeasurementError, match="stood still"):
        found.answers(Done)
    found.close()


def test_complaints_are_one_a_process_that_has_any(start):
    two = start("no room", "")
    two.tell([Instruction(Verb.GO_ON)] * 2)
    while not (said := two.complaints()):
        two.check()
    assert said == ["no room"]


def test_one_that_died_is_named_by_whoever_talks_to_it(start):
    two = start("", "")
    os.kill(two.pids()[1], signal.SIGKILL)
    os.waitid(os.P_PID, two.pids()[1], os.WEXITED | os.WNOWAIT)
    with pytest.raises(MeasurementError, match=r"swarm process 1 of 2 died \(status -9\)"):
        two.ask(Instruction(Verb.COLLECT), Done)
