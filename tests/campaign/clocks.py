"""Faults of clocks: processes whose monotonic clock is an hour ahead of the others', as on machines of their own.

A stepped wall clock is not among them: a time namespace has its own monotonic and boot clocks and the machine's own
CLOCK_REALTIME, and to step that would step it for everyone.
"""

from collections.abc import Callable

from ewarn.gateway.intake.secret import VARIABLE
from tests.campaign.endings import judged
from tests.campaign.ground import ground
from tests.campaign.namespaces import forbidden, left_out, within
from tests.campaign.rows import Row
from tests.campaign.service import EWARN, SECRET, gateway

AHEAD = ("--time", "--monotonic", "3600", "--boottime", "3600", "--fork", "--kill-child")


def _alone(name: str) -> Row:
    with ground() as here:
        command = [*within(*AHEAD), *EWARN, "drill", str(here.drill()), "--out", str(here.out)]
        return judged(name, (0,), here.played(command))


def _against(name: str, service_ahead: bool, command_ahead: bool, *, publishes: bool = False) -> Row:
    ahead = within(*AHEAD)
    with ground() as here, gateway(within=ahead if service_ahead else ()) as service:
        words = ["publish", "luding-2022", "--speed", "8", "--control", service.control]
        if not publishes:
            to = ["--to", f"ws://{service.listen}", "--control", service.control]
            words = ["drill", str(here.drill()), "--out", str(here.out), *to]
        words += service.signing
        command = [*(ahead if command_ahead else ()), *EWARN, *words]
        ending = here.played(command, **{VARIABLE: SECRET})
        return judged(name, (0,), ending, ("nothing",) if publishes else ())


def _task(name: str, trial: Callable[..., Row], *given: object, **more: object) -> tuple[str, Callable[[], Row]]:
    def tried() -> Row:
        why = forbidden(*AHEAD)
        return left_out(name, why) if why else trial(name, *given, **more)

    return name, tried


TASKS: dict[str, Callable[[], Row]] = dict(
    [
        _task("clock: a drill an hour ahead", _alone),
        _task("clock: a gateway an hour ahead of its drill", _against, True, False),
        _task("clock: a drill an hour ahead of its gateway", _against, False, True),
        _task("clock: a publisher an hour ahead of the gateway", _against, False, True, publishes=True),
    ]
)
