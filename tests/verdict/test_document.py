"""The tables of verdict.json: what is written is read as it was, and what an older file lacks is not known."""

import msgspec
import pytest

from ewarn.seismic.intensity import LEVELS
from ewarn.system.json_files import decoded, encoded
from ewarn.verdict.document import (
    FORMAT,
    BlindZones,
    ByPlatform,
    Check,
    Disturbed,
    Document,
    Environment,
    OfLevel,
    OfPlatform,
    PlatformFault,
    Warned,
)
from ewarn.verdict.fate import FINAL, Fate

ZONES = BlindZones(theoretical=21.3, effective=None)
CHECK = Check(name="delivery", measured=None, limit=1.0, unit="s", users=5, promised_users=9, landed=3, passed=False)
PLATFORMS = ByPlatform(
    names={"WeChat": OfPlatform(users=7, alone=4, first=9), "QQ": OfPlatform(users=5, alone=2, first=3)},
    both=3,
    fault=PlatformFault(kind="down", on="QQ", from_s=8.5, back_s=None, saved=3, cut_off=2),
)
WHOLE = Document(
    format=FORMAT,
    quake="luding-2022",
    users=9,
    connected=9,
    environment=Environment(order="fifo", cpus=2),
    checks=(CHECK,),
    warned=Warned(in_time=8, by_level={level: OfLevel(users=2, in_time=1) for level in LEVELS}, blind_zone_km=ZONES),
    commotion=Disturbed(storm_s=5.0, all_told_s=1.5, newest_s=None, on_newest=8),
    platforms=PLATFORMS.table,
)


def test_what_is_written_is_read_as_it_was():
    assert decoded(encoded(WHOLE, 1).encode(), Document) == WHOLE


def test_platforms_stand_by_their_names_beside_what_is_of_both():
    told = msgspec.to_builtins(WHOLE)["platforms"]
    assert list(told) == ["WeChat", "QQ", "both", "fault"]
    assert told["QQ"] == {"users": 5, "alone": 2, "first": 3}
    assert (told["both"], told["fault"]["saved"], told["fault"]["back_s"]) == (3, 3, None)
    assert WHOLE.platform_names == ["WeChat", "QQ"]
    assert "fault" not in msgspec.structs.replace(PLATFORMS, fault=None).table


def test_what_there_was_none_of_is_no_key():
    bare = Document(quake="x", users=1, connected=1, environment=Environment(), warned=Warned(blind_zone_km=ZONES))
    told = msgspec.to_builtins(bare)
    assert "platforms" not in told and "storm_s" not in told["commotion"]
    assert bare.platform_names == []
    kept = msgspec.to_builtins(Check(name="reach", measured=1.0, limit=1.0, unit="share", passed=None))
    assert kept == {"name": "reach", "measured": 1.0, "limit": 1.0, "unit": "share", "passed": None}


def test_the_fates_of_users_are_those_that_are_left_when_a_play_is_over():
    fates = {fate.key for fate in FINAL} - {Fate.SUPERSEDED.key}
    assert fates == set(Warned.__struct_fields__) - {"lead_s", "by_level", "blind_zone_km"}


@pytest.mark.parametrize(
    ("note", "held_back", "why"),
    [
        (None, None, ""),
        ("within, at 5 of 9 users", None, "within, at 5 of 9 users"),
        ("not shown: x; report 1 was held back", "report 1 was held back", "not shown: x"),
        ("report 1 was held back", "report 1 was held back", ""),
    ],
)
def test_why_a_check_is_open_leaves_out_what_was_held_back(note, held_back, why):
    assert msgspec.structs.replace(CHECK, note=note, held_back=held_back).why == why
