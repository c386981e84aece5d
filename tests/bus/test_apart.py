"""Whoever waits for the bus in vain says why, once."""

import pytest

from ewarn.bus import folder, lines
from ewarn.bus.addresses import parse_bus, read_identity
from ewarn.bus.apart import Apart
from ewarn.bus.roles import role
from ewarn.bus.seeds import seed_file
from ewarn.errors import InputError


def test_who_reaches_no_line_says_why_once_and_goes_on_trying(caplog, monkeypatch, tmp_path):
    folder.make(tmp_path / "keys", [lines.parse_line("b1=127.0.0.1:1", 4222)], ["g1"])
    swarm = read_identity(role("swarm"), str(seed_file(tmp_path / "keys", "swarm")))
    monkeypatch.setattr("ewarn.bus.apart.LONG_S", 0.1)
    nowhere = Apart(parse_bus("nats://127.0.0.1:1,nats://127.0.0.1:2"), swarm, {}, lambda: None)
    with nowhere as bus, pytest.raises(InputError, match="no line of the bus is up: "):
        bus.up(0.5)
    (said,) = caplog.messages
    assert said.startswith("no line of the bus is up yet: ")
    assert "127.0.0.1:1" in said and "127.0.0.1:2" in said
