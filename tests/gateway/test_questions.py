"""Questions: answered one a step, in their order, and what several ask is worked out once."""

from contextlib import contextmanager, suppress

from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.clients.questions import TOGETHER, Later, Questions

QUAKES = 20


class Desk:
    """In the place of a desk: what was asked of it."""

    def __init__(self):
        self.learned, self.known = [], set()

    def in_force(self):
        return list(range(QUAKES))

    def learn(self, report, wanted):
        new = [one for one in wanted if (report, one) not in self.known]
        self.known |= {(report, one) for one in new}
        self.learned.append((report, len(new)))
        return bool(new)


@contextmanager
def letting_be(_descriptor):
    with suppress(ZeroDivisionError):
        yield


def asking(questions, descriptor, name, told, places=()):
    questions.ask(descriptor, Later(name, lambda: ("", name), places), lambda body: told.append((descriptor, body[1])))


def all_of(questions):
    """How many steps it takes."""
    steps = 0
    while len(questions):
        questions.step()
        steps += 1
    return steps


def test_a_quake_is_planned_once_for_all_who_ask_and_each_step_is_one_plan_or_one_answer():
    desk, told = Desk(), []
    questions = Questions(desk, letting_be)
    for descriptor in range(TOGETHER):
        asking(questions, descriptor, str(descriptor), told, ((30.0 + descriptor, 103.0),))
    for step in range(QUAKES):
        questions.step()
        assert (len(desk.learned), told) == (step + 1, [])
    assert all_of(questions) == TOGETHER
    assert desk.learned == [(quake, TOGETHER) for quake in range(QUAKES)]
    assert told == [(one, str(one)) for one in range(TOGETHER)]


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab"), st.booleans(), st.integers(0, 3)), max_size=40))
def test_everyone_is_answered_once_in_order_unless_they_are_gone(events):
    questions, told, waiting, answered = Questions(Desk(), letting_be), [], [], []
    for descriptor, name, gone, steps in events:
        if descriptor in questions:
            if gone:
                questions.forget(descriptor)
                waiting = [one for one in waiting if one[0] != descriptor]
        else:
            asking(questions, descriptor, name, told)
            waiting.append((descriptor, name))
        for _ in range(steps):
            before = len(told)
            questions.step()
            assert len(told) <= before + 1
            answered += waiting[: len(told) - before]
            waiting = waiting[len(told) - before :]
        assert len(questions) == len(waiting)
    all_of(questions)
    assert told == answered + waiting


def test_those_who_ask_the_same_at_once_share_a_text_and_who_asks_later_has_one_of_their_own():
    made, told = [], []
    questions = Questions(Desk(), letting_be)

    def ask(descriptor):
        def make():
            made.append(descriptor)
            return ("", f"made for {descriptor}")

        questions.ask(descriptor, Later("/metrics", make), lambda body: told.append(body[1]))

    for descriptor in (1, 2):
        ask(descriptor)
    questions.step()
    ask(3)
    all_of(questions)
    assert (made, told) == ([1, 3], ["made for 1", "made for 1", "made for 3"])


def test_a_fault_in_one_answer_is_no_other_s():
    told = []
    questions = Questions(Desk(), letting_be)
    questions.ask(1, Later("broken", lambda: 1 / 0), told.append)
    asking(questions, 2, "sound", told)
    all_of(questions)
    assert told == [(2, "sound")]


def test_one_question_that_is_a_fault_keeps_nobody_else_from_an_answer():
    class Faulty(Desk):
        def learn(self, report, wanted):
            if ((99.0, 0.0),) in wanted:
                raise ZeroDivisionError
            return super().learn(report, wanted)

    def poisoned():
        raise ZeroDivisionError

    told = []
    questions = Questions(Faulty(), letting_be)
    questions.ask(1, Later("a", poisoned, ((99.0, 0.0),)), lambda _: None)
    asking(questions, 2, "b", told, ((30.0, 103.0),))
    for _ in range(10):
        questions.step()
    assert (told, len(questions)) == ([(2, "b")], 0)
