"""What `/metrics` says, read from the page of a gateway that nobody is connected to."""

import re
from typing import cast

from docs.generate.markdown import attribute_docs, code, table, whole
from ewarn.gateway import counters
from ewarn.gateway.desk import Desk
from ewarn.gateway.pages import Pages
from ewarn.gateway.settings import ShardSettings

INTRO = """`GET /metrics` on the public port answers in the text format of Prometheus. Every figure is of the whole
gateway: the shards are summed, whichever of them answers. Counters begin at 0 when the gateway starts; when a shard is
replaced, the new one counts on. [The wire](wire.md#pages-over-plain-http) has the other pages on this port."""

_REASONS = attribute_docs(counters.Reason)


def collected() -> str:
    """The page as a gateway of one shard gives it before anything has happened; no process is started."""
    counts = counters.Counters(counters.create(1), 1)
    # Of what a gateway holds only its counters are asked here.
    return Pages(cast(ShardSettings, None), counts, cast(Desk, None)).metrics("")[1]


def page() -> str:
    """The page."""
    text = collected()
    kinds = dict(re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text))
    told = re.findall(r"(?m)^# HELP (\S+) (.*)$", text)
    return whole(
        "Metrics",
        INTRO,
        table(
            ["name", "meaning", "kind", "labels"],
            [(code(name), meaning, kinds[name], _labels(text, name)) for name, meaning in told],
        ),
        "## Why a connection ends\n\nThe label `reason`. A client sees a [close code](wire.md#close-codes).",
        table(["reason", "meaning"], [(code(reason), _REASONS.get(reason.name, "")) for reason in counters.Reason]),
    )


def _labels(text: str, name: str) -> str:
    """Label names, with their values where these are few words and no bounds of a histogram."""
    found: dict[str, list[str]] = {}
    for labels in re.findall(rf"(?m)^{name}(?:_bucket)?\{{(.*)\}} ", text):
        for key, value in re.findall(r'(\w+)="([^"]*)"', labels):
            found.setdefault(key, []).append(value)
    return "; ".join(
        code(key) + ("" if key == "le" else f": {', '.join(code(one) for one in dict.fromkeys(values))}")
        for key, values in found.items()
    )
