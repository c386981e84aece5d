"""The live page as readers of Chinese have it: no English is left, and nothing Chinese where English is read."""

import pytest

from tests.browser.conftest import start, until
from tests.words.left_over import chinese, english

TEXTS = """() => {
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const {parentElement: around, textContent: text} = walk.currentNode;
    if (!around.closest("#language, script, style, noscript")) texts.push(text);
  }
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder], option"))
    for (const name of ["aria-label", "title", "placeholder", "label"]) texts.push(one.getAttribute(name) ?? "");
  return [document.title, ...texts];
}"""
IDS = "luding-2022 L WebGL2 ewarn demo Ctrl-C id quake"
"""what phones are told of a quake is its id; keys, commands and techniques stay"""


def left(page, language, *also):
    find = english if language == "zh" else chinese
    found = {text.strip(): find(text, *also) if language == "zh" else find(text) for text in page.evaluate(TEXTS)}
    return {text: rest for text, rest in found.items() if rest}


def test_a_page_speaks_one_language_before_a_drill_and_after_it(demo, watch):
    """A page in each language; they see the same drill."""
    pages = {language: watch(demo.page, locale=locale) for language, locale in {"zh": "zh-CN", "en": "en-GB"}.items()}
    for language, page in pages.items():
        page.wait_for_selector("#start:enabled")
        assert left(page, language, IDS) == {}
    start(pages["zh"])
    for page in pages.values():
        until(page, "playing")
    for language, page in pages.items():
        until(page, "done")
        page.wait_for_selector("#verdict article")
        results = page.locator("#said li[data-t*='log.results']").last.text_content()
        assert left(page, language, IDS, results) == {}
        page.click("#language")
        page.reload()  # what was read out before stays as it was
        page.wait_for_selector("#verdict article")
        other = {"zh": "en", "en": "zh"}[language]
        results = page.locator("#said li[data-t*='log.results']").last.text_content()
        assert left(page, other, IDS, results) == {}


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "不同的顺序"), ("en-GB", "expected two different orders")])
def test_what_the_demo_refuses_is_said_in_the_readers_language_and_again_after_a_switch(demo, watch, language, said):
    page = watch(demo.page, locale=language)
    page.wait_for_selector("#start:enabled")
    page.select_option("#order", "fifo")
    page.select_option("#beside", "fifo")
    page.click("#start")
    problem = page.locator("#problem")
    problem.filter(has_text=said).wait_for()
    page.click("#language")
    assert said not in problem.text_content()
    assert problem.text_content()
