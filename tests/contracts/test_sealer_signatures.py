"""Signatures that prove nothing: each has its own verdict, and nothing is handed out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.mail import SignatureState
from tests import crafted
from tests.contracts.sealers import PUBLIC, SECRET, House, just_now, keyring, noor
from tests.crafted import mail, report
from tests.people import (
    Person,
    expiring,
    nested,
    person,
    revoked,
)


async def test_without_a_signature_nothing_is_handed_out(house: House) -> None:
    assert await house.states(house.mail(), noor().cert) == []


async def test_a_signer_nobody_knows(house: House) -> None:
    assert await house.states(house.mail(noor())) == [SignatureState.UNKNOWN_KEY]


async def test_the_gateway_itself_is_no_contact(engine: House) -> None:
    """A mail signed by our own key, as one of ours sent back, has no known signer."""
    own = Person("Taalpoort", "poort@gemeente.example", SECRET, PUBLIC)
    states = await engine.states(engine.mail(own), noor().cert)
    assert states == [SignatureState.UNKNOWN_KEY]


async def test_two_signatures_are_two(house: House) -> None:
    other = person("Bo Voorbeeld", "bo@taalschool.example", made_by="gnupg")
    content = house.mail(noor(), other)
    assert len(await house.states(content, noor().cert, other.cert)) == 2
    assert len(await house.states(content, noor().cert)) == 2


async def test_a_detached_signature_over_other_words(engine: House) -> None:
    signed = nested(noor(), report())
    changed = signed.replace(b"Zie bijlage.", b"Zie bijlagf.")
    assert changed != signed
    states = await engine.states(engine.mail(inner=changed), noor().cert)
    assert states == [SignatureState.BAD]


async def test_a_signature_around_other_words(engine: House) -> None:
    packets = crafted.signed_packets(report(), noor())
    changed = crafted.with_other_content(packets, b"Zie bijlage.", b"Zie bijlagf.")
    content = mail(crafted.encrypted_packets(PUBLIC, changed))
    assert await engine.states(content, noor().cert) == [SignatureState.BAD]


async def test_a_good_and_a_bad_signature_are_two(engine: House) -> None:
    """One good signature must not hide a bad one beside it."""
    other = person("Bo Voorbeeld", "bo@taalschool.example", made_by="gnupg")
    inner = nested(noor(), report()).replace(b"Zie bijlage.", b"Zie bijlagf.")
    states = await engine.states(engine.mail(other, inner=inner), noor().cert, other.cert)
    assert states[1] is SignatureState.BAD
    assert len(states) == 2


async def test_a_signed_part_that_is_not_the_whole_does_not_count(engine: House) -> None:
    """A multipart/signed under another root covers a part only."""
    inner = (
        b'Content-Type: multipart/mixed; boundary="around"\r\n\r\n'
        b"--around\r\n"
        + nested(noor(), report())
        + b"\r\n--around\r\nContent-Type: application/json\r\n\r\n{}\r\n--around--\r\n"
    )
    assert await engine.states(engine.mail(inner=inner), noor().cert) == []


@pytest.mark.parametrize("digest", ["SHA1", "RIPEMD160"])
async def test_a_weak_digest(engine: House, digest: str) -> None:
    sender = person("Rob Oud", "rob@taalschool.example", made_by="gnupg", algorithm="rsa3072")
    options = ["--digest-algo", digest, "--allow-weak-digest-algos"]
    packets = crafted.signed_packets(report(), sender, options=options)
    content = mail(crafted.encrypted_packets(PUBLIC, packets))
    assert await engine.states(content, sender.cert) == [SignatureState.WEAK]


async def test_a_key_too_short_to_prove_anything(engine: House) -> None:
    certificate, packets = crafted.by_a_short_key()
    content = mail(crafted.encrypted_packets(PUBLIC, packets))
    assert await engine.states(content, certificate) == [SignatureState.WEAK]


async def test_a_revoked_key(house: House) -> None:
    states = await house.states(house.mail(noor()), revoked(noor()))
    assert states == [SignatureState.KEY_REVOKED]


async def test_a_key_that_has_run_out_counts_as_of_the_moment_asked_for(house: House) -> None:
    """The signature is from before the expiry: it was good then, and is not now."""
    sender = person("Eva Eind", "eva@taalschool.example")
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    ring = keyring(expiring(sender, end))
    content = house.mail(sender)
    for at, state in [
        (end - timedelta(seconds=1), SignatureState.VALID),
        (end, SignatureState.KEY_EXPIRED),
        (None, SignatureState.VALID),
    ]:
        opened = await house.sealer.open(content, ring, at=at)
        assert [each.state for each in opened.signatures] == [state]


async def test_a_key_that_ran_out_before_it_signed(engine: House) -> None:
    sender = person("Eva Eind", "eva@taalschool.example")
    ended = expiring(sender, just_now())
    states = await engine.states(engine.mail(sender), ended)
    assert states == [SignatureState.KEY_EXPIRED]
