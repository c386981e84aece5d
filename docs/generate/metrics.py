"""What `/metrics` says, read from the page of a gateway that nobody is connected to."""

import json
import re
import subprocess
import sys
import urllib.request

from docs.generate.markdown import attribute_docs, code, table, whole
from ewarn.gateway.counters import Reason

INTRO = """`GET /metrics` on the public port answers in the text format of Prometheus. Every figure is of the whole
gateway: the shards are summed, whichever of them answers. Counters begin at 0 when the gateway starts; when a shard is
replaced, the new one counts on. [The wire](wire.md#pages-over-plain-http) has the other pages on this port."""

_REASONS = attribute_docs(Reason)


def collected() -> str:
    """The page as a gateway gives it before anything has happened, from one that is started for it."""
    gateway = [sys.executable, "-m", "ewarn", "gateway", "--shards", "1", "--json"]
    free = ["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]
    with subprocess.Popen([*gateway, *free], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        try:
            started = json.loads(child.stdout.readline() if child.stdout else b"")
            with urllib.request.urlopen(f"http://{started['listen']}/metrics", timeout=10) as answer:
                return str(answer.read().decode())
        finally:
            child.terminate()


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
        table(["reason", "meaning"], [(code(reason), _REASONS.get(reason.name, "")) for reason in Reason]),
    )


def _labels(text: str, name: str) -> str:
    """Label names; with their values, where there are several and they are not the bounds of a histogram."""
    found: dict[str, list[str]] = {}
    for labels in re.findall(rf"(?m)^{name}(?:_bucket)?\{{(.*)\}} ", text):
        for key, value in re.findall(r'(\w+)="([^"]*)"', labels):
            found.setdefault(key, []).append(code(value))
    return "; ".join(
        code(key) + (f": {', '.join(values)}" if len(values) > 1 and key != "le" else "")
        for key, values in found.items()
    )
