"""Faults of what runs by itself: the publisher, a gateway, and the shards of one."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from itertools import product

import psutil

from ewarn.errors import EwarnError
from ewarn.gateway.intake.secret import VARIABLE
from tests.campaign.endings import ACTS, FOR_A_WHILE, FOR_GOOD, Ending, befall, judged
from tests.campaign.ground import Ground, ground
from tests.campaign.rows import Row
from tests.campaign.service import EWARN, PATIENCE_S, SECRET, Series, Service, family, gateway, serving

OWN = {"killed": (-signal.SIGKILL,), "told to end": (130,), FOR_A_WHILE: (0,)}
"""exit codes of what is hit itself"""
SERVING = {**OWN, "told to end": (0,)}
"""the same of what serves until it is told to end"""
SHARD, SHARDS = "shard:main", 2
MENDED_S = 30.0
"""in which a gateway is whole again that has lost a shard"""


@contextmanager
def _publishing(here: Ground, service: Service, *options: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    command = [*EWARN, "publish", "luding-2022", "--speed", "4", "--control", service.control, *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=here.environment(**environment), **pipes) as process:
        yield process
        process.kill()


def _published(here: Ground, service: Service) -> "AbstractContextManager[subprocess.Popen[str]]":
    """The same to a gateway that stands elsewhere."""
    return _publishing(here, service, *service.signing, **{VARIABLE: SECRET})


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
    with ground() as here, gateway() as service, _published(here, service) as process:
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
    with ground() as here, gateway() as service, _published(here, service) as process:
        process.stdout.readline()
        befall(next(one for one in family(service.process.pid) if SHARD in " ".join(one.cmdline())), act)
        row = judged(name, (0,), _ended(here, process), ("nothing",))
        return _with_more(row, _serves(service))


def _idle(name: str, act: str) -> Row:
    """A gateway to which nobody publishes."""
    with ground() as here, serving(EWARN, here.environment()) as service:
        befall(psutil.Process(service.process.pid), act)
        return _gone(name, act, here, service)


def _published_to(name: str, act: str) -> Row:
    """A gateway under a publisher, who is to hear of its end."""
    with ground() as here, serving(EWARN, here.environment()) as service, _publishing(here, service) as publisher:
        publisher.stdout.readline()
        befall(psutil.Process(service.process.pid), act)
        code, due = publisher.wait(PATIENCE_S), 0 if act == FOR_A_WHILE else 4
        return _gone(name, act, here, service, "" if code == due else f"the publisher ended with {code}")


def _gone(name: str, act: str, here: Ground, service: Service, problem: str = "") -> Row:
    """Nothing is left of a gateway, the files of its secret and its key included."""
    if act == FOR_A_WHILE:
        problem = problem or ("" if service.answers() else "/healthz not ok")
        befall(psutil.Process(service.process.pid), "told to end")
    code = service.process.wait(PATIENCE_S)
    return _with_more(judged(name, SERVING[act], Ending(code, "", here.left(), "nothing"), ("nothing",)), problem)


def tasks() -> dict[str, Callable[[], Row]]:
    """By name, what is tried."""
    middle = "in mid-fan-out"
    found: dict[str, Callable[[], Row]] = {}
    for act, phase in product(ACTS, ["before the reports", middle]):
        found[f"publisher {act} {phase}"] = partial(_publisher, f"publisher {act} {phase}", act, phase)
    for act in (*ACTS, FOR_GOOD):
        found[f"shard of a service {act}"] = partial(_shard, f"shard of a service {act}", act)
    trials = {middle: _published_to, "when idle": _idle}
    for act, (phase, trial) in product(ACTS, trials.items()):
        found[f"service {act} {phase}"] = partial(trial, f"service {act} {phase}", act)
    return found
