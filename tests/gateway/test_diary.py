"""The diary: what was taken is known after a crash, whatever the crash left of its last line."""

import pytest

from ewarn.errors import InputError
from ewarn.gateway.intake import diary
from ewarn.gateway.intake.diary import KEPT_S, NAME, Diary
from ewarn.seismic.course import Course
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
