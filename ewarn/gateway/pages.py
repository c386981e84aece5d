"""What the public port answers to plain HTTP."""

import json
from collections.abc import Callable

from ewarn.gateway.counters import GAUGES, METRICS, Counters, Reason
from ewarn.gateway.settings import ShardSettings

Page = Callable[[], tuple[str, str]]


class Pages:
    """`/healthz` and `/metrics`, over all shards."""

    def __init__(self, settings: ShardSettings, counters: Counters) -> None:
        self._settings = settings
        self._counters = counters

    def by_path(self) -> dict[str, Page]:
        """The pages there are."""
        return {"/healthz": self.health, "/metrics": self.metrics}

    def health(self) -> tuple[str, str]:
        """State, layout and strategy as JSON."""
        gateway, totals = self._settings.gateway, self._counters.totals()
        body = {
            "status": "ok" if totals["up"] >= totals["wanted"] else "degraded",
            "drill": True,
            "engine": gateway.engine,
            "order": gateway.order,
            "shards": totals["wanted"],
            "shards_up": totals["up"],
            "draining": totals["draining"],
            "capacity": totals["capacity"],
            "connections": totals["parked"],
        }
        return "application/json", json.dumps(body) + "\n"

    def metrics(self) -> tuple[str, str]:
        """Prometheus text format, version 0.0.4."""
        lines = []
        totals = self._counters.totals()
        for name, text in METRICS.items():
            if name.startswith("closed_"):
                continue
            kind, metric = ("gauge", f"ewarn_{name}") if name in GAUGES else ("counter", f"ewarn_{name}_total")
            lines += [f"# HELP {metric} {text}", f"# TYPE {metric} {kind}", f"{metric} {totals[name]}"]
        lines += [
            "# HELP ewarn_closed_total connections ended, by reason",
            "# TYPE ewarn_closed_total counter",
        ]
        lines += [f'ewarn_closed_total{{reason="{reason}"}} {totals[f"closed_{reason}"]}' for reason in Reason]
        return "text/plain; version=0.0.4; charset=utf-8", "\n".join(lines) + "\n"
