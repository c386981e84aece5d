"""What befalls a fleet: a swarm killed, or cut off; a conductor killed; a wrong key; another version."""

import sys
import time
from collections.abc import Callable

from ewarn import __version__
from ewarn.fleet.plan import CENTRE
from tests.campaign.fleet_ground import LEASE_S, Drill, Ended, Ground, until
from tests.campaign.rows import Row

PART = "fleet"
KILLED, CUT, ORPHANED = "swarm host killed", "swarm host cut", "conductor killed"
KEY, VERSION = "a wrong key", "versions that differ"
OTHER = "99.9.9"
OF_DRILL = "ewarn.swarm.", "ewarn.clocks.", "tests.campaign.fleet_agent:", "ewarn drill"
"""what the processes of a drill are called by"""
WITHIN_S = 30.0
REPORT = "report 3 ("
"""in the middle of ten"""


def killed(ground: Ground, users: int) -> Row:
    """A swarm is killed while reports go out."""
    ended = _lost(ground, users, lambda: ground.fleet.kill("s1"))
    ground.fleet.start("s1")
    return judged_lost(KILLED, ended)


def cut(ground: Ground, users: int) -> Row:
    """A swarm's host is cut off while reports go out."""
    ended = _lost(ground, users, lambda: ground.fleet.cut("s1"))
    ground.fleet.heal("s1")
    until(lambda: ground.connections() == 0, "users of a swarm that was cut off to be gone")
    return judged_lost(CUT, ended)


def orphaned(ground: Ground, users: int) -> Row:
    """The conductor is killed while reports go out."""
    ground.describe("s1", "s2")
    logs = [ground.fleet.places.log(name) for name in ("s1", "s2")]
    began = [log.stat().st_size for log in logs]

    def told() -> list[str]:
        said = [log.read_bytes()[size:].decode().splitlines() for log, size in zip(logs, began, strict=True)]
        return [line for lines in said for line in lines if "no word of the conductor for" in line]

    with ground.drill(ground.drill_file(users)) as drill:
        drill.until_said(REPORT)
        before, at = ground.connections(), time.monotonic()
        drill.kill()
        until(lambda: ground.connections() == 0 and len(told()) == len(logs), "all to be let go", WITHIN_S)
        until(lambda: not left(ground), "processes to end", WITHIN_S)
    seen = (
        f"{before:,} connections before; after {time.monotonic() - at:.1f} s none, and no process; {'; '.join(told())}"
    )
    expected = f"within the lease ({LEASE_S:g} s) swarms let go, a line each; no process and no connection is left"
    return Row(PART, ORPHANED, expected, seen, before == users)


def left(ground: Ground) -> list[str]:
    """Processes of a drill that are still there: a swarm that waits has none."""
    found = ground.fleet.run(CENTRE, "ps", "-A", "-o", "args=").splitlines()
    return [one for one in found if any(word in one for word in OF_DRILL)]


def wrong_key(ground: Ground, users: int) -> Row:
    """A swarm that is started for the drill has a gateway's key."""
    words = f'start = []\nkey = "bus/g1.nk"\ncommand = ["{sys.executable}", "-m", "ewarn"]\n'
    more = f'\n[[swarm]]\nname = "s9"\naddress = "{ground.fleet.hosts[CENTRE].address}"\n{words}'
    ground.describe("s1", "s2", more=more)
    with ground.drill(ground.drill_file(users)) as drill:
        ended = drill.over()
    return judged_refused(KEY, ended, ("s9", "this key is not swarm s9's"))


def version(ground: Ground, users: int) -> Row:
    """A swarm is of another version."""
    ground.describe("s1", "s2")
    with ground.agents({"s2": ("--version", OTHER)}), ground.drill(ground.drill_file(users)) as drill:
        ended = drill.over()
    ground.fleet.start("s2")
    return judged_refused(VERSION, ended, ("s2", OTHER, __version__))


def judged_lost(name: str, ended: Ended) -> Row:
    """The row of a swarm that is lost. Pure."""
    hosts = ended.verdict.get("fleet", {}).get("hosts", {})
    lost = {host: one["lost"] for host, one in hosts.items() if one["lost"]}
    told = [one for one in ended.untrusted if one.startswith("swarm host s1 was lost: ")]
    passed = ended.code == 4 and list(lost) == ["s1"] and len(told) == len(ended.untrusted) == 1
    seen = f"exit code {ended.code}; {'; '.join(ended.untrusted) or ' '.join(ended.lines[-1:])}"
    return Row(PART, name, "one line that names the host, exit code 4", seen, passed)


def judged_refused(name: str, ended: Ended, words: tuple[str, ...]) -> Row:
    """The row of a drill that is refused. Pure."""
    said = ended.refused
    passed = ended.code == 2 and len(said) == 1 and all(word in said[0] for word in words) and not ended.verdict
    return Row(PART, name, "one line, exit code 2, before anybody connects", f"exit code {ended.code}; {said}", passed)


def _lost(ground: Ground, users: int, befall: Callable[[], None]) -> Ended:
    ground.describe("s1", "s2")
    with ground.drill(ground.drill_file(users)) as drill:
        _befalls(drill, befall)
        return drill.over()


def _befalls(drill: Drill, befall: Callable[[], None]) -> None:
    drill.until_said(REPORT)
    befall()
