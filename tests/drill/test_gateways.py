"""The gateway of a drill: how large one of its own is, and what one that runs must have."""

import socket
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from ewarn.config.drill import load_drill
from ewarn.drill import gateways
from ewarn.drill.gateways import External, Gateway, external_gateway, gateway_settings, health
from ewarn.errors import InputError
from ewarn.gateway.counters import Reason
from ewarn.swarm.client import Target
from ewarn.wire.health import Health


def settings(**changes):
    return load_drill(
        Path("configs/one-report.toml"), {key.replace("__", "."): value for key, value in changes.items()}
    )


def test_its_own_has_room_for_all_in_as_few_shards_as_it_comes_down_to():
    resized = settings(gateway__shards=4, gateway__resize=[[1.0, 8], [2.0, 3]])
    assert gateway_settings(resized, 1_000).size.capacity == -(-1_000 * 4 // 3)
    assert gateway_settings(settings(gateway__shards=2), 1_000).size.capacity == 1_000
    assert gateway_settings(settings(), 1_000).size.capacity == 1_000


def test_secrets_are_not_shown():
    one = External("ws://127.0.0.1:1", "127.0.0.1:2", "never-to-be-shown")
    assert "never-to-be-shown" not in repr(one)
    assert "never-to-be-shown" not in repr(Gateway(Target("127.0.0.1", 1), "", "never-to-be-shown", Health()))


def test_one_that_is_gone_counts_nothing_and_says_nothing():
    nobody = Target("127.0.0.1", 9)
    gone = Gateway(nobody, "", "", Health())
    assert gone.counters() == gone.labelled("ewarn_closed_total") == {}
    with pytest.raises(InputError, match=r"no gateway answers on 127\.0\.0\.1:9"):
        health(nobody)


def test_what_has_a_label_is_told_by_its_values(shared_gateway):
    one = Gateway(Target(*shared_gateway.address), "", "", Health())
    assert set(one.labelled("ewarn_closed_total")) == set(Reason)
    assert one.labelled("ewarn_closed") == one.labelled("ewarn_frames_total") == {}


def test_one_that_runs_must_hold_back_what_the_drill_would(shared_gateway):
    started = shared_gateway.started
    external = External(f"ws://{started.listen}", started.control, "x")
    assert external_gateway(external, settings(audience__users=10)).target == Target(*shared_gateway.address)
    with pytest.raises(InputError, match=r"delivery\.magnitude: 9 in the drill, \S+ on the gateway"):
        external_gateway(external, settings(audience__users=10, delivery__magnitude=9.0))


def test_one_elsewhere_is_not_asked_before_that_is_allowed(monkeypatch):
    monkeypatch.setattr(gateways, "health", lambda _: pytest.fail("it was asked"))
    with pytest.raises(InputError, match=r"--to: 192\.0\.2\.1 is not loopback"):
        external_gateway(External("ws://192.0.2.1:8600", "127.0.0.1:1", "x"), settings())


def test_of_one_that_runs_here_the_processes_are_known_and_a_proxy_is_none(shared_gateway):
    def found(address):
        external = External(f"ws://{address}", shared_gateway.started.control, "x")
        return external_gateway(external, settings(audience__users=10))

    front, *others = found(shared_gateway.started.listen).players()
    assert (front.pid, front.kind) == (shared_gateway.child.process.pid, "front")
    assert {one.kind for one in others} == {"shard"}
    with relayed(shared_gateway.address) as address:
        assert found(address).players() == []


@contextmanager
def relayed(to):
    """An address at which this process answers with what the gateway says to one who asks."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            client, _ = listener.accept()
            with client, socket.create_connection(to) as gateway:
                gateway.sendall(client.recv(65536))
                while said := gateway.recv(65536):
                    client.sendall(said)

        Thread(target=answer, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
