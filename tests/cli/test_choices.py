"""What may be chosen is what the registries hold, at the command line and in a drill file alike."""

import pytest
from click.testing import CliRunner

from ewarn import cli
from ewarn.cli.options import ENGINE, MAGNITUDE_TYPE, ORDER, SOME_ORDERS, ZONE
from ewarn.config.drill import DrillSettings, GatewayTable
from ewarn.config.keys import keys
from ewarn.dispatch.orders import ORDERS
from ewarn.errors import InputError
from ewarn.gateway.engines import AUTO, CHOICES, ENGINES
from ewarn.gateway.settings import GatewaySettings
from ewarn.seismic.intensity import ZONES
from ewarn.seismic.magnitudes import MAGNITUDE_TYPES

REGISTRIES = {"order": ORDERS, "engine": CHOICES, "zone": ZONES, "mag_type": MAGNITUDE_TYPES}
OPTIONS = [
    (verb.name, option, REGISTRIES[option.name])
    for verb in cli.VERBS
    for option in verb.params
    if option.name in REGISTRIES and verb.name != "plan"  # it goes by what a bench file holds
]


@pytest.mark.parametrize(
    ("verb", "option", "registry"), OPTIONS, ids=[f"{verb} {one.name}" for verb, one, _ in OPTIONS]
)
def test_every_such_option_offers_what_its_registry_holds(verb, option, registry):
    assert option.type.choices == tuple(registry)
    said = CliRunner().invoke(cli.main, [verb, "--help"]).output
    assert all(name in said for name in registry)


def test_a_drill_file_takes_what_the_registries_hold_and_the_first_is_the_default_of_all():
    found = {key.name: key for key in keys(DrillSettings)}
    assert found["gateway.order"].allowed["enum"] == list(ORDERS)
    assert found["gateway.engine"].allowed["enum"] == list(CHOICES)
    assert GatewayTable().order == GatewaySettings().strategy.order == ORDER.first() == next(iter(ORDERS))
    assert GatewayTable().engine == GatewaySettings().engine == ENGINE.first() == AUTO == next(iter(CHOICES))
    assert list(CHOICES) == [AUTO, *ENGINES]


@pytest.mark.parametrize("about", [*(order.about for order in ORDERS.values()), *CHOICES.values()])
def test_every_order_and_engine_says_in_a_line_what_it_does(about):
    assert 10 < len(about) < 110 and "\n" not in about


@pytest.mark.parametrize("kind", [ORDER, ENGINE, ZONE, MAGNITUDE_TYPE])
def test_a_name_that_there_is_is_taken_and_another_is_refused_in_a_line_with_what_there_is(kind):
    for name in kind.choices:
        assert kind.convert(name, None, None) == name
    with pytest.raises(InputError, match=rf"'{kind.first()}x' is not one of .*; did you mean") as refused:
        kind.convert(f"{kind.first()}x", None, None)
    assert "\n" not in str(refused.value)


def test_several_have_commas_between():
    assert SOME_ORDERS.convert(" , ".join(ORDERS), None, None) == list(ORDERS)
    with pytest.raises(InputError, match="'best' is not one of"):
        SOME_ORDERS.convert("fifo,best", None, None)


@pytest.mark.parametrize("option", [("--interface", "eth0"), ("--range", "10.9.0.0/16")])
def test_a_swarm_of_sockets_is_given_no_way_of_packets(option):
    done = CliRunner().invoke(cli.main, ["swarm", "--to", "ws://127.0.0.1:1", "--clients", "1", *option])
    assert done.exit_code == 2
    assert done.output == f"ewarn: {option[0]}: sockets have no use for it; add --phones packets\n"
