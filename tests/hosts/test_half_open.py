"""Connections whose cable has been cut: the gateway finds them, while reports go out, and loses nobody else."""

import json
import select
import subprocess
import sys
import time
from unittest.mock import ANY

import numpy as np
import pytest

from ewarn.dispatch.engine import BROKEN
from ewarn.gateway.clients import sockets
from ewarn.gateway.counters import Counters, create
from ewarn.gateway.engines import ENGINES
from ewarn.gateway.sending.outbox import Outbox

PATIENCE_S = 60.0
PATIENCE = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}


class Told:
    """A program on a host that answers each line it is told with one of JSON."""

    def __init__(self, host, *command):
        self._process = host.start(sys.executable, "-m", *command, **PATIENCE)

    def line(self):
        return self._process.stdout.readline().strip()

    def ask(self, said=0):
        print(said, file=self._process.stdin, flush=True)
        return json.loads(self.line())


class Phones(Told):
    """See `phones`."""

    def __init__(self, host, url, count):
        super().__init__(host, "tests.hosts.phones", url, str(count))
        self.count = count


class Service:
    """A gateway, phones on a cable that will be cut, and others on one that will not."""

    def __init__(self, hosts, *, cut, whole, **limits):
        gateway, self.cable, others = hosts.add("gateway"), hosts.add("cut"), hosts.add("whole")
        addresses = {"listen": f"{gateway.address}:0", "allow_network": True, "seed": 1, "shards": 1}
        self.gateway = Told(gateway, "tests.hosts.service", json.dumps(addresses | limits))
        url = f"ws://{self.gateway.line()}/v1/alerts?place=30.0,103.0"
        self.behind, self.stay = (Phones(host, url, count) for host, count in ((self.cable, cut), (others, whole)))
        self.until(lambda told: told["parked"] == cut + whole)
        self.reports = 0

    def release(self):
        self.reports += 1
        return self.gateway.ask(self.reports)

    def until(self, true, patience_s=PATIENCE_S, every_s=None):
        """Seconds until what the gateway says is so; meanwhile it releases a report every so often."""
        began, due = time.monotonic(), 0.0
        while not true(told := self.gateway.ask()):
            passed = time.monotonic() - began
            assert passed < patience_s, told
            if every_s and passed >= due:
                self.release()
                due = passed + every_s
            time.sleep(0.1)
        return time.monotonic() - began

    def all_have_every_report(self, *phones):
        end = time.monotonic() + PATIENCE_S
        for one in phones:
            everything = {"open": one.count, "least": self.reports, "most": self.reports}
            while (told := one.ask()) != everything:
                assert time.monotonic() < end, told
                time.sleep(0.05)


def found(hosts, every_s, *, cut, whole, **limits):
    """Seconds until all behind a cable that is cut are found, while a report goes out every so often."""
    service = Service(hosts, cut=cut, whole=whole, **limits)
    service.release()
    service.all_have_every_report(service.behind, service.stay)
    service.cable.cut()
    took = service.until(lambda told: told["parked"] == whole, 3 * PATIENCE_S, every_s)
    told = service.gateway.ask()
    print(f"{cut} found in {took:.1f} s with a report every {every_s:g} s, {limits}: {told}")
    assert told.get("silent", 0) + told.get("lost", 0) == cut
    assert "fault" not in told
    service.all_have_every_report(service.stay)
    return took


# What finds who is gone: their turn to be pinged, twice, or the kernel, which waits for acknowledgements.
BY_TURNS, BY_THE_KERNEL = {"ping_s": 4.0}, {"unacknowledged_s": 4.0}
SLACK_S = 4.0
"""for what was held, the rounds, and a busy machine"""


def test_who_is_behind_a_cut_cable_is_found_while_reports_go_out_and_nobody_else_is_lost(lay_hosts):
    with lay_hosts() as hosts:
        found(hosts, 0.3, cut=10, whole=3, ping_s=1.0)


@pytest.mark.campaign
@pytest.mark.parametrize(("every_s", "limits", "within_s"), [(2.0, BY_TURNS, 8.0), (2.0, BY_THE_KERNEL, 6.0)])
def test_two_hundred_behind_a_cut_cable_are_found_in_a_stated_time(lay_hosts, every_s, limits, within_s):
    with lay_hosts() as hosts:
        assert found(hosts, every_s, cut=200, whole=50, **limits) <= within_s + SLACK_S


@pytest.mark.campaign
@pytest.mark.timeout(300)
def test_without_any_setting_they_are_found_100_s_after_the_first_report_that_they_do_not_get(lay_hosts):
    with lay_hosts() as hosts:
        assert found(hosts, 30.0, cut=200, whole=50) <= 100.0 + SLACK_S


@pytest.mark.campaign
def test_a_cable_that_is_cut_for_3_s_while_a_report_goes_out_loses_nobody(lay_hosts):
    with lay_hosts() as hosts:
        service = Service(hosts, cut=200, whole=50, rate_per_s=125.0)
        service.release()
        time.sleep(0.5)  # a quarter of the report is out
        service.cable.cut()
        time.sleep(3.0)
        service.cable.heal()
        service.all_have_every_report(service.behind, service.stay)
        service.release()
        service.all_have_every_report(service.behind, service.stay)
        assert service.gateway.ask() == {"parked": 250, "reports": 2} | {"http": ANY}


def test_a_connection_that_the_kernel_gave_up_is_lost_by_every_call(lay_hosts):
    with lay_hosts() as hosts:
        gateway, phone = hosts.add("gateway"), hosts.add("phone")
        with gateway.socket() as listener:
            sockets.give_up_after(listener, 1.0)
            listener.bind((gateway.address, 0))
            listener.listen()
            kinds = [*ENGINES, "read", "write", "outbox", "end"]
            far = [phone.socket() for _ in kinds]
            for one in far:
                one.connect(listener.getsockname())
            near = [listener.accept()[0] for _ in kinds]
        phone.cut()
        for one in near:
            one.setblocking(False)
            one.send(b"nobody acknowledges this")
        errors = select.poll()
        for one in near:
            errors.register(one, 0)
        end = time.monotonic() + PATIENCE_S
        while len(errors.poll(0)) < len(near):
            assert time.monotonic() < end
            time.sleep(0.01)
        descriptors = dict(zip(kinds, (one.fileno() for one in near), strict=True))
        assert set(sockets.readable(descriptors.values())) == set(descriptors.values())
        sockets.widen(descriptors["read"], 1 << 16)
        assert sockets.read(descriptors["read"], 10) == b""
        assert sockets.write(descriptors["write"], b"more") == -1
        assert not sockets.end_writing(descriptors["end"])
        assert not Outbox(select.epoll(), 1024, Counters(create(1), 1), 1 << 20).send(
            descriptors["outbox"], b"more", "chat", 0.0
        )
        for name, kind in ENGINES.items():
            try:
                engine = kind.make(1024)
            except OSError:
                continue  # this machine has none
            frame, at = np.frombuffer(b"more", np.uint8), np.array([descriptors[name]], np.int64)
            assert engine.send(at, frame, np.array([0]), np.array([4])).tolist() == [BROKEN], name
            engine.forget(descriptors[name])
            engine.close()
        for one in (*near, *far):
            one.close()
