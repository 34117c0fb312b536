"""What we write is read by OpenSSL and GnuPG, and by nobody whose certificate does not count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import serialization

from gateway.adapters.mime_read import read_outer
from gateway.adapters.pgp_container import UnsupportedKeyError
from gateway.adapters.smime import SmimeEngine
from gateway.domain.mail import Attachment, Letter, Protection
from gateway.domain.stops import Hold, Outcome, Reason, Retry, Stop
from tests.pki import Authority
from tests.smime_engines import engine, gateway, noor, now, states, trust
from tests.smime_people import GATEWAY, ISSUING, NOOR, Desk, GpgsmHome, der_of, holder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.pki import Kind, Leaf

DOCUMENT = Attachment(name="bijsluiter.json", media_type="application/json", content=b'{"a": 1}')


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with Desk() as opened:
        yield opened


def letter(to: Leaf, **changed: object) -> Letter:
    usual = Letter(
        message_id="<7@gemeente.example>",
        date=datetime(2026, 11, 23, 12, tzinfo=UTC),
        sender=GATEWAY,
        sender_name="Uitwisselpunt",
        recipient=NOOR,
        certificate=to.certificate,
        subject="Voortgang van é",
        outer_subject="Bericht van het uitwisselpunt",
        text="Goedendag,\nzie de bijlage.\n",
        html="<p>Goedendag</p>",
        attachments=(DOCUMENT,),
        protection=Protection.SMIME,
    )
    return replace(usual, **changed)  # type: ignore[arg-type] # fields of Letter


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("rsa3072", "rsa3072"),
        ("rsa3072", "p256"),
        ("p256", "p384"),
        ("p384", "p521"),
        ("p521", "rsa2048"),
    ],
)
def test_openssl_reads_what_we_write(desk: Desk, ours: Kind, theirs: Kind) -> None:
    own, reader = holder(GATEWAY, ours), holder(NOOR, theirs)
    mail = engine(own=[own]).seal(letter(reader))
    entity = desk.decrypt(mail, reader)
    content = desk.verify(entity, "-signer", str(desk.path / "signer.pem"))
    assert (desk.path / "signer.pem").read_bytes().strip() == own.pem.strip()
    read = message_from_bytes(content, policy=policy.default)
    assert read["Subject"] == "Voortgang van é"
    assert [part.get_content() for part in read.iter_attachments()] == [DOCUMENT.content]
    shown = message_from_bytes(mail, policy=policy.default)
    assert shown["Subject"] == "Bericht van het uitwisselpunt"
    assert shown.get_content_type() == "application/pkcs7-mime"


@pytest.mark.parametrize("own", ["rsa3072", "p256"])
def test_gpgsm_reads_what_we_write(own: Kind) -> None:
    """To RSA: what is encrypted to an elliptic curve it does not open, OpenSSL's neither."""
    us, reader = holder(GATEWAY, own), holder(NOOR, "rsa3072")
    mail = engine(own=[us]).seal(letter(reader))
    with GpgsmHome(reader, us.certificate) as home:
        entity = home.run("--decrypt", given=read_outer(mail).ciphertext)
        signed, signature = parts_of(entity)
        home.run("--verify", home.file("p7s", signature), home.file("signed", signed))
        with pytest.raises(RuntimeError, match="invalid signature"):
            home.run("--verify", home.file("p7s", signature), home.file("signed", signed + b"x"))


def parts_of(entity: bytes) -> tuple[bytes, bytes]:
    """The signed bytes of a multipart/signed, and the signature."""
    boundary = b"--" + entity.partition(b'boundary="')[2].partition(b'"')[0]
    _, signed, signature, _ = entity.split(boundary)
    return signed[2:-2], der_of(signature.lstrip(b"\r\n"))


def test_our_own_reading_agrees() -> None:
    reader = engine(gateway(), own=[holder(NOOR, "p256")])
    mail = engine().seal(letter(noor()))
    assert states(reader.decrypt(read_outer(mail).ciphertext, now())) == ["valid"]


def test_it_is_for_one_reader_and_says_so_the_usual_way() -> None:
    sealed = cms.ContentInfo.load(
        read_outer(engine().seal(letter(holder(NOOR, "rsa3072")))).ciphertext
    )
    assert sealed["content_type"].native == "enveloped_data"
    [recipient] = sealed["content"]["recipient_infos"]
    assert recipient.name == "ktri"
    assert recipient.chosen["key_encryption_algorithm"]["algorithm"].native == "rsaes_pkcs1v15"
    info = sealed["content"]["encrypted_content_info"]
    assert info["content_encryption_algorithm"]["algorithm"].native == "aes256_cbc"


def test_the_signature_says_when_and_carries_the_way_to_the_root(desk: Desk) -> None:
    _, signature = parts_of(desk.decrypt(engine().seal(letter(noor())), noor()))
    signed = cms.ContentInfo.load(signature)["content"]
    [signer] = signed["signer_infos"]
    assert signer["digest_algorithm"]["algorithm"].native == "sha256"
    attributes = {each["type"].native: each["values"].native for each in signer["signed_attrs"]}
    assert abs(attributes["signing_time"][0] - now()) < timedelta(minutes=1)
    assert {each.chosen.dump() for each in signed["certificates"]} == {
        gateway().certificate,
        ISSUING.certificate,
    }
    assert not signed["encap_content_info"]["content"].native


def test_every_line_is_short_and_ends_in_crlf() -> None:
    mail = engine().seal(letter(noor()))
    assert mail.count(b"\n") == mail.count(b"\r\n")
    assert max(map(len, mail.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"not_after": datetime(2026, 1, 1, tzinfo=UTC)}, Reason.RECIPIENT_KEY_EXPIRED),
        ({"not_before": datetime(2040, 1, 1, tzinfo=UTC)}, Reason.RECIPIENT_NO_KEY),
        ({"usage": ("digital_signature",)}, Reason.RECIPIENT_NO_KEY),
        ({"key": "rsa1024"}, Reason.RECIPIENT_NO_KEY),
        ({"key": "ed25519"}, Reason.RECIPIENT_NO_KEY),
    ],
)
def test_nothing_is_sealed_to_a_certificate_that_does_not_count(
    changed: dict[str, object], reason: Reason
) -> None:
    reader = ISSUING.issue(NOOR, **({"key": "rsa2048"} | changed))  # type: ignore[arg-type] # as issue says
    assert stop_of(engine(), reader) == (Outcome.HOLD, reason)


def test_nothing_is_sealed_to_somebody_whom_no_root_vouches_for() -> None:
    stranger = Authority.make("Elders Root").issue(NOOR, key="rsa2048")
    assert stop_of(engine(), stranger) == (Outcome.HOLD, Reason.RECIPIENT_NO_KEY)


def test_nothing_is_sealed_to_a_revoked_certificate_and_unknown_waits() -> None:
    revoked = engine(material=trust(revoked=[noor()]))
    assert stop_of(revoked, noor()) == (Outcome.HOLD, Reason.RECIPIENT_KEY_REVOKED)
    nobody_knows = engine(material=trust(lists=()))
    assert stop_of(nobody_knows, noor()) == (Outcome.RETRY, Reason.UNREACHABLE)


def stop_of(made: SmimeEngine, reader: Leaf) -> tuple[Outcome, Reason]:
    with pytest.raises((Hold, Retry)) as stop:
        made.seal(letter(reader))
    assert isinstance(stop.value, Stop)
    [reason] = stop.value.reasons
    return stop.value.outcome, reason


def test_what_is_no_certificate_holds() -> None:
    with pytest.raises(Hold) as stop:
        engine().seal(letter(noor(), certificate=b"no certificate"))
    assert stop.value.reasons == (Reason.RECIPIENT_NO_KEY,)


def test_a_header_that_cannot_be_written_holds() -> None:
    with pytest.raises(Hold) as stop:
        engine().seal(letter(noor(), subject="een\r\nBcc: ander@elders.example"))
    assert stop.value.reasons == (Reason.SEALING_FAILED,)


def test_a_certificate_in_pem_is_as_good() -> None:
    assert engine().seal(letter(noor(), certificate=noor().pem))


# own keys


def protected(leaf: Leaf) -> bytes:
    return leaf.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"geheim"),
    )


def test_a_key_that_cannot_be_used_is_named() -> None:
    mine, other = gateway(), holder("ander@gemeente.example", "p256")
    short = ISSUING.issue(GATEWAY, key="rsa1024")
    edwards = ISSUING.issue(GATEWAY, key="ed25519")
    for secrets, certificate, fault in [
        ([protected(mine)], mine.pem, "passphrase"),
        ([b"no key"], mine.pem, "cannot be read"),
        ([mine.key], other.pem, "no certificate"),
        ([mine.key], b"", "no certificate"),
        ([mine.key + mine.pem], other.pem, "no secret key"),
        ([short.key], short.pem, "RSA"),
        ([edwards.key], edwards.pem, "RSA"),
        ([mine.key], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "read"),
    ]:
        with pytest.raises(UnsupportedKeyError, match=fault):
            SmimeEngine(secrets, certificate)


def test_the_newest_key_signs() -> None:
    newest, older = holder(GATEWAY, "p256"), gateway()
    mail = engine(own=[newest, older]).seal(letter(noor()))
    opened = engine(newest, own=[noor()]).decrypt(read_outer(mail).ciphertext, now())
    assert states(opened) == ["valid"]
    assert opened.signatures[0].fingerprint == newest.fingerprint
