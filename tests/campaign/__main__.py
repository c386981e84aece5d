"""The campaign: `python -m tests.campaign [PART...] [--short | --minutes N] [--json FILE]`; `--page` writes a page."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

from tests.campaign import page
from tests.campaign.rows import Row, printed

PARTS = {
    "conformance": "tests.campaign.conformance:conformance",
    "fuzz": "tests.campaign.fuzz:fuzz",
    "packets": "tests.campaign.packets:packets",
    "attacks": "tests.campaign.attacks:attacks",
    "faults": "tests.campaign.faults:faults",
    "hosts": "tests.campaign.hosts:hosts",
    "fleet": "tests.campaign.fleet:fleet",
    "soak": "tests.campaign.soak:soak",
}
"""by name, the function that returns its rows"""
SOAK_S, SHORT_SOAK_S = 1200.0, 45.0
RUN = Path("runs/campaign.json")


def _called(part: str) -> Callable[..., list[Row]]:
    module, _, function = PARTS[part].partition(":")
    found: Callable[..., list[Row]] = getattr(import_module(module), function)
    return found


def played(
    parts: Sequence[str],
    keep: Callable[[list[Row], dict[str, float]], None],
    *,
    short: bool,
    minutes: float | None,
    only: str = "",
) -> tuple[list[Row], dict[str, float]]:
    """The rows of some parts, and how long each took, seconds; `minutes` are the soak's.

    `keep` is given what there is after each part, so that a campaign that is cut short has shown something.
    Attacks have the machine to themselves, since latencies are judged. A soak goes on beside the other parts: it judges
    slopes alone.
    """
    rows: dict[str, list[Row]] = {}
    took: dict[str, float] = {}

    def play(part: str) -> None:
        print(f"--- {part}", flush=True)
        began = time.monotonic()
        if part == "soak":
            rows[part] = _called(part)(60 * minutes if minutes is not None else SHORT_SOAK_S if short else SOAK_S)
        else:
            rows[part] = _called(part)(short=short, **({"only": only} if only else {}))
        took[part] = round(time.monotonic() - began, 1)
        keep(found(), took)

    def found() -> list[Row]:
        return [row for part in PARTS for row in rows.get(part, [])]

    in_turn = [part for part in PARTS if part in parts and part != "soak"]
    with ThreadPoolExecutor(1) as beside:
        if "attacks" in in_turn:
            play(in_turn.pop(in_turn.index("attacks")))
        soaked = beside.submit(play, "soak") if "soak" in parts else None
        for part in in_turn:
            play(part)
        if soaked:
            soaked.result()
    return found(), took


def main(words: Sequence[str]) -> int:
    """The exit code: 0 where every row passed, 3 where one failed, 2 of bad usage."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description="Attack the program, and tell.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all of them unless named")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--short", action="store_true", help="the bounded part: a few minutes")
    length.add_argument("--minutes", type=float, help="of the soak")
    parser.add_argument("--only", default="", metavar="WORD", help="attacks or faults whose names hold it")
    parser.add_argument("--json", type=Path, default=RUN, help="file for the rows; the page is made of it")
    parser.add_argument("--page", action="store_true", help=f"play nothing: write {page.PAGE} of that file")
    parser.add_argument("--and", type=Path, nargs="*", default=[], dest="more", help="more such files, for the page")
    parser.add_argument("--notes", default="", help="on the page, of these runs")
    given = parser.parse_args(words)
    if unknown := [part for part in given.parts if part not in PARTS]:
        parser.error(f"{unknown[0]!r} is not one of {', '.join(PARTS)}")
    if given.page:
        runs = [json.loads(path.read_text()) for path in (given.json, *given.more)]
        page.PAGE.write_text(page.written(runs, page.attacks_before(), given.notes), encoding="utf-8")
        return 0
    given.json.parent.mkdir(parents=True, exist_ok=True)

    def keep(rows: list[Row], took: dict[str, float]) -> None:
        given.json.write_text(json.dumps(page.told(rows, took, short=given.short), indent=1, ensure_ascii=False))

    rows, _ = played(given.parts or list(PARTS), keep, short=given.short, minutes=given.minutes, only=given.only)
    print(printed(rows))
    return 0 if all(row.passed for row in rows) else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
