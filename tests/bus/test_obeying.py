"""An agent does each order once, whatever is said twice, late, or by strangers. Pure."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.bus.obeying import Obeying
from ewarn.wire.swarms import Answer, Begin, Connect, Done, Hello, Leave, Order, Problem, Pulse

RUN, OTHER, AGENT = "0f" * 16, "1e" * 16, "a1" * 8
HELLO = Hello("0.1.0", 1, b"k" * 32, 10.0)


def order(number, do=Connect(), run=RUN, agent=AGENT):  # noqa: B008  it is frozen
    return Order(run, agent, number, do)


def led(numbers=1):
    """One that has done so many orders."""
    one = Obeying("s1", AGENT)
    for number in range(1, numbers + 1):
        assert one.take(order(number, HELLO if number == 1 else Connect()), 0.0) is not None
        one.answer(Done())
    return one


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=60))
def test_each_is_done_once_and_in_order_however_often_it_comes(coming):
    one, done, next_ = Obeying("s1", AGENT), [], 1
    for number, is_next in coming:
        number = next_ if is_next else number
        found = one.take(order(number, HELLO if number == 1 else Connect()), 0.0)
        if isinstance(found, Hello | Connect):
            done.append(number)
            assert one.answer(Done()) == one.take(order(number, found), 0.0), "what comes again is answered as before"
            next_ += 1
    assert done == list(range(1, len(done) + 1))


def test_what_comes_while_it_works_waits_to_be_said_again():
    one = led(1)
    assert one.take(order(2), 0.0) == Connect()
    assert one.take(order(2), 0.0) is None
    assert one.take(order(3, Leave()), 0.0) is None
    one.answer(Done())
    assert one.take(order(3, Leave()), 0.0) == Leave()


def refused(found):
    assert isinstance(found, Answer) and isinstance(found.said, Problem)
    return found.said.why


def test_another_run_is_refused_by_the_name_of_the_one_that_leads():
    assert f"led by run {RUN} already" in refused(led().take(order(1, HELLO, run=OTHER), 0.0))


def test_who_has_let_go_obeys_no_word_of_that_run_that_comes_late():
    one = led()
    one.take(order(2, Leave()), 0.0)
    last = one.answer(Done())
    one.let_go()
    assert one.take(order(2, Leave()), 0.0) == last
    assert one.take(order(9, Leave()), 0.0).said == Done()
    for late in (order(1, HELLO), order(3)):
        assert "no run is led here" in refused(one.take(late, 0.0))
    assert one.take(order(1, HELLO, run=OTHER), 0.0) == HELLO


def test_orders_out_of_order_or_of_a_conductor_that_begins_anew_are_refused_and_leave_is_not():
    one = led(3)
    assert "order 6 came where 4 is next" in refused(one.take(order(6), 0.0))
    assert "its conductor cannot begin anew" in refused(one.take(order(1, HELLO), 0.0))
    assert one.take(order(9, Leave()), 0.0) == Leave()


def test_orders_for_another_process_of_the_same_name_are_none_of_its_own():
    one = Obeying("s1", AGENT)
    assert one.take(order(1, HELLO, agent="b2" * 8), 0.0) is None
    assert one.run == ""


def test_the_lease_is_kept_by_the_conductor_of_the_run_alone():
    one = led()
    one.hear(Pulse(RUN), 5.0)
    one.hear(Pulse(OTHER), 8.0)
    one.take(order(1, HELLO, run=OTHER), 9.0)
    one.take(order(7, Begin("q"), agent="b2" * 8), 9.0)
    assert one.silent_s(12.0) == 7.0
    one.take(order(1, HELLO), 11.0)
    assert one.silent_s(12.0) == 1.0
