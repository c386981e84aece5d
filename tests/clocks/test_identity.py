"""Which processes have one clock."""

import sys

from ewarn.clocks import identity
from ewarn.clocks.identity import ClockId, this_clock

SAY = "from ewarn.clocks.identity import this_clock; one = this_clock(); print(one.boot, one.time_ns)"


def test_what_is_not_known_is_never_one_clock():
    here = this_clock()
    assert here.boot
    assert here.is_one_with(ClockId(here.boot, here.time_ns))
    assert not here.is_one_with(ClockId("another", here.time_ns))
    assert not ClockId("", "").is_one_with(ClockId("", ""))
    assert not ClockId(here.boot, "").is_one_with(ClockId(here.boot, ""))


def test_a_kernel_without_namespaces_of_time_says_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(identity, "TIME", tmp_path / "none")
    assert this_clock() == ClockId(this_clock().boot, "")


def test_hosts_on_one_machine_are_one_clock_unless_they_have_their_own(lay_hosts):
    with lay_hosts() as hosts:
        told = {
            host.name: ClockId(*host.run(sys.executable, "-c", SAY).split())
            for host in (hosts.add("with-ours"), hosts.add("own", ahead_s=3600), hosts.add("own-too", ahead_s=3600))
        }
    assert this_clock().is_one_with(told["with-ours"])
    assert this_clock().boot == told["own"].boot
    assert not this_clock().is_one_with(told["own"])
    assert not told["own"].is_one_with(told["own-too"])
