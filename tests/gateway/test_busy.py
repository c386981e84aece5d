"""What callers are told for whom there is no room."""

import asyncio
import re
import socket

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.shards.refusing import MOST_LINGERING, Refusing
from ewarn.gateway.way_in.busy import CLOSED, Busy


@given(st.floats(0.1, 3600), st.integers(0, 99))
def test_it_is_a_whole_answer_that_says_when_to_come_back(retry_s, seed):
    busy = Busy(retry_s, np.random.default_rng(seed))
    head, _, body = busy.said("no room").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert int(re.search(rb"Content-Length: (\d+)", head)[1]) == len(body)
    assert max(1, round(retry_s)) <= int(re.search(rb"Retry-After: (\d+)", head)[1]) <= max(1, round(2 * retry_s))


def test_callers_are_not_all_asked_to_come_back_at_once():
    busy = Busy(5.0, np.random.default_rng(1))
    assert len({busy.said("no room") for _ in range(100)}) == 6


async def test_the_supervisor_tells_all_whom_it_refuses_and_lets_few_linger():
    refusing, far = Refusing(Busy(5.0, np.random.default_rng(1))), []
    for _ in range(MOST_LINGERING + 10):
        near, theirs = socket.socketpair()
        theirs.settimeout(5)
        theirs.sendall(b"GET / HTTP/1.1\r\n\r\n")
        far.append(theirs)
        refusing.refuse(near.detach())
    for theirs in far:
        assert CLOSED.encode() in theirs.recv(4096)
        assert theirs.recv(4096) == b""
        theirs.close()
    refusing.close()
    await asyncio.sleep(0)
    near, gone = socket.socketpair()
    gone.close()
    refusing.refuse(near.detach())
    refusing.close()


async def test_whom_the_supervisor_refuses_is_answered_once_they_have_asked_or_after_a_while(monkeypatch):
    monkeypatch.setattr("ewarn.gateway.shards.refusing.LINGER_S", 0.05)
    refusing = Refusing(Busy(5.0, np.random.default_rng(1)))
    for asks in (True, False):
        near, theirs = socket.socketpair()
        theirs.setblocking(False)
        refusing.refuse(near.detach())
        with pytest.raises(BlockingIOError):
            theirs.recv(4096)
        if asks:
            theirs.send(b"GET / HTTP/1.1\r\n\r\n")
        assert CLOSED.encode() in await asyncio.get_running_loop().sock_recv(theirs, 4096)
        theirs.close()
    refusing.close()
