"""A real browser, a real demo, and what a page did that it must not."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.quake_file import quake_file

WIDE = {"width": 1280, "height": 720}
CHROMIUM = os.environ.get("EWARN_CHROMIUM", "/usr/bin/chromium")
SOFTWARE_GL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox"]
DRILL = """
quake = "luding-2022"
seed = 28
[audience]
users = 400
[detection]
stations = 3
window_s = 2.0
compute_s = 0.05
interval_s = 1
longest_s = 3
earliest_final_s = 0
quick_s = 0.5
[delivery]
magnitude = 0
"""
"""Every report of this seed sounds the alarm where the phone is at first, well before S; they come as soon as they can,
for a demo waits for a quake's own seconds."""
NEAR = DRILL.replace('"luding-2022"', '"luxian-2021"').replace("users = 400", "users = 300\nwithin_km = 70")
NEAR += "[budgets]\ndelivery_s = 0.5\n"
"""a quake in the midst of people, so that the order decides for many"""


@dataclass
class Watched:
    """A page, and what it complained of or asked elsewhere for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda asked: self._asked(asked.url))
        self.page.on("websocket", lambda opened: self._asked(opened.url))

    def was_good(self) -> None:
        assert self.complaints == []
        assert self.strangers == []

    def _asked(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "file:")):
            self.strangers.append(url)


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=SOFTWARE_GL)
        yield browser
        browser.close()


@pytest.fixture
def watch(chromium):
    """Open a page of a size, in light or dark; at the end, whatever it did wrong fails the test."""
    opened = []

    def open_page(address: str, width: int = 1280, height: int = 720, dark: bool = False, **context) -> Page:
        scheme = "dark" if dark else "light"
        inside = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **context)
        watched = Watched(inside.new_page())
        opened.append((inside, watched))
        watched.page.goto(address)
        return watched.page

    yield open_page
    for inside, watched in opened:
        inside.close()
        watched.was_good()


@dataclass
class Demo:
    page: str
    control: str
    token: str

    @property
    def spectators(self) -> str:
        """The address without the token."""
        return self.page.partition("#")[0]


@contextmanager
def demo_of(folder: Path, drill: str = DRILL):
    """A demo of a drill file, in a folder of its own."""
    (folder / "drill.toml").write_text(drill)
    command = [sys.executable, "-m", "ewarn", "demo", str(folder / "drill.toml"), "--json"]
    command += ["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--out", str(folder / "runs")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Demo(**json.loads(process.stdout.readline()))
        finally:
            process.send_signal(signal.SIGTERM)


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    with demo_of(tmp_path_factory.mktemp("demo")) as started:
        yield started


def start(page):
    """Start a drill, and see off what was played before, whose end or alarm would be taken for those of this one."""
    page.wait_for_selector("#start:enabled")
    page.click("#start")
    page.wait_for_selector("body:not([data-state=idle], [data-state=done])")
    page.keyboard.press("Escape")  # its alarm, where that is seen


def until(page, state):
    page.wait_for_selector(f"body[data-state={state}]", timeout=60_000)


@pytest.fixture(scope="session")
def played(chromium, tmp_path_factory):
    """A demo of its own, and the page on which its one drill was started, once that is over."""
    with demo_of(tmp_path_factory.mktemp("played")) as demo:
        inside = chromium.new_context(viewport=WIDE)
        watched = Watched(inside.new_page())
        watched.page.goto(demo.page)
        start(watched.page)
        until(watched.page, "playing")
        until(watched.page, "done")
        yield demo, watched
        inside.close()
        watched.was_good()


@pytest.fixture
def over(played):
    """A page on which a drill was started, and is over; it is left in English, on a wide screen, and at the end."""
    _, watched = played
    yield watched.page
    watched.page.set_viewport_size(WIDE)
    if watched.page.get_attribute("html", "lang") != "en":
        watched.page.click("#language")
    watched.page.focus("#scrub")
    watched.page.keyboard.press("End")
    watched.was_good()


@pytest.fixture(scope="session")
def preset(chromium, tmp_path_factory):
    """The demo, and the page on which the preset was pressed, once both plays are over; they are replayed."""
    with demo_of(tmp_path_factory.mktemp("preset"), NEAR) as demo:
        inside = chromium.new_context(viewport=WIDE)
        watched = Watched(inside.new_page())
        watched.page.goto(demo.page)
        watched.page.click("#preset")
        until(watched.page, "playing")
        watched.page.wait_for_selector("body[data-state=done]", timeout=120_000)
        yield demo, watched.page
        inside.close()
        watched.was_good()


@pytest.fixture(scope="session")
def quiet(demo, chromium):
    """A page of the demo's, for what keeps nothing there: to call its modules."""
    inside = chromium.new_context()
    watched = Watched(inside.new_page())
    watched.page.goto(demo.spectators + "phone.html")
    watched.page.evaluate("document.body.replaceChildren()")  # an alarm that flashes would be painted all the while
    yield watched
    inside.close()
    watched.was_good()


@pytest.fixture
def modules(quiet):
    """A page whose modules a test calls; it leaves nothing behind on it."""
    yield quiet.page
    quiet.was_good()


@pytest.fixture
def gateway(demo, start_gateway):
    """A gateway of two shards to which the demo's page may speak."""
    return start_gateway(origins=(demo.spectators.rstrip("/"),))


@pytest.fixture
def own_demo(tmp_path):
    """A demo of a drill file that names a quake file beside it."""
    (tmp_path / "mine.toml").write_text(
        quake_file("my-own-quake", "A quake of my own", at=(29.6, 102.1), depth_km=10.0)
    )
    with demo_of(tmp_path, DRILL.replace('"luding-2022"', '"mine.toml"')) as started:
        yield started


@pytest.fixture
def axe():
    """Violations that axe-core finds on a page, in words."""
    script = Path(os.environ["EWARN_AXE"]).read_text(encoding="utf-8")

    def check(page: Page) -> list[str]:
        page.evaluate(script)  # past the page's own policy, which lets no foreign script in
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [f"{one['id']}: {one['help']}: {node['target']}" for one in found["violations"] for node in one["nodes"]]

    return check


CALLED = """async ([from, name, calls]) => {
    const found = await import(from);
    return calls.map((given) => found[name](...given));
}"""


@pytest.fixture
def asked(modules):
    """Calls a function of a module of the page, once for each list of arguments."""
    return lambda module, name, calls: modules.evaluate(CALLED, [f"./{module}.js", name, calls])
