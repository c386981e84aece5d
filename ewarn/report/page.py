"""The report as one page: everything it needs stands in it, and its policy lets it fetch nothing."""

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import htpy as h
from markupsafe import Markup

from ewarn.report import deliveries, pictures, replay, sections
from ewarn.report.charts import OUTLINES
from ewarn.report.modules import PAGE, bundle
from ewarn.report.palette import TOKENS
from ewarn.report.run import Run, load
from ewarn.report.sheet import Sheet, heading
from ewarn.runs import comparison, comparison_results, run_files
from ewarn.seismic.geodesy import spelled
from ewarn.system import files
from ewarn.wire.reports import utc

STYLE = Path(__file__).parent / "report.css"
DRILL = "DRILL 演练: nothing here is a warning of a real earthquake 并非真实地震预警"
SPEEDS = ("0.1", "0.25", "0.5", "1", "2", "5", "10")


def write(folders: Sequence[Path], out: Path | None, slides: Path | None, *, anyway: bool = False) -> Path:
    """Write the report of the first run, compared with the others; returns where it is.

    A folder of several plays counts with all of them. `slides` is the folder for charts as SVG and PNG. Raises
    InputError, also for runs that are not alike, unless they are to be compared `anyway`, and WriteError.
    """
    runs = [load(path) for folder in folders for path in run_files.plays(folder)]
    strategies = comparison.load(folders, anyway=anyway) if len(runs) > 1 else []
    sheet = Sheet(runs[0], replay.setting(runs[0]))
    page = compose(sheet, runs, strategies)
    target = out or folders[0] / "report.html"
    files.write_text(target, page)
    if slides:
        for name, draw in sheet.drawn.items():
            pictures.write(name, draw, _mark(sheet, name, strategies), slides)
    return target


def compose(sheet: Sheet, runs: list[Run], strategies: list[comparison.Strategy]) -> str:
    """The whole page."""
    parts: list[tuple[str, str, str, Callable[[Sheet], h.Node]]] = [
        ("verdict", "The verdict", "结论", sections.verdict),
        ("warned", "Who was warned", "谁收到了预警", sections.warned),
        ("delivery", "Delivery", "送达", deliveries.delivery),
        ("order", "Delivery by rank and by shard", "按次序与分片", deliveries.by_order),
        ("lead", "Lead time by distance", "预警时间与距离", sections.lead),
        ("replay", "Replay on the map", "地图回放", lambda one: _replay(replay.together(runs), one)),
        ("blind-zones", "Blind zones", "预警盲区", sections.blind_zones),
        ("ledger", "The ledger", "台账", sections.ledger),
        ("environment", "Environment", "运行环境", sections.environment),
        ("measured", "How it was measured", "如何测量", sections.measured),
    ]
    if strategies:
        parts.append(("comparison", "Comparison", "对比", lambda one: sections.compared(one, strategies)))
    body = [
        h.section(".part", id=name)[heading(2, english, chinese), content(sheet)]
        for name, english, chinese, content in parts
    ]
    header = h.header[
        # By itself, or a name that runs from right to left would turn around what stands beside it.
        h.h1[h.bdi[sheet.at.quake.name], h.span(".kind")["report of a drill 演练报告"]],
        h.p[_story(sheet, runs)],
        h.button(id="theme", type="button", hidden=True)["Light or dark"],
        h.nav(aria_label="Contents")[h.ul[(h.li[h.a(href=f"#{name}")[english]] for name, english, _, _ in parts)]],
    ]
    return _document(sheet.at.quake.name, [header, h.main[body]], replay.together(runs), sheet)


def _mark(sheet: Sheet, chart: str, strategies: list[comparison.Strategy]) -> str:
    if chart == "compare":
        return f"DRILL: {comparison_results.title(comparison.document(strategies))}"
    return f"DRILL: {sheet.run.told.quake}, {sheet.run.told.users:,} users, order {sheet.run.order}"


def _story(sheet: Sheet, runs: list[Run]) -> str:
    run, quake = sheet.run, sheet.at.quake
    origin = quake.origin
    when = f", {utc(origin.time)[:19].replace('T', ' ')} UTC" if origin.time > 1e6 else ""
    more = f" It is the first of {len(runs)} that are compared at the end." if len(runs) > 1 else ""
    place = spelled(origin.latitude, origin.longitude, "°") + when
    return (
        f"Magnitude {origin.magnitude:g}, depth {origin.depth_km:g} km, {place}; {len(run.reports)} reports to "
        f"{run.told.users:,} users over {run.told.connected:,} connections, order {run.order}. "
        f"Run: {run.folder.name}.{more}"
    )


def _replay(runs: list[Run], sheet: Sheet) -> h.Fragment:
    stages = (
        h.div(".stage", id=f"play-{index}")[h.h3[f"Order {run.order}"], h.div(".map"), h.p(".newest")]
        for index, run in enumerate(runs)
    )
    speeds = (h.option(value=one, selected=one == "1")[f"{one} x"] for one in SPEEDS)
    controls = h.div(id="replay-controls", hidden=True)[
        h.button(id="toggle", type="button")["Play"],
        h.label["Second ", h.input(type="range", id="second", min="0", max="60", step="0.1", value="0")],
        h.label["Speed ", h.select(id="speed")[speeds]],
        h.output(id="clock"),
    ]
    return h.fragment[
        h.p(".only-print")["In print the replay is left out: the map under “Blind zones” shows how it ended."],
        h.noscript[h.p["The replay needs JavaScript; the map under “Blind zones” shows how it ended."]],
        h.div(".replay")[controls, h.div(".stages")[stages]],
        h.p["Every dot is a user, and changes when he himself had read his first report."],
        (h.p["Not shown: ", why, "."] for why in sheet.at.missing),
    ]


def _document(title: str, body: h.Node, runs: list[Run], sheet: Sheet) -> str:
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
        "outlines": json.loads(OUTLINES.read_text(encoding="utf-8")),
        "end": replay.end_s(told, runs),
    }
    page = h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(http_equiv="Content-Security-Policy", content=policy),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.meta(name="referrer", content="no-referrer"),
            h.title[f"DRILL 演练 · {title} · ewarn"],
            h.style[Markup(css)],  # noqa: S704  our own files
        ],
        h.body[
            h.aside(".drill", aria_label="Drill")[DRILL],
            body,
            (h.script(type="application/json", id=name)[replay.embedded(content)] for name, content in data.items()),
            h.script[Markup(script)],  # noqa: S704  our own files
        ],
    ]
    return f"{page}\n"
