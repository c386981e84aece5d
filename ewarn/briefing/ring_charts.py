"""Charts of what came of users, against their distance from the epicentre."""

from typing import Any

import numpy as np

from ewarn.briefing.charts import SHOWN, legend, note, one_axis, reach_km
from ewarn.briefing.curves import RING_KM, Rings
from ewarn.briefing.palette import Palette
from ewarn.words import say

LINES = {"chart.zone-release": ("blind", "-"), "chart.zone-receipt": ("late", "--")}
"""colour and dash of a zone, by the key of its words"""


def rings(colours: Palette, found: Rings, zones_km: dict[str, float]) -> Any:
    """What came of the users of each ring, as shares of all of them, and the zones as upright lines."""
    figure, axis = one_axis(2.8)
    left = np.zeros(len(found.users))
    for fate, (look, _) in SHOWN.items():
        share = 100 * found.fates[:, fate] / found.users
        if share.any():
            axis.bar(found.inner_km, share, RING_KM, left, align="edge", color=colours[look],
                     edgecolor=colours["paper"], linewidth=0.6, label=say(f"fate.{fate.key}"))  # fmt: skip
        left += share
    reach = reach_km(found.inner_km, found.users) + RING_KM
    for up, (name, km) in enumerate(zones_km.items()):
        look, style = LINES[name]
        if km <= reach:
            axis.axvline(km, color=colours["ink"], linestyle=style, linewidth=1.6)
            at = (km, 1.02 + 0.1 * up)
            note(axis, say("chart.zone-km", say(name), f"{km:.1f}"), at, 4 if km < reach / 2 else -4, colours[look],
                 ha="left" if km < reach / 2 else "right", va="bottom")  # fmt: skip
    axis.set_xlim(0, reach)
    axis.set_ylim(0, 100)
    axis.grid(visible=False)
    axis.set_xlabel(say("chart.rings", f"{RING_KM:g}"))
    axis.set_ylabel(say("chart.ring-share"))
    legend(figure, axis, 4)
    return figure
