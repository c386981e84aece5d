"""What configs/deploy says of the program is so: its options, ports, folders and times."""

import importlib.util
import json
import re
import socket
import threading

import pytest

from ewarn.bus.addresses import parse_bus
from ewarn.cli.hosts import LINES
from ewarn.system.address import CONTROL, LISTEN, split_address
from ewarn.system.machine import MOST_FILES
from tests.docs import deployed
from tests.docs.deployed import DEPLOY, SYSTEMD, dockerfile, environment, mounted, of_image, services, started, words_of
from tests.docs.pages import ROOT
from tests.docs.test_commands import parse

GATEWAY, BUS = deployed.unit("ewarn-gateway.service"), deployed.unit("ewarn-bus@.service")
SERVICES = services()
GATEWAYS = {name: words_of(text, "command") for name, text in SERVICES.items() if "<<: *gateway" in text}
PAGES = {"grafana": "3000"}
"""services with a page for people, and its port"""
PUBLIC_PORT = split_address("", LISTEN)[1]


def commands():
    """Each command of ewarn that something in the folder starts."""
    yield "unit", started(GATEWAY, "", environment())[1:]
    yield "image", json.loads(of_image("CMD"))
    yield from GATEWAYS.items()
    centre = SERVICES["centre"]
    yield "centre", words_of(centre, "entrypoint")[1:] + words_of(centre, "command")


def option(words, name):
    return words[words.index(name) + 1]


COMMANDS = dict(commands())


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_every_command_is_one_that_ewarn_takes(words):
    parse(words)
    if "--bus" in words:
        assert len(parse_bus(option(words, "--bus"))) == 2
    if words[0] == "gateway":
        assert split_address("", option(words, "--listen"))[1] == PUBLIC_PORT
        assert option(words, "--control") == CONTROL


def test_ports_agree_with_the_defaults():
    assert of_image("EXPOSE") == str(PUBLIC_PORT)
    assert healthy().URL.endswith(f"//127.0.0.1:{PUBLIC_PORT}/healthz")
    for name, words in GATEWAYS.items():
        published = re.search(r'ports: \["127\.0\.0\.1:(\d+):(\d+)"\]', SERVICES[name])
        assert published[2] == str(PUBLIC_PORT)
        assert option(words, "--public-url") == f"ws://127.0.0.1:{published[1]}"
        assert option(words, "--name") == name
    assert {name for name, text in SERVICES.items() if "ports:" in text} == GATEWAYS.keys() | PAGES.keys()
    for name, port in PAGES.items():
        assert f'ports: ["127.0.0.1:{port}:{port}"]' in SERVICES[name]


@pytest.mark.parametrize(
    ("unit", "words"),
    [(GATEWAY, started(GATEWAY, "", environment())), (BUS, started(BUS, "b1", {}))],
    ids=["gateway", "bus"],
)
def test_a_unit_has_the_user_and_the_folders_that_it_names(unit, words):
    users = re.findall(r"(?m)^u (\S+)", (SYSTEMD / "sysusers.conf").read_text())
    assert unit["User"] == unit["Group"]
    assert unit["User"][0] in users
    own = [
        f"{above}/{unit[key][0].removesuffix('/%i')}"
        for key, above in (
            ("ConfigurationDirectory", "/etc"),
            ("StateDirectory", "/var/lib"),
            ("RuntimeDirectory", "/run"),
        )
        if unit[key]
    ]
    named = [word for word in words[1:] if word.startswith("/")] + unit["EnvironmentFile"]
    assert named
    assert not [path for path in named if not any(f"{path}/".startswith(f"{folder}/") for folder in own)]


def test_whoever_runs_in_the_image_has_the_folders_of_its_command():
    made = " ".join(text for name, text in dockerfile() if name == "RUN")
    user, group = of_image("USER").split(":")
    assert f"--gid {group} ewarn" in made
    assert f"--uid {user} --gid ewarn" in made
    folders = re.search(r"install -d -o ewarn -g ewarn -m 0700 (.*)", made)[1].split()
    command = json.loads(of_image("CMD"))
    assert {option(command, "--secret-file").rpartition("/")[0], option(command, "--state")} == set(folders)
    assert of_image("STOPSIGNAL") == "SIGTERM"


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_container_of_a_gateway_can_write_where_its_command_writes_and_nowhere_else(name):
    words, folders = GATEWAYS[name], mounted(SERVICES[name])
    assert folders == {"/etc/ewarn": False, option(words, "--state"): True}
    assert f"./state/{name}:" in SERVICES[name]
    keys = [word for word in words if word.startswith("/etc/")]
    assert all(key.startswith("/etc/ewarn/") for key in keys)
    assert '"/run/ewarn:mode=0700,' in (DEPLOY / "compose.yaml").read_text()
    assert option(words, "--secret-file").startswith("/run/ewarn/")


def test_lines_of_the_bus_in_compose_are_those_that_keys_are_made_for():
    for name in LINES:
        assert words_of(SERVICES[name], "command") == ["--config", f"/etc/ewarn-bus/{name}.conf"]
        assert mounted(SERVICES[name]) == {"/etc/ewarn-bus": False, "/var/lib/ewarn-bus": True}
    for words in (*GATEWAYS.values(), words_of(SERVICES["centre"], "entrypoint")):
        assert option(words, "--bus") == ",".join(f"tls://{name}" for name in LINES)


def test_every_container_is_locked_in_and_comes_back():
    text = (DEPLOY / "compose.yaml").read_text()
    hardened, bus, gateway = re.findall(r"(?m)^x-\w+: &\w+\n(?:  .*\n)+", text)
    for key in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "restart: unless-stopped", "user:"):
        assert key in hardened
    assert "<<: *hardened" in bus
    assert "<<: *hardened" in gateway
    assert all(re.match(r"    <<: \*(hardened|bus|gateway)\n", service) for service in SERVICES.values())


def test_a_gateway_has_the_time_to_drain_and_the_files_that_it_can_use():
    drain = next(one for one in parsed("gateway").params if one.name == "drain_s").default
    text = (DEPLOY / "compose.yaml").read_text()
    for said in (GATEWAY["TimeoutStopSec"][0], re.search(r"stop_grace_period: (120s)", text)[1]):
        assert float(said.removesuffix("s")) >= 2 * drain
    assert GATEWAY["LimitNOFILE"] == [str(MOST_FILES)]
    assert f"nofile: ${{EWARN_NOFILE:-{MOST_FILES}}}" in text
    assert (GATEWAY["KillSignal"], GATEWAY["KillMode"]) == (["SIGTERM"], ["mixed"])


def test_io_uring_is_allowed_and_what_is_not_fails_instead_of_killing():
    assert {"io_uring_setup", "io_uring_enter", "io_uring_register"} <= set(GATEWAY["SystemCallFilter"][0].split())
    for unit in (GATEWAY, BUS):
        assert unit["SystemCallErrorNumber"] == ["EPERM"]


def test_an_image_is_built_from_what_is_there_and_from_nothing_else():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] != "#"]
    assert lines[0] == "*"
    kept = [line[1:] for line in lines if line[0] == "!"]
    assert all((ROOT / name).exists() for name in kept)
    project = (ROOT / "pyproject.toml").read_text()
    needed = {
        "pyproject.toml",
        ".ci/versions.txt",
        "ewarn",
        "configs",
        *re.findall(r'(?:readme = |file = )"(.*?)"', project),
    }
    assert set(kept) == needed


def test_yaml_reads_compose_as_these_tests_do():
    yaml = pytest.importorskip("yaml", reason="no PyYAML")
    read = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert list(read) == list(SERVICES)
    for name, words in GATEWAYS.items():
        assert read[name]["command"].split() == words
        assert read[name]["read_only"] is True


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b'HTTP/1.0 200 OK\r\n\r\n{"status": "ok"}', 0),
        (b'HTTP/1.0 200 OK\r\n\r\n{"status": "degraded"}', 0),
        (b'HTTP/1.0 200 OK\r\n\r\n{"status": "draining"}', 0),
        (b'HTTP/1.0 200 OK\r\n\r\n{"status": "stale"}', 1),
        (b'HTTP/1.0 503 No\r\n\r\n{"status": "stale"}', 1),
        (b"HTTP/1.0 500 No\r\n\r\n", 1),
        (b'HTTP/1.0 200 OK\r\n\r\n["ok"]', 1),
        (b"SSH-2.0-x\r\n", 1),
        (b"", 1),
    ],
)
def test_a_container_is_unhealthy_where_its_gateway_does_not_answer_or_hears_no_line(answer, code, capsys):
    def serve():
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/healthz"
        serving = threading.Thread(target=serve)
        serving.start()
        assert healthy().main(url) == code
        serving.join()
    assert healthy().main(url) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2


def healthy():
    """The program that an image asks for its health."""
    spec = importlib.util.spec_from_file_location("healthy", DEPLOY / "healthy.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parsed(verb):
    """A command of ewarn, as click has it."""
    import click

    from ewarn.cli import main

    return main.get_command(click.Context(main), verb)
