"""`ewarn plan` of fleets: hosts asked for, hosts given, a fleet file, and finished runs beside the forecast."""

import json

import pytest
from click.testing import CliRunner
from msgspec import json as msgspec_json

from ewarn.bench.held import timed
from ewarn.cli import main
from ewarn.errors import InputError
from ewarn.verdict.document import BlindZones, Delivery, Document, Environment, Harness, Summary, Warned
from ewarn.verdict.fleet import OfFleet, OfHost
from tests.bench.test_capacity import MACHINE, ROW

FLEET = """
[bus]
lines = ["tls://10.0.0.1"]
keys = "bus"
signing_key = "centre.key"
[[gateway]]
name = "g1"
url = "{scheme}://10.0.0.11:8600"
start = []
command = ["ewarn", "gateway", "--rate-per-s", "8000", "--capacity=60000"]
[[gateway]]
name = "g2"
url = "{scheme}://10.0.0.12:8600"
capacity = 20000
[[swarm]]
name = "s1"
address = "10.0.0.21"
sources = ["10.0.0.21", "10.0.1.21"]
[[swarm]]
name = "s2"
address = "10.0.0.22"
"""
PACKETS = """phones = "packets"
interface = "eth0"
range = "10.77.0.0/16"
"""
FLEET += PACKETS


@pytest.fixture
def bench(tmp_path):
    path = tmp_path / "bench.json"
    path.write_text(json.dumps({"machine": MACHINE, "rows": [ROW]}))
    return path


@pytest.fixture
def fleet(tmp_path):
    def write(scheme="ws", was="", now=""):
        path = tmp_path / "fleet.toml"
        path.write_text(FLEET.format(scheme=scheme).replace(was, now))
        return path

    return write


def delivery(number=1, users=40_000, seconds=1.3, **changes):
    given = {"targets": users, "delivered": users, "superseded": 0, "missing": 0} | changes
    times = Summary(p50=400.0, max=seconds * 1e3 if seconds else None)
    return Delivery(number=number, status="update", release_s=6.0, magnitude=6.0, delivery_ms=times, **given)


@pytest.fixture
def run(tmp_path):
    def write(*reports, gateways=4, rate=8_000.0, untrusted=(), lost=None, **more):
        hosts = {f"g{place}": OfHost(kind="gateway", users=10_000 + place) for place in range(gateways)}
        hosts |= {"s1": OfHost(kind="swarm", users=40_000)}
        hosts |= {"g9": OfHost(kind="gateway", users=1, lost=lost)} if lost else {}
        found = Document(
            quake="luding-2022",
            users=40_000,
            connected=40_000,
            environment=Environment(rate_per_s=rate),
            warned=Warned(blind_zone_km=BlindZones(theoretical=20.0)),
            reports=reports,
            harness=Harness(untrusted=untrusted),
            fleet=OfFleet(hosts=hosts) if gateways else None,
            **more,
        )
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / "verdict.json").write_bytes(msgspec_json.encode(found))
        return folder

    return write


def plan(*words):
    result = CliRunner().invoke(main, ["plan", *map(str, words)], catch_exceptions=False)
    return result.exit_code, result.stdout, " ".join(result.stderr.split())


def told(*words):
    code, out, said = plan(*words, "--json")
    assert (code, said) == (0, "")
    return json.loads(out)


def test_what_real_hosts_would_need_says_modelled_in_the_table_and_in_json(bench):
    code, _, said = plan(bench, "--spare", 1, "--tls")
    assert code == 0
    for part in (
        "Modelled, not measured: as a fleet, hosts for 500,000 users in 1 s: 4 (4 to 4)",
        "with 1 of them gone; in 99% of such fleets no host has more users",
        "modelled, of the fleet median least most",
        "TLS: 16 us more a send, 22 bytes a record of 16384, 26 KiB more a connection",
        "what TLS costs is assumed",
        "skew of 10 ms, from the release until the last gateway begins",
        "normal for binomial",
        "0.00328 ms of a link",
    ):
        assert part in said
    found = told(bench, "--spare", 1, "--tls")
    one = found["modelled"]["median"]["fleet"]
    assert (one["hosts"], one["spare"], one["binding"]) == (4, 1, "cpu")
    assert one["expected_s"] * 4 / 3 == pytest.approx(one["seconds"], rel=0.02)
    assert one["seconds"] < 1
    assert (found["fleet"]["spare"], found["fleet"]["skew_s"], found["fleet"]["given"]) == (1, 0.01, None)
    assert found["modelled"]["median"]["hosts"] == 1, "what it was before: spread evenly, without TLS, none spare"


def test_hosts_that_are_given_are_told_how_long_they_take(bench):
    asked = (bench, "--users", 40_000, "--rate-per-s", 8_000, "--hosts", 4)
    _, _, said = plan(*asked)
    assert "a fleet of 4 hosts tells 40,000 users in 1.290 s (1.290 to 1.290)" in said
    assert "that is longer than 1 s; bound by rate limit" in said
    assert "within 2 s; bound by rate limit" in plan(*asked, "--within", 2)[2]
    cannot = plan(*asked, "--capacity", 10_000)[2]
    assert "a fleet of 4 hosts cannot hold 40,000 users" in cannot
    assert "the fullest host would have 10,244 users, more than its capacity bears: 10,000" in cannot
    _, _, ported = plan(*asked, "--users", 400_000, "--sources", 2)
    assert "more than its ports bears: 56,464" in ported


def test_the_hosts_of_a_fleet_file_have_its_capacities_rates_and_ports(bench, fleet):
    found = told(bench, "--users", 40_000, "--fleet", fleet())
    one, bounds = found["modelled"]["median"]["fleet"], found["fleet"]["bounds"]
    assert (one["hosts"], one["per_s"], one["binding"], found["fleet"]["given"]) == (2, 8_000.0, "rate", "fleet")
    assert one["fullest"] == pytest.approx(30_000, rel=0.01)  # three quarters, by capacity
    assert [(each["rate_per_s"], each["capacity"]) for each in bounds] == [(8_000.0, 60_000), (None, 20_000)]
    # Half of all users come from two addresses.
    assert {each["ports"] for each in bounds} == {2 * 2 * 28_232}
    secure = fleet("wss", was=PACKETS)  # which speak no TLS
    assert told(bench, "--fleet", secure)["fleet"]["bounds"][1]["tls"]["send_us"] == 16.0


def test_a_capacity_far_above_the_next_one_weighs_no_more_than_the_list_of_gateways_lets_it(bench, fleet):
    found = told(bench, "--users", 40_000, "--fleet", fleet(was="60000", now="60000000"))
    assert found["modelled"]["median"]["fleet"]["fullest"] == pytest.approx(32_000, rel=0.01)


def test_a_run_stands_beside_its_forecast_with_the_difference(run):
    whole = run(delivery(1, seconds=1.30), delivery(2, seconds=1.32), delivery(3, delivered=39_999, superseded=1))
    (one,) = told("--held", whole)["held"]
    assert (one["measured"]["seconds"], one["measured"]["reports"]) == (pytest.approx(1.31), 2)
    assert (one["measured"]["gateways"], one["measured"]["fullest"]) == (4, 10_003)
    assert one["modelled"]["expected_s"] == pytest.approx(40_000 / 4 / 8_000 + 0.01, rel=0.02)
    assert one["difference"] == pytest.approx(1.31 / one["modelled"]["expected_s"] - 1)
    code, out, said = plan("--held", whole, "--held", run(delivery(seconds=5.1), gateways=0))
    assert (code, out) == (0, "")
    assert "Finished runs, measured, beside what is modelled" in said
    assert "1.310" in said
    assert "+1.8%" in said, "one gateway: 5.1 s in place of 5.01"


def test_a_lost_gateway_and_a_run_that_is_not_to_be_trusted_are_told(run):
    folder = run(delivery(), lost="it was killed", untrusted=("a clock was stepped",))
    assert (timed(folder).gateways, timed(folder).trusted) == (4, False)
    assert f"{folder}: this run is not to be trusted" in plan("--held", folder)[2].replace("\n", "")


def test_a_rate_that_is_given_stands_above_the_run_s_and_costs_stand_in_where_there_is_none(run, bench):
    folder = run(delivery(seconds=0.5), rate=None)
    assert told("--held", folder, "--rate-per-s", 20_000)["held"][0]["modelled"]["per_s"] == 20_000
    assert told(bench, "--held", folder)["held"][0]["modelled"]["binding"] == "cpu"
    code, out, said = plan("--held", folder)
    assert (code, out) == (2, "")
    assert f"{folder}: environment.rate_per_s: no rate was set, so give BENCH" in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"delivered": 39_999, "missing": 1}, "verdict.json: reports: none was read by all 40,000 users"),
        ({"seconds": None}, "verdict.json: reports: none was read by all 40,000 users"),
    ],
)
def test_a_run_without_a_time_to_hold_is_one_line(run, changes, said):
    with pytest.raises(InputError, match=said):
        timed(run(delivery(**changes)))


def test_a_run_of_two_platforms_or_none_is_one_line(run, tmp_path):
    folder = run(delivery())
    document = json.loads((folder / "verdict.json").read_text())
    (folder / "verdict.json").write_text(json.dumps(document | {"platforms": {}}))
    for there, said in ((folder, "platforms"), (tmp_path / "none", "No such file")):
        code, _, line = plan("--held", there)
        assert code == 2
        assert said in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Missing argument 'BENCH'"),
        (("BENCH", "--hosts", 2, "--spare", 2), "--spare: of 2 hosts 2 may be gone"),
        (("BENCH", "--hosts", 2, "--fleet", "f.toml"), "--hosts: not with --fleet"),
        (("BENCH", "--within", 0.01), "--skew-ms: 10 ms leaves nothing of 0.01 s"),
        (("BENCH", "--tls-us", 3), "--tls-us: goes with --tls"),
        (("BENCH", "--tls-kib", 3), "--tls-kib: goes with --tls"),
        (("--held", "run", "--hosts", 3), "--hosts: needs BENCH"),
        (("BENCH", "--skew-ms", "nan"), "--skew-ms"),
        (("BENCH", "--fleet", "none.toml"), "none.toml: No such file"),
    ],
)
def test_what_does_not_go_together_is_bad_usage(bench, words, said):
    code, out, line = plan(*(bench if word == "BENCH" else word for word in words))
    assert (code, out) == (2, "")
    assert said in line


def test_a_rate_in_a_command_that_is_none_is_named_with_its_gateway(bench, fleet):
    code, _, line = plan(bench, "--fleet", fleet(was='"8000"', now='"fast"'))
    assert code == 2
    assert "gateway.g1.command: --rate-per-s fast: expected a number above 0" in line
