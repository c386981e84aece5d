"""The plot of a bench: growth where there are several sizes, bars where there are not."""

import pytest

from ewarn.bench.plot import PANELS, draw
from tests.bench.test_results import document, row


@pytest.mark.parametrize(("sizes", "labels"), [((300,), 0), ((300, 600, 900), 1)])
def test_each_row_is_drawn_with_what_is_known_of_it(tmp_path, sizes, labels):
    rows = [row(name, users=size, gateway_bytes=None) for size in sizes for name in ("uring/fifo", "floor")]
    none = {"median": None, "least": None, "most": None}
    draw(document(*rows, row("null", send_us=none)), tmp_path / "bench.svg")
    said = (tmp_path / "bench.svg").read_text()
    assert said.count("<!-- uring/fifo: 1.00 x from 300 to 900 -->") == labels, "what growth costs, in one panel"
    assert said.count("<!-- users -->") == len(PANELS) * labels, "an axis of users, or none"
    assert "<!-- uring/fifo" in said
