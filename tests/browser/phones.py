"""A phone on a page whose gateway is the test itself: it says what a test wants, byte for byte."""

import base64

from tests.conftest import CENTRE

KANGDING = {"name": "Kangding", "latitude": 30.05, "longitude": 101.96}
CHENGDU = {"name": "Chengdu", "latitude": 30.66, "longitude": 104.06}
KEY = base64.b64encode(CENTRE.public).decode()
URL = "ws://127.0.0.1:9/v1/alerts"
MOUNTED = """async ([urls, places, key]) => {
    const {mountPhone} = await import("./phone-view.js");
    const box = document.createElement("div");
    box.id = "trial";
    document.getElementById("phone").replaceWith(box);
    globalThis.sounded = 0;
    AudioContext.prototype.createOscillator = function () {
        globalThis.sounded += 1;
        return new OscillatorNode(this);
    };
    globalThis.phone = mountPhone(box, {places});
    const {onMessage} = phone.line;
    globalThis.judged = 0;
    phone.line.onMessage = (...given) => {
        onMessage(...given);
        judged += 1;
    };
    phone.setAlerts(urls, key);
}"""
LATER = """
const [steady, wall] = [performance.now.bind(performance), Date.now];
performance.now = () => steady() + (globalThis.later_ms ?? 0);
Date.now = () => wall() + (globalThis.later_ms ?? 0);
"""
"""of a phone whose time a test lets go on at once, as far as it likes: `Puppet.later`"""
PUPPET = """
let asked = null;
class Puppet extends EventTarget {
    readyState = 1;
    constructor(url) {
        super();
        globalThis.puppet = this;
        queueMicrotask(() => this.dispatchEvent(new Event("open")));
    }
    send(text) {
        if (JSON.parse(text).type === "time") asked = JSON.parse(text);
    }
    close() {}
    say(data) {
        this.dispatchEvent(new MessageEvent("message", {data}));
    }
    tellTime() {
        phone.line.askTime();
        const service = performance.timeOrigin + performance.now(); // right, though Date.now be not
        this.say(JSON.stringify({...asked, drill: true, service}));
    }
}
const SAID = async (texts) => {
    const due = judged + texts.length;
    for (const text of texts) puppet.say(text);
    while (judged < due) await new Promise((resolve) => setTimeout(resolve, 5));
};
globalThis.SAID = SAID;
globalThis.WebSocket = Puppet; // of the page too: what plays on the demo meanwhile is none of ours
"""


class Puppet:
    """The phone, and what it is told."""

    def __init__(self, page):
        self.page = page

    def tell_time(self):
        """The service says what time it is, by this machine's clock."""
        self.page.evaluate("puppet.tellTime()")

    def say(self, *texts):
        """At once, in this order, and wait until all of it has been checked."""
        self.page.evaluate("texts => SAID(texts)", list(texts))

    def later(self, seconds):
        """So many seconds go by, for the service as well; the phone was made with LATER."""
        self.page.evaluate("ms => { globalThis.later_ms = (globalThis.later_ms ?? 0) + ms; }", 1000 * seconds)

    def part(self, name):
        return self.page.locator(f"#trial .phone-{name}")

    @property
    def alarmed(self):
        return self.part("alarm").is_visible()

    @property
    def shown(self):
        """All that it says, to whoever sees or hears it, but for its buttons and places."""
        parts = ", ".join(f".phone-{name}" for name in ("alarm", "banners", "quakes", "history", "loud", "soft"))
        return self.page.evaluate(
            "parts => [...trial.querySelectorAll(parts)].map((one) => one.textContent).join(' ')", parts
        )

    @property
    def sounded(self):
        """How often the siren was begun."""
        return self.page.evaluate("globalThis.sounded")


def puppet(demo, watch, *, places=(KANGDING,), key=KEY, before="", time_known=True, **context):
    """A phone; `before` is run before anything of the page."""
    page = watch("about:blank", 390, 844, **context)
    page.add_init_script(PUPPET + before)
    page.goto(demo.spectators + "phone.html")
    page.mouse.click(5, 5)  # so that a siren may sound
    page.evaluate(MOUNTED, [[URL], list(places), key])
    made = Puppet(page)
    page.locator("#trial[data-line=connected]").wait_for()
    if time_known:
        made.tell_time()
    return made
