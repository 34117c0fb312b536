"""S/MIME on the command line: keys pinned and shown, mail sent and looked at, parts examined."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import hashes

from gateway.domain.mail import Protection
from tests import generators, world
from tests.installations import ADDRESS, secret
from tests.pki import START, Authority, Leaf
from tests.smime_people import ISSUING, holder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.installations import Installation

SAAR = "saar@taalschool.example"
ONE, OTHER = ("--by", world.BY), ("--by", world.BY_ANOTHER)


def fingerprint(leaf: Leaf) -> str:
    return leaf.x509.fingerprint(hashes.SHA256()).hex().upper()


def pin(installation: Installation, file: Path) -> dict[str, Any]:
    """What is shown of Saar's key once two operators brought it in."""
    brought = installation.run("contact", "change", world.SAAR, "--key", file, *ONE, "--json")
    assert brought.exit_code == 0, brought.stderr
    confirm = ("contact", "confirm-key", world.SAAR, "--channel", "telephone", "--fingerprint")
    confirmed = installation.run(*confirm, json.loads(brought.stdout)["fingerprint"], *OTHER)
    assert confirmed.exit_code == 0, confirmed.stderr
    found: dict[str, Any] = json.loads(
        installation.run("contact", "show", world.SAAR, "--json").stdout
    )
    return found


def test_a_certificate_is_pinned_and_mail_under_it_is_taken(with_smime: Installation) -> None:
    folder, saar = with_smime.folder, holder(SAAR)
    shown = pin(with_smime, folder / "saar-alone.pem")
    assert shown["protection"] == Protection.SMIME.value
    assert shown["fingerprint"] == fingerprint(saar)
    assert shown["key_serial"] == f"{saar.x509.serial_number:X}"
    assert shown["key_issuer"] == "CN=Voorbeeld Issuing"
    assert shown["key_algorithm"] == "EC 256"
    assert shown["key_state"] == "ready"
    assert saar.x509.not_valid_after_utc.isoformat() in shown["key_valid"]

    document, out = folder / "bijsluiter.json", folder / "mail.eml"
    document.write_bytes(generators.document_json())
    made = with_smime.run("send", document, "--as", world.SAAR, "--out", out)
    assert made.exit_code == 0, made.stderr
    assert b"application/pkcs7-mime" in out.read_bytes()
    looked = json.loads(with_smime.run("inspect", out, "--json").stdout)
    assert (looked["sender"], looked["protection"]) == (world.SAAR, "smime")
    assert (looked["outcome"], looked["reasons"]) == ("forward", [])


def test_the_same_mail_where_there_is_no_smime(
    with_smime: Installation, original: Installation
) -> None:
    folder = with_smime.folder
    document, out = folder / "bijsluiter.json", folder / "mail.eml"
    document.write_bytes(generators.document_json())
    assert with_smime.run("send", document, "--as", world.SAAR, "--out", out).exit_code == 0
    looked = json.loads(original.run("inspect", out, "--json").stdout)
    assert (looked["protection"], looked["outcome"]) == (None, "reject")
    assert looked["reasons"] == ["art-12.5/smime-not-configured"]
    file = folder / "saar-alone.pem"
    refused = original.run("contact", "change", world.SAAR, "--key", file, *ONE)
    assert (refused.exit_code, "smime-not-configured" in refused.stderr) == (1, True)


def test_the_gateways_own_certificate_is_shown_and_exported(with_smime: Installation) -> None:
    own = holder(ADDRESS, "rsa3072")
    shown = json.loads(with_smime.run("key", "show", "--json").stdout)["smime"]
    assert (shown["fingerprint"], shown["address"]) == (fingerprint(own), ADDRESS)
    assert f"S/MIME fingerprint: {fingerprint(own)}" in with_smime.run("key", "show").stdout
    assert with_smime.run("key", "export", "--smime").stdout.encode() == own.pem + ISSUING.pem


def test_what_doctor_says_of_it(with_smime: Installation, original: Installation) -> None:
    [line] = [
        each for each in with_smime.run("doctor", "--quick").stdout.splitlines() if "S/MIME" in each
    ]
    assert fingerprint(holder(ADDRESS, "rsa3072")) in line
    assert "1 roots, 2 lists from files" in line
    [without] = [
        each for each in original.run("doctor", "--quick").stdout.splitlines() if "S/MIME" in each
    ]
    assert without.endswith("not configured")


def _another_address(i: Installation) -> None:
    (i.folder / "smime.pem").write_bytes(holder(SAAR).pem)
    secret(i.state / "smime.key", holder(SAAR).key)


SPOILED: dict[str, tuple[Callable[[Installation], object], str]] = {
    "no file": (lambda i: (i.folder / "smime.pem").unlink(), "smime.certificate_file"),
    "no certificate": (lambda i: (i.folder / "smime.pem").write_bytes(b"x"), "in PEM"),
    "other key": (lambda i: secret(i.state / "smime.key", holder(SAAR).key), "not the secret half"),
    "no key": (lambda i: secret(i.state / "smime.key", b"x"), "without a password"),
    "readable": (lambda i: (i.state / "smime.key").chmod(0o644), "chmod 600"),
    "no roots": (lambda i: (i.folder / "roots.pem").write_bytes(b""), "roots.pem: no certificates"),
    "other address": (_another_address, f"not for {ADDRESS}"),
}


@pytest.mark.parametrize("how", sorted(SPOILED))
def test_what_is_wrong_with_it_is_named_and_nothing_starts(
    with_smime: Installation, how: str
) -> None:
    spoil, named = SPOILED[how]
    spoil(with_smime)
    examined = with_smime.run("doctor", "--quick")
    [line] = [each for each in examined.stdout.splitlines() if "S/MIME" in each]
    assert line.startswith("NOT")
    assert named in line
    assert examined.exit_code == 1
    mail = with_smime.folder / "mail.eml"
    mail.write_bytes(b"x")
    refused = with_smime.run("inspect", mail)
    assert (refused.exit_code, named in refused.stderr) == (1, True)


def test_an_expired_certificate_and_one_for_signing_alone(with_smime: Installation) -> None:
    own = with_smime.folder / "smime.pem"
    for made, named in (
        (ISSUING.issue(ADDRESS, not_after=START.replace(year=2025)), "expired"),
        (ISSUING.issue(ADDRESS, not_before=START.replace(year=2040)), "not valid yet"),
        (ISSUING.issue(ADDRESS, usage=("digital_signature",)), "both signing and encrypting"),
        (ISSUING.issue(ADDRESS, key="rsa1024"), "weak-key"),
    ):
        own.write_bytes(made.pem)
        assert named in with_smime.run("doctor", "--quick").stdout


def test_a_strangers_certificate_is_not_pinned(with_smime: Installation) -> None:
    file = with_smime.folder / "stranger.pem"
    file.write_bytes(Authority.make("Somebody Else").issue(SAAR, key="p256").pem)
    refused = with_smime.run("contact", "change", world.SAAR, "--key", file, *ONE)
    assert (refused.exit_code, "untrusted" in refused.stderr) == (1, True)


def test_a_file_of_contacts_brings_certificates_too(with_smime: Installation) -> None:
    """In PEM; one for another address is refused with its line, and nothing is kept."""
    file = with_smime.folder / "contacts.csv"
    head = "id,party,name,address,role,certificate\n"
    line = "sasja,00VB000001,Sasja Proef,sasja@taalschool.example,contactpersoon"
    file.write_text(f'{head}{line},"{holder(SAAR).pem.decode()}"\n')
    refused = with_smime.run("import", "contacts", file, *ONE)
    assert (refused.exit_code, "certificate" in refused.output) == (1, True)
    sasja = holder("sasja@taalschool.example")
    file.write_text(f'{head}{line},"{sasja.pem.decode()}"\n')
    taken = with_smime.run("import", "contacts", file, *ONE)
    assert taken.exit_code == 0, taken.output
    confirm = ("contact", "confirm-key", "sasja", "--channel", "telephone", "--fingerprint")
    spoken = ":".join(fingerprint(sasja)[at : at + 2] for at in range(0, 64, 2))
    assert with_smime.run(*confirm, spoken, *OTHER).exit_code == 0
