"""The report as one page: everything it needs stands in it, and its policy lets it fetch nothing."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from ewarn.report import deliveries, pictures, replay, sections
from ewarn.report.charts import OUTLINES
from ewarn.report.markup import Html, heading, paragraph, tag, text
from ewarn.report.modules import PAGE, bundle
from ewarn.report.palette import TOKENS
from ewarn.report.run import Run, load
from ewarn.report.sheet import Sheet
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
    pictures.require()
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
    parts: list[tuple[str, str, str, Callable[[Sheet], Html]]] = [
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
        tag("section", heading(2, english, chinese), content(sheet), id=name, class_="part")
        for name, english, chinese, content in parts
    ]
    links = [tag("li", tag("a", english, href=f"#{name}")) for name, english, _, _ in parts]
    header = text(
        # By itself, or a name that runs from right to left would turn around what stands beside it.
        tag("h1", tag("bdi", sheet.at.quake.name), tag("span", "report of a drill 演练报告", class_="kind")),
        paragraph(_story(sheet, runs)),
        tag("button", "Light or dark", id="theme", type="button", hidden=""),
        tag("nav", tag("ul", *links), aria_label="Contents"),
    )
    return _document(sheet.at.quake.name, text(tag("header", header), tag("main", *body)), replay.together(runs), sheet)


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


def _replay(runs: list[Run], sheet: Sheet) -> Html:
    stages = [
        tag("div", tag("h3", f"Order {run.order}"), tag("div", class_="map"), tag("p", class_="newest"),
            id=f"play-{index}", class_="stage")
        for index, run in enumerate(runs)
    ]  # fmt: skip
    speeds = [tag("option", f"{one} x", value=one, selected="" if one == "1" else None) for one in SPEEDS]
    controls = tag(
        "div",
        tag("button", "Play", id="toggle", type="button"),
        tag("label", "Second ", tag("input", type="range", id="second", min="0", max="60", step="0.1", value="0")),
        tag("label", "Speed ", tag("select", *speeds, id="speed")),
        tag("output", "", id="clock"),
        id="replay-controls",
        hidden="",
    )
    script = paragraph("The replay needs JavaScript; the map under “Blind zones” shows how it ended.")
    return text(
        paragraph(
            "In print the replay is left out: the map under “Blind zones” shows how it ended.", class_="only-print"
        ),
        tag("noscript", script),
        tag("div", controls, tag("div", *stages, class_="stages"), class_="replay"),
        paragraph("Every dot is a user, and changes when he himself had read his first report."),
        *(paragraph("Not shown: ", why, ".") for why in sheet.at.missing),
    )


def _document(title: str, body: Html, runs: list[Run], sheet: Sheet) -> str:
    told = replay.show(runs, sheet.at)
    script = bundle("report.js")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    css = "\n".join(path.read_text(encoding="utf-8") for path in (TOKENS, PAGE / "map.css", STYLE))
    head = text(
        tag_alone("meta", charset="utf-8"),
        tag_alone("meta", http_equiv="Content-Security-Policy", content=policy),
        tag_alone("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag_alone("meta", name="referrer", content="no-referrer"),
        tag("title", f"DRILL 演练 · {title} · ewarn"),
        tag("style", Html(css)),
    )
    data = [
        ("show", told),
        ("outlines", msgspec.json.decode(OUTLINES.read_bytes())),
        ("end", replay.end_s(told, runs)),
    ]
    embedded = [
        tag("script", Html(replay.embedded(content)), type="application/json", id=name) for name, content in data
    ]
    band = tag("aside", DRILL, class_="drill", aria_label="Drill")
    page = tag(
        "html",
        tag("head", head),
        tag("body", band, body, *embedded, Html(f"<script>{script}</script>")),
        lang="en",
    )
    return f"<!doctype html>\n{page}\n"


def tag_alone(name: str, /, **attributes: str) -> Html:
    """An element that has no end."""
    return Html(tag(name, **attributes).removesuffix(f"</{name}>"))
