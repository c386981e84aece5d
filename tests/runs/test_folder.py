"""The folder of a run: one run alone, whole plays, and what may be replaced."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ewarn.errors import InputError, WriteError
from ewarn.runs import folder as run_folder
from ewarn.runs.folder import OF_A_FLEET, WRITTEN, claimed, clear, earlier, heading, new_folder, whole
from ewarn.system import files


def play(folder, content="old", names=WRITTEN, of="."):
    """Files of those names; with a `drill.toml` among several, those of the play `of` of a run."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(content)
    if content == "old" and "drill.toml" in names:
        (folder / "drill.toml").write_text(heading(of) + content)
    return folder


def everything(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def write(folder, instead_of=(), content="new", fail_at=None):
    with whole(folder, instead_of) as stage:
        for name in WRITTEN:
            if name == fail_at:
                raise WriteError(stage / name, OSError(28, "No space left on device"))
            files.write_text(stage / name, content)


def test_default_names_differ_though_many_drills_end_in_the_same_second(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_folder(tmp_path / "runs", "20260101-000000-luding-2022"), range(40)))
    assert len(set(made)) == 40
    assert made[0].parent / "20260101-000000-luding-2022" in made
    assert all(path.is_dir() for path in made)


def test_where_no_folder_can_be_made_it_is_named(tmp_path):
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(WriteError, match="runs/x: not written"):
        new_folder(tmp_path / "runs", "x")


@pytest.mark.parametrize("below", [".", "2", "fifo", "deadline/3"])
def test_a_folder_with_a_run_is_refused_and_replaced_only_where_that_is_meant(tmp_path, below):
    play(tmp_path / below, of=below)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"already holds a run; use --replace"):
        earlier(tmp_path, replace=False)
    write(tmp_path, earlier(tmp_path, replace=True))
    assert everything(tmp_path) == {"notes.txt": "mine", **dict.fromkeys(WRITTEN, "new")}


def test_all_plays_of_an_earlier_run_go_with_it(tmp_path):
    for below in ("fifo/1", "fifo/2", "deadline/1"):
        play(tmp_path / below, of=below)
    (tmp_path / "fifo" / "2" / "report.html").write_text("<!doctype html><title>DRILL of the earlier run</title>")
    write(tmp_path / "fifo" / "1", earlier(tmp_path, replace=True))
    assert everything(tmp_path) == {f"fifo/1/{name}": "new" for name in WRITTEN}


def test_an_unfinished_run_is_refused_and_may_be_replaced_too(tmp_path):
    play(tmp_path, names=WRITTEN[:4])
    with pytest.raises(InputError, match="already holds a run"):
        earlier(tmp_path, replace=False)
    assert earlier(tmp_path, replace=True) == [tmp_path]


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("names", [["drill.toml"], ["drill.toml", "receipts.npy"], ["receipts.npy"], ["verdict.json"]])
def test_files_that_are_no_runs_are_never_written_over(tmp_path, names, replace):
    play(tmp_path, "mine", names)
    with pytest.raises(InputError, match="belongs to no run of a drill, so it stays"):
        earlier(tmp_path, replace=replace)
    assert everything(tmp_path) == dict.fromkeys(names, "mine")


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("name", ["20260101-000000-luding-2022", "one/two"])
def test_a_folder_of_several_runs_is_no_place_for_one_more(tmp_path, name, replace):
    play(tmp_path / name)
    with pytest.raises(InputError, match=f"holds other runs, such as {name}"):
        earlier(tmp_path, replace=replace)


def test_a_run_behind_a_link_is_not_replaced(tmp_path):
    play(tmp_path / "elsewhere")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "fifo").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="holds other runs, such as fifo"):
        earlier(tmp_path / "out", replace=True)


def test_a_link_among_the_files_goes_and_what_it_leads_to_stays(tmp_path):
    play(tmp_path / "out")
    (tmp_path / "keep.npy").write_text("mine")
    (tmp_path / "out" / "ledger.npy").unlink()
    (tmp_path / "out" / "ledger.npy").symlink_to(tmp_path / "keep.npy")
    clear([tmp_path / "out"])
    assert everything(tmp_path) == {"keep.npy": "mine"}


def test_an_empty_folder_and_one_with_other_things_will_do(tmp_path):
    assert earlier(tmp_path, replace=False) == []
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "drill.toml").write_text("to start drills with")
    assert earlier(tmp_path, replace=False) == []


@pytest.mark.parametrize("name", WRITTEN)
def test_where_one_file_cannot_be_written_none_comes_and_the_earlier_run_stays(tmp_path, name):
    play(tmp_path)
    with pytest.raises(WriteError, match=f"{tmp_path}/{name}: not written"):
        write(tmp_path, earlier(tmp_path, replace=True), fail_at=name)
    assert {
        name: content.removeprefix(heading(".")) for name, content in everything(tmp_path).items()
    } == dict.fromkeys(WRITTEN, "old")
    with pytest.raises(WriteError, match="new/"):
        write(tmp_path / "new", fail_at=name)
    assert list((tmp_path / "new").iterdir()) == []


def test_what_is_interrupted_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), whole(tmp_path) as stage:
        files.write_text(stage / "drill.toml", "x")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_what_is_killed_while_it_writes_is_no_run(tmp_path):
    stage = play(tmp_path / f"{run_folder.UNFINISHED}abc")
    assert earlier(tmp_path, replace=False) == []
    assert stage.is_dir()


def test_the_verdict_comes_last(tmp_path, monkeypatch):
    came = []
    rename = type(tmp_path).replace
    monkeypatch.setattr(type(tmp_path), "replace", lambda self, to: came.append(to.name) or rename(self, to))
    write(tmp_path)
    assert [name for name in came if name in WRITTEN][-len(WRITTEN) :] == list(WRITTEN)
    assert came[-1] == "verdict.json"


def test_a_folder_that_is_gone_meanwhile_is_made_again(tmp_path):
    write(tmp_path / "gone" / "since")
    assert (tmp_path / "gone" / "since" / "verdict.json").read_text() == "new"


def test_two_drills_at_once_do_not_share_a_folder(tmp_path):
    with claimed(tmp_path):
        with pytest.raises(InputError, match="another drill is playing into"), claimed(tmp_path):
            pass
        with claimed(tmp_path.parent):
            pass
    with claimed(tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_a_run_is_never_played_into_the_folder_of_another(tmp_path):
    play(tmp_path / "fifo", of="fifo")
    play(tmp_path / "random", of="random")
    for inside in (tmp_path / "nearest", tmp_path / "nearest" / "1", tmp_path / "fifo"):
        with pytest.raises(InputError, match=r"which holds a run|is a play of the run"):
            earlier(inside, replace=True)
    assert earlier(tmp_path, replace=True) == [tmp_path / "fifo", tmp_path / "random"]


def test_runs_side_by_side_that_are_called_by_their_orders_are_runs_of_their_own(tmp_path):
    play(tmp_path / "fifo")
    assert earlier(tmp_path / "deadline", replace=False) == []
    with pytest.raises(InputError, match="holds other runs, such as fifo"):
        earlier(tmp_path, replace=True)


def test_what_another_drill_left_below_a_run_does_not_go_with_it(tmp_path):
    play(tmp_path)
    play(tmp_path / "2022")
    with pytest.raises(InputError, match="holds other runs, such as 2022"):
        earlier(tmp_path, replace=True)


def test_a_page_that_is_not_ours_stays_where_a_run_is_replaced(tmp_path):
    play(tmp_path)
    (tmp_path / "report.html").write_text("my own notes")
    clear([tmp_path])
    assert everything(tmp_path) == {"report.html": "my own notes"}


def test_one_drill_plays_into_a_folder_and_none_around_or_below_it(tmp_path):
    (tmp_path / "fifo").mkdir()
    (tmp_path / "other").mkdir()
    refused = pytest.raises(InputError, match="another drill is playing")
    with claimed(tmp_path / "fifo"), claimed(tmp_path / "other"), refused, claimed(tmp_path):
        pass
    with claimed(tmp_path), pytest.raises(InputError, match="another drill is playing"), claimed(tmp_path / "fifo"):
        pass


def test_files_of_a_fleet_come_and_go_with_the_others(tmp_path):
    play(tmp_path, names=(*WRITTEN, *OF_A_FLEET))
    with whole(tmp_path / "new") as stage:
        for name in (*WRITTEN, *OF_A_FLEET):
            files.write_text(stage / name, "new")
    assert everything(tmp_path / "new") == dict.fromkeys((*WRITTEN, *OF_A_FLEET), "new")
    clear([tmp_path])
    assert not [path for path in tmp_path.iterdir() if path.is_file()]
    play(tmp_path, names=["earliest.npy"])
    with pytest.raises(InputError, match=r"earliest.npy is there and belongs to no run"):
        earlier(tmp_path, replace=False)
