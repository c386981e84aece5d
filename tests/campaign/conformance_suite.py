"""The cases of the Autobahn test suite, as the `kosoku` package runs them, against the gateway in its echo mode."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatch
from importlib.util import find_spec

from tests.campaign.rows import Row
from tests.conftest import gateways

PART = "conformance"
GROUPS = {
    "1": "framing",
    "2": "pings and pongs",
    "3": "reserved bits",
    "4": "opcodes",
    "5": "fragmentation",
    "6": "UTF-8",
    "7": "closing",
    "9": "limits and performance",
    "10": "miscellaneous",
    "12": "compression",
    "13": "compression with parameters",
}
SHORT = ("1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*")
LONGEST = 16 << 20
"""of a message, in bytes, as group 9 has them"""
AT_ONCE = 8
DEVIATIONS = {
    "9.[34].[1-5]": "a message comes in 64 frames at most, so that one without an end costs a stranger's share and no "
    "more; these send one of 4 MB in up to 65,536 frames",
}
"""by pattern of cases: why what fails stays"""


def suite(cases: Sequence[str] = ()) -> list[Row]:
    """A row a group, one a deviation and one a case that failed. Without `cases`, all that there are."""
    if find_spec("kosoku") is None:
        missing = "the package kosoku is not installed: pip install -e '.[test]'"
        return [Row(PART, "Autobahn's cases", "all pass", missing, False)]
    with gateways() as start:
        gateway = start("tests.campaign.echo_gateway:main", message_bytes=LONGEST, waiting_bytes=4 * LONGEST)
        began = time.monotonic()
        results = asyncio.run(_run(gateway.url(), list(cases) or None))
        return _rows(results, time.monotonic() - began)


async def _run(url: str, cases: list[str] | None) -> dict[str, tuple[str, str]]:
    """By case: what it found of the messages, and of the closing."""
    import kosoku

    try:
        results = await kosoku.run_fuzzingclient(url, cases=cases, concurrency=AT_ONCE)
    except kosoku.FailureError as error:
        results = error.results
    return {one.case_id: (one.behavior.value, one.behavior_close.value) for one in results}


def _rows(results: dict[str, tuple[str, str]], took_s: float) -> list[Row]:
    groups: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for case, found in results.items():
        groups[case.partition(".")[0]][case] = found
    made = [_of_group(name, found) for name, found in groups.items()]
    for pattern, reason in DEVIATIONS.items():
        if found := [case for case in results if _fails(results[case]) and fnmatch(case, pattern)]:
            seen = f"{len(found)} fail: {reason}"
            made.append(Row(PART, f"deviation: Autobahn {pattern}", "all pass", seen, True))
    made += [
        Row(PART, f"Autobahn {case}", "OK", " / ".join(found), False)
        for case, found in results.items()
        if _fails(found) and not _known(case)
    ]
    made.append(Row(PART, f"{len(results)} of Autobahn's cases", "all run", "all run", bool(results), took_s, "s"))
    return made


def _of_group(name: str, found: dict[str, tuple[str, str]]) -> Row:
    counts: dict[str, int] = defaultdict(int)
    for behaviour, _ in found.values():
        counts[behaviour] += 1
    failed = [case for case, one in found.items() if _fails(one) and not _known(case)]
    seen = ", ".join(f"{count} {behaviour}" for behaviour, count in sorted(counts.items()))
    return Row(PART, f"Autobahn {name}.*: {GROUPS[name]}", f"{len(found)} pass", seen, not failed, len(found), "cases")


def _fails(found: tuple[str, str]) -> bool:
    """As the suite counts: what it leaves open, or what is not offered, is no failure."""
    behaviour, close = found
    return behaviour in ("FAILED", "ERROR") or close in ("FAILED", "WRONG CODE", "UNCLEAN", "FAILED BY CLIENT")


def _known(case: str) -> bool:
    return any(fnmatch(case, pattern) for pattern in DEVIATIONS)
