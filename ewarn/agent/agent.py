"""The agent: it waits for a conductor, is led, and lets all go when that is over, or when the conductor is gone."""

from collections.abc import Callable, Sequence

from ewarn.agent.run import Joining, Run
from ewarn.bus.addresses import Identity, LineAddress
from ewarn.bus.post import Post
from ewarn.errors import EwarnError, MeasurementError
from ewarn.system.clock import Clock
from ewarn.system.machine import this_machine
from ewarn.wire.swarms import Hello, Leave, Standing

TICK_S = 0.1
LONGEST = 2000
"""letters of a problem that is told"""
Say = Callable[[str], None]


def serve(joining: Joining, addresses: Sequence[LineAddress], identity: Identity, clock: Clock, say: Say) -> None:
    """Serve a conductor; one after the other where it stays. `say` is told what becomes of it, a line each.

    Raises InputError where no line is up, BusRefusedError where each refuses this caller, and, unless it stays,
    MeasurementError where the conductor falls silent, or a process of the swarm has died.
    """
    with Post(addresses, identity, joining.name, clock, joining.lease_s) as post:
        say(f"{joining.name} has joined {', '.join(map(str, addresses))}; it waits for a conductor")
        while True:
            try:
                _wait_and_be_led(post, joining, clock, say)
            except MeasurementError as error:
                if not joining.stay:
                    raise
                say(str(error))
            if not joining.stay:
                return


def _wait_and_be_led(post: Post, joining: Joining, clock: Clock, say: Say) -> None:
    try:
        with Run(joining, this_machine(), clock) as run:
            _be_led(post, run, say)
    except BaseException as error:
        post.stands(_ended(joining.name, error), at_once=True)
        raise
    finally:
        post.let_go()
    if run.problem:
        raise run.problem


def _be_led(post: Post, run: Run, say: Say) -> None:
    """Until the conductor has all leave, or is gone."""
    there = ""
    while True:
        do = post.next(TICK_S)
        if do is not None:
            post.answer(run.obey(do))
        if isinstance(do, Hello):
            say(f"led by run {post.run}")
        if isinstance(do, Leave):
            say(f"run {post.run} is over; all connections are let go")
            return
        run.look()
        standing = run.standing()
        post.stands(standing, at_once=standing.state != there)
        there = standing.state
        if silent_s := post.overdue_s:
            raise MeasurementError(f"no word of the conductor for {silent_s:.0f} s; all connections are let go")


def _ended(name: str, error: BaseException) -> Standing:
    """What is said of the end of an agent in the middle of a run."""
    code = error.exit_code if isinstance(error, EwarnError) else MeasurementError.exit_code
    why = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error) or type(error).__name__
    return Standing(name, "", "ended", problem=why[:LONGEST], code=code)
