"""The briefing as one page: everything it needs stands in it, and its policy lets it fetch nothing."""

import warnings
from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import htpy as h
import msgspec
from markupsafe import Markup

from ewarn.briefing import deliveries, differences, fonts, pictures, replay, sections, zones
from ewarn.briefing.charts import OUTLINES
from ewarn.briefing.modules import PAGE, bundle
from ewarn.briefing.palette import TOKENS
from ewarn.briefing.run import Run, load
from ewarn.briefing.sheet import Sheet
from ewarn.briefing.tables import labelled
from ewarn.runs import comparison, comparison_results, run_files
from ewarn.seismic.geodesy import spelled
from ewarn.system import files, json_files
from ewarn.wire.reports import utc
from ewarn.words import Said, called, plain, say

STYLE = Path(__file__).parent / "report.css"
SPEEDS = ("0.1", "0.25", "0.5", "1", "2", "5", "10")


def write(
    folders: Sequence[Path],
    out: Path | None,
    slides: Path | None,
    *,
    anyway: bool = False,
    warn: Callable[[str], None] = warnings.warn,
) -> Path:
    """Write the report of the first run, compared with the others; returns where it is.

    A folder of several plays counts with all of them. `slides` is the folder for charts as SVG and PNG. Raises
    InputError, also for runs that are not alike, unless they are to be compared `anyway`, and WriteError. `warn` is
    told where slides have letters that no font here has.
    """
    runs = [load(path) for folder in folders for path in run_files.plays(folder)]
    strategies = comparison.load(folders, anyway=anyway) if len(runs) > 1 else []
    sheet = Sheet(runs[0], replay.setting(runs[0]))
    page = compose(sheet, runs, strategies)
    target = out or folders[0] / "report.html"
    files.write_text(target, page)
    if slides:
        drawn = (
            pictures.write(name, draw, _mark(sheet, name, strategies), slides) for name, draw in sheet.drawn.items()
        )
        if letters := "".join(sorted(set("".join(drawn)))):
            warn(f"{slides}: no font here has {letters}; in PNG they are boxes ({fonts.PACKAGE} of Debian has Chinese)")
    return target


def compose(sheet: Sheet, runs: list[Run], strategies: list[comparison.StrategyPlays]) -> str:
    """The whole page."""
    found = parts(sheet, runs, strategies)
    body = [h.section(".part", id=name)[h.h2[say(f"report.{name}")], content(sheet)] for name, content in found.items()]
    header = h.header[
        # By itself, or a name that runs from right to left would turn around what stands beside it.
        h.h1[
            h.bdi[sheet.at.quake.called if sheet.at.quake.names else sheet.at.quake.name],
            h.span(".kind")[say("report.kind")],
        ],
        h.p[_story(sheet, runs)],
        h.div(".buttons")[
            h.button(id="language", type="button", hidden=True),
            h.button(id="theme", type="button", hidden=True)[say("report.theme")],
        ],
        h.nav(labelled(say("report.contents")))[
            h.ul[(h.li[h.a(href=f"#{name}")[say(f"report.{name}")]] for name in found)]
        ],
    ]
    return _document(say("report.tab", sheet.at.quake.called), [header, h.main[body]], replay.together(runs), sheet)


def parts(
    sheet: Sheet, runs: list[Run], strategies: list[comparison.StrategyPlays]
) -> dict[str, Callable[[Sheet], h.Node]]:
    """The sections by name, in the order of the page; those of a fleet and of a comparison where there is one."""
    found: dict[str, Callable[[Sheet], h.Node]] = {
        "verdict": sections.verdict,
        "warned": sections.warned,
        "delivery": deliveries.delivery,
        "order": deliveries.by_order,
        "lead": sections.lead,
        "replay": lambda one: _replay(replay.together(runs), one),
        "blind-zones": zones.blind_zones,
        "ledger": sections.ledger,
        **({"hosts": sections.fleet} if sheet.run.told.fleet else {}),
        "environment": sections.environment,
        "measured": sections.measured,
    }
    if strategies:
        found["comparison"] = lambda one: differences.compared(one, strategies)
    return found


def _mark(sheet: Sheet, chart: str, strategies: list[comparison.StrategyPlays]) -> str:
    if chart.startswith("compare"):
        return f"DRILL: {comparison_results.title(comparison.document(strategies))}"
    told = sheet.run.told
    modelled = ", modelled last mile" if told.environment.clients.last_mile else ""
    return f"DRILL: {told.quake}, {told.users:,} users, order {sheet.run.order}{modelled}"


def _story(sheet: Sheet, runs: list[Run]) -> h.Fragment:
    run, quake = sheet.run, sheet.at.quake
    origin = quake.origin
    place: str = spelled(origin.latitude, origin.longitude, "°")
    if origin.time > 1e6:
        place = say("figure.pair", place, f"{utc(origin.time)[:19].replace('T', ' ')} UTC")
    counts = str(len(run.reports)), f"{run.told.users:,}", f"{run.told.connected:,}"
    order = called("order", run.order)
    story = say("report.story", f"{origin.magnitude:g}", f"{origin.depth_km:g}", place, *counts, order, run.folder.name)
    return h.fragment[story, len(runs) > 1 and [" ", say("report.story-more", str(len(runs)))]]


def _replay(runs: list[Run], sheet: Sheet) -> h.Fragment:
    stages = (
        h.div(".stage", id=f"play-{index}")[
            h.h3[say("report.play-order", called("order", run.order))], h.div(".map"), h.p(".newest")
        ]
        for index, run in enumerate(runs)
    )
    speeds = (h.option(value=one, selected=one == "1")[f"{one}×"] for one in SPEEDS)
    controls = h.div(id="replay-controls", hidden=True)[
        h.button(id="toggle", type="button")[say("report.play")],
        h.label[say("report.second"), h.input(type="range", id="second", min="0", max="60", step="0.1", value="0")],
        h.label[say("report.speed"), h.select(id="speed")[speeds]],
        h.output(id="clock"),
    ]
    return h.fragment[
        h.p(".only-print")[say("report.print")],
        h.noscript[h.p[say("report.script")]],
        h.div(".replay")[controls, h.div(".stages")[stages]],
        h.p[say("report.dots")],
        (h.p[say("report.not-shown", why)] for why in sheet.at.missing),
    ]


def _document(title: Said, body: h.Node, runs: list[Run], sheet: Sheet) -> str:
    told = replay.show(runs, sheet.at)
    script = bundle("report.js")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    css = "\n".join(path.read_text(encoding="utf-8") for path in (TOKENS, PAGE / "map.css", STYLE))
    data = {
        "show": told,
        "outlines": msgspec.json.decode(OUTLINES.read_bytes()),
        "end": replay.end_s(told, runs),
    }
    page = h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(http_equiv="Content-Security-Policy", content=policy),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.meta(name="referrer", content="no-referrer"),
            h.title(data_t=title.spelled())[plain(title)],
            h.style[Markup(css)],  # noqa: S704  our own files
        ],
        h.body[
            h.aside(".drill", labelled(say("report.band")))[say("report.drill")],
            body,
            (h.script(type="application/json", id=name)[embedded(content)] for name, content in data.items()),
            h.script[Markup(script)],  # noqa: S704  our own files
        ],
    ]
    return f"{page}\n"


def embedded(content: Any) -> Markup:
    """JSON that can stand in a script element."""
    text = json_files.encoded(content).replace("<", "\\u003c")
    return Markup(text)  # noqa: S704  it has no "<" that could end the element
