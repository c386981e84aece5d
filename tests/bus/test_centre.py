"""A centre on the bus: real servers that are killed, stopped and emptied, and hosts that answer, or do not."""

import json
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest

from ewarn.bus.addresses import read_identity
from ewarn.bus.centre import bus_publisher
from ewarn.bus.delivery import ANSWERS_S
from ewarn.bus.roles import role
from ewarn.errors import BusRefusedError, GatewayError, InputError, RefusedError
from ewarn.system.clock import WallClock
from tests.bus.kept import last_of
from tests.bus.listening import host, met
from tests.bus.servers import running
from tests.commands import ewarn
from tests.conftest import CENTRE

pytestmark = pytest.mark.usefixtures("g1")
SOON_S = ANSWERS_S + 1.0
"""in which a release must be through whatever becomes of a line or a host, with room for a machine that is busy"""


@pytest.fixture(scope="module")
def bus(tmp_path_factory):
    with running(tmp_path_factory.mktemp("lines") / "bus") as lines:
        yield lines


@pytest.fixture(scope="module")
def g1(bus):
    with host(bus, "g1") as one:
        yield one


@contextmanager
def centre(bus, patience_s=20.0):
    addresses = [one.address for one in bus.servers]
    with bus_publisher(addresses, bus.identity("centre"), WallClock(), CENTRE, patience_s) as found:
        yield found


@contextmanager
def restored(*servers, g1):
    """Whatever becomes of these, in the end they are there, and so is the host on them."""
    try:
        yield
    finally:
        for one in servers:
            with suppress(AssertionError, ProcessLookupError):
                one.go_on()
            if not one.runs:
                one.start()
        met(lambda: all(g1.up.values()))


def timed(to, report):
    began = time.monotonic()
    return to.release(report), time.monotonic() - began


def test_a_report_goes_over_both_lines_and_the_answers_are_summed(bus, g1, make_own_report):
    with host(bus, "g2") as g2, centre(bus) as to:
        g2.targets = 5
        first = make_own_report(1)
        released = to.release(first)
        assert (released.targets, released.note) == (15, None)
        assert released.report.sealed.signature
        assert released.monotonic_ns <= min(at for _, _, at in g2.reports)
        to.release(make_own_report(2))
        assert to.settle() == []
        for one in (g1, g2):
            met(lambda one=one: [one.numbers().count(number) for number in (1, 2)] == [2, 2])
        met(lambda: any(pulse.newest and pulse.newest[0].number == 2 for pulse in g1.pulses))
        assert last_of(bus, first.quake) == [2, 2]


def test_a_host_that_is_silent_holds_a_report_up_for_a_moment_and_is_named(bus, make_own_report):
    with host(bus, "g2") as g2, centre(bus) as to:
        g2.answers = False
        released, took_s = timed(to, make_own_report(1))
        assert (released.targets, released.note) == (10, "no answer from g2")
        assert took_s < SOON_S


def test_who_is_refused_by_all_hosts_is_told_why(bus, g1, make_own_report):
    with host(bus, "g2") as g2, centre(bus) as to:
        g1.problem = g2.problem = "signature: of no key that is trusted here"
        try:
            with pytest.raises(RefusedError, match="report 1: g1, g2 refused it: signature: of no key"):
                to.release(make_own_report(1))
            g1.problem = None
            assert to.release(make_own_report(2)).note == "g2 refused it: signature: of no key that is trusted here"
        finally:
            g1.problem = None


def test_a_line_that_is_killed_holds_up_nothing_and_gets_the_newest_when_it_is_back_without_its_disk(
    bus, g1, make_own_report
):
    lost = bus.servers[0]
    with centre(bus) as to, restored(lost, g1=g1):
        to.release(make_own_report(1))
        lost.kill()
        for number in (2, 3):
            released, took_s = timed(to, make_own_report(number))
            assert (released.targets, released.note) == (10, None)
            assert took_s < SOON_S
        (lacks,) = to.settle(0.0)
        assert lacks.startswith(f"{lost.address} has not acknowledged report 3 of {released.report.quake} (")
        lost.lose_disk()
        lost.start()
        assert to.settle(20.0) == []
        assert last_of(bus, released.report.quake) == [3, 3]
        lost.kill()  # once more, and nothing is released since
        lost.lose_disk()
        lost.start()
        met(lambda: last_of(bus, released.report.quake) == [3, 3])


def test_both_lines_killed_and_back_after_two_seconds_lose_nothing(bus, g1, make_own_report):
    with centre(bus) as to, restored(*bus.servers, g1=g1):
        first = make_own_report(1)
        to.release(first)
        bus.kill()
        back = threading.Timer(2.0, bus.start)
        back.start()
        released = to.release(make_own_report(2))
        back.join()
        assert released.report.number == 2
        assert to.settle(20.0) == []
        assert last_of(bus, first.quake) == [2, 2]


def test_a_line_that_hangs_holds_up_nothing_and_ends_with_the_newest(bus, g1, make_own_report):
    hangs = bus.servers[1]
    with centre(bus) as to, restored(hangs, g1=g1):
        first = make_own_report(1)
        to.release(first)
        hangs.hang()
        slowest_s = max(timed(to, make_own_report(number))[1] for number in range(2, 9))
        assert slowest_s < SOON_S
        # Long enough that its connection is given up with a report in it, and others are tried.
        met(lambda: not g1.up[1])
        to.release(make_own_report(9))
        hangs.go_on()
        assert to.settle(20.0) == []
        assert last_of(bus, first.quake) == [9, 9]


def test_of_two_centres_the_play_that_began_later_stays(bus, make_own_report):
    with centre(bus) as one, centre(bus) as other:
        older = make_own_report(5)
        newer = replace(make_own_report(1), play=older.play + 1)
        one.release(older)
        other.release(newer)
        one.release(make_own_report(6))
        assert one.settle() == other.settle() == []
        assert last_of(bus, older.quake) == [1, 1]
        other.release(replace(make_own_report(2), play=newer.play))
        assert last_of(bus, older.quake) == [2, 2]


def test_a_quick_report_stands_beside_the_cancel_before_it(bus, make_own_report):
    with centre(bus) as to:
        cancel = make_own_report(2, "cancel")
        to.release(cancel)
        to.release(make_own_report(3, "reviewed"))
        assert last_of(bus, cancel.quake) == [2, 2]
        assert last_of(bus, cancel.quake, reviewed=True) == [3, 3]


def test_a_report_that_no_line_takes_is_an_error_of_one_line(tmp_path, make_own_report):
    with running(tmp_path / "bus", count=1) as bus, centre(bus, patience_s=1.0) as to:
        bus.kill()
        with pytest.raises(GatewayError, match=r"no line of the bus took report 1: nats://127\.0\.0\.1:\d+"):
            to.release(make_own_report(1))
        with (
            pytest.raises(InputError, match=r"^--bus: no line is up: nats://.*: Connection refused$"),
            centre(bus, 1.0),
        ):
            pass


def test_a_centre_with_a_gateways_key_is_refused(bus):
    addresses = [one.address for one in bus.servers]
    key = read_identity(role("centre"), bus.key("g1"))
    with (
        pytest.raises(BusRefusedError, match="this key is not a centre's"),
        bus_publisher(addresses, key, WallClock(), CENTRE),
    ):
        pass


def test_publish_plays_a_quake_over_the_bus(bus, signing_key, capfd):
    words = ("publish", "luding-2022", "--speed", "500", "--bus", bus.given, "--signing-key", signing_key)
    code, said, told = ewarn(*words, "--last", "3", "--key", bus.key("centre"))
    assert (code, told) == (0, "")
    lines = [json.loads(line) for line in said.splitlines()]
    assert [(one["number"], one["targets"]) for one in lines] == [(1, 10), (2, 10), (3, 10)]
    assert last_of(bus, "luding-2022") == [3, 3]
    code, said, told = ewarn(*words, "--key", bus.key("g1"))
    assert (code, said, told.count("\n")) == (2, "", 1)
    assert "this key is not a centre's" in told
    assert capfd.readouterr() == ("", "")


def test_a_centre_that_stays_pulses_until_it_is_told_to_end(bus, g1, signing_key):
    words = ["publish", "luding-2022", "--speed", "500", "--last", "1", "--stay", "--bus", bus.given]
    keys = ["--signing-key", str(signing_key), "--key", bus.key("centre")]
    child = subprocess.Popen([sys.executable, "-m", "ewarn", *words, *keys], stderr=subprocess.PIPE, text=True)
    assert "this centre stays until Ctrl-C" in child.stderr.readline()
    before = len(g1.pulses)
    met(lambda: len(g1.pulses) >= before + 4)  # of both lines
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=20)[1] == ""
    assert child.returncode == 0


@pytest.mark.parametrize(
    "given, told",
    [
        (("--bus", "tls://b1"), "--bus: give the centre's key by --key"),
        (("--bus", "tls://b1", "--key", "centre.nk"), "--bus: give the key that signs the reports by --signing-key"),
        (("--bus", "tls://b1", "--control", "127.0.0.1:9"), "--control, --bus: give one of them"),
        (("--bus", "tls://b1", "--ca", "ca.pem"), "--ca: goes with --control alone; for the bus it is --bus-ca"),
        (("--bus", "tls://b1", "--secret-file", "x"), "--secret-file: goes with --control alone"),
        (("--control", "127.0.0.1:9", "--key", "x"), "--key: goes with --bus alone"),
        (("--control", "127.0.0.1:9", "--bus-ca", "x"), "--bus-ca: goes with --bus alone"),
        (("--control", "127.0.0.1:9", "--stay"), "--stay: goes with --bus alone"),
        ((), "Missing option '--control', or '--bus'"),
    ],
)
def test_what_does_not_go_together_is_told(given, told):
    code, _, said = ewarn("publish", "luding-2022", *given)
    assert code == 2
    assert told in said


def test_a_centre_whose_loop_has_died_of_a_fault_says_so_instead_of_staying_for_nothing(bus, make_own_report, caplog):
    with centre(bus) as to:
        to.check()
        to._delivery.routes[0].line.say = None
        met(lambda: not to._thread.is_alive())
        for ask in (to.check, lambda: to.release(make_own_report(1))):
            with pytest.raises(GatewayError, match=r"^the bus is not served any more$"):
                ask()
    assert "the bus is served no more, by a fault of this program" in caplog.messages


@pytest.mark.parametrize("missing", ["nats", "nkeys"])
def test_without_the_extra_it_is_said_in_a_line_how_to_add_it(bus, signing_key, missing):
    without = f"import sys; sys.modules['{missing}'] = None; from ewarn.cli import main; main()"
    words = ["publish", "luding-2022", "--bus", bus.given, "--signing-key", str(signing_key)]
    ended = subprocess.run(
        [sys.executable, "-c", without, *words, "--key", bus.key("centre")], capture_output=True, text=True
    )
    assert ended.stderr == "ewarn: --bus needs nats-py: install it with pip install 'ewarn[bus]'\n"
    assert ended.returncode == 2
