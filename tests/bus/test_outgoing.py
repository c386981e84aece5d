"""What a line has yet to acknowledge: one in flight, the newest after it, and the stream's last never an older one."""

from dataclasses import dataclass, field

from hypothesis import example, given
from hypothesis import strategies as st

from ewarn.bus.outgoing import MOST_SUBJECTS, RETRY_S, Message, Outgoing
from ewarn.wire.bus import ReportName


def message(number, play=1, quake="luding-2022", subject="ewarn.reports.luding-2022"):
    return Message(subject, ReportName(quake, play, number), b"")


def sent(outgoing, now=0.0):
    return [one.message.name.number for one in outgoing.take(now)]


def test_one_is_in_flight_and_the_newest_alone_comes_after_it():
    out = Outgoing()
    out.add(message(1))
    (first,) = out.take(0.0)
    for number in (2, 3, 4):
        out.add(message(number))
        assert out.take(0.0) == []
    out.stored(first, 1)
    (second,) = out.take(0.0)
    assert (second.message.name.number, second.follows) == (4, 1)


def test_what_is_not_acknowledged_goes_again_after_a_while_and_a_newer_one_at_once():
    out = Outgoing()
    out.add(message(1))
    (first,) = out.take(0.0)
    out.failed(first, 10.0)
    assert sent(out, 10.0 + RETRY_S / 2) == []
    assert out.next_due() == 10.0 + RETRY_S
    out.add(message(2))
    assert sent(out, 10.0) == [2]


def test_an_older_report_is_not_taken_up_and_another_play_is_newer_if_it_began_later():
    out = Outgoing()
    out.add(message(5, play=2))
    out.add(message(9, play=1))
    out.add(message(5, play=2))
    assert sent(out) == [5]
    out.add(message(1, play=3))
    assert out.lacking() == [message(1, play=3).name]


def test_a_line_that_comes_back_gets_the_newest_again_though_it_had_it():
    out = Outgoing()
    out.add(message(1))
    (first,) = out.take(0.0)
    out.stored(first, 1)
    assert out.has(message(1)) and not out.lacking()
    out.renew()
    assert sent(out) == [1]


def test_an_answer_to_what_was_given_up_changes_nothing():
    out = Outgoing()
    out.add(message(1))
    (first,) = out.take(0.0)
    out.renew()
    (again,) = out.take(0.0)
    out.failed(first, 0.0)
    assert out.take(9.0) == [], "the second is still in flight"
    out.stored(again, 1)
    assert not out.lacking()


def test_warnings_and_quick_reports_wait_for_each_other_no_more_than_quakes_do():
    out = Outgoing()
    for subject in ("ewarn.reports.a", "ewarn.reports.a~~reviewed", "ewarn.reports.b"):
        out.add(message(1, subject=subject))
    assert len(out.take(0.0)) == 3


def test_it_keeps_a_bounded_number_of_subjects():
    out = Outgoing()
    for number in range(MOST_SUBJECTS + 9):
        out.add(message(1, subject=f"ewarn.reports.{number}"))
    assert len(out.take(0.0)) == MOST_SUBJECTS


@dataclass
class Line:
    """A stream as a server keeps it, and a network that is as bad as can be while connections come and go."""

    last: ReportName | None = None
    number: int = 0
    under_way: list = field(default_factory=list)

    def arrive(self, which):
        """One of the messages under way reaches the server; what it answers."""
        sending = self.under_way.pop(which % len(self.under_way))
        if sending.follows != self.number:
            return sending, None
        name = sending.message.name
        assert self.last is None or (name.play, name.number) >= (self.last.play, self.last.number)
        self.last, self.number = name, self.number + 1
        return sending, self.number


def told(centre, line, sending, stored):
    if stored is None:
        centre.follows(sending, line.number, line.last)
    else:
        centre.stored(sending, stored)


ACTS = st.sampled_from(["release", "play", "send", "arrive", "arrive unheard", "give up", "come back", "lose disk"])


# Two centres, and a stream that counts from 1 again: by its number alone, another report was taken for the old one.
@example([("release", 1), ("release", 0), ("send", 1), ("arrive", 0), ("lose disk", 0)])
@given(st.lists(st.tuples(ACTS, st.integers(0, 7)), max_size=60))
def test_whatever_is_lost_late_or_doubled_the_stream_never_goes_back_and_ends_with_the_newest(acts):
    line, centres, released = Line(), (Outgoing(), Outgoing()), []
    flying, play, number, now = {}, 1, 0, 0.0
    for act, drawn in acts:
        centre, now = centres[drawn % 2], now + RETRY_S
        if act in ("release", "play"):
            play, number = (play + 1, 1) if act == "play" else (play, number + 1)
            released.append((play, number))
            centre.add(message(number, play))
        elif act == "send":
            for sending in centre.take(now):
                assert centre not in flying, "two at once"
                flying[centre] = sending
                line.under_way.append(sending)
        elif act.startswith("arrive") and line.under_way:
            sending, stored = line.arrive(drawn)
            if act == "arrive":
                owner = next((one for one, what in flying.items() if what is sending), None)
                if owner:
                    del flying[owner]
                for one in centres:
                    told(one, line, sending, stored)
        elif act == "give up" and centre in flying:
            centre.failed(flying.pop(centre), now)
        elif act == "come back":
            flying.pop(centre, None)
            centre.renew()
        elif act == "lose disk":
            line = Line()  # with its process, and all that was under way to it
            flying.clear()
            for one in centres:
                one.renew()
    for centre in centres:
        centre.renew()
    while due := [(centre, sending) for centre in centres for sending in centre.take(now)]:
        for centre, sending in due:
            line.under_way.append(sending)
            told(centre, line, *line.arrive(-1))
    assert not released or line.last == ReportName("luding-2022", *max(released))
