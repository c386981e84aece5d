import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.sync.client import connect

from ewarn.config.catalogues import find_quake
from ewarn.config.drill import load_drill
from ewarn.config.tables import shipped
from ewarn.demo.programme import programme
from ewarn.errors import InputError
from tests.demo.conftest import SHORT
from tests.quake_file import quake_file

NAME = "A quake of my own"
LIBRARY = {path.stem for path in (shipped() / "quakes").glob("*.toml")}


def written(folder, name, text):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_drill_files_own_quake_comes_first_and_ours_after_it(tmp_path):
    quake = written(tmp_path, "quakes/mine.toml", quake_file("my-own-quake", NAME))
    drill = written(tmp_path, "my.toml", 'quake = "quakes/mine.toml"\n[audience]\nusers = 10\n')
    found = programme(drill)
    assert found.config == drill
    assert (found.first, found.names["my-own-quake"]) == ("my-own-quake", "A quake of my own")
    assert set(found.names) == LIBRARY | {"my-own-quake"}
    assert next(iter(found.names)) == "my-own-quake"
    assert find_quake(found.found["my-own-quake"]) == find_quake(quake)
    assert all(find_quake(found.found[name]).id == name for name in LIBRARY)


@pytest.mark.parametrize("name", ["mine.toml", "MINE.TOML"])
def test_a_quake_file_is_played_by_the_drill_file_that_came_with_the_program(tmp_path, name):
    found = programme(written(tmp_path, name, quake_file("my-own-quake", NAME)))
    assert (found.config, found.first) == (shipped() / "drill.toml", "my-own-quake")
    assert load_drill(found.config, {"quake": found.found["my-own-quake"]})


def test_a_quake_of_another_format_is_a_quake_file(tmp_path):
    feature = {
        "type": "Feature",
        "id": "us1",
        "properties": {"mag": 6.0, "time": 0, "place": "somewhere"},
        "geometry": {"type": "Point", "coordinates": [102.0, 30.0, 10.0]},
    }
    assert programme(written(tmp_path, "mine.geojson", json.dumps(feature))).first == "us1"


def test_a_file_that_uses_one_of_our_ids_is_what_is_played(tmp_path):
    found = programme(written(tmp_path, "mine.toml", quake_file("luding-2022", NAME, magnitude=6.0)))
    assert found.names["luding-2022"] == "A quake of my own"
    assert find_quake(found.found["luding-2022"]).origin.magnitude == 6.0
    assert set(found.names) == LIBRARY


def test_without_a_file_there_are_ours_and_the_drills_is_chosen():
    found = programme(None)
    assert (found.first, set(found.names)) == ("luding-2022", LIBRARY)


def test_the_preset_plays_the_files_quake_or_else_the_one_in_which_the_order_decides_for_most(tmp_path):
    """Before, it was Luding's, where one in a hundred lost their warning to the order."""
    assert programme(None).preset == "luxian-2021"
    assert programme(written(tmp_path, "mine.toml", quake_file("my-own-quake", NAME))).preset == "my-own-quake"
    assert programme(Path("maduo-2021")).preset == "maduo-2021"
    assert programme(written(tmp_path, "my.toml", 'quake = "luding-2022"\n')).preset == "luding-2022"


def test_the_name_of_one_of_ours_is_what_is_played_and_a_slip_in_it_is_told():
    """Before, it was no such file."""
    found = programme(Path("maduo-2021"))
    assert (found.config, found.first, found.found["maduo-2021"]) == (
        shipped() / "drill.toml",
        "maduo-2021",
        "maduo-2021",
    )
    assert load_drill(found.config, {"quake": found.found[found.first]}).quake == "maduo-2021"
    with pytest.raises(InputError, match="did you mean maduo-2021"):
        programme(Path("madou-2021"))


def test_a_drill_file_without_a_suffix_is_one(tmp_path):
    assert programme(written(tmp_path, "mine", 'quake = "maduo-2021"\n')).config == tmp_path / "mine"


@pytest.mark.parametrize("text", ["quake = 3", "[origin", 'quake = "none-such"'])
def test_what_is_neither_is_refused(tmp_path, text):
    with pytest.raises(InputError):
        programme(written(tmp_path, "my.toml", text))


def test_the_page_offers_the_files_quake_and_plays_it(tmp_path):
    written(tmp_path, "mine.toml", quake_file("my-own-quake", NAME))
    drill = written(tmp_path, "my.toml", SHORT.replace('"luding-2022"', '"mine.toml"'))
    command = [sys.executable, "-m", "ewarn", "demo", str(drill), "--json", "--out", str(tmp_path / "runs")]
    command += ["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = json.loads(process.stdout.readline())
            with connect(f"ws://{told['page'].split('/')[2]}/v1/stage", max_size=None) as feed:
                hello = json.loads(feed.recv(30))
                assert hello["defaults"]["quake"] == "my-own-quake"
                preset = {"quake": "my-own-quake", "orders": ["fifo", "deadline"], "rate_share": 0.1}
                assert hello["preset"] == preset
                assert {"id": "my-own-quake", "name": "A quake of my own"} in hello["quakes"]
                wish = {"users": 50, "engine": "auto", "orders": ["fifo"], "quake": "my-own-quake"}
                with connect(f"ws://{told['control']}/v1/stage") as control:
                    control.send(json.dumps({"type": "start", "token": told["token"]} | wish))
                    assert json.loads(control.recv(30)) == {"type": "ok"}
                messages = (message for message in iter(lambda: feed.recv(60), None) if isinstance(message, str))
                scene = next(json.loads(message) for message in messages if '"scene"' in message)
        finally:
            process.send_signal(signal.SIGTERM)
    assert scene["quake"]["id"] == "my-own-quake"
