"""Control addresses, contexts, and what is said of a certificate that will not do."""

import ssl

import pytest

from ewarn.errors import InputError
from ewarn.system.tls import Control, client_context, explained, parse_control, read_pem, server_context, unanswered
from tests.certificates import Authority


@pytest.mark.parametrize(
    ("given", "ca", "tls"),
    [
        ("127.0.0.1:8601", None, False),
        ("127.0.0.1:8601", "ca.pem", True),
        ("wss://127.0.0.1:8601", None, True),
        ("wss://127.0.0.1:8601/", "ca.pem", True),
        ("ws://127.0.0.1:8601", "ca.pem", False),
    ],
)
def test_a_control_address_has_tls_where_it_says_so_or_an_authority_is_named(given, ca, tls):
    assert parse_control(given, ca) == Control("127.0.0.1", 8601, tls)


@pytest.mark.parametrize(
    "given", ["", "127.0.0.1", "http://127.0.0.1:1", "://127.0.0.1:1", "wss://127.0.0.1", "wss://:1"]
)
def test_what_is_no_control_address_is_named(given):
    with pytest.raises(InputError, match="--control: "):
        parse_control(given)


def test_an_authority_that_cannot_be_read_is_named(tmp_path):
    junk = tmp_path / "junk.pem"
    junk.write_text("junk")
    for path in (junk, tmp_path / "absent.pem"):
        with pytest.raises(InputError, match=f"--ca: .*{path}"):
            client_context(str(path))


def test_a_client_always_verifies_and_a_server_speaks_1_2_at_least(tmp_path):
    authority = Authority(tmp_path)
    pair = authority.sign()
    client, server = client_context(str(authority.file)), server_context(read_pem(str(pair.certificate), str(pair.key)))
    assert (client.verify_mode, client.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert client.minimum_version == server.minimum_version == ssl.TLSVersion.TLSv1_2


def test_what_went_wrong_is_said_in_words():
    assert explained(ConnectionRefusedError(111, "Connection refused")) == "Connection refused"
    with pytest.raises(ssl.SSLError) as caught:
        ssl.create_default_context().wrap_bio(said := ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="x").write(b"")
    assert not said.pending
    assert explained(caught.value).startswith("TLS failed: ")
    error = unanswered("127.0.0.1:1", ConnectionRefusedError(111, "Connection refused"))
    assert str(error) == "no gateway answers on 127.0.0.1:1: Connection refused"
