"""Locust's runners, but that a user is a client, and that nobody is started in the middle of a test.

Locust gives the users of a worker that is lost, or quits, to the others, and users to a worker that joins. Their
clients would connect while reports go out. Both are done by `start`, as is the page's Edit; here it starts tests only.
"""

import logging
from typing import Any

import gevent
from locust.runners import (
    STATE_CLEANUP,
    STATE_RUNNING,
    STATE_SPAWNING,
    STATE_STOPPING,
    LocalRunner,
    MasterRunner,
    Runner,
)

ENDING = (STATE_STOPPING, STATE_CLEANUP)
REPORTS_S = 1.0
"""for which Locust waits for its workers' counts of users"""
logger = logging.getLogger(__name__)


class _Steady:
    """What both runners have."""

    environment: Any
    state: str

    def _refuses(self) -> bool:
        if self.state not in (STATE_RUNNING, STATE_SPAWNING):
            return False
        logger.warning("Clients stay as they were when the test began: none are added, taken away, or moved")
        return True

    @property
    def _clients(self) -> int:
        conductor = self.environment.conductor
        return int(conductor.account.there) if conductor else 0


class SteadyLocal(_Steady, LocalRunner):
    """A run without workers."""

    def start(self, *given: Any, **named: Any) -> None:
        """Start a test."""
        if not self._refuses():
            super().start(*given, **named)

    @property
    def user_count(self) -> int:
        """Clients connected."""
        return self._clients


class SteadyMaster(_Steady, MasterRunner):
    """A master."""

    _awaits_users = False
    """Locust waits until all of its own users are started, and is told what it wants to hear."""

    def start(self, *given: Any, **named: Any) -> None:
        """Start a test."""
        if not self._refuses():
            self._awaits_users = False
            super().start(*given, **named)
            self._awaits_users = False

    @property
    def user_count(self) -> int:
        """Clients connected; to Locust, as it stops a test, its own users that are left."""
        if self.state in ENDING:
            return int(super().user_count)
        return int(self.target_user_count) if self._awaits_users else self._clients

    def _wait_for_workers_report_after_ramp_up(self) -> float:
        """Wait here until workers have told of their users; what Locust waits for then is there."""
        with gevent.Timeout(REPORTS_S, False):
            while sum(self.reported_user_classes_count.values()) != self.target_user_count:
                gevent.sleep(0.01)
        self._awaits_users = True
        return REPORTS_S


def steady(runner: Runner) -> None:
    """Make a runner one of these; Locust makes its own, and asks nobody."""
    for ours in (SteadyLocal, SteadyMaster):
        if type(runner) in ours.__bases__:
            runner.__class__ = ours
