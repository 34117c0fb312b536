"""What a real program writes opens, with the right signer."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from gateway.adapters.key_names import holder_of
from gateway.domain.mail import Protection, SignatureState
from tests import crafted
from tests.contracts.sealers import PUBLIC, STYLES, House, keyring, noor
from tests.crafted import DOCUMENT, report
from tests.people import (
    Style,
    encrypt_mail,
    nested,
    person,
)


async def test_a_known_signer_is_named_with_content_headers_and_date(house: House) -> None:
    opened = await house.sealer.open(house.mail(noor()), keyring(noor().cert))
    [signature] = opened.signatures
    assert signature.state is SignatureState.VALID
    assert signature.fingerprint == noor().fingerprint
    assert signature.created is not None
    assert abs(signature.created - datetime.now(UTC)) < timedelta(minutes=1)
    assert opened.protection is Protection.OPENPGP
    assert opened.opened_by == holder_of(PUBLIC, Protection.OPENPGP)
    assert opened.outer.from_ == ("noor@taalschool.example",)
    assert opened.outer.subject == "Voortgang"
    assert opened.outer.message_id == "<1@taalschool.example>"
    assert opened.outer.date == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert not opened.outer.automatic
    assert opened.protected is None
    [attachment] = opened.attachments
    assert attachment.name == "bijsluiter.json"
    assert attachment.media_type == "application/json"
    assert attachment.content == DOCUMENT


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("made_by", "algorithm"),
    [("gnupg", "cv25519"), ("gnupg", "rsa3072"), ("gnupg", "p256"), ("sequoia", "cv25519")],
)
async def test_mail_as_real_programs_write_it(
    engine: House,
    style: Style,
    made_by: Literal["gnupg", "sequoia"],
    algorithm: Literal["cv25519", "rsa3072", "p256"],
) -> None:
    """Compressed or not, combined or nested, signed by the primary key or by a subkey."""
    address = f"{made_by}-{algorithm}@taalschool.example"
    sender = person("Noor Voorbeeld", address, made_by=made_by, algorithm=algorithm)
    content = encrypt_mail(sender, PUBLIC, DOCUMENT, style=style)
    opened = await engine.sealer.open(content, keyring(noor().cert, sender.cert))
    assert [each.state for each in opened.signatures] == [SignatureState.VALID]
    assert opened.signatures[0].fingerprint == sender.fingerprint
    assert [each.content for each in opened.attachments] == [DOCUMENT]
    if style == "thunderbird":
        assert opened.outer.subject == "..."
        assert opened.protected is not None
        assert opened.protected.subject == "Voortgang"
        assert opened.protected.from_ == (address,)


async def test_combined_and_nested_at_once_counts_both_signatures(engine: House) -> None:
    other = person("Bo Voorbeeld", "bo@taalschool.example")
    content = engine.mail(other, inner=nested(noor(), report()))
    opened = await engine.sealer.open(content, keyring(noor().cert, other.cert))
    assert [each.fingerprint for each in opened.signatures] == [
        other.fingerprint,
        noor().fingerprint,
    ]


async def test_an_armor_without_checksum_opens(engine: House) -> None:
    content = crafted.without_checksum(encrypt_mail(noor(), PUBLIC, DOCUMENT, style="gnupg"))
    assert await engine.states(content, noor().cert) == [SignatureState.VALID]


async def test_25_megabytes_pass(house: House) -> None:
    big = os.urandom(13_000_000)
    inner = report([("bijlage.pdf", "application/pdf", big)])
    content = house.mail(noor(), inner=inner)
    assert len(content) > 23_000_000
    opened = await house.sealer.open(content, keyring(noor().cert))
    assert [len(each.content) for each in opened.attachments] == [len(DOCUMENT), len(big)]


async def test_a_later_keyring_counts(house: House) -> None:
    """A contact whose certificate is withdrawn is unknown from the next mail on."""
    content = house.mail(noor())
    for revision, certificates, state in [
        (1, (), SignatureState.UNKNOWN_KEY),
        (2, (noor().cert,), SignatureState.VALID),
        (3, (), SignatureState.UNKNOWN_KEY),
    ]:
        opened = await house.sealer.open(content, keyring(*certificates, revision=revision))
        assert [each.state for each in opened.signatures] == [state]


async def test_a_certificate_that_cannot_be_read_harms_no_other(house: House) -> None:
    content = house.mail(noor())
    assert await house.states(content, b"no certificate", noor().cert) == [SignatureState.VALID]
