"""The JavaScript client on the page of the wire, in a browser."""

from tests.conftest import gateways
from tests.docs.test_clients import QUERY, client


def test_the_client_in_javascript_hears_a_report_in_a_browser(chromium, make_report):
    page = chromium.new_page()
    with gateways() as start:
        gateway = start(shards=1)
        # A page of the gateway's own, so that a browser lets it open the socket.
        page.goto(f"http://{gateway.started.listen}/healthz")
        page.evaluate("url => { globalThis.alertsUrl = url }", gateway.url(QUERY))
        gateway.release(make_report())
        # The browser may say something of its own, such as that there is no icon.
        with page.expect_console_message(lambda one: one.type == "log") as said:
            page.add_script_tag(content=client("js"))
        assert said.value.text.startswith("luding-2022 1 update yellow")
        page.close()
