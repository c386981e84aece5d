"""What is kept on disk: known after a gateway was killed, and never what a report waits for."""

import asyncio
import signal
import threading

import pytest
from websockets.sync.client import connect

from ewarn.errors import InputError, RefusedError
from ewarn.gateway.intake import keeping
from ewarn.gateway.intake.keeping import Keeping
from ewarn.seismic.course import Course


async def test_a_disk_that_hangs_holds_up_no_report_and_is_not_waited_for(tmp_path, make_report, monkeypatch):
    monkeypatch.setattr(keeping, "PATIENCE_S", 0.001)
    monkeypatch.setattr(keeping, "MOST_BEHIND", 2)
    kept, hangs = Keeping(tmp_path, 0.0), threading.Event()
    monkeypatch.setattr(kept._diary, "note", lambda *_: hangs.wait(30))
    for number in range(1, 5):
        report = make_report(number)
        await kept.taken(report, Course.at(report, 1), 0.0)
    assert kept._behind == 2
    hangs.set()
    while kept._behind:
        await asyncio.sleep(0)
    kept.close()


async def test_a_full_disk_is_said_and_raises_nothing(tmp_path, make_report, monkeypatch, caplog):
    kept = Keeping(tmp_path, 0.0)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept._diary, "note", full)
    report = make_report()
    await kept.taken(report, Course.at(report, 1), 0.0)
    assert "a report is not on the disk: No space left on device" in caplog.text
    kept.close()


async def test_a_disk_that_takes_nothing_is_said_once_and_again_as_it_takes_something(
    tmp_path, make_report, monkeypatch, caplog
):
    kept = Keeping(tmp_path, 0.0)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept._diary, "note", full)
    report = make_report()
    for _ in range(3):
        await kept.taken(report, Course.at(report, 1), 0.0)
    monkeypatch.undo()
    await kept.taken(report, Course.at(report, 1), 0.0)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    kept.close()
    again = Keeping(tmp_path, 0.0)
    assert [one.report.number for one in again.kept] == [1]
    again.close()


def test_a_folder_is_one_gateways_and_free_again_as_that_ends(tmp_path):
    first = Keeping(tmp_path, 0.0)
    with pytest.raises(InputError, match="--state: another process keeps what it is told in"):
        Keeping(tmp_path, 0.0)
    first.close()
    Keeping(tmp_path, 0.0).close()


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777, 0o702])
def test_a_folder_that_others_can_write_to_is_refused(tmp_path, mode):
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(InputError, match=f"can be written by others .mode {mode:o}"):
        Keeping(folder, 0.0)
    folder.chmod(0o755)
    Keeping(folder, 0.0).close()


async def test_what_is_ahead_of_a_clock_that_was_set_back_says_nothing_and_stays(tmp_path, make_report, caplog):
    kept = Keeping(tmp_path, 1000.0)
    await kept.taken(make_report(1), Course.at(make_report(1), 1), 4600.0)
    kept.close()
    back = Keeping(tmp_path, 1000.0, early_s=5.0)
    assert back.kept == []
    assert "1 reports, up to 3595.0 s ahead of the clock here, are passed over" in caplog.text
    back.close()
    right = Keeping(tmp_path, 4596.0, early_s=5.0)
    assert len(right.kept) == 1
    right.close()


async def test_a_disk_that_hangs_holds_up_no_line_of_the_audit_log(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_BEHIND", 2)
    kept, hangs = Keeping(tmp_path, 0.0), threading.Event()
    monkeypatch.setattr(kept._audit, "note", lambda *_, **__: hangs.wait(30))
    for _ in range(5):
        kept.note(0.0, "x", "release", "published")
    assert len(kept._notes) == 2
    hangs.set()
    kept.close()


async def test_without_a_folder_nothing_is_kept(make_report):
    kept = Keeping(None, 0.0)
    await kept.taken(make_report(), Course.at(make_report(), 1), 0.0)
    kept.note(0.0, "x", "release", "published")
    assert kept.kept == []
    kept.close()


def test_a_gateway_that_was_killed_knows_what_is_in_force_and_what_was_told(start_gateway, tmp_path, make_report):
    first = start_gateway(state=str(tmp_path / "state"))
    with first.publisher() as control:
        for number in (1, 2, 3):
            control.release(make_report(number))
    first.child.process.send_signal(signal.SIGKILL)
    first.child.process.wait(10)
    again = start_gateway(state=str(tmp_path / "state"))
    with connect(again.url()) as client:
        assert '"number":3' in client.recv(10)
        with again.publisher() as control:
            with pytest.raises(RefusedError, match="number: 3 is not newer than 3"):
                control.release(make_report(3))
            assert control.release(make_report(4)).targets == 1
        assert '"number":4' in client.recv(10)


def killed(gateway):
    gateway.child.process.send_signal(signal.SIGKILL)
    gateway.child.process.wait(10)


def test_a_cancel_after_a_restart_goes_to_those_who_were_told_before_it(start_gateway, tmp_path, make_report):
    state = {"state": str(tmp_path / "state")}
    first = start_gateway(**state)
    with first.publisher() as control:
        control.release(make_report(1))
    killed(first)
    again = start_gateway(**state)
    with connect(again.url("user=me&place=30,103&told=luding-2022")) as back:
        assert '"number":1' in back.recv(10)
        with again.publisher() as control:
            assert control.release(make_report(2, "cancel")).targets == 1
        assert '"status":"cancel"' in back.recv(10)
    killed(again)
    third = start_gateway(**state)  # all it knows of the quake is that the warning was taken back
    with connect(third.url("user=me&place=30,103&told=luding-2022")) as back:
        assert '"status":"cancel"' in back.recv(10)


def test_a_cancel_of_which_nobody_was_told_is_told_to_nobody_after_a_restart_either(
    start_gateway, tmp_path, make_report
):
    first = start_gateway(state=str(tmp_path / "state"))
    with first.publisher() as control:
        assert control.release(make_report(3, "cancel")).targets == 0
    killed(first)
    again = start_gateway(state=str(tmp_path / "state"))
    with connect(again.url()) as client, again.publisher() as control:
        with pytest.raises(RefusedError, match="number: 3 is not newer than 3"):
            control.release(make_report(3))
        client.ping().wait(10)
        with pytest.raises(TimeoutError):
            client.recv(0.01)


def test_a_gateway_whose_folder_another_has_does_not_start(start_gateway, tmp_path):
    start_gateway(state=str(tmp_path / "state"))
    with pytest.raises(InputError, match="--state: another process"):
        start_gateway(state=str(tmp_path / "state"))


def test_a_report_whose_key_has_been_retired_is_not_in_force_after_a_restart(start_gateway, tmp_path, make_report):
    first = start_gateway(state=str(tmp_path / "state"))
    with first.publisher() as control:
        control.release(make_report(1))
    killed(first)
    again = start_gateway(state=str(tmp_path / "state"), keys=(bytes(31) + b"\1",))
    with connect(again.url()) as client:
        client.ping().wait(10)
        with pytest.raises(TimeoutError):
            client.recv(0.01)
