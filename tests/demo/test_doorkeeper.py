"""Who may ask the demo's servers, without a socket."""

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request

from ewarn.demo.doorkeeper import Doorkeeper
from ewarn.demo.static import Files, folder
from ewarn.system.allowed import allowed, loopback_pages

FILES = Files(folder())
PAGE = Doorkeeper(allowed(("127.0.0.1", 8600), ()), lambda _, request: FILES.answer(request.path))
OTHERS = Doorkeeper(allowed(("127.0.0.1", 8601), (), (), loopback_pages(8600)), lambda *_: None)


def asked(path="/", method="GET", **headers):
    request = Request(path, Headers({"Host": "127.0.0.1:8600"} | headers))
    request.method = method
    return request


def test_a_page_is_read_by_get_and_head_alone():
    got, head, post = (PAGE.let_in(None, asked(method=method)) for method in ("GET", "HEAD", "POST"))
    assert (got.status_code, head.status_code, post.status_code) == (200, 200, 405)
    assert (head.body, head.headers["Content-Length"]) == (b"", got.headers["Content-Length"])
    assert post.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["http://127.0.0.1:8600/", "*", ""])
def test_a_request_is_for_a_path(path):
    assert PAGE.let_in(None, asked(path)).status_code == 400


def test_a_websocket_is_opened_by_http_1_1():
    request = asked("/v1/stage", Host="127.0.0.1:8601")
    request.protocol = "HTTP/1.0"
    assert OTHERS.let_in(None, request).status_code == 400


def test_a_name_that_is_made_to_point_here_and_pages_of_others_are_refused():
    assert PAGE.let_in(None, asked(Host="evil.test:8600")).status_code == 421
    assert PAGE.let_in(None, asked("/v1/stage", Origin="http://evil.test")).status_code == 403
    assert PAGE.let_in(None, asked(Host="localhost:9999", Origin="http://localhost:9999")).status_code == 200


def test_the_page_may_speak_to_servers_at_other_ports_and_no_other_page_may():
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert OTHERS.let_in(None, asked(Host="127.0.0.1:8601", Origin=f"http://{host}:8600")) is None
    assert OTHERS.let_in(None, asked(Host="127.0.0.1:8601", Origin="http://127.0.0.1:1")).status_code == 403
    assert OTHERS.let_in(None, asked(Host="127.0.0.1:8601")) is None
