"""Which runs of a kiosk stay in its folder."""

from ewarn.demo.keeping import INDEX, Keeping
from ewarn.runs.folder import heading, is_run


def play(out, name):
    folder = out / name
    folder.mkdir()
    (folder / "drill.toml").write_text(heading("."))
    (folder / "ledger.npy").write_bytes(b"")
    return folder


def there(out):
    return sorted(path.name for path in out.glob("*/"))


def test_the_newest_stay_and_runs_of_others_are_never_touched(tmp_path):
    other = play(tmp_path, "a-run-of-mine")
    keeping = Keeping(tmp_path, 2)
    gone = [keeping.add(play(tmp_path, f"{number}")) for number in range(4)]
    assert gone == [[], [], [tmp_path / "0"], [tmp_path / "1"]]
    assert there(tmp_path) == ["2", "3", "a-run-of-mine"]
    assert is_run(other)


def test_what_an_earlier_kiosk_made_counts(tmp_path):
    for number in range(3):
        Keeping(tmp_path, 2).add(play(tmp_path, f"{number}"))
    assert there(tmp_path) == ["1", "2"]


def test_a_file_that_somebody_put_beside_a_run_stays(tmp_path):
    keeping = Keeping(tmp_path, 1)
    (play(tmp_path, "0") / "notes.txt").write_text("mine")
    keeping.add(tmp_path / "0")
    keeping.add(play(tmp_path, "1"))
    assert [path.name for path in (tmp_path / "0").iterdir()] == ["notes.txt"]


def test_an_index_that_names_what_is_elsewhere_or_no_run_removes_nothing(tmp_path):
    outside, out = tmp_path / "outside", tmp_path / "out"
    out.mkdir()
    play(tmp_path, "outside")
    (out / "link").symlink_to(outside)
    (out / "plain").mkdir()
    (out / INDEX).write_text(f"../outside\n{outside}\nlink\nplain\n.\n..\n\nnone\n")
    keeping = Keeping(out, 1)
    for number in range(3):
        keeping.add(play(out, f"{number}"))
    assert is_run(outside)
    assert there(out) == ["2", "link", "plain"]


def test_a_folder_that_cannot_be_written_ends_nothing(tmp_path, caplog):
    keeping = Keeping(tmp_path, 1)
    first = play(tmp_path, "0")
    (tmp_path / INDEX).mkdir()
    keeping.add(first)
    keeping.add(play(tmp_path, "1"))
    assert "an old run stays" in caplog.text


def test_a_folder_that_has_become_a_link_since_it_was_made_is_left_alone(tmp_path):
    outside, out = tmp_path / "outside", tmp_path / "out"
    out.mkdir()
    play(tmp_path, "outside")
    keeping = Keeping(out, 1)
    keeping.add(play(out, "0"))
    (out / "0").rename(tmp_path / "moved")
    (out / "0").symlink_to(outside)
    assert keeping.add(play(out, "1")) == [out / "0"]
    assert is_run(outside) and is_run(tmp_path / "moved")
