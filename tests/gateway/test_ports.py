"""The ports of a gateway: its own, and those that are handed to it."""

import os
import re
import socket

import pytest

from ewarn.errors import InputError
from ewarn.gateway.settings import Addresses, GatewaySettings, Limits, Tls, check
from ewarn.gateway.way_in.ports import Ports


def at(*also, listen="127.0.0.1:0"):
    return Ports(Addresses(listen, also=also), Limits(send_buffer=8192, unacknowledged_s=7.0))


def test_all_ports_hand_on_the_same_options_to_whoever_connects():
    further = socket.create_server(("127.0.0.2", 0))
    ports = at(further.detach())
    for port in ports.all:
        with socket.create_connection(port.getsockname()), port.accept()[0] as one:
            assert one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == 2 * 8192
            assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 7000
            assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert not port.getblocking()
    assert ports.own is ports.all[0]
    assert ports.further_hosts == ("127.0.0.2",)
    ports.close()
    assert all(port.fileno() < 0 for port in ports.all)


def test_who_comes_before_a_port_listens_finds_nobody_and_another_gateway_may_be_there_first():
    ports, other = (Ports(Addresses("127.0.0.1:0"), Limits(), listens=False) for _ in range(2))
    where = ports.own.getsockname()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(where)
    ports.listen()
    ports.listen()
    socket.create_connection(where).close()
    with socket.create_server(other.own.getsockname()), pytest.raises(InputError, match="--listen: cannot listen on"):
        other.listen()
    ports.close()
    other.close()


def no_listener():
    return socket.socket()


def no_tcp():
    one = socket.socket(socket.AF_UNIX)
    one.bind(f"\0ewarn-tests-{os.getpid()}")
    one.listen()
    return one


def no_stream():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


@pytest.mark.parametrize("make", [no_listener, no_tcp, no_stream])
def test_what_is_no_listener_is_named_and_stays_open(make):
    with make() as one, socket.create_server(("127.0.0.1", 0)) as sound:
        with pytest.raises(InputError, match=f"addresses.also: descriptor {one.fileno()} is no listening TCP socket"):
            at(sound.fileno(), one.fileno())
        assert os.fstat(one.fileno())
        assert os.fstat(sound.fileno())


def test_what_is_no_socket_at_all_is_named(tmp_path):
    with (tmp_path / "file").open("w") as file, pytest.raises(InputError, match="is no socket"):
        at(file.fileno())
    with pytest.raises(InputError, match=re.escape("addresses.also: descriptor 99999 is no socket (bad file")):
        at(99_999)


def test_one_that_is_given_twice_is_named():
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        pytest.raises(InputError, match=f"descriptor {one.fileno()} is given twice"),
    ):
        at(one.fileno(), one.fileno())


def test_where_the_own_port_cannot_be_had_no_other_is_left_open():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        further = socket.create_server(("127.0.0.1", 0)).detach()
        with pytest.raises(InputError, match="--listen: cannot listen"):
            at(further, listen=f"127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(further)


def test_listeners_by_descriptor_and_tls_do_not_go_together():
    with pytest.raises(InputError, match=re.escape("addresses.also: 2 listeners by descriptor, which are not served")):
        check(GatewaySettings(addresses=Addresses(also=(7, 8), tls=Tls("chain.pem", "key.pem"))))
