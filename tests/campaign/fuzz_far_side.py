"""What the far side reads, fuzzed: a swarm what a gateway sends, the demo what its page wishes, commands addresses."""

import numpy as np

from ewarn.demo.wish import parse_wish
from ewarn.gateway.way_in.handshake import Welcome
from ewarn.swarm import client
from ewarn.swarm.recorder import Recorder, Users
from ewarn.system.address import split_address
from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.chat import echo
from ewarn.wire.framing import CLOSE, PING, header
from ewarn.wire.service_time import tell
from tests.campaign.fuzz_kinds import NOW, Kind, quiet, reports
from tests.gateway.test_handshake import answer

USERS, REPORTS, KEY = 3, 9, b"0123456789abcdef"
PLACES = b'"places":[{"place":0,"distance_km":1.0,"p_in_s":1.0,"s_in_s":2.0,"intensity":5.0,"level":"orange"}]'
WISH = (
    b'{"type":"start","quake":"luding-2022","users":1000,"engine":"auto","orders":["deadline","fifo"],"fault":"none"}'
)
ADDRESSES = (b"ws://127.0.0.1:8765/v1/alerts", b"ws://[::1]:8765", b"127.0.0.1:8765", b"[::1]:80", b"host.example:1")


class Swarm:
    """Clients of one process, to which anything may be sent."""

    def __init__(self) -> None:
        book = ReceiptBook(ReceiptBook.create(REPORTS, USERS, 1), REPORTS, USERS, 1)
        rows = np.arange(USERS)
        self._recorder = Recorder(book, 0, Users(0, rows, np.zeros(USERS, int), np.ones(USERS, bool)))

    def feed(self, data: bytes) -> None:
        """What is read in two pieces, and then on another connection in one."""
        self._recorder.begin("fuzz-update")
        self._recorder.begin_anew(range(USERS))
        half = len(data) // 2
        asked = self._recorder.take([(0, 1, data[:half], 1), (0, 2, data[half:], 2), (1, 3, data, 3)])
        assert all(client.reply(opcode, payload, b"mask") for _, opcode, payload in asked)


def kinds() -> list[Kind]:
    """All of them."""
    frames = [text.replace(b'"places":[]', PLACES) for text in reports(NOW)] + [echo("x"), tell(1, NOW)]
    said = [header(len(text)) + text for text in frames] + [header(1, PING) + b"x", header(2, CLOSE) + b"\x03\xe8"]
    asked = client.request(client.parse_target("ws://127.0.0.1:1"), "/v1/alerts?user=me", KEY)
    welcome, _ = answer(asked)
    assert isinstance(welcome, Welcome)
    refused, _ = answer(asked.replace(b"/v1/alerts", b"/nowhere"))
    return [
        Kind("frames at the swarm", (*said, said[0] + said[1]), Swarm().feed, 1),
        Kind("answers at the swarm", (welcome.said, refused.said), _answer, 1),
        Kind("wishes of the page", (WISH,), lambda data: quiet(lambda _: parse_wish(data, ["luding-2022"]), data), 1),
        Kind("addresses", ADDRESSES, _addresses, 0.5),
    ]


def _answer(data: bytes) -> None:
    found = client.answer(data, KEY)
    assert isinstance(found, str | tuple)


def _addresses(data: bytes) -> None:
    text = data.decode(errors="surrogateescape")
    quiet(lambda _: client.parse_target(text), data)
    quiet(lambda _: split_address("--listen", text), data)
