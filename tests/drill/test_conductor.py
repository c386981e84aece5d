"""Settings that are in force in a play. Whole drills stand in `tests/test_drill.py` and `test_platforms.py`."""

from pathlib import Path
from types import SimpleNamespace

from ewarn.config.drill import load_drill
from ewarn.drill.conductor import LOSSY_QUIET_S, QUIET_S, _as_it_runs, _give_back, _in_turn, _quiet_s
from ewarn.errors import GatewayError
from ewarn.wire.health import Health

SETTINGS = load_drill(Path("configs/one-report.toml"), {})


class Platforms:
    """Takes down by which order reports are to be dispatched, or is gone."""

    def __init__(self, gone=False):
        self.orders, self._gone = [], gone

    def change(self, *, order):
        if self._gone:
            raise GatewayError("the gateway died")
        self.orders.append(order)


def test_in_its_turn_an_order_is_in_force_and_stands_in_the_settings():
    platforms, said = Platforms(), []
    in_force = _in_turn(SETTINGS, platforms, SimpleNamespace(say=said.append), "fifo")
    assert (in_force.gateway.order, platforms.orders, said) == ("fifo", ["fifo"], ["order fifo"])
    assert in_force.audience == SETTINGS.audience
    assert SETTINGS.gateway.order == "deadline"


def test_what_tcp_still_sends_again_is_not_given_up():
    def over(**mile):
        changed = {f"last_mile.{key}": value for key, value in mile.items()}
        return _quiet_s(load_drill(Path("configs/one-report.toml"), {"swarm.clients": "packets"} | changed))

    assert _quiet_s(SETTINGS) == over(rtt_ms=[40.0, 400.0]) == QUIET_S
    assert over(rtt_ms=[40.0, 400.0], loss=0.01) == LOSSY_QUIET_S
    assert LOSSY_QUIET_S > 12, "3 s for who is far away, doubled twice"


def test_a_gateway_that_ran_before_has_its_own_order_rate_and_engine_as_far_as_it_tells():
    found = _as_it_runs(SETTINGS, Health(order="random", rate_per_s=9.0, shards=3)).gateway
    assert (found.order, found.rate_per_s, found.engine) == ("random", 9.0, SETTINGS.gateway.engine)
    assert _as_it_runs(SETTINGS, Health()) == SETTINGS


def test_it_has_its_own_order_again_however_the_drill_ends():
    platforms, said = Platforms(), []
    _give_back(platforms, "random", SimpleNamespace(say=said.append))
    assert (platforms.orders, said) == (["random"], [])
    _give_back(Platforms(gone=True), "random", SimpleNamespace(say=said.append))
    assert said == ["the gateway keeps the drill's order: the gateway died"]
