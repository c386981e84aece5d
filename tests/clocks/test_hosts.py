"""Clocks of hosts on one machine: they all are its own, but for what is known, so that the truth is known too."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass

import numpy as np
import pytest

from ewarn.clocks.bound import Bound
from ewarn.errors import MeasurementError
from tests.clocks.far import wrong_ns
from tests.hosts.tools import need

KEY = b"k" * 32
ALSO = "198.18.0.200"
PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
MS = 1_000_000


@dataclass(frozen=True)
class Far:
    """A host whose clock is asked, and how wrong that is."""

    ahead_s: int = 0
    ppb: int = 0
    step_ns: int = MS

    def shows(self, near_ns):
        """What its clock shows at instants of ours."""
        return np.array([wrong_ns(int(one) + self.ahead_s * 10**9, self.ppb) for one in near_ns])


# No clock can show less than nothing, as it would on a machine that has been up for less.
BEHIND_S = min(3600, int(time.monotonic()) // 2)
FARS = {
    "ahead": Far(3600, 30_000),
    "behind": Far(-BEHIND_S, -100_000),
    "slow": Far(7, 5_000),
    "stepped": Far(60),
    "stepped-back": Far(0, 0, -MS),
    "cut": Far(1),
}
SLOW = {"delay_s": 0.006, "back_s": 0.001, "jitter_s": 0.001}


def said(process, line=None):
    if line is not None:
        print(line, file=process.stdin, flush=True)
    return process.stdout.readline().strip()


@dataclass(frozen=True)
class Ran:
    """What an asker said of all of them, and instants within its run."""

    found: dict
    stamps: np.ndarray

    def bound(self, name):
        return Bound.from_plain(self.found["bounds"][name])


@pytest.fixture(scope="module")
def ran(lay_hosts):
    """One run with all of them: two step in the middle, and one is cut off then."""
    need("loss")
    with lay_hosts() as hosts:
        near = hosts.add("near")
        laid = {
            name: hosts.add(name, ahead_s=far.ahead_s, **(SLOW if name == "slow" else {})) for name, far in FARS.items()
        }
        laid["ahead"].run("ip", "addr", "add", f"{ALSO}/24", "dev", "eth0")
        laid["slow"].lose(0.01)
        ears = {
            name: laid[name].start(
                sys.executable, "-m", "tests.clocks.far", KEY.hex(), str(far.ppb), str(far.step_ns), **PIPES
            )
            for name, far in FARS.items()
        }
        addresses = {name: (host.address6 if name == "behind" else host.address) for name, host in laid.items()}
        at = {name: [addresses[name], int(said(ears[name]))] for name in ears}
        at["ahead"][0] = ALSO
        asker = near.start(sys.executable, "-m", "tests.clocks.near", **PIPES)
        assert said(asker, json.dumps({"key": KEY.hex(), "ears": at})) == "begun"
        stamps = []
        for step in range(100):
            stamps.append(time.monotonic_ns())
            time.sleep(0.01)
            if step == 50:
                said(ears["stepped"], "now")
                said(ears["stepped-back"], "now")
                laid["cut"].cut()
        yield Ran(json.loads(said(asker, "end")), np.array(stamps))


@pytest.mark.parametrize("name", ["ahead", "behind", "slow"])
def test_the_truth_is_inside_whatever_the_clock_and_the_line_are(ran, name):
    bound = ran.bound(name)
    low, high = bound.near(FARS[name].shows(ran.stamps))
    assert (low <= ran.stamps).all()
    assert (ran.stamps <= high).all()
    least, most = (6.5, 9) if name == "slow" else (0, 20)
    assert least * MS < (high - low).max() < most * MS
    shown_ns = int(FARS[name].shows(ran.stamps[50:51])[0])
    assert bound.offset_s == pytest.approx((int(ran.stamps[50]) - shown_ns) / 1e9, abs=0.01)
    print(f"{name}: {bound.exchanges} exchanges, width {np.percentile(high - low, [50, 99, 100]) / 1e3} us")


@pytest.mark.parametrize("name", ["stepped", "stepped-back"])
def test_a_clock_that_steps_by_a_millisecond_is_refused_in_one_line(ran, name):
    problem = ran.found["problems"][name]
    assert problem.startswith(f"{name}'s clock was stepped or slewed, by ")
    assert "\n" not in problem
    assert 500 < float(problem.split(" us ")[0].split("by ")[1].replace(",", "")) <= 1000


def test_a_host_that_is_cut_off_has_a_bound_as_far_as_it_was_heard(ran):
    bound = ran.bound("cut")
    shown = FARS["cut"].shows(ran.stamps)
    low, high = bound.near(shown[:40])
    assert ((low <= ran.stamps[:40]) & (ran.stamps[:40] <= high)).all()
    with pytest.raises(MeasurementError, match=r"^cut: a time is .* s after the last clock exchange"):
        bound.near(shown)
    assert ran.found["lost"]["cut"] >= 20
