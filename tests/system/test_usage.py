"""Which processes there are, who listens, and what of those who are gone."""

import os
import socket
import subprocess
import sys

from ewarn.system import usage


def test_who_listens_on_a_port_is_found_and_nobody_where_none_does():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert usage.listening(("127.0.0.1", port)) == os.getpid()
        assert usage.listening(("127.0.0.2", port)) is None, "another may listen there"
    assert usage.listening(("127.0.0.1", port)) is None


def test_of_those_who_are_gone_nothing_is_known():
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    assert usage.cpu_s_of(child.pid) is None
    assert usage.below(child.pid) == []
    assert usage.memory_bytes_of([child.pid]) == 0
    assert usage.cpu_s_of(os.getpid()) > 0
