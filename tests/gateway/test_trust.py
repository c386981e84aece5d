"""Whose reports are taken: by keys given, by a file that changes, by none; and what a real gateway does with others."""

import json
from dataclasses import replace

import pytest
from websockets.sync.client import connect

from ewarn.errors import InputError, RefusedError
from ewarn.gateway.intake import keys, secret, trust
from ewarn.gateway.intake.trust import Trusted
from ewarn.gateway.settings import Trust
from ewarn.publish import publisher
from ewarn.system.clock import WallClock
from ewarn.wire.signing import Signer, is_signed, sealed_of
from tests.conftest import CENTRE, SECRET

OTHER = Signer.new()


def refusal(trusted, report):
    with pytest.raises(InputError) as caught:
        trusted.check(report)
    return str(caught.value)


def test_only_what_a_trusted_key_has_signed_is_taken(make_report):
    trusted = Trusted((CENTRE.public,), None)
    trusted.check(CENTRE.seal(make_report()))
    assert refusal(trusted, make_report()).startswith("signature: missing")
    assert refusal(trusted, OTHER.seal(make_report())).startswith("signature: of no key that is trusted")
    sealed = CENTRE.seal(make_report())
    forged = replace(sealed, sealed=replace(sealed.sealed, words=sealed.sealed.words.replace(b"6.1", b"7.1")))
    assert refusal(trusted, forged).startswith("signature: of no key")


def test_where_signatures_are_not_asked_for_all_is_taken(make_report):
    Trusted((), None, unsigned=True).check(make_report())


def test_a_file_that_changes_is_read_anew_and_one_that_is_spoilt_changes_nothing(tmp_path, make_report):
    first = keys.make(tmp_path)
    trusted = Trusted((), tmp_path / keys.TRUSTED)
    second = keys.rotate(tmp_path)
    for signer in (first, second):
        trusted.check(signer.seal(make_report()))
    keys.retire(tmp_path)
    trusted.check(second.seal(make_report()))
    assert "no key that is trusted" in refusal(trusted, first.seal(make_report()))
    (tmp_path / keys.TRUSTED).write_text("spoilt")
    trusted.check(second.seal(make_report()))
    (tmp_path / keys.TRUSTED).unlink()
    trusted.check(second.seal(make_report()))


def test_a_gateway_that_is_told_of_no_key_makes_one_for_publishers_of_this_user(tmp_path, monkeypatch, make_report):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    trusted, file = trust.establish(Trust(), 6001)
    assert file.path == tmp_path / "ewarn" / "6001.pem"
    signer = trust.signer_for("127.0.0.1:6001", None)
    trusted.check(signer.seal(make_report()))
    assert trust.signer_for("127.0.0.1:6002", None) is None
    secret.remove(file)
    assert not (tmp_path / "ewarn").exists()


def test_a_gateway_refuses_what_is_forged_and_hands_the_signature_on(gateway, make_own_report):
    report = make_own_report()
    with connect(gateway.url()) as client, gateway.publisher() as control:
        for signer, problem in ((None, "signature: missing"), (OTHER, "signature: of no key")):
            forger = publisher(gateway.started.control, SECRET, WallClock(), signer)
            with forger as control_of_forger, pytest.raises(RefusedError, match=problem):
                control_of_forger.release(report)
        released = control.release(report).report
        payload = client.recv(10).encode()
        frame = json.loads(payload)
        assert payload.startswith(released.sealed.words + b',"places":[{')
        assert is_signed(sealed_of(payload, frame["signature"]), [CENTRE.public])
    assert gateway.metric("ewarn_reports_refused_total") == 2
