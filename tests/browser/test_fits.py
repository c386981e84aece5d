"""The page at five sizes and in both languages: no text is cut, none covers another, nothing scrolls sideways."""

from contextlib import ExitStack

import pytest

from tests.browser.conftest import NEAR, WIDE, demo_of
from tests.browser.fits import faults
from tests.browser.test_viewing import serving

SIZES = [(1280, 720), (1920, 1080), (390, 844), (768, 1024), (1024, 768)]
TABS = ["map", "phone", "drill", "details"]
pytestmark = pytest.mark.timeout(300)  # all of it is looked at before the first test
STATES = ["idle", "a pair", "a pair at its end", "a play", "a play at its end"]
AT = """share => { const scrub = document.querySelector("#scrub");
  scrub.value = share * scrub.max; scrub.dispatchEvent(new Event("input")); }"""


@pytest.fixture(scope="module")
def found(chromium, preset, tmp_path_factory):
    """What does not fit, by state and size: one pair of plays for all of them."""
    told = {}
    with ExitStack() as stack:
        idle = stack.enter_context(demo_of(tmp_path_factory.mktemp("fits"), NEAR))
        page = chromium.new_page(viewport=WIDE, reduced_motion="reduce")
        stack.callback(page.close)
        page.goto(idle.page)
        page.wait_for_selector("#start:enabled")
        told["idle"] = looked(page, TABS)
        run = at_a_pair(preset[1], told)
        page.goto(stack.enter_context(serving("view", run, "--listen", "127.0.0.1:0")))
        page.wait_for_selector("body[data-state=done]")
        told["a play"] = looked(page, ["map"], 0.3)
        told["a play at its end"] = looked(page, ["map", "drill"], 1)
    return told


def at_a_pair(page, told):
    """The same of the page that saw both plays, which is left as it was; the folder of the first."""
    page.emulate_media(reduced_motion="reduce")
    if page.text_content("#mode").startswith("▶"):
        page.click("#play")  # holds the replay
    told["a pair"] = looked(page, ["map"], 0.3)
    told["a pair at its end"] = looked(page, TABS, 1)
    page.emulate_media(reduced_motion="no-preference")
    page.set_viewport_size(WIDE)
    return page.locator("#said li", has_text="results in").first.text_content().removeprefix("results in ")


def looked(page, tabs, share=0.0):
    """What does not fit with the clock at a share of what a replay plays, by size; the page is as before at the end."""
    page.evaluate(AT, share)
    told = {size: [] for size in SIZES}
    for _ in range(2):
        for size in SIZES:
            page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
            for tab in tabs if page.is_visible("#tabs") else [None]:
                if tab:
                    page.click(f"#tab-{tab}")
                told[size] += [f"{page.get_attribute('html', 'lang')} {tab or ''} {fault}" for fault in faults(page)]
        page.click("#language")
    return told


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("state", STATES)
def test_everything_fits(found, state, size):
    assert "\n".join(found[state][size]) == ""


def test_what_does_not_fit_is_found(chromium):
    """The check itself: on a page with one fault of each kind."""
    page = chromium.new_page(viewport={"width": 400, "height": 300})
    page.set_content(
        """<!doctype html><style>p { margin: 0; font: 16px sans-serif; white-space: nowrap; }</style>
        <p id="cut" style="width: 50px; overflow: hidden">much too long for its box</p>
        <p id="low" style="height: 10px; overflow: hidden"><br>below its box</p>
        <p id="one">one over the other</p><p id="other" style="margin-top: -16px">the other</p>
        <p id="over" style="position: absolute; left: 390px">over the edge</p>
        <div id="box" style="height: 20px; overflow: auto"><p>one</p><p>two</p><p>three</p></div>
        <select id="choice" style="width: 60px"><option>much too long a choice</option></select>
        <p id="fine" style="position: absolute; top: 250px">fine</p>"""
    )
    told = "\n".join(faults(page))
    for wanted in ("in #cut", "in #low", "in #one", "in #over", "wide", "scrolls: #box", "choice of #choice"):
        assert wanted in told
    assert "#fine" not in told
    page.close()
