"""The counters of all shards as Prometheus reads them: prometheus_client's text format over shared memory.

Nothing is registered with that library, and nothing observed through it: its registry is of one process, and takes a
lock a sample. `METRICS` says what there is.
"""

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import get_args

from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from ewarn import __version__
from ewarn.gateway import counters
from ewarn.gateway.counters import METRICS, MICROSECONDS, Counters
from ewarn.wire.health import Status

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "ewarn_"


class Page(Collector):
    """All metrics as they stand; `about` are labels of the one that says what was built, `status` is of `/healthz`."""

    def __init__(self, counted: Counters, about: dict[str, str], status: Callable[[], Status]) -> None:
        self._counted, self._status = counted, status
        self._about = {"version": __version__, **about}

    def collect(self) -> Iterator[Metric]:
        """See `Collector`."""
        totals = self._counted.totals()
        for name, metric in METRICS.items():
            unit = MICROSECONDS if name.endswith("_seconds") else 1
            yield _family(name, metric, [totals[cell] for cell in metric.cells(name)], unit)
        yield _state("health", "1 for the status that /healthz says, 0 for the others.", self._status())
        built = GaugeMetricFamily(f"{PREFIX}build_info", "Always 1; what this gateway is.", labels=list(self._about))
        built.add_metric(list(self._about.values()), 1)
        yield built

    def text(self) -> str:
        """In the text format 0.0.4."""
        return generate_latest(self).decode()


def _state(name: str, meaning: str, now: Status) -> Metric:
    """One of several, by its label `status`."""
    family = GaugeMetricFamily(PREFIX + name, meaning, labels=["status"])
    for one in get_args(Status):
        family.add_metric([one], float(one == now))
    return family


def _family(name: str, metric: counters.Metric, cells: list[int], unit: int) -> Metric:
    """What stands in a metric's cells, each of them `unit` of which make one of the unit that is given out."""
    full = PREFIX + name
    if metric.bounds:
        *buckets, lasted = cells
        ends = [*map(str, metric.bounds), "+Inf"]
        return HistogramMetricFamily(
            full, metric.help, list(zip(ends, accumulate(buckets), strict=True)), sum_value=lasted / unit
        )
    if not metric.values:
        family = GaugeMetricFamily if metric.gauge else CounterMetricFamily
        return family(full, metric.help, value=cells[0] / unit)
    labelled = (GaugeMetricFamily if metric.gauge else CounterMetricFamily)(full, metric.help, labels=[metric.label])
    for value, count in zip(metric.values, cells, strict=True):
        labelled.add_metric([value], count / unit)
    return labelled
