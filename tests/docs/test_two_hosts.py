"""The fleet file of the page about two hosts is one, and what it starts takes the options that it is given."""

import shlex
import tomllib

from ewarn.config.fleet import load_fleet
from tests.docs.pages import ROOT, blocks
from tests.docs.test_commands import parse

PAGE = ROOT / "docs" / "howto" / "two-hosts-by-ssh.md"


def test_the_fleet_file_is_one(tmp_path):
    (block,) = blocks(PAGE, "toml")
    (tmp_path / "fleet.toml").write_text(block.text)
    found = load_fleet(tmp_path / "fleet.toml")
    assert [one.start[1] for one in (*found.gateway, *found.swarm)] == ["g1", "s1"]
    parse(found.gateway[0].command[1:])


def test_addresses_and_ports_of_the_page_agree():
    (block,) = blocks(PAGE, "toml")
    said = tomllib.loads(block.text)
    gateway, swarm = said["gateway"][0], said["swarm"][0]
    keys = next(one.text for one in blocks(PAGE, "sh") if "bus keys" in one.text)
    lines = [word.partition("=")[2] for word in shlex.split(keys) if word.startswith(("b1=", "b2="))]
    assert said["bus"]["lines"] == [f"tls://{one}" for one in lines]
    assert lines == [gateway["url"].removeprefix("ws://").partition(":")[0], swarm["address"]]
    text = PAGE.read_text()
    assert all(f"| {port} |" in text for port in ("4222/tcp", "8600/tcp", f"{swarm['ear_port']}/udp"))
