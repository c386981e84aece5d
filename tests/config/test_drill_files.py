"""Files with mistakes: every one named, with the full key."""

import os
from dataclasses import astuple
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st

from ewarn.audience.mix import ONE_EACH, REALISTIC
from ewarn.centre.centre import earth_model
from ewarn.centre.check import check
from ewarn.config import drill as config
from ewarn.config.catalogues import write_toml
from ewarn.config.drill import load_drill
from ewarn.config.quakes import load_quake
from ewarn.errors import InputError
from ewarn.runs import results
from ewarn.system import files

QUAKE = """
id = "test-2026"
name = "Test"
zone = "Qingzang"
strike_deg = 10.0
[origin]
time = 2026-01-01T08:00:00+08:00
latitude = 30.0
longitude = 103.0
depth_km = 10.0
magnitude = 6.0
"""


@pytest.fixture
def write(tmp_path):
    def to_file(text, name="drill.toml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return to_file


def problems(load, *arguments):
    with pytest.raises(InputError) as caught:
        load(*arguments)
    return caught.value.problems


def test_a_quake_file_becomes_a_quake(write):
    quake = load_quake(write(QUAKE))
    assert (quake.id, quake.zone, quake.strike_deg) == ("test-2026", "Qingzang", 10.0)
    assert quake.origin.time == 1767225600.0
    assert (quake.origin.latitude, quake.origin.depth_km, quake.origin.magnitude) == (30.0, 10.0, 6.0)


@pytest.mark.parametrize("path", sorted(Path("configs").rglob("*.toml")), ids=str)
def test_every_file_that_we_ship_is_valid(path):
    assert check(path)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("latitude = 30.0", "latitude = 91", ["origin.latitude", "91"]),
        ("magnitude = 6.0", 'magnitude = "big"', ["origin.magnitude", "big"]),
        ("magnitude = 6.0", "magnitude = 12", ["origin.magnitude", "12"]),
        ("magnitude = 6.0", "magnitude = nan", ["origin.magnitude"]),
        ("depth_km = 10.0", "depth_km = -1", ["origin.depth_km", "-1"]),
        ("depth_km = 10.0", "", ["origin.depth_km: missing"]),
        ('zone = "Qingzang"', 'zone = "Tibet"', ["zone", "Tibet", "Qingzang"]),
        ('id = "test-2026"', 'id = "Test 2026"', ["id", "Test 2026"]),
        ("strike_deg", "strike", ["strike: unknown key, did you mean strike_deg?"]),
        ("longitude = 103.0", "longtude = 103.0", ["origin.longtude: unknown key, did you mean longitude?"]),
    ],
)
def test_a_wrong_key_of_a_quake_file_is_named_in_full_with_its_value(write, before, after, said):
    path = write(QUAKE.replace(before, after))
    found = "\n".join(problems(load_quake, path))
    assert str(path) in found
    assert all(part in found for part in said), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[audience]\nusers = 0", ["audience.users", "0"]),
        ("[audience]\nusres = 5", ["audience.usres: unknown key, did you mean users?"]),
        ("[audience]\nfollow = [0.5, 0.4]", ["audience.follow: shares must sum to 1, got 0.9"]),
        ("[audience]\nfollow = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]", ["audience.follow", "10 places, got 12"]),
        ("[audience]\nfollow = [1.5, -0.5]", ["audience.follow.0", "1.5", "audience.follow.1", "-0.5"]),
        ('[audience]\nfollow = "many"', ['audience.follow: must be "mix" or a list', "many"]),
        ("[audience]\nthresholds = [[3, 0.9], [5, 0.2]]", ["audience.thresholds: shares must sum to 1 at", "1.1"]),
        ("[audience]\nthresholds = [[13, 0.1]]", ["audience.thresholds.0.0", "13"]),
        ("[audience]\nwithin_share = 0.4", ["audience.within_share: 0.4 of the users, but there is no within_km"]),
        ("[audience]\nwithin_km = 50\nwithin_share = 0", ["audience.within_share", "0"]),
        ("[audience]\nwithin_km = 50\nwithin_share = 1.1", ["audience.within_share", "1.1"]),
        ("[audience]\nwithin_km = 50\nwithin_share = nan", ["audience.within_share"]),
        ("[audiance]\nusers = 5", ["audiance: unknown key, did you mean audience?"]),
        ('[gateway]\norder = "alphabetical"', ["gateway.order", "alphabetical", "deadline"]),
        ("[swarm]\nchat_per_s = 2", ["swarm.chat_per_s", "2"]),
        ("[budgets]\ndelivery_s = -1", ["budgets.delivery_s", "-1"]),
        ("speed = 0", ["speed", "0"]),
        ('[swarm]\nclients = "packet"', ["swarm.clients", "'packet'", "did you mean packets"]),
        ("[swarm]\nack_delay_ms = 201", ["swarm.ack_delay_ms", "201", "200"]),
        ("[swarm]\nack_delay_ms = -1", ["swarm.ack_delay_ms", "-1"]),
        ('[swarm]\ninterface = "eth1"', ["swarm.interface: needs range too"]),
        ('[swarm]\nrange = "10.0.0.0/8"', ["swarm.range: needs interface too"]),
        ('[swarm]\ninterface = "eth1"\nrange = "8.0.0.0/8"', ["swarm.range: '8.0.0.0/8' is not private"]),
        ('[swarm]\ninterface = "eth1"\nrange = "10.0.0.1"', ["swarm.range: '10.0.0.1' is too small"]),
        ("[last_mile]", ["last_mile.rtt_ms: missing"]),
        ("[last_mile]\nrtt_ms = [40, 400]", ["last_mile: needs swarm.clients", "sockets cannot show a last mile"]),
        ("[last_mile]\nrtt_ms = [400, 40]", ["last_mile.rtt_ms", "400 ms", "40 ms"]),
        ("[last_mile]\nrtt_ms = [0, 40]", ["last_mile.rtt_ms.0", "0"]),
        ("[last_mile]\nrtt_ms = [40]", ["last_mile.rtt_ms"]),
        ("[last_mile]\nrtt_ms = [1, 2]\nloss = 0.6", ["last_mile.loss", "0.6"]),
        ("[last_mile]\nrtt_ms = [1, 2]\njitter_ms = -1", ["last_mile.jitter_ms", "-1"]),
    ],
)
def test_a_wrong_key_of_a_drill_file_is_named_in_full(write, text, said):
    write(QUAKE, "quake.toml")
    quake = 'quake = "quake.toml"\n'
    found = "\n".join(problems(load_drill, write(quake + text)))
    assert all(part in found for part in said), found


def test_a_last_mile_stands_in_the_settings_beside_packets_and_never_by_itself(write):
    quake = 'quake = "luding-2022"\n[last_mile]\nrtt_ms = [40, 400]\nloss = 0.01\n'
    path = write(quake + '[swarm]\nclients = "packets"')
    table = load_drill(path).last_mile
    assert (table.rtt_ms, table.jitter_ms, table.loss) == ((40.0, 400.0), 0.0, 0.01)
    assert "last_mile" in problems(load_drill, path, {"swarm.clients": "sockets"})[0]
    assert load_drill(write('quake = "luding-2022"')).last_mile is None


def test_all_mistakes_of_a_file_are_told_at_once(write):
    found = problems(load_drill, write("[audience]\nusers = 0\n[swarm]\nsample = 2"))
    assert len(found) == 3
    assert any("quake: missing" in line for line in found)


def test_options_win_over_the_file_and_are_validated_like_it(write):
    path = write('quake = "q.toml"\n[audience]\nusers = 10')
    assert load_drill(path, {"audience.users": 20}).audience.users == 20
    assert "audience.users" in problems(load_drill, path, {"audience.users": 0})[0]


def test_the_quake_is_looked_for_beside_the_drill_file(write, tmp_path):
    assert load_drill(write('quake = "quakes/q.toml"')).quake == str(tmp_path / "quakes/q.toml")


def test_places_are_looked_for_beside_the_drill_file_unless_they_came_with_the_program(write, tmp_path):
    for given, found in (("towns.csv", str(tmp_path / "towns.csv")), ("china", "china")):
        assert load_drill(write(f'quake = "q.toml"\n[audience]\nplaces = "{given}"')).audience.places == found


def test_without_a_word_of_it_everyone_follows_one_place_and_mix_is_the_realistic_one(write):
    plain = load_drill(write('quake = "q.toml"')).audience
    assert (plain.follow, plain.thresholds, plain.near) == astuple(ONE_EACH)
    text = 'quake = "q.toml"\n[audience]\nfollow = "mix"\nthresholds = "mix"'
    mixed = load_drill(write(text)).audience
    assert (mixed.follow, mixed.thresholds, mixed.near) == astuple(REALISTIC)


def test_a_missing_file_and_one_that_is_not_toml_are_named(write, tmp_path):
    assert "No such file" in problems(load_quake, tmp_path / "none.toml")[0]
    assert "not TOML" in problems(load_quake, write("= 3"))[0]
    assert "not TOML" in problems(check, write("\ud800".encode("utf-8", "surrogatepass").decode("latin-1") + "["))[0]


def test_settings_written_out_read_back_the_same(write):
    settings = load_drill(
        write('quake = "a \\" b.toml"\n[audience]\nwithin_km = 40.5\nfollow = "mix"\nthresholds = [[3, 0.2]]'),
        {"seed": 9},
    )
    again = load_drill(write(config.dump(settings), "again.toml"))
    assert again.model_dump(exclude={"quake"}) == settings.model_dump(exclude={"quake"})


def test_a_number_where_a_table_belongs_is_named_also_where_a_change_goes_into_it(write):
    file = write('quake = "luding-2022"\naudience = 5\n')
    with pytest.raises(InputError, match="audience: expected a table, got 5"):
        load_drill(file, {"audience.users": 10})


@pytest.mark.parametrize("names", ['["A", "A"]', '["both", "B"]', '["A", "fault"]'])
def test_platforms_have_names_of_their_own(write, names):
    file = write(f'quake = "luding-2022"\n[platforms]\nnames = {names}\n')
    with pytest.raises(InputError, match=r"names: .* are not two names, or one is both or fault"):
        load_drill(file)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
FILES = TEXT.map(lambda name: "/" + name.replace("/", "") + ".toml").filter(lambda name: str(Path(name)) == name)


def named(**files):
    return st.fixed_dictionaries({}, optional=files)


def numbers(least, most):
    return st.floats(least, most, allow_subnormal=False)


CHANGES = named(
    **{
        "quake": FILES,
        "seed": st.integers(0, 2**70),
        "speed": numbers(1e-9, 1000),
        "audience.users": st.integers(1, 50_000_000),
        "audience.within_km": st.none() | numbers(1e-9, 2000),
        "audience.within_share": numbers(1e-9, 1),
        "audience.places": FILES | st.just("china"),
        "audience.follow": st.just("mix") | st.just([0.1] * 10),
        "audience.thresholds": st.just("mix") | st.lists(st.tuples(numbers(0, 12), numbers(0, 0.2)), max_size=5),
        "earth.velocity": FILES,
        "network.stations": FILES,
        "network.out": st.lists(TEXT, max_size=3),
        "detection.quick_s": st.none() | numbers(1e-9, 3600),
        "gateway.rate_per_s": st.none() | numbers(1e-9, 1e9),
        "gateway.shards": st.just(3),
        "gateway.resize": st.lists(st.tuples(numbers(0, 1e12), st.integers(1, 20)), max_size=3),
        "platforms.names": st.lists(
            TEXT.filter(lambda name: name not in ("both", "fault")), min_size=2, max_size=2, unique=True
        ),
        "swarm.storm_s": st.none() | numbers(0, 3600),
        "swarm.clients": st.sampled_from(["packets", "auto"]),
        "swarm.ack_delay_ms": numbers(0, 200),
        "last_mile.rtt_ms": st.lists(numbers(0.1, 10_000), min_size=2, max_size=2).map(sorted),
        "budgets.reach": numbers(0, 1),
    }
)


@hypothesis.given(CHANGES)
def test_whatever_the_settings_of_a_run_they_read_back_the_same(tmp_path_factory, changes):
    changes = {"gateway.shards": 3, **changes} if changes.get("gateway.resize") else changes
    changes = {"swarm.clients": "auto", **changes} if "last_mile.rtt_ms" in changes else changes
    if changes.get("audience.within_share", 1) < 1 and changes.get("audience.within_km") is None:
        changes = {**changes, "audience.within_km": 50.0}
    settings = config.load_drill(Path("configs/drill.toml"), changes)
    file = tmp_path_factory.getbasetemp() / "again.toml"
    files.write_text(file, config.dump(results.resolved(settings)))
    assert load_drill(file) == results.resolved(settings)


@pytest.mark.parametrize("name", ["\U0001f30b.toml", "泸定\u2028.toml", 'a"\\\t\x7f\x85.toml'])
def test_a_path_and_platforms_beyond_the_plane_of_most_letters_stay_readable(tmp_path, name):
    changes = {"quake": str(tmp_path / name), "platforms.names": ["\U0001f4f1", "QQ\U0010ffff"]}
    settings = results.resolved(config.load_drill(Path("configs/drill.toml"), changes))
    files.write_text(tmp_path / "drill.toml", config.dump(settings))
    assert load_drill(tmp_path / "drill.toml") == settings


def test_a_path_that_no_file_can_name_is_refused_before_anything_starts():
    settings = config.load_drill(Path("configs/drill.toml"), {"quake": os.fsdecode(b"/a\xff.toml")})
    with pytest.raises(InputError, match="a name that is not UTF-8"):
        results.check(settings)


@pytest.mark.parametrize("kind", ["Ms", "Mw", "ML", "mb", "M"])
def test_a_quake_file_may_say_which_magnitude_it_has_and_is_written_with_it(write, kind):
    quake = load_quake(write(QUAKE.replace("magnitude = 6.0", f'magnitude = 6.0\nmagnitude_type = "{kind}"')))
    assert quake.origin.magnitude_type == kind
    assert load_quake(write(write_toml(quake), "again.toml")) == quake


def test_an_unknown_kind_of_magnitude_is_named_with_those_that_there_are(write):
    said = problems(load_quake, write(QUAKE.replace("magnitude = 6.0", 'magnitude = 6.0\nmagnitude_type = "Mx"')))
    assert "origin.magnitude_type" in said[0] and "'Mx'" in said[0] and "Mw" in said[0]


def test_a_quake_file_may_lie_in_the_world_s_zone(write):
    path = write(QUAKE.replace("Qingzang", "world"))
    assert load_quake(path).zone == "world"
    assert "zone world, intensity by Allen et al. 2012" in check(path)


def test_levels_of_a_drill_begin_where_its_file_says(write):
    settings = load_drill(write('quake = "luding-2022"\n[levels]\nyellow = 2.5\nred = 8'))
    assert earth_model(settings).level_from == (2.5, 5.0, 8.0)
    assert earth_model(load_drill(write('quake = "luding-2022"'))).level_from == (3.0, 5.0, 7.0)


def test_levels_that_do_not_rise_are_refused_with_both_numbers(write):
    said = problems(load_drill, write('quake = "luding-2022"\n[levels]\norange = 7.5'))
    assert "levels" in said[0] and "7.5" in said[0] and "red: 7 " in said[0]


def test_the_drill_file_that_came_along_has_the_defaults_as_it_says(write):
    said = load_drill(Path("configs/drill.toml")).model_dump()
    defaults = load_drill(write('quake = "luding-2022"')).model_dump()
    for table, key in ((said, "quake"), (said["earth"], "velocity"), (said["network"], "stations")):
        assert Path(table[key]).is_file()
    for one in (said, defaults):
        del one["quake"], one["earth"]["velocity"], one["network"]["stations"]
    assert said == defaults
