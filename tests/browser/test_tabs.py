"""On a narrow screen the page's parts stand behind tabs: by keyboard, the phone's alarm marked, in both languages."""

from itertools import pairwise

import pytest

from tests.browser.conftest import start, until

PARTS = {"map": "#maps", "phone": "#phone", "drill": ".side", "details": ".below"}
SIZE = 390, 844


def seen(page):
    """Parts that are seen, and whether band, clock and scrubber are whole on the screen."""
    for part in (".drill-band", "#clock", "#scrub", "#tabs"):
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"], part
    return [name for name, part in PARTS.items() if page.locator(part).is_visible()]


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_tabs_are_gone_through_by_keyboard_and_each_shows_one_part_on_the_first_screen(demo, watch, axe, language):
    page = watch(demo.page, *SIZE, locale=language)
    page.wait_for_selector("#start:enabled", state="attached")
    assert seen(page) == ["map"]
    page.focus("#tab-map")
    order = ["map", "phone", "drill", "details", "map"]
    for before, after in pairwise(order):
        assert page.evaluate("document.activeElement.id") == f"tab-{before}"
        page.keyboard.press("ArrowRight")
        assert seen(page) == [after]
        panel = page.locator("[role=tabpanel]:visible")
        assert panel.get_attribute("aria-labelledby") == f"tab-{after}"
        assert panel.get_attribute("id") == page.get_attribute(f"#tab-{after}", "aria-controls")
        assert page.locator("[role=tab][aria-selected=true]").get_attribute("id") == f"tab-{after}"
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZE[0]
        assert axe(page) == []
    page.keyboard.press("End")
    assert seen(page) == ["details"]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")  # one stop for all the tabs, then the panel
    assert page.evaluate("document.activeElement.closest('.side') !== null")
    assert page.locator("[role=tab][tabindex='0']").count() == 1


def test_the_phone_and_the_map_fill_what_the_screen_leaves(demo, watch):
    page = watch(demo.page, *SIZE)
    page.wait_for_selector("#start:enabled", state="attached")
    bottom = page.locator(".timeline").bounding_box()
    assert page.locator("#maps").bounding_box()["height"] > 350
    page.click("#tab-phone")
    box = page.locator("#phone").bounding_box()
    assert box["height"] > 450
    assert box["y"] + box["height"] <= page.locator(".timeline").bounding_box()["y"]
    assert page.locator(".timeline").bounding_box() == bottom


def test_an_alarm_marks_the_phones_tab_and_leaves_the_focus(demo, watch):
    page = watch(demo.page, *SIZE)
    page.wait_for_selector("#start:enabled", state="attached")
    page.click("#tab-drill")
    start(page)
    page.click("#tab-phone")
    page.keyboard.press("Escape")  # what is marked is the alarm of this drill, and of none before
    page.click("#tab-drill")
    page.locator("#tab-phone:not(.marked)").wait_for()
    page.locator("#tab-phone.marked").wait_for(timeout=60_000)
    assert "alarm" in page.text_content("#tab-phone")
    assert "Phone: alarm" in page.text_content("#tab-news")
    assert page.evaluate("document.activeElement.closest('#phone')") is None
    assert seen(page) == ["drill"]
    page.keyboard.press("Escape")  # closes no alarm that is not seen
    page.click("#tab-phone")
    assert page.locator(".phone-alarm").is_visible()
    assert page.locator("#tab-phone.marked").count() == 0
    assert page.text_content("#tab-news") == ""
    until(page, "done")


def test_on_a_wide_screen_there_are_no_tabs_and_all_is_seen_also_when_the_window_changes(demo, watch):
    page = watch(demo.page, 1280, 720)
    page.wait_for_selector("#start:enabled")
    assert not page.locator("#tabs").is_visible()
    assert page.locator("[role=tabpanel]").count() == 0
    labels = page.evaluate(
        "[...document.querySelectorAll('[aria-labelledby]')].map((one) => one.getAttribute('aria-labelledby'))"
    )
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#tabs").wait_for()
    page.click("#tab-details")
    page.set_viewport_size({"width": 1280, "height": 720})
    page.wait_for_selector("body[data-tab=all]")
    assert all(page.locator(part).is_visible() for part in PARTS.values())
    assert page.locator("[role=tabpanel]").count() == 0
    assert labels == page.evaluate(
        "[...document.querySelectorAll('[aria-labelledby]')].map((one) => one.getAttribute('aria-labelledby'))"
    )


def test_a_link_within_the_page_opens_the_tab_of_what_it_leads_to(demo, watch):
    page = watch(demo.page, *SIZE)
    page.wait_for_selector("#start:enabled", state="attached")
    page.click("#tab-drill")
    page.focus(".skip")
    page.keyboard.press("Enter")
    assert seen(page) == ["map"]
    page.evaluate("document.querySelector('#verdict').hidden = document.querySelector('#to-verdict').hidden = false")
    page.click("#tab-drill")
    page.click("#to-verdict")
    assert seen(page) == ["details"]
    assert page.evaluate("document.activeElement.id") == "verdict"
