"""The options of a load test: our own, and which of Locust's are honoured. Pure but for adding them to a parser.

Every option that Locust takes is in `HONOURED` or in `REFUSED`; one that is refused, or that is not known here because
a newer Locust brought it, ends Locust with exit code 2 and one line.
"""

from collections.abc import Mapping
from typing import Any

from ewarn.errors import InputError
from loadtests.shapes import SHAPES

HONOURED = {
    "help": "",
    "locustfile": "",
    "config": "",
    "host": "a gateway that runs already; needs --control",
    "num_users": "swarm processes; each has --clients",
    "spawn_rate": "swarm processes started a second",
    "run_time": "a test that is not over by then has failed",
    "list_commands": "",
    "user_classes": "there is one, SwarmProcess",
    "web_host": "",
    "web_port": "",
    "web_host_display_name": "",
    "web_base_path": "",
    "headless": "",
    "headful": "",
    "autostart": "",
    "autoquit": "counted from the end of the test",
    "tls_cert": "of the page",
    "tls_key": "of the page",
    "master": "",
    "master_bind_host": "",
    "master_bind_port": "",
    "expect_workers": "",
    "expect_workers_max_wait": "",
    "worker": "",
    "processes": "workers on this host",
    "master_host": "also how clients find the gateway that the master starts",
    "master_port": "",
    "csv_prefix": "deliveries, as on the page",
    "stats_history_enabled": "",
    "print_stats": "",
    "only_summary": "",
    "html_file": "deliveries, as on the page",
    "json": "our own lines go to stderr then",
    "json_file": "",
    "skip_log_setup": "",
    "loglevel": "",
    "logfile": "",
    "show_task_ratio": "",
    "show_task_ratio_json": "",
    "version": "",
    "stop_timeout": "for a test that is stopped before its end",
    "profile": "stands in the HTML report",
    "build_path": "",
}
"""by the name that an option has in Locust, and what is to be known of it"""

REFUSED = {
    "tags": "there is one task, and it has no tags",
    "exclude_tags": "there is one task, and it has no tags",
    "reset_stats": "deliveries count from the first release on, and a reset would hide the first of them",
    "class_picker": "there is one class of users, SwarmProcess",
    "config_users": "there is one class of users; say what its clients do by --shape and --clients",
    "equal_weights": "there is one task, and nothing to weigh",
    "enable_rebalancing": "clients of a worker that is lost are never given to another one",
    "exit_code_on_error": "exit codes are those of ewarn: 3 where a check failed, 4 where nothing can be trusted",
    "web_login": "no logins are kept here; have a proxy in front of the page ask for them",
    "web_auth": "no logins are kept here; have a proxy in front of the page ask for them",
    "legacy_ui": "the page has one look",
    "slave": "say --worker",
    "expect_slaves": "say --expect-workers",
    "otel": "Locust sends no requests here that could be traced",
}

OF_A_RUN = ("host", "num_users", "spawn_rate", "run_time")
"""of Locust's, those that only the master, or a run without one, reads"""
OWN = {
    "shape": "steady",
    "clients": 1000,
    "quake": "configs/quakes/luding-2022.toml",
    "speed": 4.0,
    "limit_ms": 1000.0,
    "listen": None,
    "control": None,
    "secret_file": None,
    "ca": None,
    "signing_key": None,
}
"""ours that only these read, and what each is unless it is given"""
EXCEPTIONS = {
    "num_users": "users",
    "csv_prefix": "csv",
    "html_file": "html",
    "stats_history_enabled": "csv-full-history",
    "list_commands": "list",
}
"""options that are called otherwise than in Locust"""


def called(name: str) -> str:
    """As it is written."""
    return f"--{EXCEPTIONS.get(name, name).replace('_', '-')}"


def add(parser: Any) -> None:
    """Our own, beside Locust's; the page shows those that a visitor may change."""

    def own(name: str, text: str, **more: Any) -> None:
        kind = {} if OWN[name] is None else {"type": type(OWN[name]), "env_var": f"EWARN_{name.upper()}"}
        parser.add_argument(called(name), default=OWN[name], help=text, **kind, **more)

    own("shape", "Shape of load", choices=list(SHAPES))
    own("clients", "Clients of a Locust user")
    own("quake", "Quake file to play")
    own("speed", "Divides the waits for reports")
    own("limit_ms", "Limit in ms of the p99 of the first report, judged where all clients stay (steady); 0: none")
    hidden: dict[str, Any] = {"include_in_web_ui": False}
    listens = "Where the gateway that is started listens. By default on loopback, or, with workers on other hosts, on "
    own("listen", f"{listens}the address by which these reach the master", metavar="HOST:PORT", **hidden)
    own("control", "With --host: where its reports go in", metavar="HOST:PORT", **hidden)
    own("secret_file", "With --host: file with its secret", metavar="FILE", **hidden)
    own("ca", "With --host: certificates to trust, PEM, for TLS", metavar="FILE", **hidden)
    own("signing_key", "With --host: key that signs its reports", metavar="FILE", **hidden)
    answers = "On a worker: UDP port where it answers clock exchanges. By default any that is free"
    parser.add_argument("--ear-port", type=int, default=0, metavar="PORT", help=answers, **hidden)


def check(options: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
    """Raise InputError in a line that names the first option that cannot be honoured.

    `defaults` are Locust's own, by name.
    """
    changed = [name for name, default in defaults.items() if options.get(name, default) != default]
    for name in changed:
        if name in REFUSED:
            raise InputError(f"{called(name)}: {REFUSED[name]}")
        if name not in HONOURED:
            raise InputError(f"{called(name)}: this load test does not know what to make of it; leave it out")
    for name, least in (("num_users", 1), ("clients", 1)):
        if (given := options.get(name)) is not None and given < least:
            raise InputError(f"{called(name)}: expected {least} at least, got {given}")
    for name in ("spawn_rate", "speed"):
        if (given := options.get(name)) is not None and not 0 < given < float("inf"):
            raise InputError(f"{called(name)}: expected more than 0, got {given:g}")
    if not 0 <= options["limit_ms"] < float("inf"):
        raise InputError(f"--limit-ms: expected 0 or more, got {options['limit_ms']:g}")
    if not 0 <= options["ear_port"] < 1 << 16:
        raise InputError(f"--ear-port: expected 0 to 65535, got {options['ear_port']}")
    if options["listen"] and options["host"]:
        raise InputError("--listen: goes without --host, whose gateway runs already")
    for name in ("control", "secret_file", "ca", "signing_key"):
        if options[name] and not options["host"] and options.get("headless"):
            raise InputError(f"{called(name)}: needs --host, the gateway that it is of")


def of_the_master(options: Mapping[str, Any]) -> list[str]:
    """Options given to a worker that it has no use for, since its master's are in force; as they are written."""
    unless = dict.fromkeys(OF_A_RUN) | OWN
    return [called(name) for name, default in unless.items() if options.get(name) != default]
