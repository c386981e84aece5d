"""A quake before many clients, under Locust: one Locust user is one `ewarn swarm` process of some thousand sockets.

Locust patches the standard library with gevent, so the sockets stay in processes of their own, which keep asyncio out
of this one. Receipts come back as histograms of full resolution, through the workers' reports; what Locust shows is a
row a swarm process, and its rounded percentiles judge nothing. The run fails unless the counts are complete, with the
exit codes of `ewarn`: 3 where they are not, 4 where a process of the test itself was lost.

    make load                                                          a steady run and a storm
    locust -f loadtests/locustfile.py --shape churn --clients 5000     with the web page
    locust ... --headless --master --expect-workers 2                  with `locust ... --worker` twice
"""

import time
from collections.abc import Callable
from typing import Any

import click
import gevent
from locust import User, events, task
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import STATE_MISSING, MasterRunner, WorkerRunner

from loadtests.account import Word
from loadtests.children import INTERRUPTED, LoadError
from loadtests.conductor import Conductor
from loadtests.shapes import SHAPES
from loadtests.swarms import Swarms

QUAKE = "configs/quakes/luding-2022.toml"
CARGO = "ewarn"
"""our key in the reports of workers"""


class SwarmProcess(User):
    """Connects its clients, stays until it is sent home, and reports what they read."""

    host = "a gateway started for the test"  # what the web page asks for, and nobody uses

    @task
    def attend(self) -> None:
        """Run one swarm, and give it a row in Locust's statistics."""
        started = time.monotonic()
        word = self.environment.swarms.attend()
        if word:
            events.request.fire(
                request_type="swarm",
                name=f"{self.environment.parsed_options.clients:,} clients",
                response_time=(time.monotonic() - started) * 1e3,
                response_length=word["bytes"],
                exception=RuntimeError(word["problem"]) if word["problem"] else None,
                context={},
            )
        raise StopUser


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    """Options of our own, beside Locust's; the web page shows them too."""
    parser.add_argument("--shape", choices=list(SHAPES), default="steady", env_var="EWARN_SHAPE", help="Shape of load")
    parser.add_argument("--clients", type=int, default=1000, env_var="EWARN_CLIENTS", help="Clients of a Locust user")
    parser.add_argument("--quake", default=QUAKE, env_var="EWARN_QUAKE", help="Quake file to play")
    parser.add_argument("--speed", type=float, default=4.0, env_var="EWARN_SPEED", help="Divides the waits for reports")


@events.init.add_listener
def prepare(environment: Environment, runner: Any, **_: Any) -> None:
    """Give each Locust process its part: a worker has swarms, a master conducts, a local runner does both."""
    environment.conductor = environment.conducting = environment.swarms = None

    def hear(words: list[Word]) -> None:
        for word in words:
            if environment.conductor:
                environment.conductor.hear(word)

    if isinstance(runner, MasterRunner):
        environment.events.worker_report.add_listener(lambda data, **_: hear(data.get(CARGO, [])))
    elif isinstance(runner, WorkerRunner):
        outbox: list[Word] = []

        def post(data: dict[str, Any], **_: Any) -> None:
            data[CARGO] = outbox.copy()
            outbox.clear()

        environment.events.report_to_master.add_listener(post)
        attend(environment, runner, outbox.append)
    else:
        attend(environment, runner, lambda word: hear([word]))


def attend(environment: Environment, runner: Any, deliver: Callable[[Word], None]) -> None:
    """Have swarms here, which do as the conductor's messages say."""
    swarms = environment.swarms = Swarms(max(runner.worker_index, 0), deliver)
    runner.register_message("ewarn-play", lambda msg, **_: swarms.begin(msg.data))
    runner.register_message("ewarn-storm", lambda **_: swarms.storm())
    runner.register_message("ewarn-home", lambda msg, **_: swarms.go_home(dict(msg.data["releases"])))


@events.test_start.add_listener
def start(environment: Environment, **_: Any) -> None:
    """Begin a test afresh: a gateway, and a conductor for it."""
    if isinstance(environment.runner, WorkerRunner):
        return
    environment.conducting = None
    runner = environment.runner
    environment.conductor = Conductor(environment.parsed_options, runner.send_message, watched(runner))
    environment.conductor.open()
    environment.conducting = gevent.spawn(conduct, environment)


def watched(runner: Any) -> Callable[[], tuple[int, int]]:
    """Of the workers that there are now: how many they are and, each time it is asked, how many of them are gone."""
    if not isinstance(runner, MasterRunner):
        return lambda: (1, 0)
    began = {node.id for node in runner.clients.values() if node.state != STATE_MISSING}

    def look() -> tuple[int, int]:
        there = {node.id for node in runner.clients.values() if node.state != STATE_MISSING}
        return len(began), len(began - there)

    return look


def conduct(environment: Environment) -> None:
    """From the first connection to the verdict; then the test stops, and without a web page so does Locust."""
    environment.conductor.run()
    conclude(environment)
    if environment.web_ui is None:
        environment.runner.quit()
    else:
        environment.runner.stop()


def conclude(environment: Environment) -> None:
    """Print what became of the test, and fail Locust where it failed."""
    problems = environment.conductor.problems()
    click.echo(f"\n{environment.conductor.story()}")
    for line in problems:
        click.echo(f"FAILED: {line}")
    environment.process_exit_code = environment.conductor.exit_code() or None


@events.test_stopping.add_listener
def interrupt(environment: Environment, **_: Any) -> None:
    """Where somebody stops a test before its end, leave nothing behind."""
    conductor = environment.conductor
    if conductor and not conductor.over:
        if environment.conducting:
            environment.conducting.kill()
        conductor.close(LoadError("stopped before its end", INTERRUPTED))
        conclude(environment)
    if environment.swarms:
        environment.swarms.give_up()


@events.quitting.add_listener
def finish(environment: Environment, **_: Any) -> None:
    """Ctrl-C comes here while users are still running; those of a worker as well."""
    environment.runner.quit()
