"""What does not fit on a page: texts that are cut, that cover one another, or that make the page scroll sideways."""

from pathlib import Path

from tests.browser.test_map_labels import OVERLAPS

FAULTS = Path(__file__).with_name("fits.js").read_text(encoding="utf-8")
FRAMES = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)));
})"""


def faults(page):
    """What does not fit, in words, once the page has drawn what it shows; labels of its maps as well."""
    page.evaluate(FRAMES)
    return page.evaluate(FAULTS) + page.evaluate(OVERLAPS)
