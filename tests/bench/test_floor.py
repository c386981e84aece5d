"""The floor in C, built and run."""

import shutil

import numpy as np
import pytest

from ewarn.bench import floor
from ewarn.bench.floor import Floor
from ewarn.errors import InputError
from ewarn.system.machine import this_machine


@pytest.mark.skipif(floor.problem() is not None, reason=str(floor.problem()))
@pytest.mark.parametrize(("order", "portions"), [("connected", 1), ("connected", 8), ("shuffled", 8)])
def test_every_connection_gets_its_bytes_in_every_round(order, portions):
    one = Floor(order, 301, 347, this_machine())
    try:
        one.start(portions)
        for _ in range(portions):
            one.connect()
        one.rehearse()
        for _ in range(2):
            sample = one.play()
            assert sample.users == sample.delivered == one.users >= 301
            assert 0 < sample.seconds < 60
            assert sample.send_us > 0
            assert np.isnan(sample.p99_ms)
    finally:
        one.close()


def test_without_a_compiler_it_says_so(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    one = Floor("connected", 100, 347, this_machine())
    with pytest.raises(InputError, match="floor: there is no C compiler"):
        one.start(1)
    one.close()
