"""A quake before many clients, under Locust: one Locust user is one process of some thousand sockets.

Locust patches the standard library with gevent, so the sockets stay in processes of their own, which keep asyncio out
of this one; so does what holds the clocks of workers on other hosts against the master's. Receipts come back as
histograms of full resolution. The page shows them while the test runs: a delivery is a request, a user is a client.
The run fails unless the counts are complete, with the exit codes of `ewarn`: 3 where they are not, 4 where a process
of the test itself was lost, or a time cannot be trusted.

    make load                                                          a steady run and a storm
    locust -f loadtests/locustfile.py --shape churn --clients 5000     with the web page
    locust ... --headless --master --expect-workers 2                  with `locust ... --worker` twice, on any hosts
"""

import logging
import sys
import time
from math import inf
from typing import Any

import click
import gevent
from locust import User, events, stats, task
from locust.argument_parser import default_args_dict
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import STATE_MISSING, LocalRunner, MasterRunner, WorkerRunner

from ewarn.errors import InputError
from loadtests import figures, options
from loadtests.children import INTERRUPTED, LoadError
from loadtests.conductor import Conductor
from loadtests.fleet import Fleet
from loadtests.gateways import OWN
from loadtests.host import Hosting
from loadtests.runners import steady
from loadtests.shown import shown
from loadtests.swarms import Swarms

logger = logging.getLogger(__name__)

stats.PERCENTILES_TO_CHART = [0.5, 0.99]
stats.HISTORY_STATS_INTERVAL_SEC = 1


class SwarmProcess(User):
    """Connects its clients, and stays until it is sent home."""

    host = OWN

    @task
    def attend(self) -> None:
        """Run one swarm."""
        self.environment.swarms.attend(max(self.environment.runner.worker_index, 0))
        raise StopUser


events.init_command_line_parser.add_listener(options.add)


@events.init.add_listener
def prepare(environment: Environment, runner: Any, **_: Any) -> None:
    """Give each Locust process its part: a worker has swarms, a master conducts, a local runner does both."""
    try:
        options.check(vars(environment.parsed_options), default_args_dict())
    except InputError as error:
        click.echo(f"locust: {error}", err=True)
        sys.exit(error.exit_code)
    environment.conductor = environment.conducting = environment.swarms = environment.hosting = None
    environment.fleet = None
    if not isinstance(runner, WorkerRunner):
        steady(runner)
        runner.register_message("ewarn-here", lambda msg, **_: environment.fleet.hear(msg.node_id, msg.data))
        runner.register_message("ewarn-word", lambda msg, **_: hear(environment, msg))
    if not isinstance(runner, MasterRunner):
        attend(environment, runner)


def hear(environment: Environment, msg: Any) -> None:
    """Hand on what a swarm process says."""
    if environment.conductor:
        environment.conductor.hear(msg.data, msg.node_id)


def attend(environment: Environment, runner: Any) -> None:
    """Have swarms here, which do as the conductor's messages say."""
    given, is_worker = environment.parsed_options, isinstance(runner, WorkerRunner)
    hosting = environment.hosting = Hosting(given.master_host if is_worker else None, given.ear_port)
    swarms = environment.swarms = Swarms(lambda word: runner.send_message("ewarn-word", word))

    def over(**_: Any) -> None:
        swarms.give_up()
        hosting.end()

    runner.register_message(
        "ewarn-who", lambda msg, **_: runner.send_message("ewarn-here", hosting.answer(msg.data)), concurrent=is_worker
    )
    runner.register_message("ewarn-play", lambda msg, **_: swarms.begin(msg.data))
    runner.register_message("ewarn-now", lambda msg, **_: swarms.obey(msg.data))
    runner.register_message("ewarn-over", over)
    if is_worker:
        environment.events.report_to_master.add_listener(lambda data, **_: report(data, swarms))
        if ours := options.of_the_master(vars(given)):
            logger.warning(f"The master's are in force, not those given here: {', '.join(ours)}")


def report(data: dict[str, Any], swarms: Swarms) -> None:
    """Correct what Locust tells the master of a worker: its users are clients, and its wall clock says nothing."""
    if data["user_count"]:
        data["user_classes_count"] = {SwarmProcess.__name__: swarms.there}
    data["stats_total"]["start_time"] = inf


@events.test_start.add_listener
def start(environment: Environment, **_: Any) -> None:
    """Begin a test afresh: who takes part, a gateway, and a conductor for it."""
    runner = environment.runner
    if isinstance(runner, WorkerRunner):
        return
    environment.conducting = None
    environment.fleet = Fleet(runner.send_message, lambda: there(runner))
    environment.conductor = Conductor(
        environment.parsed_options, environment.host, environment.fleet, lambda one: show(environment, one)
    )
    environment.conductor.open()
    environment.conducting = gevent.spawn(conduct, environment)


def there(runner: Any) -> dict[str, int]:
    """The Locust processes with swarms that there are now, and the index of each."""
    if isinstance(runner, LocalRunner):
        return {"local": 0}
    here = [node.id for node in runner.clients.values() if node.state != STATE_MISSING]
    return {one: runner.get_worker_index(one) for one in here}


def show(environment: Environment, conductor: Conductor) -> None:
    """Have Locust's statistics say what is known by now."""
    account, now_ns = conductor.account, time.monotonic_ns()
    rows = shown(account.deliveries, conductor.releases, account.wanted, conductor.wall_ns, now_ns, over=conductor.over)
    figures.fill(environment.stats, rows, account.bytes, (now_ns + conductor.wall_ns) / 1e9)


def conduct(environment: Environment) -> None:
    """From the first connection to the verdict; then the test stops, and without a web page so does Locust."""
    environment.conductor.run()
    conclude(environment)
    given = environment.parsed_options
    if given.csv_prefix:  # Locust writes these files once a second, and not as it ends
        gevent.sleep(2 * stats.CSV_STATS_INTERVAL_SEC)
    if environment.web_ui is None:
        environment.runner.quit()
        return
    environment.runner.stop()
    if given.autostart and given.autoquit >= 0:
        gevent.sleep(given.autoquit)
        environment.runner.quit()
        environment.web_ui.stop()


def conclude(environment: Environment) -> None:
    """Print what became of the test, and fail Locust where it failed."""
    # With --json, standard output is Locust's statistics and nothing else.
    aside = environment.parsed_options.json
    problems = environment.conductor.problems()
    click.echo(f"\n{environment.conductor.story()}", err=aside)
    for line in problems:
        click.echo(f"FAILED: {line}", err=aside)
    # Missing clients are failures to Locust; what it makes of these is not for it to say.
    environment.process_exit_code = environment.conductor.exit_code()


@events.test_stopping.add_listener
def interrupt(environment: Environment, **_: Any) -> None:
    """Where somebody stops a test before its end, leave nothing behind."""
    conductor = environment.conductor
    if conductor and not conductor.over:
        if environment.conducting:
            environment.conducting.kill()
        conductor.close(stopped(environment))
        conclude(environment)
    if environment.swarms:
        environment.swarms.give_up()
        environment.hosting.end()


def stopped(environment: Environment) -> LoadError:
    """Why a test ends before its end: somebody stopped it, or its time is over."""
    run_time = environment.parsed_options.run_time
    if run_time and environment.conductor.lasted_s >= run_time:
        return LoadError(f"not over after --run-time {run_time:g} s")
    return LoadError("stopped before its end", INTERRUPTED)


@events.quitting.add_listener
def finish(environment: Environment, **_: Any) -> None:
    """Ctrl-C comes here while users are still running; those of a worker as well."""
    environment.runner.quit()
