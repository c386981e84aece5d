"""What a drill begins with, on one machine or over a fleet: its quake told, memory for a journal, users connected."""

import os
from contextlib import ExitStack

from ewarn.config.drill import DrillSettings
from ewarn.drill.commotion import check_commotion
from ewarn.drill.outcome import Shared
from ewarn.drill.scenario import Scenario, prepare, story
from ewarn.drill.view import View
from ewarn.errors import NobodyConnectedError
from ewarn.gateway.sending.journal import Journal
from ewarn.words import joined, say

CONNECTING = "doing.connecting-users"
"""key of the words for this long step"""


def prepared(settings: DrillSettings, plays: int) -> Scenario:
    """What is known beforehand. Raises InputError for what cannot be."""
    scenario = prepare(settings)
    check_commotion(settings, scenario, plays)
    return scenario


def told(scenario: Scenario, view: View) -> Scenario:
    """The same, told to whoever watches."""
    view.say(story(scenario))
    for note in scenario.notes:
        view.say(say("log.note", note))
    return scenario


def journal(stack: ExitStack, scenario: Scenario) -> tuple[int, int, int]:
    """Memory for what the gateways note, which ends with the stack: its descriptor, and its shape (reports, users)."""
    shape = len(scenario.reports), len(scenario.audience)
    memory = Journal.create(*shape)
    stack.callback(os.close, memory)
    return memory, *shape


def connect(shared: Shared) -> list[str]:
    """Have all users connect; what those who could not complained of. Raises NobodyConnectedError."""
    swarm, clock, view = shared.swarm, shared.clock, shared.view
    total, began_ns = swarm.devices, clock.monotonic_ns()
    doing = say(CONNECTING)
    complaints = swarm.connect(lambda done: view.progress(doing, done, total), shared.platforms.check)
    connected = swarm.book.total("connected")
    if not connected:
        raise NobodyConnectedError(say("log.nobody", joined(*complaints) or say("log.no-reason")))
    counts = f"{connected:,}", f"{total:,}", f"{(clock.monotonic_ns() - began_ns) / 1e9:.1f}"
    of_users = total == swarm.users
    view.say(say("log.connected", *counts) if of_users else say("log.devices", *counts, f"{swarm.users:,}"))
    return complaints
