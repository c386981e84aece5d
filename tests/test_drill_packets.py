"""Whole drills whose clients are packets, beside those whose clients are sockets."""

import numpy as np
import pytest

from ewarn.packets.cables import why_not
from ewarn.runs import results
from ewarn.verdict.fate import Fate
from ewarn.verdict.receipts import NEVER
from tests.test_drill import CALM, FAST, drill

PACKETS = {"swarm.clients": "packets", "audience.users": 500}
TEN_PLACES = [0.0] * 10 + [1.0]
"""all users follow ten: a frame for them takes several segments"""


@pytest.fixture(scope="module", autouse=True)
def cables():
    if why := why_not():
        pytest.skip(why)


@pytest.fixture(scope="module")
def both():
    """The same drill with either kind of clients."""
    return {kind: drill(CALM | PACKETS | {"swarm.clients": kind})[0] for kind in ("sockets", "packets")}


def told(outcome):
    """What a verdict says of who got what, without times."""
    document = results.document(outcome)
    reports = [
        (one.number, one.status, one.targets, one.delivered, one.superseded, one.missing, one.duplicates)
        for one in document.reports
    ]
    checks = {one.name: one.passed for one in document.checks}
    return reports, checks, np.bincount(outcome.accounts.ledger["outcome"], minlength=len(Fate)).tolist()


def test_both_kinds_of_clients_come_to_the_same_verdict(both):
    assert told(both["packets"]) == told(both["sockets"])
    for outcome in both.values():
        assert outcome.verdict.exit_code == 0
        assert outcome.verdict.harness.untrusted == ()
        assert outcome.verdict.harness.checked_frames > 100
        assert outcome.verdict.harness.wrong_frames == 0


def test_a_verdict_names_the_kind_of_clients_and_what_was_counted_of_them(both):
    clients = both["packets"].environment.clients
    assert (clients.kind, clients.ack_delay_ms, clients.mss) == ("packets", 40.0, 904)
    assert (clients.ring_drops, clients.truncated, clients.bad, clients.lost) == (0, 0, 0, 0)
    assert both["sockets"].environment.clients.kind == "sockets"


def test_every_frame_of_packets_has_the_kernels_stamp_and_was_read_after_it(both):
    receipts = both["packets"].receipts
    got = receipts[receipts["read"] != NEVER]
    assert (got["kernel"] > got["released"]).all()
    assert (got["kernel"] <= got["read"]).all()


def test_in_a_storm_every_packet_ends_on_the_newest_report():
    (outcome,) = drill(FAST | PACKETS | {"swarm.storm_s": 5.0})
    assert outcome.commotion.returned == outcome.commotion.on_newest == 500
    assert not any(report.missing for report in outcome.verdict.reports)


def test_packets_that_chat_hang_up_and_come_back_meanwhile_miss_nothing():
    commotion = {"swarm.churn_per_s": 0.2, "swarm.chat_per_s": 0.2, "swarm.stuck": 5, "swarm.slow": 5, "speed": 10.0}
    (outcome,) = drill(FAST | PACKETS | commotion)
    assert outcome.commotion.returned > 300
    assert outcome.commotion.echoes > 0
    assert outcome.verdict.harness.untrusted == ()
    assert not any(report.missing for report in outcome.verdict.reports)


def test_a_frame_of_many_places_comes_in_several_segments_and_is_read_whole():
    (outcome,) = drill(CALM | PACKETS | {"audience.follow": TEN_PLACES, "audience.users": 200})
    assert outcome.sent.bytes / outcome.sent.frames > 904
    assert not any(report.missing for report in outcome.verdict.reports)
    assert outcome.verdict.harness.wrong_frames == 0


def test_packets_of_a_platform_that_is_down_for_a_while_come_back_to_it():
    platforms = {"platforms.fault": "down", "platforms.fault_s": 9.0, "platforms.back_s": 12.0, "speed": 2.0}
    (outcome,) = drill(FAST | PACKETS | platforms | {"audience.users": 200})
    assert outcome.commotion.returned > 0
    assert outcome.verdict.harness.untrusted == ()
    newest = outcome.receipts[outcome.receipts["report"] == outcome.scenario.reports[-1].number]
    assert (newest["read"] != NEVER).all()


def test_over_a_last_mile_frames_take_as_long_as_it_is_and_the_lost_come_again():
    mile = {"last_mile.rtt_ms": [40.0, 400.0], "last_mile.loss": 0.02}
    (outcome,) = drill(CALM | PACKETS | mile)
    first = outcome.receipts[outcome.receipts["report"] == 1]
    assert (first["read"] != NEVER).all()
    took_ms = (first["read"] - first["released"]) / 1e6
    # Nobody can be nearer than half of a round trip, of which 40 ms is the 5th percentile.
    assert np.percentile(took_ms, 5) > 19
    assert (first["kernel"] <= first["read"]).all()
    assert outcome.environment.clients.retransmitted > 0
    assert outcome.environment.clients.last_mile.loss == 0.02
    assert outcome.verdict.harness.untrusted == ()
