"""Faults of what runs by itself: the publisher, a gateway under it and its shards, the demo in a drill."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import product

import psutil
from websockets.sync.client import connect

from ewarn.errors import EwarnError
from ewarn.gateway.secret import VARIABLE
from ewarn.runs.folder import UNFINISHED
from tests.campaign.ground import Ending, Ground, ground
from tests.campaign.rows import Row
from tests.campaign.service import EWARN, PATIENCE_S, SECRET, Series, Service, end, family, gateway, serving

ACTS = ("killed", "told to end", "stopped for a while")
OWN = {"killed": (-signal.SIGKILL,), "told to end": (130,), "stopped for a while": (0,)}
"""exit codes of what is hit itself"""
SHARD, SHARDS = "shard:main", 2
MENDED_S = 30.0
"""in which a gateway is whole again that has lost a shard"""
DEMO = """
quake = "luding-2022"
[audience]
users = 300
[detection]
stations = 3
window_s = 0.1
longest_p_s = 1.0
interval_s = 1.0
quick_s = 0.5
[delivery]
magnitude = 0
"""


@contextmanager
def _publishing(here: Ground, service: Service) -> Iterator["subprocess.Popen[str]"]:
    command = [*EWARN, "publish", "luding-2022", "--speed", "4", "--control", service.control, *service.signing]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=here.environment(**{VARIABLE: SECRET}), **pipes) as process:
        yield process
        process.kill()


def _ended(here: Ground, process: "subprocess.Popen[str]") -> Ending:
    try:
        _, said = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        return Ending(None, "", (), "nothing")
    return Ending(process.returncode, said, here.left(), "nothing")


def _with_more(row: Row, problem: str) -> Row:
    """A row that fails for this, too, where it is one."""
    return Row(row.part, row.name, row.expected, f"{row.seen}; {problem}", passed=False) if problem else row


def _publisher(name: str, act: str, phase: str) -> Row:
    from tests.campaign.faults import befall, judged

    with ground() as here, gateway() as service, _publishing(here, service) as process:
        if phase == "before the reports":
            _await_connection(process.pid)
        else:
            process.stdout.readline()
        befall(psutil.Process(process.pid), act)
        row = judged(name, OWN[act], _ended(here, process), ("nothing",))
        return _with_more(row, _serves(service))


def _await_connection(pid: int) -> None:
    """Wait until a process has one."""
    until = time.monotonic() + PATIENCE_S
    while not psutil.Process(pid).net_connections("tcp") and time.monotonic() < until:
        time.sleep(0.01)


def _serves(service: Service) -> str:
    """Why a gateway is not whole and takes no reports; nothing where it does both."""
    until = time.monotonic() + MENDED_S
    while problem := _missing(service):
        if time.monotonic() > until:
            return f"{problem}, after {MENDED_S:g} s"
        time.sleep(0.1)
    try:
        with service.publisher() as control:
            control.release(Series("afterwards").report(1))
    except (EwarnError, OSError) as error:
        return f"the gateway takes no report: {error}"
    return ""


def _missing(service: Service) -> str:
    """What a gateway lacks: shards that run, and health that says so."""
    running = 0
    for one in family(service.process.pid):
        with suppress(psutil.NoSuchProcess):
            running += SHARD in " ".join(one.cmdline()) and one.status() != psutil.STATUS_STOPPED
    if running != SHARDS:
        return f"{running} of {SHARDS} shards run"
    return "" if service.answers() else "/healthz not ok"


def _shard(name: str, act: str) -> Row:
    """A shard of a gateway under a publisher: reports go on, and the gateway is whole again by itself."""
    from tests.campaign.faults import befall, judged

    with ground() as here, gateway() as service, _publishing(here, service) as process:
        process.stdout.readline()
        befall(next(one for one in family(service.process.pid) if SHARD in " ".join(one.cmdline())), act)
        row = judged(name, (0,), _ended(here, process), ("nothing",))
        return _with_more(row, _serves(service))


def _gateway(name: str, act: str, phase: str) -> Row:
    """A gateway, idle or under a publisher: nothing is left of it, its secret's file included."""
    from tests.campaign.faults import befall, judged

    codes = {**OWN, "told to end": (0,)}
    with ground() as here, serving(EWARN, here.environment()) as service:
        if phase != "idle":
            command = [*EWARN, "publish", "luding-2022", "--speed", "4", "--control", service.control]
            publisher = subprocess.Popen(command, text=True, env=here.environment(), stdout=subprocess.PIPE)
            publisher.stdout.readline()
        befall(psutil.Process(service.process.pid), act)
        problem = ""
        if act == "stopped for a while":
            if phase != "idle" and publisher.wait(PATIENCE_S):
                problem = f"the publisher ended with {publisher.returncode}"
            problem = problem or ("" if service.answers() else "/healthz not ok")
            end(service.process)
            codes = {**codes, act: (0,)}
        elif phase != "idle" and publisher.wait(PATIENCE_S) != 4:
            problem = f"the publisher ended with {publisher.returncode}"
        if phase != "idle":
            publisher.stdout.close()
        code = service.process.wait(PATIENCE_S)
        return _with_more(judged(name, codes[act], Ending(code, "", here.left(), "nothing"), ("nothing",)), problem)


def _demo(name: str, act: str, kind: str) -> Row:
    """The demo, once a viewer has been told a message of this kind."""
    from tests.campaign.faults import befall, judged

    loopback = ["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]
    with ground() as here:
        (here.folder / "demo.toml").write_text(DEMO)
        command = [*EWARN, "demo", str(here.folder / "demo.toml"), "--json", *loopback, "--out", str(here.out)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, text=True, env=here.environment(), **pipes) as process:
            told = json.loads(process.stdout.readline())
            with connect(f"ws://{told['page'].split('/')[2]}/v1/stage", max_size=None, proxy=None) as feed:
                _start(told)
                _told(feed, kind)
                befall(psutil.Process(process.pid), act)
                if act == "stopped for a while":
                    _told(feed, "verdict")
            if act == "stopped for a while":
                process.terminate()
            _, said = process.communicate(timeout=PATIENCE_S)
        codes = {**OWN, "told to end": (0,)}[act]
        return judged(name, codes, Ending(process.returncode, said, here.left(), _plays(here)), ("no half run",))


def _start(told: dict[str, str]) -> None:
    wish = {"quake": "luding-2022", "users": 300, "engine": "auto", "orders": ["deadline"], "fault": "none"}
    with connect(f"ws://{told['control']}/v1/stage", proxy=None) as control:
        control.send(json.dumps({"type": "start", "token": told["token"], **wish}))
        control.recv(PATIENCE_S)


def _told(feed: object, kind: str) -> None:
    while True:
        message = feed.recv(60)
        if isinstance(message, str) and json.loads(message)["type"] == kind:
            return


def _plays(here: Ground) -> str:
    """Whether a folder of a play stands there that is not whole."""
    halves = [str(path) for path in here.out.rglob("*") if path.name.startswith(UNFINISHED)]
    halves += [str(path.parent) for path in here.out.rglob("drill.toml") if not (path.parent / "verdict.json").exists()]
    return f"half a run: {', '.join(halves)}" if halves else "no half run"


def tasks(*, short: bool = False) -> dict[str, Callable[[], Row]]:
    """By name, what is tried."""
    middle = "in mid-fan-out"
    found: dict[str, Callable[[], Row]] = {}
    for act, phase in product(ACTS, [middle] if short else ["before the reports", middle]):
        found[f"publisher {act} {phase}"] = partial(_publisher, f"publisher {act} {phase}", act, phase)
    for act in (*ACTS, "stopped for good"):
        found[f"shard of a service {act}"] = partial(_shard, f"shard of a service {act}", act)
    for act, phase in product(ACTS, [middle] if short else ["idle", middle]):
        found[f"service {act} {phase}"] = partial(_gateway, f"service {act} {phase}", act, phase)
    kinds = {"before the reports": "scene", middle: "report", "after the reports": "verdict"}
    for act, phase in product(ACTS, [middle] if short else kinds):
        found[f"demo {act} {phase}"] = partial(_demo, f"demo {act} {phase}", act, kinds[phase])
    with suppress(KeyError):
        del found["demo stopped for a while after the reports"]  # no verdict comes after that one
    return found
