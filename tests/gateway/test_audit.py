"""The audit log: lines, files put aside as they grow, and a disk that takes none."""

import contextlib
import json
import logging

import pytest

from ewarn.errors import InputError
from ewarn.gateway.intake import audit
from ewarn.gateway.intake.audit import NAME, Audit


def test_a_line_says_when_from_where_and_what_became_of_it(tmp_path):
    log = Audit(tmp_path)
    log.note(1767225606.412, "127.0.0.1:9", "release", "published", quake="a\nb", number=1)
    log.close()
    (line,) = (tmp_path / NAME).read_text().splitlines()
    assert json.loads(line) == {
        "at": "2026-01-01T00:00:06.412Z",
        "from": "127.0.0.1:9",
        "did": "release",
        "became": "published",
        "quake": "a\nb",
        "number": 1,
    }


def test_what_has_grown_is_put_aside_and_the_oldest_let_go(tmp_path, monkeypatch):
    monkeypatch.setattr(audit, "LARGEST", 1000)
    monkeypatch.setattr(audit, "FILES", 2)
    log = Audit(tmp_path)
    for number in range(100):
        log.note(0.0, "x", "release", "published", number=number)
    log.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, f"{NAME}.1", f"{NAME}.2"]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    assert json.loads((tmp_path / NAME).read_text().splitlines()[-1])["number"] == 99


def test_a_disk_that_takes_nothing_more_is_said_once_and_raises_nothing(tmp_path, caplog):
    (tmp_path / NAME).symlink_to("/dev/full")
    log = Audit(tmp_path)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            log.note(0.0, "x", "release", "published")
    with contextlib.suppress(OSError):
        log.close()
    assert [record.message.endswith("is not kept") for record in caplog.records] == [True]


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="--state: cannot write"):
        Audit(tmp_path / "none")
