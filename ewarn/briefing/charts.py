"""The charts of a briefing, drawn by matplotlib in the colours given; each returns a figure."""

from math import cos, radians
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ewarn.briefing.curves import FEWEST, RING_KM, Cells, Floats, Group, Leads, Ranked
from ewarn.briefing.palette import Palette
from ewarn.seismic.geodesy import wrapped
from ewarn.verdict.fate import Fate
from ewarn.watching.show import Box
from ewarn.words import called, say

OUTLINES = Path(__file__).parent.parent / "page" / "outlines.json"
TICKS_MS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
SHOWN = {
    Fate.IN_TIME: ("in-time", "o"),
    Fate.LATE: ("late", "s"),
    Fate.BLIND_ZONE: ("blind", "D"),
    Fate.MISSING: ("failed", "P"),
    Fate.SUPERSEDED: ("accent", "^"),
    Fate.SUPPRESSED: ("p-wave", "v"),
    Fate.FOLLOWS_NONE: ("line", "."),
}
"""fates as a bar has them from left to right; of each its colour and its mark on the map"""
KM_PER_DEGREE = 111.19


def delivery(
    colours: Palette, curves: list[tuple[str, NDArray[Any], NDArray[Any], str]], limits_s: dict[str, float]
) -> Any:
    """Share of users that have read a report against ms since its release. A curve: name, seconds, share, look."""
    figure, axis = one_axis(3.3)
    for name, delay_s, share, look in curves:
        strong = look != "muted"
        axis.step(delay_s * 1e3, share * 100, where="post", color=colours[look], linewidth=2.4 if strong else 0.9,
                  linestyle="-" if look == "accent" else "--" if strong else ":",
                  marker="o" if len(delay_s) == 1 else None,
                  label=name if strong or name == say("chart.others") else None)  # fmt: skip
    for name, limit_s in limits_s.items():
        axis.axvline(limit_s * 1e3, color=colours["failed"], linewidth=1.2)
        side = "right" if limit_s == min(limits_s.values()) else "left"
        note(axis, name, (limit_s * 1e3, 1.0), 0, colours["failed"], ha=side, va="bottom")
    axis.set_xscale("log")
    known = [delay_s * 1e3 for _, delay_s, _, _ in curves if len(delay_s)]
    least = min((float(one.min()) for one in known), default=1.0)
    most = max((float(one.max()) for one in known), default=1.0)
    axis.set_xlim(max(0.5, least * 0.7), max(2_000.0, most * 1.3))
    _thousandths(axis)
    axis.set_ylim(0, 103)
    axis.set_xlabel(say("chart.since-release"))
    axis.set_ylabel(say("chart.due-share"))
    legend(figure, axis, 3)
    return figure


def rank(colours: Palette, ranked: Ranked, limit_s: float | None) -> Any:
    """Delivery time by place in the order."""
    figure, axis = one_axis(2.8)
    share = ranked.share * 100
    for values, name, look, style in (
        (ranked.max_s, say("chart.slowest-one"), "late", ":"),
        (ranked.p90_s, say("chart.ninety"), "muted", "--"),
        (ranked.p50_s, say("chart.half"), "accent", "-"),
    ):
        shown = np.where(np.isfinite(values), values, np.nan) * 1e3
        axis.plot(share, shown, style, color=colours[look], linewidth=2, label=name)
    most = _most(np.concatenate([ranked.p50_s, ranked.p90_s, ranked.max_s])) * 1e3
    if limit_s is not None and limit_s * 1e3 < 3 * most:
        axis.axhline(limit_s * 1e3, color=colours["failed"], linewidth=1.2)
        axis.annotate(
            say("chart.limit", f"{limit_s:g}"),
            (99, limit_s * 1e3),
            fontsize=9,
            ha="right",
            va="bottom",
            color=colours["failed"],
        )
    axis.set_xlim(0, 100)
    axis.set_ylim(0, most * 1.12 or 1)
    axis.set_xlabel(say("chart.rank"))
    axis.set_ylabel(say("chart.ms"))
    legend(figure, axis, 3)
    return figure


def groups(colours: Palette, found: list[Group]) -> Any:
    """Half, 90 % and the slowest of users who were told together."""
    figure, axis = one_axis(1.1 + 0.34 * len(found))
    place = np.arange(len(found))[::-1]
    for name, values, look, mark in (
        (say("chart.half"), [one.p50_s for one in found], "accent", "o"),
        (say("chart.ninety"), [one.p90_s for one in found], "muted", "D"),
        (say("chart.slowest-one"), [one.max_s for one in found], "late", "s"),
    ):
        shown = np.where(np.isfinite(values), values, np.nan) * 1e3
        axis.scatter(shown, place, s=48, marker=mark, color=colours[look], label=name, zorder=3)
    axis.set_yticks(place, [say("chart.group", one.name, f"{one.users:,}") for one in found])
    axis.set_ylim(-0.7, len(found) - 0.3)
    axis.set_xlim(0, 1.15e3 * _most(np.array([(one.p50_s, one.p90_s, one.max_s) for one in found]).ravel()) or 1)
    axis.set_xlabel(say("chart.ms-never"))
    legend(figure, axis, 3)
    return figure


def leads(colours: Palette, found: Leads, theoretical_km: float | None, effective_km: float | None) -> Any:
    """Median lead time and the band of the middle 80 % against distance."""
    figure, axis = one_axis(3.4)
    middle = found.inner_km + RING_KM / 2
    low, half, high = (np.where(np.isfinite(one), one, np.nan) for one in (found.p10_s, found.p50_s, found.p90_s))
    enough = found.users >= FEWEST
    reach = reach_km(found.inner_km, found.users) + RING_KM
    if theoretical_km is not None:
        axis.axvspan(0, theoretical_km, color=colours["blind"], alpha=0.22, linewidth=0)
        _beside(axis, say("chart.s-first"), theoretical_km, 0.97, reach, colours["blind"])
    if effective_km is not None and effective_km > (theoretical_km or 0) + 0.05:
        axis.axvline(effective_km, color=colours["late"], linestyle="--", linewidth=1.5)
        _beside(axis, say("chart.zone-receipt"), effective_km, 0.87, reach, colours["late"])
    if (enough & np.isfinite(low) & np.isfinite(high)).any():
        axis.fill_between(middle, low, high, where=enough, color=colours["in-time"], alpha=0.25, linewidth=0,
                          label=say("chart.middle", str(FEWEST)))  # fmt: skip
    axis.plot(middle, half, "-o", color=colours["in-time"], markersize=3.5, linewidth=1.8, label=say("chart.half-more"))
    axis.axhline(0, color=colours["ink"], linewidth=1.2)
    axis.set_xlim(0, reach)
    axis.set_xlabel(say("chart.rings", f"{RING_KM:g}"))
    axis.set_ylabel(say("chart.lead"))
    legend(figure, axis, 2)
    return figure


def warned(colours: Palette, levels: dict[str, NDArray[np.int64]]) -> Any:
    """What came of the users, a bar a level."""
    there = {name: counts for name, counts in levels.items() if counts.sum()}
    figure, axis = one_axis(1.15 + 0.42 * len(there))
    place = np.arange(len(there))[::-1]
    left = np.zeros(len(there))
    for fate, (look, _) in SHOWN.items():
        share = np.array([100 * counts[fate] / counts.sum() for counts in there.values()])
        if share.any():
            axis.barh(place, share, 0.62, left, color=colours[look], edgecolor=colours["paper"],
                      label=say(f"fate.{fate.key}"))  # fmt: skip
        left += share
    axis.set_yticks(place, [say("chart.level", level(name), f"{counts.sum():,}") for name, counts in there.items()])
    axis.set_xlim(0, 100)
    axis.set_xlabel(say("chart.level-share"))
    axis.grid(visible=False)
    legend(figure, axis, 4)
    return figure


def ending(colours: Palette, found: Cells, epicentre: tuple[float, float], zones_km: dict[str, float], box: Box) -> Any:
    """The map as it stood at the end: a mark a cell of some 12 km, as large as it has users."""
    from matplotlib.figure import Figure

    west, south, east, north = box
    middle = (west + east) / 2
    across = wrapped(found.longitude, middle)
    squeeze = cos(radians((south + north) / 2))
    wide = 6.8
    figure = Figure(figsize=(wide, 0.4 + wide * (north - south) / ((east - west) * squeeze)), layout="constrained")
    axis = figure.subplots()
    for prefecture in msgspec.json.decode(OUTLINES.read_bytes())["prefectures"]:
        for ring in prefecture["rings"]:
            axis.plot(ring[0::2], ring[1::2], color=colours["line"], linewidth=0.8, zorder=1)
    size = (4 + 220 * found.users / max(1, found.users.max(initial=0))).round()
    for above, (fate, (look, mark)) in enumerate(SHOWN.items()):
        which, most = found.most == fate, "chart.most-blind" if fate is Fate.BLIND_ZONE else "chart.most"
        if which.any():
            axis.scatter(across[which], found.latitude[which], size[which], color=colours[look], marker=mark,
                         alpha=0.75, linewidths=0, zorder=2 + above / len(SHOWN),
                         label=say(most, say(f"fate.{fate.key}")))  # fmt: skip
    latitude, longitude = epicentre[0], float(wrapped(epicentre[1], middle))
    axis.scatter(
        [longitude], [latitude], 90, color=colours["s-wave"], marker="*", label=say("chart.epicentre"), zorder=6
    )
    turn = np.linspace(0, 2 * np.pi, 90)
    for (name, km), style in zip(zones_km.items(), ("-", "--"), strict=False):
        north_deg = km / KM_PER_DEGREE
        axis.plot(longitude + north_deg / cos(radians(latitude)) * np.sin(turn), latitude + north_deg * np.cos(turn),
                  style, color=colours["blind"] if style == "-" else colours["late"], linewidth=1.4, label=name,
                  zorder=5)  # fmt: skip
    axis.set_xlim(west, east)
    axis.set_ylim(south, north)
    axis.set_aspect(1 / squeeze)
    axis.xaxis.set_major_formatter(lambda value, _: _side(float(wrapped(value)), "E", "W"))
    axis.yaxis.set_major_formatter(lambda value, _: _side(value, "N", "S"))
    axis.grid(visible=False)
    shown: Any = axis.legend(loc="lower right", fontsize=9)
    for handle in shown.legend_handles:
        if hasattr(handle, "set_sizes"):
            handle.set_sizes([40])
    return figure


def level(name: str) -> str:
    """A level in words, or all of them."""
    return say("report.all") if name == "all" else called("level", name)


def _side(degrees: float, above: str, below: str) -> str:
    """A tick of a map; 180 has no side."""
    side = "" if abs(degrees) in (0, 180) else above if degrees > 0 else below
    return f"{abs(degrees):g}°" + (f" {side}" if side else "")


def one_axis(height: float) -> tuple[Any, Any]:
    """A figure as wide as the page, `height` in inches, and its axis."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.4, height), layout="constrained")
    return figure, figure.subplots()


def note(axis: Any, words: str, at: tuple[float, float], right: float, colour: str, **look: Any) -> None:
    """Words beside a place: across as the data lie, up as a share of the height; `right` of it in points."""
    place = {"xy": at, "xycoords": ("data", "axes fraction"), "xytext": (right, 0), "textcoords": "offset points"}
    axis.annotate(words, **place, fontsize=9, color=colour, **look)


def _beside(axis: Any, words: str, km: float, up: float, reach: float, colour: str) -> None:
    """Words at an upright line, on the side that has room for them; a line beyond `reach` has them at the end."""
    there = min(km, reach)
    right, side = (4, "left") if there < reach / 2 else (-4, "right")
    note(axis, words, (there, up), right, colour, va="top", ha=side)


def _thousandths(axis: Any) -> None:
    low, high = axis.get_xlim()
    ticks = [tick for tick in TICKS_MS if low <= tick <= high]
    axis.set_xticks(ticks, [spoken(tick) for tick in ticks])
    axis.minorticks_off()


def spoken(ms: float) -> str:
    """A time as a tick has it."""
    return say("figure.seconds", f"{ms / 1000:g}") if ms >= 1000 else say("figure.milliseconds", f"{ms:g}")


def _most(values: NDArray[np.float64]) -> float:
    return float(values[np.isfinite(values)].max(initial=0))


def legend(figure: Any, axis: Any, columns: int) -> None:
    """Below the axis, of whatever has a point in it: a line without one has nothing to be told apart from."""
    there = [(one, label) for one, label in zip(*axis.get_legend_handles_labels(), strict=True) if _has_points(one)]
    if there:
        figure.legend(*zip(*there, strict=True), loc="outside lower center", ncols=columns)


def _has_points(drawn: Any) -> bool:
    if hasattr(drawn, "get_ydata"):
        return bool(np.isfinite(np.asarray(drawn.get_ydata(), np.float64)).any())
    if hasattr(drawn, "get_offsets"):
        return bool(np.isfinite(np.ma.filled(np.ma.asarray(drawn.get_offsets(), float), np.nan)).all(axis=1).any())
    return True


def reach_km(inner_km: Floats, users: NDArray[np.int64]) -> float:
    """As far as all but 1 in 200 live, so that a few at the end of the country do not press the rest together."""
    share = np.cumsum(users) / max(1, users.sum())
    return float(inner_km[np.searchsorted(share, 0.995)]) + RING_KM if len(share) else RING_KM
