"""A quake before many clients, under Locust: one Locust user is one `ewarn swarm` process of thousands of sockets.

Locust patches the standard library with gevent, so the sockets stay in processes of their own, and what Locust shows
are counts of receipts, never its rounded percentiles. The run fails unless every client has read every report.

    make load                      4 users of 1,000 clients each, over a gateway started here
    EWARN_CLIENTS=5000 make load   4 users of 5,000
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from typing import Any

import gevent
from locust import User, events, task
from locust.env import Environment
from locust.exception import StopUser

CLIENTS = int(os.environ.get("EWARN_CLIENTS", "1000"))
QUAKE = "configs/quakes/luding-2022.toml"
EWARN = [sys.executable, "-m", "ewarn"]


class SwarmProcess(User):
    """Connects its clients, stays until the gateway goes away, and reports what they read."""

    @task
    def attend(self) -> None:
        """Run one swarm, and hand its counts to Locust."""
        started = time.monotonic()
        seed = str(id(self) % 1_000_000)
        words = ["swarm", "--to", self.host, "--clients", str(CLIENTS), "--seed", seed, "--json"]
        done = subprocess.run([*EWARN, *words], capture_output=True, text=True, check=False)
        counts = json.loads(done.stdout) if done.stdout else {}
        due = CLIENTS * self.environment.reports
        read = counts.get("receipts", 0)
        problem = None if read == due else RuntimeError(f"{read:,} of {due:,} receipts; {done.stderr.strip()}")
        events.request.fire(
            request_type="swarm",
            name=f"{CLIENTS:,} clients",
            response_time=(time.monotonic() - started) * 1e3,
            response_length=counts.get("bytes", 0),
            exception=problem,
            context={},
        )
        raise StopUser


@events.test_start.add_listener
def start(environment: Environment, **_: Any) -> None:
    """Start a gateway, and play the quake once everyone is there."""
    words = ["gateway", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--json"]
    environment.gateway = subprocess.Popen([*EWARN, *words], stdout=subprocess.PIPE, text=True)
    told = json.loads(environment.gateway.stdout.readline())
    environment.host = SwarmProcess.host = f"ws://{told['listen']}"
    environment.reports = 0
    gevent.spawn(conduct, environment, told)


def conduct(environment: Environment, told: dict[str, Any]) -> None:
    """Wait for the clients, publish, and send everyone home."""
    wanted = environment.parsed_options.num_users * CLIENTS
    while connections(told["listen"]) < wanted:
        gevent.sleep(0.2)
    words = ["publish", QUAKE, "--to", told["control"], "--speed", "4"]
    published = subprocess.run([*EWARN, *words], stdout=subprocess.PIPE, text=True, check=True)
    environment.reports = len(published.stdout.splitlines())
    environment.gateway.terminate()
    environment.gateway.wait()
    while environment.runner.user_count:
        gevent.sleep(0.2)
    environment.runner.quit()


def connections(listen: str) -> int:
    """How many clients the gateway holds."""
    with urllib.request.urlopen(f"http://{listen}/healthz", timeout=10) as answer:
        return int(json.load(answer)["connections"])


@events.quitting.add_listener
def finish(environment: Environment, **_: Any) -> None:
    """Leave no process behind, and fail where anything is missing."""
    environment.gateway.terminate()
    environment.gateway.wait()
    if environment.stats.total.num_failures or environment.stats.total.num_requests == 0:
        environment.process_exit_code = 1
