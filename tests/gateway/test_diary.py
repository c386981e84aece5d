"""The diary: what was taken is known after a crash, whatever the crash left of its last line."""

import os

import pytest

from ewarn.errors import InputError, WriteError
from ewarn.gateway.intake import diary
from ewarn.gateway.intake.diary import ASIDE, KEPT_S, NAME, Diary
from ewarn.seismic.course import Course
from ewarn.system import files
from tests.conftest import CENTRE


def numbers(folder):
    """Of the reports that are known again."""
    return [one.report.number for one in Diary(folder, 1001.0).kept]


def noted(folder, *reports, at=1000.0):
    """A diary with these, as a process that was killed leaves it."""
    kept = Diary(folder, at)
    for one in reports:
        kept.note(one, Course.at(one, 1), at)
    return folder / NAME


def test_the_newest_report_of_each_quake_is_known_again_with_its_words(tmp_path, make_report):
    sealed = [CENTRE.seal(make_report(number, quake=quake)) for quake, number in [("a", 1), ("b", 1), ("a", 2)]]
    noted(tmp_path / "new", *sealed)
    first, second = Diary(tmp_path / "new", 1001.0).kept
    assert [(one.report.quake, one.report.number) for one in (first, second)] == [("b", 1), ("a", 2)]
    assert second.report.sealed == sealed[2].sealed
    assert (second.course.number, second.course.began_with, second.at) == (2, 1, 1000.0)


def test_the_warning_before_a_quick_report_is_known_too_and_an_earlier_play_is_not(tmp_path, make_report):
    path = noted(tmp_path, make_report(1), make_report(2), make_report(3, "reviewed"))
    assert numbers(tmp_path) == [2, 3]
    kept = Diary(path.parent, 1001.0)
    again = make_report(1, later_s=1.0)
    kept.note(again, Course.at(again, 1), 1001.0)
    assert numbers(tmp_path) == [1]


@pytest.mark.parametrize("cut", range(2, 400, 13))
def test_a_last_line_that_was_cut_off_is_passed_over(tmp_path, make_report, cut):
    path = noted(tmp_path, make_report(1), make_report(2))
    path.write_bytes(path.read_bytes()[:-cut])
    assert numbers(tmp_path) == [1]


@pytest.mark.parametrize("spoilt", [b"\0" * 50, b"{}", b"\xff\xfe", b'{"at":1,"began_with":1,"report":"{}"}'])
def test_what_is_no_line_is_passed_over(tmp_path, make_report, spoilt):
    path = noted(tmp_path, make_report(1))
    path.write_bytes(spoilt + b"\n" + path.read_bytes() + spoilt)
    assert numbers(tmp_path) == [1]


def test_it_stays_short_however_many_reports_there_are(tmp_path, make_report, monkeypatch):
    monkeypatch.setattr(diary, "LARGEST", 5000)
    path = noted(tmp_path, *(make_report(number) for number in range(1, 60)))
    assert path.stat().st_size < 6000
    assert numbers(tmp_path) == [59]


def test_what_is_a_day_old_is_forgotten(tmp_path, make_report):
    noted(tmp_path, make_report(1))
    assert Diary(tmp_path, 1000.0 + KEPT_S - 1).kept
    assert not Diary(tmp_path, 1000.0 + KEPT_S + 1).kept


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"--state: cannot write .*reports\.jsonl"):
        Diary(tmp_path / "file", 0.0)


def test_a_diary_of_a_later_version_is_put_aside_and_what_can_be_read_is(tmp_path, make_report, caplog):
    path = noted(tmp_path, make_report(1))
    later = b'{"at":1000.0,"began_with":1,"report":"{}","how":"new"}\n' + path.read_bytes()
    path.write_bytes(later)
    assert numbers(tmp_path) == [1]
    assert (tmp_path / ASIDE).read_bytes() == later
    assert len(caplog.records) == 1
    assert numbers(tmp_path) == [1]
    assert len(caplog.records) == 1


def test_a_line_that_a_full_disk_cut_short_spoils_none_that_come_after(tmp_path, make_report, monkeypatch):
    kept, write = Diary(tmp_path, 1000.0), os.write
    kept.note(make_report(1), Course.at(make_report(1), 1), 1000.0)
    monkeypatch.setattr(os, "write", lambda to, data: write(to, data[:20]))
    with pytest.raises(OSError, match="No space left"):
        kept.note(make_report(2), Course.at(make_report(2), 1), 1000.0)
    monkeypatch.undo()
    other = make_report(1, quake="other")
    kept.note(other, Course.at(other, 1), 1000.0)
    found = Diary(tmp_path, 1001.0).kept
    assert [(one.report.quake, one.report.number) for one in found] == [("luding-2022", 2), ("other", 1)]


def test_with_a_disk_that_is_full_from_the_start_it_begins_and_writes_all_once_there_is_room(
    tmp_path, make_report, monkeypatch, caplog
):
    path = noted(tmp_path, make_report(1))

    def full(path, _fill):
        raise WriteError(path, OSError(28, "No space left on device"))

    monkeypatch.setattr(files, "write", full)
    kept = Diary(tmp_path, 1001.0)
    assert [one.report.number for one in kept.kept] == [1]
    assert "No space left on device" in caplog.text
    with pytest.raises(WriteError):
        kept.note(make_report(2), Course.at(make_report(2), 1), 1001.0)
    assert path.exists(), "what stood there stands there"
    monkeypatch.undo()
    other = make_report(1, quake="other")
    kept.note(other, Course.at(other, 1), 1001.0)
    assert numbers(tmp_path) == [2, 1]


def test_what_no_key_signed_that_is_trusted_now_has_no_effect(tmp_path, make_report, caplog):
    noted(tmp_path, make_report(1), make_report(1, quake="other"))

    def check(report):
        if report.quake == "other":
            raise InputError("signature: of no key that is trusted here, or of other words")

    assert [one.report.quake for one in Diary(tmp_path, 1001.0, check).kept] == ["luding-2022"]
    assert "1 reports are of no key that is trusted now" in caplog.text


def test_what_a_process_left_that_was_killed_as_it_wrote_is_taken_away(tmp_path, make_report):
    noted(tmp_path, make_report(1))
    (tmp_path / f".{NAME}.0badcafe.part").touch()
    assert numbers(tmp_path) == [1]
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
