"""A worker process and its pipe: what it answers, and how it ends."""

import os

import numpy as np
import pytest

from ewarn.audience.followed import Followed
from ewarn.errors import MeasurementError
from ewarn.swarm.habits import Habits
from ewarn.swarm.instructions import Collected, Complaint, Done, Instruction, Verb, expect
from ewarn.swarm.processes import Processes
from ewarn.swarm.recorder import Users
from ewarn.swarm.worker import Job
from ewarn.system import process
from ewarn.verdict.receipts import ReceiptBook


@pytest.fixture(scope="module")
def job():
    """Of three users who are held back, so that no gateway is needed."""
    memory = ReceiptBook.create(1, 3, 1)
    users = Users(0, np.arange(3), np.zeros(3, np.int64), np.zeros(3, bool))
    followed = Followed.one_each(np.full(3, 30.0), np.full(3, 103.0))
    yield Job(0, (), users, followed, np.zeros(3), Habits(1.0, seed=1, held=True), 0.0025, memory, (1, 3, 1))
    os.close(memory)


@pytest.fixture(scope="module")
def worker(job):
    child = process.spawn("ewarn.swarm.worker:main", job, descriptors=[job.book])
    yield child
    assert child.stop() == 0


def ask(worker, said):
    worker.channel.send(said)
    assert worker.channel.poll(30)
    return worker.channel.recv()


def test_it_answers_what_it_is_asked(worker):
    assert ask(worker, Instruction(Verb.BEGIN, quake="q")) == Done(Verb.BEGIN)
    assert ask(worker, Instruction(Verb.COLLECT)) == Collected([])


@pytest.mark.parametrize("said", ["juggle", ("begin", "q"), None, Instruction(Verb.CATCH_UP), Instruction(Verb.GO_ON)])
def test_a_word_that_is_none_of_its_own_is_answered_with_a_complaint_that_names_it(worker, said):
    answer = ask(worker, said)
    assert isinstance(answer, Complaint)
    assert repr(said)[:60] in answer.why
    assert ask(worker, Instruction(Verb.COLLECT)) == Collected([]), "and it works on"


def test_while_it_stands_still_it_obeys_nothing_but_to_go_on(worker):
    assert ask(worker, Instruction(Verb.STAND_STILL)) == Done(Verb.STAND_STILL)
    assert isinstance(ask(worker, Instruction(Verb.COLLECT)), Complaint)
    worker.channel.send(Instruction(Verb.GO_ON))
    assert ask(worker, Instruction(Verb.COLLECT)) == Collected([])


def test_its_crew_raises_what_it_complains_of(job):
    crew = Processes()
    crew.start("ewarn.swarm.worker:main", job, [job.book])
    try:
        assert crew.ask(Instruction(Verb.BEGIN, quake="q"), Done) == [Done(Verb.BEGIN)]
        with pytest.raises(MeasurementError, match=r"was told Instruction\(verb=<Verb.CATCH_UP"):
            crew.ask(Instruction(Verb.CATCH_UP), Collected)
        expect(crew.ask(Instruction(Verb.COLLECT), Collected)[0], Collected)
    finally:
        crew.close()
