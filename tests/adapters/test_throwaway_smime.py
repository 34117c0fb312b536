"""The demonstration's authority of a day: what it issues serves OpenSSL and the gateway alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.adapters.correspondents import describe
from gateway.adapters.pgp_container import NotForUs
from gateway.adapters.throwaway_smime import (
    Authority,
    Identity,
    opened_without_a_program,
    sealed_without_a_program,
)
from tests.smime_people import HEADERS, openssl

if TYPE_CHECKING:
    from pathlib import Path

INNER = b"Content-Type: text/plain\r\n\r\nBeste Saar,\r\n"
HEAD = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items()).encode()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def saar(authority: Authority) -> Identity:
    return authority.issue("Saar Proefdocent", "saar@deproef.example")


def test_what_it_issues_can_be_pinned_and_imported(saar: Identity, tmp_path: Path) -> None:
    facts = describe(saar.certificate)
    assert (facts.emails, facts.can_sign, facts.can_encrypt) == (
        ("saar@deproef.example",),
        True,
        True,
    )
    assert facts.fingerprint == saar.fingerprint
    file = tmp_path / "saar.p12"
    file.write_bytes(saar.portable("Saar"))
    shown = openssl("pkcs12", "-in", file, "-nodes", "-passin", "pass:")
    assert b"PRIVATE KEY" in shown
    assert saar.certificate.strip() in shown


def test_mail_written_without_a_program_is_read_by_one(
    authority: Authority, saar: Identity, tmp_path: Path
) -> None:
    poort = authority.issue("Poort", "poort@voorbeeldstad.example")
    for name, content in (
        ("poort.pem", poort.certificate),
        ("poort.key", poort.key),
        ("root.pem", authority.root),
    ):
        (tmp_path / name).write_bytes(content)
    entity = sealed_without_a_program(INNER, saar, poort.certificate)
    key = ("-recip", tmp_path / "poort.pem", "-inkey", tmp_path / "poort.key")
    signed = openssl("cms", "-decrypt", *key, given=HEAD.replace(b"\r\n", b"\n") + entity)
    trusted = ("-CAfile", tmp_path / "root.pem", "-purpose", "smimesign")
    assert openssl("cms", "-verify", *trusted, given=signed) == INNER


def test_mail_by_a_program_is_read_without_one(
    authority: Authority, saar: Identity, tmp_path: Path
) -> None:
    poort = authority.issue("Poort", "poort@voorbeeldstad.example")
    for name, content in (
        ("saar.pem", saar.certificate),
        ("poort.pem", poort.certificate),
        ("poort.key", poort.key),
    ):
        (tmp_path / name).write_bytes(content)
    by = ("-signer", tmp_path / "poort.pem", "-inkey", tmp_path / "poort.key")
    signed = openssl("cms", "-sign", "-binary", *by, given=INNER)
    to = ("-aes-256-cbc", "-recip", tmp_path / "saar.pem")
    mail = HEAD + openssl("cms", "-encrypt", "-binary", *to, given=signed)
    around = (poort.certificate, authority.root, authority.revoked())
    assert opened_without_a_program(mail, saar, *around) == (INNER, (poort.fingerprint,))
    with pytest.raises(NotForUs):
        opened_without_a_program(mail, poort, *around)
    # Under another authority nobody stands behind it, and nothing of it is shown.
    other = Authority()
    found = opened_without_a_program(mail, saar, poort.certificate, other.root, other.revoked())
    assert found == (b"", ())
