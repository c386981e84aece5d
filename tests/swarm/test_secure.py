"""TLS of light clients: without I/O, then against a real server."""

import ssl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ewarn.swarm.client import parse_target
from ewarn.swarm.secure import Line, Lines
from ewarn.system.tls import client_context, read_pem, server_context
from tests.certificates import DAY, Authority
from tests.swarm.test_crew import LibraryServer, connect, report, settle, swarm


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("secure"))


@pytest.fixture(scope="module")
def contexts(authority):
    pair = authority.sign()
    return server_context(read_pem(str(pair.certificate), str(pair.key))), client_context(str(authority.file))


class Server:
    """The other end of a line, in memory."""

    def __init__(self, context):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.heard = b""

    def hear(self, data):
        self.incoming.write(data)
        try:
            self.tls.do_handshake()
            while True:
                self.heard += self.tls.read(65536)
        except ssl.SSLWantReadError:
            pass


def taken(line):
    unsent, line.unsent = line.unsent, b""
    return unsent


def agreed(contexts):
    line, server = Line(contexts[1], "127.0.0.1"), Server(contexts[0])
    while not line.open:
        server.hear(taken(line))
        assert line.hear(server.outgoing.read()) == b""
    server.hear(taken(line))
    return line, server


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(texts=st.lists(st.binary(min_size=1, max_size=20_000), max_size=4), cuts=st.lists(st.integers(1, 9000)))
def test_plain_text_is_the_same_however_the_bytes_are_cut(contexts, texts, cuts):
    line, server = agreed(contexts)
    for text in texts:
        server.tls.write(text)
    data, heard, sizes = server.outgoing.read(), b"", iter(cuts)
    while data:
        size = next(sizes, len(data))
        heard += line.hear(data[:size])
        data = data[size:]
    assert heard == b"".join(texts)
    line.say(heard + b"!")
    server.hear(taken(line))
    assert server.heard == heard + b"!"
    assert not line.over


def test_the_end_is_known(contexts):
    line, server = agreed(contexts)
    server.tls.write(b"bye")
    with pytest.raises(ssl.SSLWantReadError):
        server.tls.unwrap()
    assert (line.hear(server.outgoing.read()), line.over) == (b"bye", True)


@pytest.mark.parametrize(
    ("hosts", "days", "why"),
    [(("warn.test",), 30, "IP address mismatch"), (("127.0.0.1",), -1, "certificate has expired")],
)
def test_a_certificate_that_is_not_to_be_trusted_is_refused_and_the_server_told(authority, contexts, hosts, days, why):
    pair = authority.sign("doubtful", hosts, days * DAY)
    line, server = (
        Line(contexts[1], "127.0.0.1"),
        Server(server_context(read_pem(str(pair.certificate), str(pair.key)))),
    )
    server.hear(taken(line))
    with pytest.raises(ssl.SSLCertVerificationError, match=why):
        line.hear(server.outgoing.read())
    with pytest.raises(ssl.SSLError):
        server.hear(taken(line))
    assert not line.open


def test_without_wss_there_is_no_line():
    assert Lines().to(parse_target("ws://127.0.0.1:1")) is None


def test_clients_read_and_answer_by_tls_from_a_server_of_the_library(authority, contexts):
    async def behave(server, connection):
        await server.go.wait()
        for number in (1, 2):
            await connection.send(report(number))
            await (await connection.ping())
        await connection.wait_closed()

    with LibraryServer(behave, ssl=contexts[0]) as server, swarm(server, ca=authority.file) as crew:
        assert connect(crew) == []
        crew.begin("q")
        server.begin()
        settle(crew, "answers", 40)
        assert crew.book.total("receipts") == len(crew.collect()) == 40
        assert crew.book.disagreements() == []


def test_clients_whose_server_goes_away_are_closed_and_come_back_by_tls(authority, contexts):
    async def behave(_server, connection):
        await connection.wait_closed()

    with (
        LibraryServer(behave, ssl=contexts[0]) as server,
        swarm(server, ca=authority.file, reconnect=True) as crew,
    ):
        assert connect(crew) == []
        crew.bounce(1.0)
        settle(crew, "returned", 20)
    assert len(server.paths) == 40


def test_a_certificate_that_is_not_trusted_connects_nobody_and_says_why(authority):
    async def behave(_server, connection):
        await connection.wait_closed()

    pair = authority.sign("elsewhere", ("warn.test",))
    context = server_context(read_pem(str(pair.certificate), str(pair.key)))
    with LibraryServer(behave, ssl=context) as server, swarm(server, ca=authority.file) as crew:
        (why,) = connect(crew)
        assert why.startswith("its certificate is not trusted: IP address mismatch")
        assert crew.book.total("failed") == 20
    assert not server.paths


def test_slow_clients_read_by_tls_to_the_newest(authority, contexts):
    async def behave(server, connection):
        await server.go.wait()
        for number in range(1, 30):
            await connection.send(report(number))
        await connection.wait_closed()

    with (
        LibraryServer(behave, ssl=contexts[0]) as server,
        swarm(server, ca=authority.file, held=True) as crew,
    ):
        crew.obstruct([[(30.0, 103.0)]] * 2, trickle=100)
        server.begin()
        assert crew.newest_of_the_slow() == [29, 29]
