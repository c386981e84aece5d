"""What is kept on disk: known after a gateway was killed, and never what a report waits for."""

import asyncio
import signal
import threading

import pytest
from websockets.sync.client import connect

from ewarn.errors import RefusedError
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


async def test_reports_come_out_in_their_order_where_too_many_wait_for_the_disk(tmp_path, make_report, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_BEHIND", 1)
    kept, hangs, out = Keeping(tmp_path, 0.0), threading.Event(), []
    monkeypatch.setattr(kept._diary, "note", lambda *_: hangs.wait(30))

    async def take(number):
        await kept.taken(make_report(number), Course.at(make_report(number), 1), 0.0)
        out.append(number)

    await asyncio.gather(*(take(number) for number in (1, 2, 3)))
    assert out == [1, 2, 3]
    hangs.set()
    while kept._behind:
        await asyncio.sleep(0)
    kept.close()


async def test_a_disk_that_hangs_under_the_audit_log_holds_up_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "LAST_S", 0.01)
    kept, hangs = Keeping(tmp_path, 0.0), threading.Event()
    monkeypatch.setattr(kept._audit, "note", lambda *_, **__: hangs.wait(30))
    began = asyncio.get_running_loop().time()
    kept.note(0.0, "x", "release", "published")
    assert asyncio.get_running_loop().time() - began < 5
    await kept.written()
    kept.close()  # nor does it wait for that
    hangs.set()
    kept._let_go()


async def test_a_full_disk_is_said_and_raises_nothing(tmp_path, make_report, monkeypatch, caplog):
    kept = Keeping(tmp_path, 0.0)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept._diary, "note", full)
    report = make_report()
    await kept.taken(report, Course.at(report, 1), 0.0)
    assert "a report is not on the disk: No space left on device" in caplog.text
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
