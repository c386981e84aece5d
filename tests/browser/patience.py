"""Waiting for what a page shows, which its content policy lets no script of a test do inside it."""

import time


def becomes(page, told, wanted):
    """Wait until a page that draws when it can has come to say so."""
    deadline = time.monotonic() + 20
    while (said := told()) != wanted and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert said == wanted, (said, wanted)
