"""What hosts need of a machine: what is missing is said in one line, by name."""

import subprocess
import sys

import pytest

from tests.hosts import tools


@pytest.fixture(autouse=True)
def anew():
    tools.missing.cache_clear()
    yield
    tools.missing.cache_clear()


def test_packages_that_are_missing_are_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(tools, "SBIN", ())
    assert tools.missing("namespaces").endswith("need the packages iproute2, nftables, util-linux: make hosts-tools")
    with pytest.raises(pytest.skip.Exception, match="iproute2, nftables"):
        tools.need("namespaces")


def test_what_is_forbidden_is_said_as_the_machine_says_it():
    code = "from tests.sandbox import forbid_namespaces; from tests.hosts import tools; forbid_namespaces(); "
    code += "print(*map(tools.missing, ('namespaces', 'clocks')), sep='\\n')"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    if "packages" in said:
        pytest.skip(said.splitlines()[0])
    for what, line in zip(("namespaces", "clocks"), said.splitlines(), strict=True):
        assert line == f"hosts on one machine: no {what} here: unshare: unshare failed: Operation not permitted"
