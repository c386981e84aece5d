"""What a line says, as it is read: whatever pieces it comes in, messages are as they were."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("nats")


class Heard:
    """In place of the library's client."""

    def __init__(self):
        self.messages, self.pings = [], 0

    async def _process_msg(self, _sid, subject, _reply, payload, _headers):
        self.messages.append((subject, payload))

    async def _process_ping(self):
        self.pings += 1


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from([b"a.b", b"a\x0bb", b"\x0c"]), st.binary(max_size=60)), max_size=5),
    st.lists(st.integers(1, 40), min_size=1, max_size=20),
)
def test_messages_of_any_bytes_come_through_in_any_pieces_and_subjects_end_where_they_do(messages, steps):
    from ewarn.bus.client import _LineParser

    said = b"".join(b"MSG %b 1 %d\r\n%b\r\nPING\r\n" % (subject, len(data), data) for subject, data in messages)
    heard, at, step = Heard(), 0, 0
    parser = _LineParser(heard)
    while at < len(said):
        asyncio.run(parser.parse(said[at : at + steps[step % len(steps)]]))
        at, step = at + steps[step % len(steps)], step + 1
    readable = bytes.maketrans(b"\x0b\x0c", b"??")
    assert heard.messages == [(subject.translate(readable), data) for subject, data in messages]
    assert heard.pings == len(messages)
