"""The clients on the page of the wire hear a quake that is published to a real gateway."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from tests.conftest import PATIENCE_S
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "reference" / "wire.md"
QUERY = "user=me&place=29.61,102.12&place=30.67,104.06"


def client(language):
    """The one client of a language that the page shows."""
    (block,) = blocks(PAGE, language)
    assert sum(bool(line.strip()) for line in block.text.splitlines()) <= 20, "in 20 lines, the page says"
    return block.text


@contextmanager
def listening(command, **environment):
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def publish_to(gateway, make_own_report, child):
    """Release a series once the client is there; what it printed."""
    until = time.monotonic() + PATIENCE_S
    while gateway.health()["connections"] < 1:
        assert child.poll() is None, child.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.01)
    reports = [make_own_report(number, status) for number, status in ((1, "update"), (2, "update"), (3, "cancel"))]
    gateway.release(*reports[:1])
    lines = [child.stdout.readline().split() for _ in range(2)]
    for report in reports[1:]:
        gateway.release(report)
        lines += [child.stdout.readline().split() for _ in range(2)]
    return lines


def check(lines):
    assert [(number, status) for _, number, status, *_ in lines] == [
        (number, status) for number, status in (("1", "update"), ("2", "update"), ("3", "cancel")) for _ in range(2)
    ]
    assert {level for *_, level, _ in lines} == {"red", "yellow"}
    assert all(float(s_in_s) < 60 for *_, s_in_s in lines)


def test_the_client_in_python_hears_every_report(start_gateway, make_report, tmp_path):
    (tmp_path / "listen.py").write_text(client("python"))
    gateway = start_gateway(shards=1)
    with listening([sys.executable, str(tmp_path / "listen.py"), gateway.url(QUERY)]) as child:
        check(publish_to(gateway, make_report, child))


def test_the_client_in_javascript_hears_every_report(start_gateway, make_report, tmp_path):
    node = shutil.which("node") or shutil.which("nodejs")
    command = [node or "node", "--experimental-websocket"]
    if not node or subprocess.run([*command, "-e", "WebSocket"], capture_output=True, check=False).returncode:
        pytest.skip("no Node with a WebSocket here; tests/browser runs this client too")
    (tmp_path / "listen.mjs").write_text(client("js"))
    gateway = start_gateway(shards=1)
    with listening([*command, str(tmp_path / "listen.mjs"), gateway.url(QUERY)]) as child:
        check(publish_to(gateway, make_report, child))
