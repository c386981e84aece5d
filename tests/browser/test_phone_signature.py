"""Whose reports a phone shows: verified, not verified, refused; and what it makes of numbers that nobody signed."""

import json
import re
import threading
from contextlib import contextmanager

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import serve

from ewarn.wire.signing import Signer
from tests.browser.frames import CHENGDU as CHENGDU_AT
from tests.browser.frames import KANGDING as KANGDING_AT
from tests.browser.frames import made, seen, text
from tests.browser.patience import becomes
from tests.browser.phones import CHENGDU, KANGDING, KEY, MOUNTED, puppet

NO_CRYPTO = "Object.defineProperty(crypto, 'subtle', {value: undefined});"
NO_ED25519 = "crypto.subtle.importKey = () => { throw new DOMException('no', 'NotSupportedError'); };"
BROKEN = "crypto.subtle.verify = async () => { throw new DOMException('broken', 'OperationError'); };"
HANGING = "crypto.subtle.verify = () => new Promise(() => {});"


@contextmanager
def forging(gateway, change):
    """A server between phone and gateway that hands on all that a phone says, and what `change` makes of the rest."""

    def between(phone):
        with connect(f"ws://{gateway.started.listen}{phone.request.path}") as behind:

            def answer():
                try:
                    for said in behind:
                        phone.send(change(said))
                except ConnectionClosed:
                    pass

            answering = threading.Thread(target=answer, daemon=True)
            answering.start()
            try:
                for said in phone:
                    behind.send(said)
            except ConnectionClosed:
                pass

    with serve(between, "127.0.0.1", 0, compression=None) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        host, port = server.socket.getsockname()[:2]
        try:
            yield f"ws://{host}:{port}/v1/alerts"
        finally:
            server.shutdown()
            serving.join()


def mounted(demo, watch, url):
    page = watch("about:blank", 390, 844)
    page.goto(demo.spectators + "phone.html")
    page.evaluate(MOUNTED, [[url], [KANGDING], KEY])
    page.locator("#trial[data-line=connected]").wait_for()
    return page


def test_a_frame_of_a_real_gateway_is_verified_and_the_phone_says_so(demo, gateway, watch):
    page = mounted(demo, watch, f"ws://{gateway.started.listen}/v1/alerts")
    gateway.release(made())
    page.locator("#trial .phone-alarm .phone-trust[data-trust=verified]").wait_for()
    assert "Verified: signed by the centre" in page.locator("#trial .phone-alarm").text_content()
    assert "not signed" in page.locator("#trial .phone-alarm .phone-values").text_content()
    assert page.locator("#trial .phone-refused").text_content() == ""


def test_a_forger_between_is_refused_and_what_they_let_pass_is_verified(demo, gateway, watch):
    with forging(gateway, lambda said: said.replace('"magnitude":6.8', '"magnitude":7.8')) as url:
        page = mounted(demo, watch, url)
        gateway.release(made())
        refused = page.locator("#trial .phone-refused", has_text="Forged messages refused: 1")
        refused.wait_for()
        assert page.locator("#trial .phone-alarm").is_hidden()
        assert page.locator("#trial .phone-loud").text_content() == ""
        gateway.release(made(quake="lushan-2022", magnitude=6.9))
        page.locator("#trial .phone-alarm .phone-trust[data-trust=verified]").wait_for()
        page.close()


def flipped(frame):
    return frame.replace('"magnitude":6.8', '"magnitude":7.8')


def unsigned(frame):
    return re.sub(r',"signature":"[^"]*"', "", frame)


FORGED = {
    "a magnitude": flipped(text(made())),
    "a status": text(made()).replace('"status":"update"', '"status":"cancel"'),
    "no signature": unsigned(text(made())),
    "a signature of another report": unsigned(text(made()))[:-1] + ',"signature":"%s"}' % ("A" * 86),
    "a signature that is none": unsigned(text(made()))[:-1] + ',"signature":7}',
    "another key": text(made(), signer=Signer.new()),
    "a space": text(made()).replace(',"number"', ', "number"'),
    "no places": unsigned(text(made())).partition(',"places"')[0] + "}",
    "a quick report": flipped(text(made(status="reviewed"))),
}


@pytest.fixture(scope="module")
def forgeries(demo, chromium):
    """What a phone made of each forgery, one after the other."""
    page = chromium.new_context().new_page()
    told = puppet(demo, lambda *_: page)
    found = {}
    for name, frame in FORGED.items():
        told.say(frame)
        found[name] = (told.alarmed, told.sounded, "luding" in told.shown, told.part("refused").text_content())
    page.context.close()
    return found


@pytest.mark.parametrize("name", FORGED)
def test_what_is_not_as_it_was_signed_is_neither_shown_nor_sounded_and_is_counted(forgeries, name):
    count = list(FORGED).index(name) + 1
    assert forgeries[name] == (False, 0, False, f"Forged messages refused: {count}")


def test_a_key_that_stands_twice_says_what_was_signed(demo, watch):
    told = puppet(demo, watch)
    frame = text(made())
    told.say(
        frame[:-1] + ',"quake":"another-quake","origin":{"magnitude":9.9},"status":"cancel","released":"2095-01-01"}'
    )
    assert told.alarmed
    assert "luding-2022, M 6.8" in told.part("alarm").text_content()
    assert "9.9" not in told.shown


@pytest.mark.parametrize(
    ("before", "key", "why"),
    [
        (NO_CRYPTO, None, "only on a secure page"),
        (NO_ED25519, None, "Ed25519"),
        (BROKEN, None, "the check of its signature failed"),
        (HANGING, None, "the check of its signature failed"),
        ("", "", "no key is known"),
        ("", "c2hvcnQ=", "is none"),
        ("", "%", "is none"),
    ],
)
def test_what_cannot_be_checked_is_an_alarm_all_the_same_and_says_why_it_is_not_verified(demo, watch, before, key, why):
    told = puppet(demo, watch, before=before, key=KEY if key is None else key)
    told.say(text(made()))
    told.part("alarm").wait_for()
    assert told.sounded == 1
    mark = told.part("alarm").locator(".phone-trust")
    assert mark.get_attribute("data-trust") == "unverified"
    assert why in mark.text_content()
    assert "Not verified" in told.part("loud").text_content()


def test_where_a_key_is_known_an_unsigned_report_is_refused_though_the_browser_checks_nothing(demo, watch):
    told = puppet(demo, watch, before=NO_CRYPTO)
    told.say(unsigned(text(made())))
    assert not told.alarmed
    assert told.part("refused").text_content() == "Forged messages refused: 1"


def test_messages_keep_their_order_though_the_first_takes_longest_to_check(demo, watch):
    slow_first = """
        const verify = crypto.subtle.verify.bind(crypto.subtle);
        let checks = 0;
        crypto.subtle.verify = async (...given) => {
            checks += 1;
            if (checks === 1) await new Promise((resolve) => setTimeout(resolve, 200));
            return verify(...given);
        };
    """
    told = puppet(demo, watch, before=slow_first)
    told.say(text(made(1)), text(made(2, "cancel")))
    becomes(told.page, lambda: "taken back" in told.part("banners").text_content(), True)
    assert not told.alarmed


def test_of_a_frame_whose_numbers_cannot_be_the_report_is_shown_without_them(demo, watch):
    told = puppet(demo, watch, places=(KANGDING, CHENGDU))
    frame = text(made(), (KANGDING_AT, CHENGDU_AT))
    at = json.loads(frame)["places"]
    kangding = next(one for one in at if one["place"] == 0)
    told.say(frame.replace(f'"s_in_s":{kangding["s_in_s"]:6.1f}', '"s_in_s": 600.0'))
    alarm = told.part("alarm")
    alarm.wait_for()
    assert "do not fit the signed report" in alarm.text_content()
    assert alarm.locator(".phone-count").text_content() == "…"
    assert "600" not in told.shown
    assert "117 km" in alarm.text_content()  # worked out of the signed epicentre
    assert alarm.locator(".phone-other").count() == 1  # Chengdu's fit


def test_a_snapshot_says_that_it_is_not_signed_sounds_nothing_and_changes_nothing_that_is(demo, watch):
    told = puppet(demo, watch)
    told.say(seen(made()))
    assert not told.alarmed
    assert "snapshot, which is not signed" in told.part("quakes").text_content()
    told.say(text(made()))
    assert told.alarmed
    told.say(seen(made(2, "cancel")), seen(made(7, play=2**62)))
    assert told.alarmed
    assert told.part("alarm").locator(".phone-trust").get_attribute("data-trust") == "verified"
    told.say(text(made(2, "cancel")))
    assert not told.alarmed
    assert told.sounded == 1


def test_a_snapshot_fills_in_the_places_that_a_signed_report_left_out(demo, watch):
    told = puppet(demo, watch, places=(KANGDING, CHENGDU))
    report = made()
    told.say(text(report), seen(report, (KANGDING_AT, CHENGDU_AT)))
    told.page.keyboard.press("Escape")
    lines = told.part("line")
    assert lines.count() == 2
    assert "from a snapshot" not in lines.nth(0).text_content()
    assert "from a snapshot" in lines.nth(1).text_content()


FITS = """async ([said, places]) => {
    const {checked} = await import("./phone-plausible.js");
    return said.map(({places: at, origin}) => at.map((one) => {
        const [latitude, longitude] = places[one.place];
        return checked(one, {latitude, longitude}, origin, 6).fits;
    }));
}"""


def test_what_the_service_works_out_fits_near_and_far_shallow_and_deep(modules):
    near = [(29.0, 102.0), (29.0, 102.1), KANGDING_AT, CHENGDU_AT, (35.0, 110.0)]
    far = [(-20.0, 60.0), (50.0, -100.0), (-29.0, -78.0), (0.0, 179.9), (0.0, -179.9)]
    depths_km = [0.0, 16.0, 60.0, 150.0, 299.0, 301.0, 450.0, 620.0, 700.0]
    said = [json.loads(text(made(depth_km=depth_km), near + far)) for depth_km in depths_km]
    assert modules.evaluate(FITS, [said, near + far]) == [[True] * 10] * len(depths_km)


WRONG = [
    {"distance_km": 10.0},
    {"distance_km": 200.0},
    {"s_in_s": 12.0},
    {"s_in_s": 90.0},
    {"p_in_s": 80.0},
    {"intensity": 13.0},
    {"intensity": None},
    {"level": "purple"},
    {"s_in_s": "28"},
]


def test_numbers_that_cannot_be_are_found(modules):
    said = json.loads(text(made()))
    wrong = [said | {"places": [said["places"][0] | one]} for one in WRONG]
    assert modules.evaluate(FITS, [[said, *wrong], [KANGDING_AT]]) == [[True]] + [[False]] * len(WRONG)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_axe_finds_no_fault_with_what_is_verified_not_verified_late_refused_or_does_not_fit(
    demo, watch, axe, dark, language
):
    told = puppet(demo, watch, key="", dark=dark, locale=language, reduced_motion="reduce")
    told.say(text(made(ago_s=14)))
    assert axe(told.page) == []
    told.page.evaluate("key => phone.setAlerts(['ws://127.0.0.1:9/v1/alerts'], key)", KEY)
    misfit = re.sub(r'"s_in_s":[ 0-9.-]+', '"s_in_s": 600.0', text(made(quake="lushan-2022")))
    told.page.keyboard.press("Escape")
    told.say(misfit)
    assert told.part("alarm").get_attribute("data-level") == "unknown"
    assert axe(told.page) == []
    told.say(flipped(text(made(2))), seen(made(quake="from-afar", latitude=27.0)))
    told.page.keyboard.press("Escape")
    assert told.part("trust").count() >= 3
    assert axe(told.page) == []
    told.part("by").nth(1).click()
    assert axe(told.page) == []
