"""Whole drills: real processes, two shards, a thousand real sockets."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from ewarn.briefing import replay
from ewarn.briefing.happenings import happenings
from ewarn.briefing.run import load
from ewarn.centre.centre import Centre
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import CentreSettings, load_drill
from ewarn.drill.conductor import run
from ewarn.drill.gateways import External
from ewarn.drill.scenario import prepare
from ewarn.errors import GatewayError, InputError, MeasurementError
from ewarn.runs import results
from ewarn.runs.run_files import RunFiles
from ewarn.system.clock import WallClock
from ewarn.system.happenings import Kind
from ewarn.system.machine import Machine, check_fit, this_machine
from ewarn.verdict.clients import SOCKETS, Clients
from ewarn.verdict.fate import Fate
from ewarn.verdict.receipts import NEVER, RECEIPT
from tests.conftest import CENTRE, SECRET

REPORTS = len(Centre(CentreSettings()).solutions(find_quake("luding-2022")))
"""of Luding by the seed that drills have"""

DRILL = Path("configs/drill.toml")
FAST = {"audience.users": 1_000, "gateway.shards": 2, "speed": 20.0, "swarm.sample": 0.1}
CALM = FAST | {
    "detection.interval_s": 5.2,
    "detection.change": 9.0,
    "budgets.delivery_s": 60.0,
    "budgets.epicentre_s": 60.0,
}
"""Reports so far apart that each is read before the next, and budgets so wide, that a busy machine keeps them too."""


class Watcher:
    """A view that remembers, and may act when something is said."""

    def __init__(self, act=None):
        self.lines = []
        self.act = act
        self.book = None
        self.told = []

    def say(self, line):
        self.lines.append(line)
        if self.act:
            self.act(line)

    def progress(self, doing, done, total):
        assert 0 <= done <= total, doing

    def opens(self, scenario, targets, _key):
        pass

    def begins(self, _order, _origin_ns, book):
        self.book = book

    def await_received(self, number, users):
        """Hold the drill up until so many have read a report; the test's own time limit ends what never comes."""
        while self.book.received(number) < users:
            time.sleep(0.01)

    def metered(self, meter, journal):
        pass

    def happened(self, one):
        self.told.append(one)

    def released(self, release):
        pass


def drill(changes=FAST, **options):
    settings = load_drill(DRILL, changes)
    options = {"view": Watcher(), "machine": this_machine(), "clock": WallClock(), "quiet_s": 2.0} | options
    return list(run(settings, **options))


def children_of(pid):
    """Every descendant of a process."""
    try:
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return found + [grandchild for child in found for grandchild in children_of(child)]


def gone(pids, seconds=20):
    """Wait until no process of these runs; zombies have ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        running = [pid for pid in pids if Path(f"/proc/{pid}").exists() and state(pid) != "Z"]
        if not running:
            return True
        time.sleep(0.02)
    return False


def state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


@pytest.fixture(scope="module")
def sound():
    """One sound drill, looked at by several tests."""
    (outcome,) = drill(CALM)
    return outcome


def test_a_sound_drill_reaches_every_user_with_every_report(sound):
    reports = sound.verdict.reports
    assert len(reports) == len(sound.scenario.reports) > 2
    for report in reports:
        assert report.targets == report.delivered + report.superseded + report.missing == 1_000
        assert (report.missing, report.duplicates, report.out_of_order) == (0, 0, 0)
    assert sound.verdict.exit_code == 0
    assert reports[-1].status == "final"


def test_a_promise_to_more_users_than_there_were_is_neither_kept_nor_broken(sound):
    checks = {check.name: check for check in sound.verdict.checks}
    assert checks["first_report"].passed is True
    assert checks["reach"].passed is True
    assert checks["delivery"].passed is None
    assert (checks["delivery"].users, checks["delivery"].promised_users) == (1_000, 500_000)


def test_sampled_frames_are_computed_anew_and_stamped_by_the_kernel(sound):
    assert sound.verdict.harness.checked_frames > 300
    assert sound.verdict.harness.wrong_frames == 0
    assert sound.verdict.harness.stamped > 300
    assert sound.verdict.harness.lag_ms.p50 >= 0


def test_what_the_gateway_sent_is_what_the_swarm_read(sound):
    assert sound.sent.frames == sum(report.delivered for report in sound.verdict.reports)
    assert 500 < sound.sent.bytes / sound.sent.frames < 600


def test_receipts_come_after_release_and_before_the_next_users_turn_of_the_clock(sound):
    receipts = sound.receipts
    assert receipts.dtype == RECEIPT
    got = receipts[receipts["read"] != NEVER]
    assert (got["read"] > got["released"]).all()
    stamped = got[got["kernel"] != NEVER]
    assert (stamped["kernel"] <= stamped["read"]).all()


def test_a_run_leaves_its_files_and_they_agree(sound, tmp_path):
    results.write(sound, tmp_path)
    verdict = json.loads((tmp_path / "verdict.json").read_text())
    receipts = np.load(tmp_path / "receipts.npy")
    assert verdict["passed"] is True
    assert len(receipts) == verdict["users"] * len(verdict["reports"])
    first = receipts[receipts["report"] == 1]
    slowest_ms = ((first["read"] - first["released"]) / 1e6).max()
    assert verdict["reports"][0]["delivery_ms"]["max"] == pytest.approx(slowest_ms, abs=0.001)
    again = load_drill(tmp_path / "drill.toml")
    assert again.audience.users == 1_000
    assert prepare(again).truth.s_s.tolist() == sound.scenario.truth.s_s.tolist()
    ledger = RunFiles(tmp_path).ledger
    assert (ledger["received"] == receipts["read"]).all()
    written = ledger["written"] > 0
    assert written.all()
    assert (ledger["planned"][written] <= ledger["written"][written]).all()
    assert (ledger["outcome"] == Fate.IN_TIME).sum() == (receipts["read"] < ledger["s_arrival"]).sum()


def test_users_near_the_epicentre_are_told_before_those_far_away(sound):
    # By the kernel's stamps: a thousand frames may be read in one go. Within each shard's plan of a report: on a busy
    # machine one shard waits for the other.
    which = sound.receipts["kernel"] != NEVER
    stamped, planned = sound.receipts[which], sound.accounts.ledger["planned"][which]
    _, plan = np.unique(planned, return_inverse=True)
    began = np.full(plan.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(began, plan, stamped["kernel"])
    distance = sound.scenario.truth.distance_km[stamped["user"]]
    took = stamped["kernel"] - began[plan]
    near, far = distance < np.quantile(distance, 0.2), distance > np.quantile(distance, 0.8)
    assert np.median(took[near]) < np.median(took[far])


@pytest.mark.parametrize("quake", ["luding-2022", "lushan-2022", "luxian-2021"])
def test_the_promise_is_judged_by_the_first_report_that_was_public(quake):
    """Of a seed whose first report is below the gate, held back from everybody."""
    seed, reports = a_seed_whose_first_report_is_not_public(find_quake(quake))
    (outcome,) = drill(FAST | {"quake": quake, "seed": seed, "audience.users": 100, "gateway.shards": 1, "speed": 40.0})
    told, verdict = results.document(outcome), outcome.verdict
    first = next(report for report in verdict.reports if report.targets)
    assert first.number > 1 and told.first == first.number
    (check,) = [one for one in told.checks if one.name == "first_report"]
    assert check.measured == first.release_s
    assert f"report 1 (M {reports[0].origin.magnitude:.1f}) was held back from all 100 users" in check.note
    s_km = outcome.scenario.s_km(first.release_s)
    assert verdict.warned.blind_zone_km.theoretical == pytest.approx(s_km, abs=0.06)


def a_seed_whose_first_report_is_not_public(quake):
    for seed in range(100):
        reports = Centre(CentreSettings(seed=seed)).reports(quake)
        if reports[0].origin.magnitude < 5 <= max(report.origin.magnitude for report in reports[1:]):
            return seed, reports
    raise AssertionError(f"every seed's first report of {quake.id} is public")


def test_how_far_arrival_strayed_from_the_order_is_told_for_every_report(sound):
    for report in sound.verdict.reports:
        told = report.displacement
        assert told.users > 50
        # Two shards of one slice each may go one after the other: 0.5 at most. By chance it would be 0.78.
        assert told.p95 < 0.6


def test_a_gateway_that_already_runs_gets_the_same_verdict(sound, gateway):
    external = External(f"ws://{gateway.started.listen}", gateway.started.control, SECRET, signer=CENTRE)
    first, second = drill(CALM, external=external, repeat=2)
    for outcome in (first, second):
        assert outcome.verdict.exit_code == sound.verdict.exit_code == 0
        assert [check.passed for check in outcome.verdict.checks] == [check.passed for check in sound.verdict.checks]
        counts = ("number", "status", "magnitude", "targets", "delivered", "superseded", "missing")
        for mine, theirs in zip(outcome.verdict.reports, sound.verdict.reports, strict=True):
            assert [getattr(mine, name) for name in counts[:4]] == [getattr(theirs, name) for name in counts[:4]]
            assert mine.missing == theirs.missing == 0


def test_a_gateway_that_loses_every_100th_frame_fails_the_drill():
    (outcome,) = drill(FAST | {"speed": 60.0}, gateway_target="tests.broken_gateway:main")
    checks = {check.name: check for check in outcome.verdict.checks}
    final = outcome.verdict.reports[-1]
    assert final.missing == 10
    assert checks["reach"].passed is False
    assert checks["delivery"].passed is False
    assert checks["delivery"].measured is None
    assert outcome.verdict.exit_code == 3
    assert final.delivery_ms.max is None
    assert final.delivery_ms.p50 is not None


def kill_gateway():
    gateways = [
        pid
        for pid in children_of(os.getpid())
        if "supervisor:main" in Path(f"/proc/{pid}/cmdline").read_text() and state(pid) != "Z"
    ]
    os.kill(gateways[-1], signal.SIGKILL)  # the youngest: others may serve other tests


def test_a_gateway_that_dies_in_a_storm_leaves_a_swarm_that_still_answers():
    def kill(line):
        if "hangs up" in line:
            kill_gateway()

    (outcome,) = drill(FAST | {"swarm.storm_s": 5.0}, view=Watcher(kill))
    assert "the gateway died before report 1" in outcome.verdict.harness.cut_short
    assert outcome.commotion.on_newest == 0
    assert outcome.verdict.exit_code == 3
    assert [one.kind for one in outcome.happened] == [Kind.STORM, Kind.GATEWAY_DIED, Kind.ENDED_EARLY]
    assert outcome.happened[0].at_s >= outcome.commotion.storm_s
    assert outcome.happened[-1].why == outcome.verdict.harness.cut_short


def test_a_gateway_that_dies_in_mid_drill_is_told_and_what_was_received_is_judged():
    def kill(line):
        if "report 1 " in line:
            watcher.await_received(1, 1_000)
        if "report 2 " in line:
            kill_gateway()

    watcher = Watcher(kill)
    (outcome,) = drill(view=watcher)
    assert "the gateway died before report 3" in outcome.verdict.harness.cut_short
    assert outcome.verdict.reports[0].delivered == 1_000
    assert outcome.verdict.reports[2].missing == 1_000
    assert outcome.verdict.exit_code == 3


def test_a_drill_of_which_a_shard_dies_goes_on_and_those_it_lost_are_missing(tmp_path):
    def kill(line):
        if "report 1 " in line:
            watcher.await_received(1, 1_000)
        if "report 2 " in line:
            watcher.await_received(2, 1_000)
            shards = [
                pid for pid in children_of(os.getpid()) if "shard:main" in Path(f"/proc/{pid}/cmdline").read_text()
            ]
            os.kill(shards[-1], signal.SIGKILL)  # of the youngest gateway

    watcher = Watcher(kill)
    (outcome,) = drill(CALM, view=watcher)
    first, *_, last = outcome.verdict.reports
    assert outcome.verdict.harness.cut_short is None
    assert (first.delivered, first.missing) == (1_000, 0)
    assert 300 < last.delivered < 700
    assert last.delivered + last.missing == 1_000
    assert outcome.verdict.exit_code == 3
    died = outcome.happened[0]
    assert died.kind is Kind.SHARD_DIED
    assert outcome.verdict.reports[1].release_s < died.at_s < outcome.closed_s
    assert outcome.happened == tuple(watcher.told)
    assert f"  {died.line}" in watcher.lines
    assert str(died.line) in shown(outcome)
    results.write(outcome, tmp_path / "run")
    read = load(tmp_path / "run")
    assert read.told.happened == outcome.happened
    assert [one.words for one in happenings(read)] == [one.said for one in outcome.happened]
    marks = [one for one in replay.messages([read], replay.setting(read)) if isinstance(one, dict)]
    assert [one["at_s"] for one in marks if one["type"] == "happened"] == [one.at_s for one in outcome.happened]


def shown(outcome):
    """The table of a terminal."""
    console = Console(width=300, record=True, file=io.StringIO())
    console.print(results.table(outcome))
    return console.export_text()


def test_a_swarm_process_that_dies_makes_the_measurement_void():
    def kill(line):
        if "report 1 " in line:
            worker = next(
                pid for pid in children_of(os.getpid()) if "worker:main" in Path(f"/proc/{pid}/cmdline").read_text()
            )
            os.kill(worker, signal.SIGKILL)

    with pytest.raises(MeasurementError, match=r"swarm process \d of \d died \(status -9\)"):
        drill(view=Watcher(kill))


def test_a_gateway_without_room_is_refused_with_both_numbers(start_gateway):
    gateway = start_gateway(capacity=10)
    external = External(f"ws://{gateway.started.listen}", gateway.started.control, SECRET, signer=CENTRE)
    with pytest.raises(InputError, match="1,000 users, the gateway has room for 10"):
        drill(external=external)


def test_a_gateway_that_is_not_there_is_named():
    with pytest.raises(InputError, match=r"no gateway answers on 127\.0\.0\.1:9"):
        drill(external=External("ws://127.0.0.1:9", "127.0.0.1:9", "x"))


def test_a_gateway_that_only_speaks_http_connects_nobody(start_gateway):
    gateway = start_gateway(capacity=1_000)
    external = External(f"ws://{gateway.started.control}", gateway.started.control, "a-secret-of-the-tests")
    with pytest.raises((InputError, GatewayError), match=gateway.started.control):
        drill(external=external)


def test_more_users_than_memory_holds_are_refused_with_both_numbers():
    with pytest.raises(InputError, match=r"50,000,000 users need about \d+\.\d GiB in \S+ processes, \d+\.\d GiB are"):
        check_fit(50_000_000, Machine(2, 24.0, 20_000, "6.1", "3.11"))


def test_a_file_limit_that_holds_no_connection_is_refused():
    with pytest.raises(InputError, match="the limit is 200"):
        check_fit(10, Machine(2, 24.0, 200, "6.1", "3.11"))


def start_drill(out, *options, **environment):
    """The command itself, in a process of its own; wait until it has released a report."""
    command = [sys.executable, "-m", "ewarn", "drill", *options, "--users", "500", "--speed", "40", "--out", str(out)]
    conductor = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        # A shell's background job ignores SIGINT, and hands that on to this suite and to what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for line in conductor.stderr:
        if "report 1 " in line:
            return conductor, children_of(conductor.pid)
    raise AssertionError("the drill released no report")


@pytest.fixture
def endless(tmp_path):
    """A drill that is far from its end when its first reports are out: a review follows an hour later."""
    file = tmp_path / "endless.toml"
    file.write_text('quake = "luding-2022"\n[detection]\nquick_s = 3600.0\n')
    return str(file)


def test_when_the_conductor_is_killed_no_process_stays_behind(tmp_path, endless):
    # Folders of its own, since others on this machine may run gateways too.
    conductor, children = start_drill(tmp_path, endless, XDG_RUNTIME_DIR=str(tmp_path), TMPDIR=str(tmp_path))
    assert len(children) >= 3
    conductor.kill()
    conductor.communicate()
    assert gone(children)
    assert not list(tmp_path.rglob("*.secret"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_drill_ends_its_processes_and_says_so(tmp_path, endless, number):
    conductor, children = start_drill(tmp_path, endless)
    conductor.send_signal(number)
    _, said = conductor.communicate(timeout=30)
    assert conductor.returncode == 130
    assert "interrupted; all its processes have ended" in said
    assert gone(children, seconds=0.5)
    assert [path.name for path in tmp_path.iterdir()] == ["endless.toml"]


def test_json_alone_comes_on_stdout(tmp_path):
    file = tmp_path / "one.toml"
    file.write_text('quake = "luding-2022"\n[detection]\nlongest_s = 0\n[budgets]\ndelivery_s = 60.0\n')
    conductor, _ = start_drill(tmp_path, str(file), "--json", "--seed", "7")
    said, _ = conductor.communicate(timeout=60)
    assert conductor.returncode == 0
    assert json.loads(said) == json.loads((tmp_path / "verdict.json").read_text())
    assert json.loads(said)["environment"]["seed"] == 7


def test_in_a_storm_with_alerts_in_the_middle_every_user_ends_on_the_newest_report():
    (outcome,) = drill(FAST | {"swarm.storm_s": 5.0})
    told = outcome.commotion
    assert told.returned == told.on_newest == 1_000
    assert 0 < told.all_told_s <= told.newest_s
    reports, checks = outcome.verdict.reports, {check.name: check for check in outcome.verdict.checks}
    assert [report.missing for report in reports] == [0] * REPORTS
    assert checks["reach"].passed
    assert checks["once_and_in_order"].passed


def test_users_who_chat_hang_up_and_come_back_meanwhile_miss_nothing():
    (outcome,) = drill(FAST | {"swarm.churn_per_s": 0.05, "swarm.chat_per_s": 0.2})
    assert outcome.commotion.returned > 300
    assert outcome.commotion.echoes > 0
    assert outcome.verdict.harness.untrusted == ()
    assert all(report.missing == 0 for report in outcome.verdict.reports)
    assert outcome.receipts["read"][outcome.receipts["report"] == REPORTS].min() != NEVER


def test_clients_that_never_read_are_in_nobodys_way():
    often = {"detection.interval_s": 0.5}  # what fills their buffers is the number of reports
    outcomes = drill(FAST | often | {"audience.users": 300, "swarm.stuck": 20, "speed": 100.0}, repeat=5)
    for outcome in outcomes:
        assert outcome.connected == 300
        assert len(outcome.verdict.reports) > REPORTS
        assert not any(report.missing for report in outcome.verdict.reports)
        assert outcome.verdict.harness.untrusted == ()
    last = outcomes[-1].sent
    assert last.deferred > 0
    assert last.replaced > 0


@pytest.mark.parametrize(
    ("changes", "repeat", "said"),
    [
        ({"swarm.storm_s": 60.0}, 1, "swarm.storm_s: 60 s is after the last report"),
        (
            {"swarm.storm_s": 5.0},
            2,
            "--repeat: a user who reconnects in a second play would get the first one's report",
        ),
        ({"swarm.churn_per_s": 0.1}, 2, "--repeat: a user who reconnects"),
    ],
)
def test_a_storm_that_cannot_be_what_was_asked_for_is_refused(changes, repeat, said):
    with pytest.raises(InputError, match=said):
        drill(FAST | changes, repeat=repeat)


def a_seed_whose_last_magnitude_falls():
    """The seed, that magnitude, and an instant shortly before it is told, seconds after origin."""
    quake = find_quake("luding-2022")
    for seed in range(100):
        *_, before, last = Centre(CentreSettings(seed=seed)).reports(quake)
        if last.origin.magnitude < before.origin.magnitude:
            return seed, last.origin.magnitude, last.released - quake.origin.time - 0.2
    raise AssertionError("no seed's last magnitude falls")


def test_who_comes_back_from_a_storm_hears_the_end_of_a_quake_that_strangers_are_no_longer_told_of():
    """The last magnitude is below the gate, and comes while all are away."""
    seed, last, storm_s = a_seed_whose_last_magnitude_falls()
    # Few and slow: the report before must have been read by all, on a busy machine too.
    calm = FAST | {"audience.users": 300, "speed": 8.0}
    (outcome,) = drill(calm | {"seed": seed, "delivery.magnitude": last + 0.05, "swarm.storm_s": storm_s})
    assert [report.targets for report in outcome.verdict.reports][-1] == 300
    assert not any(report.missing for report in outcome.verdict.reports)
    assert outcome.commotion.on_newest == 300


def test_a_proxy_that_the_environment_names_is_not_asked(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    (outcome,) = drill(CALM | {"audience.users": 50})
    assert outcome.connected == 50


def test_what_does_not_speak_http_is_no_gateway():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"SSH-2.0-none\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(InputError, match=f"no gateway answers on {address}: its answer is no HTTP"):
            drill(external=External(f"ws://{address}", address, "x"))
        thread.join()


def test_a_drill_whose_clients_lost_frames_is_not_to_be_trusted(monkeypatch):
    doubtful = Clients(kind="sockets", ring_drops=3)
    monkeypatch.setattr("ewarn.drill.conductor.of_drill", lambda *_: doubtful)
    (outcome,) = drill(CALM | {"audience.users": 20, "gateway.shards": 1, "detection.longest_s": 0.0})
    assert outcome.environment.clients == doubtful
    assert outcome.verdict.harness.untrusted == tuple(doubtful.doubts())
    assert outcome.verdict.exit_code == 4
    assert results.document(outcome).environment.clients.ring_drops == 3


def test_packets_that_cannot_be_had_are_told_before_anything_starts(monkeypatch):
    monkeypatch.setattr("ewarn.drill.clients.why_not", lambda: "they need root")
    with pytest.raises(InputError, match=r"swarm\.clients: packets are not possible: they need root"):
        drill(FAST | {"swarm.clients": "packets"})
    watcher = Watcher()
    small = {"audience.users": 20, "gateway.shards": 1, "detection.longest_s": 0.0, "swarm.clients": "auto"}
    (outcome,) = drill(CALM | small, view=watcher)
    assert outcome.environment.clients == SOCKETS
    assert watcher.lines[0] == "clients: sockets, as packets are not possible: they need root"
