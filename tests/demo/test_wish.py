import json
from pathlib import Path

import pytest

from ewarn.demo.wish import QUICK_S, DrillWish, parse_wish, settings_for
from ewarn.errors import InputError

QUAKES = ["luding-2022", "lushan-2022"]
GOOD = {"quake": "luding-2022", "users": 2000, "engine": "write", "orders": ["fifo", "deadline"], "fault": "none"}
DRILL = Path("configs/drill.toml")


def test_a_start_message_is_read():
    assert parse_wish(json.dumps(GOOD), QUAKES) == DrillWish("luding-2022", 2000, "write", ("fifo", "deadline"), "none")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("quake", "../../etc/passwd"),
        ("quake", ["luding-2022"]),
        ("users", 0),
        ("users", 500_001),
        ("users", "2000"),
        ("users", True),
        ("engine", "warp"),
        ("orders", []),
        ("orders", "fifo"),
        ("orders", ["fifo", "fifo"]),
        ("orders", ["fifo", "nearest", "deadline"]),
        ("orders", [{}]),
        ("rate_per_s", 0),
        ("rate_per_s", -5.0),
        ("rate_per_s", 1e10),
        ("rate_per_s", "2000"),
        ("rate_per_s", True),
        ("fault", "down"),
        ("fault", 3),
    ],
)
def test_what_will_not_do_is_refused_by_its_key(key, value):
    with pytest.raises(InputError, match=f"^{key}: "):
        parse_wish(json.dumps(GOOD | {key: value}), QUAKES)


def test_a_wish_becomes_a_drill_with_a_quick_report_afterwards():
    settings = settings_for(parse_wish(json.dumps(GOOD), QUAKES), DRILL)
    assert (settings.audience.users, settings.gateway.engine, settings.gateway.order) == (2000, "write", "fifo")
    assert settings.quake == "luding-2022"
    assert settings.detection.quick_s == QUICK_S
    assert settings.platforms is None


@pytest.mark.parametrize("users", [1, 20_000, 500_000])
def test_the_speed_that_is_wished_for_is_the_gateways_and_without_one_the_files_holds(users, tmp_path):
    slow = tmp_path / "slow.toml"
    slow.write_text('quake = "luding-2022"\n[gateway]\nrate_per_s = 400.0\n')
    wished = parse_wish(json.dumps(GOOD | {"users": users, "rate_per_s": users / 10}), QUAKES)
    assert settings_for(wished, slow).gateway.rate_per_s == users / 10
    assert settings_for(parse_wish(json.dumps(GOOD), QUAKES), slow).gateway.rate_per_s == 400
    assert settings_for(parse_wish(json.dumps(GOOD | {"rate_per_s": None}), QUAKES), DRILL).gateway.rate_per_s is None


@pytest.mark.parametrize("fault", ["down", "degraded"])
@pytest.mark.parametrize("quake", QUAKES)
def test_a_fault_befalls_a_platform_between_the_first_report_and_the_last(quake, fault):
    settings = settings_for(DrillWish(quake, 2000, "auto", ("deadline",), fault), DRILL)
    assert settings.platforms.fault == fault
    assert 5 < settings.platforms.fault_s < settings.platforms.back_s < 30
