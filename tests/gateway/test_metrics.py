"""`/metrics`: what Prometheus reads of it is what was counted, by names that its own checker accepts."""

import os
import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from ewarn import __version__
from ewarn.gateway import counters
from ewarn.gateway.counters import DELIVERY, METRICS, Counters, Reason
from ewarn.gateway.metrics import Page
from ewarn.wire.health import Status
from tests.deploy.prometheus import needed, promtool

BASE_UNITS = {"bytes", "seconds"}
NO_BASE_UNITS = {"ms", "us", "ns", "milliseconds", "microseconds", "minutes", "hours", "kilobytes", "bits", "percent"}
DURATIONS = st.floats(0, 20)


def counted(shards=1):
    memory = counters.create(shards)
    made = [Counters(memory, shards, shard) for shard in range(shards)]
    os.close(memory)
    return made


def families(of, status="ok"):
    page = Page(of, {"engine": "write"}, lambda: status)
    return {family.name: family for family in text_string_to_metric_families(page.text())}


def value(of, name, **labels):
    samples = {(one.name, *sorted(one.labels.items())): one.value for one in families_samples(of)}
    return samples[name, *sorted(labels.items())]


def families_samples(of):
    return [sample for family in families(of).values() for sample in family.samples]


def test_everything_that_is_counted_is_given_out_and_nothing_else():
    (of,) = counted()
    names = {f"ewarn_{name}" for name in METRICS} | {"ewarn_build_info", "ewarn_health"}
    assert set(families(of)) == names


def test_counters_are_summed_over_shards_and_labelled_where_they_have_reasons():
    one, other = counted(2)
    one.add("frames", 5)
    other.add("frames", 7)
    other.ended(Reason.SILENT)
    other.put("parked", 3)
    assert value(one, "ewarn_frames_total") == 12
    assert value(one, "ewarn_closed_total", reason="silent") == 1
    assert value(one, "ewarn_closed_total", reason="lost") == 0
    assert value(one, "ewarn_parked") == 3
    assert value(one, "ewarn_build_info", engine="write", version=__version__) == 1


@pytest.mark.parametrize("status", get_args(Status))
def test_a_gateway_is_in_the_state_that_healthz_says_and_in_no_other(status):
    (of,) = counted()
    found = families(of, status)["ewarn_health"].samples
    assert {one.labels["status"]: one.value for one in found} == dict.fromkeys(get_args(Status), 0) | {status: 1}


def test_times_are_given_out_in_seconds():
    (of,) = counted()
    of.add_time("held_seconds", 0.25)
    of.add_time("held_seconds", 1.5)
    assert value(of, "ewarn_held_seconds_total") == 1.75


@pytest.mark.parametrize(
    "name", [name for name, one in METRICS.items() if name.endswith("_seconds") and not one.bounds]
)
def test_times_are_given_out_in_seconds_with_a_label_too(name):
    (of,) = counted()
    for cell in METRICS[name].cells(name):
        of.add_time(cell, 0.25)
    sample = f"ewarn_{name}" + "_total" * (not METRICS[name].gauge)
    told = [one.value for one in families(of)[f"ewarn_{name}"].samples if one.name == sample]
    assert told == [0.25] * len(list(METRICS[name].cells(name)))


@given(st.lists(st.tuples(DURATIONS | st.sampled_from(DELIVERY), st.integers(1, 512)), max_size=20))
def test_a_histogram_says_of_every_bound_how_many_took_no_longer(told):
    one, other = counted(2)
    for index, (seconds, times) in enumerate(told):
        (one, other)[index % 2].observe("release_to_sent_seconds", seconds, times)
    found = families(one)["ewarn_release_to_sent_seconds"].samples
    at_most = {one.labels["le"]: one.value for one in found if one.name.endswith("_bucket")}
    for bound in DELIVERY:
        assert at_most[str(bound)] == sum(times for seconds, times in told if seconds <= bound)
    whole = sum(times for _, times in told)
    assert at_most["+Inf"] == value(one, "ewarn_release_to_sent_seconds_count") == whole
    lasted = sum(seconds * times for seconds, times in told)
    assert value(one, "ewarn_release_to_sent_seconds_sum") == pytest.approx(lasted, abs=1e-6 * (whole + 1))


def test_a_duration_below_nought_counts_as_nought():
    (of,) = counted()
    of.observe("loop_lag_seconds", -0.5)
    assert value(of, "ewarn_loop_lag_seconds_bucket", le="0.001") == 1
    assert value(of, "ewarn_loop_lag_seconds_sum") == 0


def test_the_budgets_of_a_service_are_bounds_of_its_buckets():
    assert {0.2, 0.3, 1.0} <= set(DELIVERY)
    for metric in METRICS.values():
        assert list(metric.bounds) == sorted(set(metric.bounds))


def test_names_are_as_prometheus_wants_them():
    """What `promtool check metrics` looks at, for where there is none."""
    (of,) = counted()
    for name, family in families(of).items():
        words = name.split("_")
        assert family.documentation.strip(), name
        assert re.fullmatch(r"ewarn(_[a-z]+)+", name), name
        assert not NO_BASE_UNITS & set(words), name
        assert not {"counter", "gauge", "histogram"} & set(words), name
        assert words[-1] not in ("total", "count", "sum", "bucket"), name
        assert not BASE_UNITS & set(words[:-1]), name
        for sample in family.samples:
            assert (family.type == "counter") == sample.name.endswith("_total"), name
            assert family.type == "histogram" or "le" not in sample.labels, name


@needed
def test_promtool_has_nothing_to_say(shared_gateway):
    page = shared_gateway.get("/metrics")
    assert promtool("check", "metrics", given=page) == (0, "")


def test_the_page_of_a_running_gateway_is_parsed(shared_gateway):
    page = shared_gateway.get("/metrics")
    assert {family.name for family in text_string_to_metric_families(page)} >= {"ewarn_frames", "ewarn_build_info"}
    assert "# HELP ewarn_parked WebSocket connections open now.\n# TYPE ewarn_parked gauge\n" in page
