"""What the Grafana dashboard asks of Prometheus, with its variables as Grafana fills them in."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.docs.deployed import DEPLOY

DASHBOARD = DEPLOY / "grafana" / "ewarn.json"
FILLED = {"job": "ewarn", "instance": ".*", "__rate_interval": "10s", "__range": "1m"}
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
VALUES = re.compile(r"label_values\((.+), (\w+)\)")


def read() -> dict[str, Any]:
    return json.loads(DASHBOARD.read_text())


def filled(query: str) -> str:
    """Raises KeyError for a variable that nobody fills in."""
    return VARIABLE.sub(lambda found: FILLED[found[1] or found[2]], query)


def panels() -> list[dict[str, Any]]:
    """All that show something."""
    return [one for one in read()["panels"] if one["type"] != "row"]


def queries() -> Iterator[tuple[str, str, bool]]:
    """Of each panel, and of the marks over them: where it stands, the query, and whether it is of one instant."""
    for panel in panels():
        for target in panel["targets"]:
            yield f"{panel['title']} {target['refId']}", filled(target["expr"]), target["instant"]
    for mark in read()["annotations"]["list"]:
        if "expr" in mark:
            yield mark["name"], filled(mark["expr"]), False


def values() -> Iterator[tuple[str, str]]:
    """Of each variable that Prometheus knows the values of: a selector, and the label."""
    for one in read()["templating"]["list"]:
        if one["type"] == "query":
            selector, label = VALUES.fullmatch(one["query"]["query"]).groups()
            yield filled(selector), label
