"""What crosses the pipe between a crew and its processes."""

import pickle

import pytest

from ewarn.errors import MeasurementError
from ewarn.swarm.instructions import CaughtUp, Collected, Complaint, Done, Instruction, Seated, Verb, expect, unknown


@pytest.mark.parametrize("verb", Verb)
def test_an_instruction_is_the_same_on_the_other_side(verb):
    said = Instruction(verb, "q", 0.5, range(3))
    assert pickle.loads(pickle.dumps(said)) == said  # noqa: S301  as the pipe does


@pytest.mark.parametrize("answer", [Done(Verb.BEGIN), Collected([(1, b"{}")]), Seated(), CaughtUp([3])])
def test_an_answer_of_the_kind_asked_for_is_handed_on(answer):
    assert expect(answer, type(answer)) is answer


def test_a_complaint_is_an_error_in_its_own_words_and_another_kind_names_both():
    with pytest.raises(MeasurementError, match=r"^a handshake failed$"):
        expect(Complaint("a handshake failed"), Done)
    with pytest.raises(MeasurementError, match=r"answered Seated\(\), where Collected was asked for"):
        expect(Seated(), Collected)


def test_what_nobody_knows_is_named_and_cut_short():
    assert unknown("juggle").why == "a swarm process was told 'juggle', which it does not know"
    assert len(unknown("x" * 1000).why) < 200
