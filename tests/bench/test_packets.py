"""Contenders whose clients are packets: real cables, a few hundred rows."""

import json
import os
import signal
from contextlib import closing

import numpy as np
import pytest
from click.testing import CliRunner

from ewarn import cli
from ewarn.bench import floor, results, rival, runner, within
from ewarn.bench.floor_packets import PacketFloor
from ewarn.bench.floor_phones import portion
from ewarn.drill import cabling
from ewarn.errors import InputError
from ewarn.packets.cables import why_not
from ewarn.system.machine import this_machine
from tests.bench.contests import Silent, check_adds_up, contest, rounds_of

with_cables = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
with_floor = pytest.mark.skipif(floor.problem() is not None, reason=str(floor.problem()))


@with_cables
@with_floor
@pytest.mark.parametrize(("order", "portions"), [("connected", 1), ("shuffled", 8)])
def test_senders_in_c_reach_every_phone_in_every_round(order, portions):
    with closing(PacketFloor(order, 301, 1_347, this_machine())) as one:
        for sample in rounds_of(one, portions):
            assert sample.receive_us > 0
            assert sample.counted.sending.total_s == pytest.approx(sample.send_us * sample.users / 1e6)
            assert sample.counted.reading.total_s == pytest.approx(sample.receive_us * sample.users / 1e6)
            assert (sample.clients.kind, sample.clients.ring_drops) == ("packets", 0)
            assert list(sample.clients.doubts()) == []


class Asleep:
    """The floor's program, whose receivers are stopped until all is sent."""

    def __init__(self, program, phones):
        self._program, self._pids = program, [child.process.pid for child in phones]

    def __getattr__(self, name):
        return getattr(self._program, name)

    def begin_round(self):
        for pid in self._pids:
            os.kill(pid, signal.SIGSTOP)
        self._program.begin_round()

    def await_round(self):
        found = self._program.await_round()
        for pid in self._pids:
            os.kill(pid, signal.SIGCONT)
        return found


@with_cables
@with_floor
def test_a_ring_that_was_full_is_counted_and_makes_the_row_invalid(monkeypatch):
    monkeypatch.setattr(cabling, "slots", lambda _clients: 64)
    with closing(PacketFloor("connected", 300, 347, this_machine())) as one:
        one.start(8)
        for _ in range(8):
            one.connect()
        monkeypatch.setattr(one, "_program", Asleep(one._program, one._phones))
        sample = one.play()
    assert sample.clients.ring_drops >= 300 - 64
    assert sample.clients.retransmitted > 0
    assert "the clients' ring was full" in " ".join(sample.clients.doubts())


@with_cables
def test_every_contender_can_be_held_with_either_kind_of_clients(tmp_path):
    can, _ = runner.available(["write", "sequential"])
    asked = contest(can, frames=["own"], phones=["sockets", "packets"], repeats=1)
    found = results.document(runner.run(asked, this_machine(), Silent()), this_machine(), 1, [])
    names = {kind: {row["name"] for row in found["rows"] if row["clients"]["kind"] == kind} for kind in asked.phones}
    assert names["sockets"] == names["packets"] == {f"{name}/deadline" for name in can}
    for row in found["rows"]:
        assert row["delivered"] == row["users"] == 300
        assert row["doubts"] == []
        check_adds_up(row)
        assert row["clients"].get("ring_drops") == (0 if row["clients"]["kind"] == "packets" else None)
    assert results.write(found, tmp_path) == []
    assert "write/deadline, packets" in (tmp_path / "bench.svg").read_text()


@with_cables
def test_a_search_goes_over_each_kind_of_clients(monkeypatch):
    asked = contest(["write"], phones=["sockets", "packets"], repeats=1)
    monkeypatch.setattr(within, "MOST_TRIALS", 1)
    found = within.searches(asked, [0.01], this_machine(), Silent())
    assert [(one["within_s"], one["clients"]) for one in found] == [
        (0.01, {"kind": "sockets"}),
        (0.01, {"kind": "packets"}),
    ]
    assert all(trial["doubts"] == [] for one in found for trial in one["trials"])


@pytest.mark.parametrize("verb", [runner.run, lambda *given: within.searches(given[0], [1.0], *given[1:])])
def test_packets_that_cannot_be_had_are_refused_before_anything_starts(monkeypatch, verb):
    monkeypatch.setattr(runner, "why_not", lambda: "there is no iproute2")
    with pytest.raises(InputError, match="--phones: packets are not possible: there is no iproute2"):
        verb(contest(["write"], phones=["packets"]), this_machine(), Silent())


def test_more_servers_than_packets_can_be_spread_over_are_refused_by_both_numbers(monkeypatch):
    monkeypatch.setattr(rival, "MOST_GATEWAYS", 0)
    with pytest.raises(InputError, match=r"--users: 300 users take \d processes of broadcast, .* reach 0 of them"):
        runner.contenders(
            contest(["broadcast"], phones=["packets"]),
            runner.prepare(contest(["broadcast"]), 300, this_machine(), Silent()),
            "shared",
        )


def test_more_clients_of_all_are_no_fewer_of_anybodys():
    for processes in range(1, 6):
        shares = [[portion(count, index, processes) for index in range(processes)] for count in range(40)]
        assert [sum(share) for share in shares] == list(range(40))
        assert all(np.all(np.diff(share, axis=0) >= 0) for share in [np.array(shares)])


def test_a_kind_that_is_unknown_is_named_with_those_that_are():
    done = CliRunner().invoke(cli.main, ["bench", "--phones", "sockets,pigeons"])
    assert done.exit_code == 2
    assert "--phones: 'pigeons' is not one of sockets, packets" in done.output


def test_a_search_in_doubt_is_marked_untrustworthy(monkeypatch, tmp_path):
    one = {"within_s": 1.0, "clients": {"kind": "packets"}, "users": 0, "engine": "write", "order": "fifo"}
    trials = [{"users": 300, "seconds": 0.5, "doubts": ["the clients' ring was full"]}]
    monkeypatch.setattr(within, "searches", lambda *_: [one | {"trials": trials}])
    done = CliRunner().invoke(cli.main, ["bench", "--within", "1", "--engines", "write", "--out", str(tmp_path)])
    assert done.exit_code == 4
    assert "within 1 s: 0 users as packets (write, fifo)" in done.output
    assert json.loads((tmp_path / "within.json").read_text())[0]["trials"] == trials
