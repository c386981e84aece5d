"""What is told of a quake, and the verbs that tell it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ewarn.centre.centre import Centre
from ewarn.centre.outlook import outlook
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import CentreSettings
from ewarn.config.zones import zone_at
from ewarn.seismic.origin import Origin, Quake
from ewarn.system.json_files import encoded
from tests.commands import ewarn


def plain(quake, at):
    """As `--json` prints it."""
    return json.loads(encoded(outlook(quake, Centre(CentreSettings()), at)))


@pytest.fixture(scope="module")
def told():
    return plain(find_quake("luding-2022"), [("Moxi", 29.61, 102.12)])


def test_every_place_asked_for_and_every_seat_is_told_of_the_nearest_first(told):
    assert told["places"][0]["name"] == "Moxi"
    assert len(told["places"]) == 22
    distances = [place["distance_km"] for place in told["places"]]
    assert distances == sorted(distances)


def test_lead_counts_from_the_first_report_and_is_nothing_at_the_edge_of_the_blind_zone(told):
    first = told["reports"][0]["released_s"]
    for place in told["places"]:
        assert place["lead_s"] == pytest.approx(place["s_s"] - first, abs=0.11)
        assert (place["lead_s"] < 0) == (place["distance_km"] < told["blind_zone_km"])


def test_shaking_begins_no_sooner_than_s_and_only_where_it_is_so_strong(told):
    for place in told["places"]:
        for felt, seconds in place["begins_s"].items():
            if abs(place["intensity"] - float(felt)) > 0.06:  # told in tenths
                assert (seconds is not None) == (place["intensity"] > float(felt))
            assert seconds is None or seconds >= place["s_s"] - 0.3


def test_stations_are_told_of_once_in_the_order_of_their_data(told):
    codes = [station["code"] for station in told["stations"]]
    assert len(set(codes)) == len(codes) == told["reports"][-1]["stations"]
    assert sum(station["first_in_report"] == 1 for station in told["stations"]) == told["reports"][0]["stations"]
    known = [station["known_s"] for station in told["stations"]]
    assert known == sorted(known)


def test_the_verb_prints_the_same_as_json_by_the_same_seed():
    words = ["quake", "lushan-2022", "--json", "--seed"]
    one, other = (ewarn(*words, seed)[1] for seed in (1, 2))
    again = subprocess.run([sys.executable, "-m", "ewarn", *words, "1"], capture_output=True, text=True, check=True)
    assert one == again.stdout != other
    assert json.loads(one)["quake"] == "lushan-2022"


def test_a_quake_can_be_made_written_and_shown_again(tmp_path):
    for name in ("made.toml", "made.xml"):
        code, said, complaint = ewarn(
            "quake", "--lat", 30.5, "--lon", 103, "--depth", 12, "--mag", 5.5, "--out", tmp_path / name
        )
        assert (code, complaint) == (0, "")
        assert "magnitude 5.5" in said
        code, said, _ = ewarn("quake", tmp_path / name, "--json")
        assert code == 0 and json.loads(said)["origin"]["depth_km"] == 12


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("quake",), "--lat"),
        (("quake", "ludign-2022"), "luding-2022"),
        (("quake", "luding-2022", "--at", "29.6,Moxi"), "--at"),
        (("quake", "luding-2022", "--at", "99,102,Moxi"), "not on the globe"),
        (("quake", "luding-2022", "--out", "quake.txt"), "quake.txt"),
        (("quake", "--lat", "30", "--lon", "103", "--mag", "1.5"), "hear magnitude 1.5"),
        (("release", "--depths", "ten"), "--depths"),
        (("release", "--depths", "500"), "500"),
        (("release", "--mag", "five"), "--mag"),
        (("release", "--mag", "5,12"), "12"),
        (("release", "--mag", "5,5"), "each magnitude once"),
        (("release", "--outline", "nowhere.geojson"), "nowhere.geojson"),
        (("release", "--outline", "japan"), "sichuan, hull"),
    ],
)
def test_bad_usage_is_one_clear_line(words, named):
    code, _, said = ewarn(*words)
    assert code == 2
    assert named in said and "Traceback" not in said


def test_a_survey_of_sichuan_tells_shares_and_leaves_a_table_and_a_map(tmp_path):
    code, said, _ = ewarn("release", "--grid-km", 60, "--depths", "10", "--json", "--out", tmp_path)
    told = json.loads(said)
    assert told["within"] + told["sooner"] + told["late"] == pytest.approx(1)
    assert code == (3 if told["late"] else 0)
    assert len((tmp_path / "release.csv").read_text().splitlines()) == told["origins"] + 1
    assert (tmp_path / "release.svg").stat().st_size > 1000
    code, said, _ = ewarn("release", "--grid-km", 60, "--depths", "10")
    assert "S late for the spacing" in said


def test_what_intensity_rests_on_is_named_with_its_isoseismals(told):
    assert told["shaking"] == {
        "zone": "Qingzang",
        "equations": "GB 18306-2015, Qingzang; deeper than 20 km, Kanno et al. 2006 and GB/T 17742-2020",
        "scale": "GB/T 17742",
        "magnitude": "Ms",
        "conversion": None,
        "levels": {"yellow": 3.0, "orange": 5.0, "red": 7.0},
    }
    six = next(one for one in told["isoseismals"] if one["degree"] == 6)
    assert six["area_km2"] == pytest.approx(14_842, rel=0.01)
    assert six["along_km"] > six["across_km"] > 0


def test_a_quake_abroad_is_told_of_by_a_world_wide_equation():
    origin = Origin(0.0, 35.77, -117.6, 8.0, 7.1, "Mw")
    abroad = plain(Quake("made", "Made", origin, zone_at(35.77, -117.6)), [])
    assert (abroad["zone"], abroad["shaking"]["scale"], abroad["shaking"]["magnitude"]) == ("world", "MMI", "Mw")
    assert abroad["shaking"]["equations"].startswith("Allen et al. 2012")
    assert abroad["origin"]["magnitude_type"] == "Mw"


def test_a_zone_may_be_asked_for_and_one_that_there_is_not_is_refused_by_name():
    code, _, complaint = ewarn("quake", "luding-2022", "--zone", "Tibet")
    assert code == 2 and "--zone" in complaint and "Tibet" in complaint
    code, told, _ = ewarn("quake", "luding-2022", "--zone", "Central", "--json")
    assert code == 0 and json.loads(told)["shaking"]["zone"] == "Central"
    assert json.loads(told)["quake"] == "luding-2022-central", "another content has another id"
    assert json.loads(ewarn("quake", "luding-2022", "--zone", "Qingzang", "--json")[1])["quake"] == "luding-2022"


def test_reports_say_their_magnitude_in_the_kind_of_the_quake_s_own():
    quake = find_quake("luding-2022")
    moment = replace(quake, origin=replace(quake.origin, magnitude_type="Mw"))
    assert {one.origin.magnitude_type for one in Centre(CentreSettings()).reports(moment)} == {"Mw"}


def test_a_survey_of_another_network_and_outline_tells_both_shares_of_each_magnitude(tmp_path):
    shipped = (Path("configs") / "stations" / "sichuan.toml").read_text(encoding="utf-8")
    classes = shipped[shipped.index("[classes.datum]") :]
    (tmp_path / "net.toml").write_text(f'name = "made up"\nstations = "net.csv"\n{classes}', encoding="utf-8")
    grid = [(35 + 0.2 * row, 138 + 0.25 * column) for row in range(11) for column in range(11)]
    rows = [f"J{number},{lat:.2f},{lon:.2f},basic" for number, (lat, lon) in enumerate(grid)]
    (tmp_path / "net.csv").write_text("\n".join(["code,latitude,longitude,class", *rows]), encoding="utf-8")
    drill = tmp_path / "drill.toml"
    drill.write_text('quake = "luding-2022"\n[network]\nstations = "net.toml"\n[delivery]\nmagnitude = 4.0\n')
    ring = [[138, 35], [140.5, 35], [140.5, 37], [138, 37], [138, 35]]
    (tmp_path / "mine.geojson").write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}), encoding="utf-8")
    words = ("release", "--config", drill, "--grid-km", 60, "--depths", "10", "--json", "--out", tmp_path)
    code, said, complaint = ewarn(*words, "--mag", "4.5,6", "--outline", tmp_path / "mine.geojson")
    assert complaint == ""
    small, large = (json.loads(line) for line in said.splitlines())
    assert (small["magnitude"], large["magnitude"], small["gate"], small["outline"]) == (4.5, 6.0, 4.0, "mine")
    assert large["by_area"]["public"]["never"] == 0.0 < small["by_area"]["public"]["never"] < 0.3
    assert code == 3 and small["by_population"] is None
    assert {"release-4.5.csv", "release-6.csv", "release-6.svg"} <= {path.name for path in tmp_path.iterdir()}
    _, said, _ = ewarn(*words)
    assert json.loads(said)["outline"] == "made up" and json.loads(said)["origins"] > 5


def test_a_regular_network_lies_around_the_quake_wherever_it_is(tmp_path):
    """Before, it lay over Sichuan, and Noto's first report came after 325 s."""
    drill = tmp_path / "drill.toml"
    drill.write_text('quake = "luding-2022"\n[network]\nspacing_km = 20\n', encoding="utf-8")
    for place in (("--lat", 37.5, "--lon", 137.27), ("--lat", -17.9, "--lon", -179.95)):
        code, said, _ = ewarn("quake", *place, "--depth", 10, "--mag", 7, "--config", drill, "--json")
        told = json.loads(said)
        assert (
            code == 0 and told["reports"][0]["released_s"] < 13 and told["network"].startswith("regular, 20 km apart")
        )
