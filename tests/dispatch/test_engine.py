"""Every engine can be asked what the gateway asks of one."""

import inspect

import pytest

from ewarn.dispatch.engine import BROKEN, Engine
from ewarn.gateway.engines import ENGINES

VERBS = [name for name, _ in inspect.getmembers(Engine, inspect.isfunction) if not name.startswith("_")]


def test_these_are_the_verbs_of_an_engine_and_a_broken_connection_took_no_bytes():
    assert sorted(VERBS) == ["close", "forget", "prepare", "send"]
    assert BROKEN < 0


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", ENGINES)
def test_each_engine_has_them_with_the_same_parameters(name, verb):
    kind = ENGINES[name].make
    assert kind.name == name
    assert inspect.signature(getattr(kind, verb)) == inspect.signature(getattr(Engine, verb))
