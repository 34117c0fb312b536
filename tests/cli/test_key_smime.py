"""``gateway key request`` and ``install``: an authority's answer is checked before it counts."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests import world
from tests.installations import ADDRESS
from tests.pki import Authority
from tests.smime_people import openssl

if TYPE_CHECKING:
    from pathlib import Path

    from tests.installations import Installation

BY = ("--by", world.BY)
J = "--json"


@cache
def root() -> Authority:
    return Authority.make("Proef Wortel")


@cache
def between() -> Authority:
    return root().intermediate("Proef Mail CA")


def answered(request: bytes, *, days: int = 300, address: str = ADDRESS) -> bytes:
    """What an authority makes of a request, in an odd order and with its root."""
    asked = x509.load_pem_x509_csr(request)
    assert asked.is_signature_valid
    by = x509.load_der_x509_certificate(between().certificate)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(asked.subject)
        .issuer_name(by.subject)
        .public_key(asked.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
    )
    for kind in (x509.KeyUsage, x509.ExtendedKeyUsage):
        wanted = asked.extensions.get_extension_for_class(kind)
        builder = builder.add_extension(wanted.value, critical=wanted.critical)
    key = load_pem_private_key(between().key, None)
    made = builder.sign(key, hashes.SHA256())  # type: ignore[arg-type]  # of the kinds that sign
    certificates = [root().certificate, between().certificate]
    pem = [x509.load_der_x509_certificate(each).public_bytes(Encoding.PEM) for each in certificates]
    return b"".join([*pem, made.public_bytes(Encoding.PEM)])


def test_a_request_says_what_the_certificate_is_to_be_for(
    installation: Installation, tmp_path: Path
) -> None:
    key = tmp_path / "smime.key"
    done = installation.run("key", "request", key, *BY, J)
    assert done.exit_code == 0, done.output
    asked = x509.load_pem_x509_csr((tmp_path / "smime.csr").read_bytes())
    names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == [ADDRESS]
    uses = asked.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [ExtendedKeyUsageOID.EMAIL_PROTECTION]
    assert key.stat().st_mode & 0o777 == 0o600
    openssl("req", "-in", tmp_path / "smime.csr", "-noout", "-verify")
    again = installation.run("key", "request", key, *BY)
    assert (again.exit_code, "nothing was made" in again.stderr) == (1, True)


def test_the_answer_is_put_in_order_and_the_settings_are_said(
    installation: Installation, tmp_path: Path
) -> None:
    key, answer = tmp_path / "smime.key", tmp_path / "answer.pem"
    installation.run("key", "request", key, *BY)
    answer.write_bytes(answered((tmp_path / "smime.csr").read_bytes()))
    done = installation.run("key", "install", answer, "--key", key, *BY, J)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    chain = x509.load_pem_x509_certificates((tmp_path / "smime.pem").read_bytes())
    assert [each.subject.rfc4514_string() for each in chain] == [
        "CN=Uitwisselpunt inburgering",
        x509.load_der_x509_certificate(between().certificate).subject.rfc4514_string(),
    ]
    assert said["fingerprint"] == chain[0].fingerprint(hashes.SHA256()).hex().upper()
    assert "roots_file = ..." in said["settings"]
    deeds = json.loads(installation.run("log", "audit", "--last", "50", *BY, J).stdout)
    wanted = {"gateway.certificate-requested", "gateway.certificate-installed"}
    assert wanted <= {each["action"] for each in deeds}


def test_with_those_settings_both_keys_open(installation: Installation, tmp_path: Path) -> None:
    """The first certificate, and after its renewal with another key the second beside it."""
    roots = tmp_path / "roots.pem"
    roots.write_bytes(x509.load_der_x509_certificate(root().certificate).public_bytes(Encoding.PEM))
    for name in ("first", "second"):
        key, answer = tmp_path / f"{name}.key", tmp_path / f"{name}.answer"
        installation.run("key", "request", key, *BY)
        answer.write_bytes(answered((tmp_path / f"{name}.csr").read_bytes()))
        done = installation.run("key", "install", answer, "--key", key, *BY, J)
        assert done.exit_code == 0, done.output
        text = json.loads(done.stdout)["settings"].replace("roots_file = ...", "")
        before = installation.file.read_text().partition("[smime]")[0]
        settings = text.replace("[smime]", f'[smime]\nroots_file = "{roots}"')
        installation.file.write_text(f"{before}{settings}")
    assert len(tomllib.loads(installation.file.read_text())["smime"]["older"]) == 1
    found = {each["part"]: each for each in json.loads(installation.run("doctor", J).stdout)}
    assert found["opening processes"]["good"], found["opening processes"]
    assert "1 older" in found["S/MIME key"]["text"]


@pytest.mark.parametrize("fault", ["another key", "another address", "expired", "nothing"])
def test_an_answer_that_does_not_fit_is_refused(
    installation: Installation, tmp_path: Path, fault: str
) -> None:
    key, answer = tmp_path / "smime.key", tmp_path / "answer.pem"
    installation.run("key", "request", key, *BY)
    request = (tmp_path / "smime.csr").read_bytes()
    other = tmp_path / "other.key"
    installation.run("key", "request", other, *BY)
    answers = {
        "another key": answered((tmp_path / "other.csr").read_bytes()),
        "another address": answered(request, address="iemand@gemeente.example"),
        "expired": answered(request, days=-1),
        "nothing": b"geen certificaat",
    }
    answer.write_bytes(answers[fault])
    refused = installation.run("key", "install", answer, "--key", key, *BY)
    assert refused.exit_code == 1
    said = {
        "another key": "is for this key",
        "another address": f"not for {ADDRESS}",
        "expired": "not meant for both|expired",
        "nothing": "no certificates",
    }[fault]
    assert any(each in refused.stderr for each in said.split("|"))
    assert not (tmp_path / "smime.pem").exists()
