"""CMS that was made to be believed wrongly, field by field, and changed bit by bit."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
from asn1crypto import cms, core
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.cms_signed import CERTIFICATES_LIMIT
from gateway.adapters.pgp_container import NotForUs
from gateway.adapters.pgp_packets import Damaged
from gateway.domain.mail import SignatureState
from gateway.domain.stops import Reject
from tests import crafted_cms
from tests.crafted_cms import SignedMessage, Signing, attribute, usual
from tests.smime_engines import INNER, engine, gateway, noor, now, states
from tests.smime_people import ISSUING, NOOR, Desk, holder, opaque_entity, signed_entity

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.adapters.smime import SmimeEngine
    from gateway.adapters.unsealing import Decrypted

OTHER = INNER.replace(b"Zie bijlage", b"Zie Bijlage")
assert OTHER != INNER
OUTCOMES = (Damaged, NotForUs, Reject)


def nothing(made: Decrypted) -> bool:
    """Whether it ended as a mail that nobody signed."""
    return (made.content, made.signatures) == (b"", ())


def sealed(entity: bytes) -> bytes:
    return crafted_cms.enveloped(entity, gateway())


def opened(entity: bytes, made: SmimeEngine | None = None) -> list[str]:
    return states((made or engine()).decrypt(sealed(entity), now()))


def apart(*signings: Signing, payload: bytes = INNER) -> bytes:
    signature = crafted_cms.apart(payload, *signings, certificates=[ISSUING])
    return signed_entity(payload, signature)


def opaque(message: SignedMessage) -> bytes:
    return opaque_entity(message.der())


SIGNED = SignedMessage(
    content=INNER, carries=INNER, signings=[Signing(by=noor())], certificates=[ISSUING]
)


def test_a_crafted_mail_without_fault_is_believed() -> None:
    """Or nothing below would show anything."""
    assert opened(apart(Signing(by=noor()))) == ["valid"]
    assert opened(apart(Signing(by=noor(), named_by_key=True))) == ["valid"]
    assert opened(opaque(SIGNED)) == ["valid"]


@pytest.mark.parametrize(
    "make", [lambda how: apart(*how), lambda how: opaque(replace(SIGNED, signings=how))]
)
def test_several_signers_are_several_signatures(make: Callable[[list[Signing]], bytes]) -> None:
    bo, stranger = holder("bo@taalschool.example"), holder("niemand@elders.example")
    by = [Signing(by=each) for each in (noor(), bo, stranger)]
    found = opened(make(by), engine(noor(), bo))
    assert sorted(found) == ["unknown-key", "valid", "valid"]
    assert opened(make([by[0], replace(by[0], over=OTHER)])) in (["valid", "bad"], ["bad", "valid"])


def test_three_hundred_signers_cost_no_more_than_a_few() -> None:
    message = SignedMessage(content=INNER, signings=[Signing(by=noor(), digest="sha512")] * 300)
    assert len(opened(signed_entity(INNER, message.der()))) == 4


def test_no_signer_is_no_signature() -> None:
    assert opened(apart()) == []
    assert opened(opaque(replace(SIGNED, signings=[]))) == []
    assert opened(opaque_entity(crafted_cms.certificates_only(noor(), ISSUING))) == []


def test_content_belongs_in_one_place() -> None:
    both = SIGNED.der()
    assert opened(signed_entity(INNER, both)) == ["bad"]
    assert opened(signed_entity(OTHER, both)) == ["bad"]
    nowhere = crafted_cms.apart(INNER, Signing(by=noor()))
    assert opened(opaque_entity(nowhere)) == ["bad"]


def test_a_signature_over_nothing_brings_nothing() -> None:
    empty = SignedMessage(
        content=b"", carries=b"", signings=[Signing(by=noor())], certificates=[ISSUING]
    )
    made = engine().decrypt(sealed(opaque(empty)), now())
    assert [each.state for each in made.signatures] == [SignatureState.VALID]
    assert made.content == b""


def test_extra_certificates_change_nothing() -> None:
    others = [holder(f"x{number}@elders.example") for number in range(5)]
    message = replace(SIGNED, certificates=[*others, ISSUING, noor(), *others])
    assert opened(opaque(message)) == ["valid"]
    flood = replace(SIGNED, certificates=[ISSUING] * (CERTIFICATES_LIMIT + 1))
    assert opened(opaque(flood)) == []


def test_a_certificate_of_the_same_name_is_not_the_pinned_one() -> None:
    """Same issuer, same serial number, other key: one is pinned, the other signed."""
    pinned = ISSUING.issue(NOOR, key="p256", serial=4711)
    false = ISSUING.issue(NOOR, key="p256", holder="somebody else", serial=4711)
    signing = Signing(by=false)
    message = SignedMessage(
        content=INNER, carries=INNER, signings=[signing], certificates=[false, ISSUING]
    )
    assert opened(opaque(message), engine(pinned)) == ["bad"]
    assert opened(opaque(message), engine(pinned, false)) == ["valid"]


def test_a_certificate_with_the_same_address_that_nobody_pinned() -> None:
    newer = ISSUING.issue(NOOR, key="p256", holder="somebody else")
    assert opened(apart(Signing(by=newer))) == ["unknown-key"]


def test_a_signature_said_to_be_by_another_registered_contact() -> None:
    bo = holder("bo@taalschool.example")
    assert opened(apart(Signing(by=bo, named=noor())), engine(noor(), bo)) == ["bad"]


# signed attributes


TYPE, TIME, DIGEST = usual(INNER, "sha256", now())
OTHER_DIGEST = usual(OTHER, "sha256", now())[2]


@pytest.mark.parametrize(
    "attributes",
    [
        [],
        [TYPE, TIME],
        [TIME, DIGEST],
        [TYPE, TYPE, TIME, DIGEST],
        [TYPE, TIME, DIGEST, DIGEST],
        [TYPE, TIME, DIGEST, OTHER_DIGEST],
        [TYPE, TIME, TIME, DIGEST],
        [TYPE, TIME, OTHER_DIGEST],
        [attribute("content_type", "signed_data"), TIME, DIGEST],
        [attribute("content_type", "data", "data"), TIME, DIGEST],
        [TYPE, TIME, attribute("message_digest", DIGEST["values"][0].native, b"x" * 32)],
        [TYPE, TIME, attribute("message_digest", b"")],
    ],
)
def test_type_and_digest_stand_there_exactly_once(attributes: list[cms.CMSAttribute]) -> None:
    """RFC 5652, sections 5.3, 11.1 and 11.2."""
    assert opened(apart(Signing(by=noor(), attributes=attributes))) == ["bad"]


def test_without_a_time_it_is_valid_and_has_no_date() -> None:
    """The walk refuses a signature without a date."""
    message = sealed(apart(Signing(by=noor(), attributes=[TYPE, DIGEST])))
    [signature] = engine().decrypt(message, now()).signatures
    assert (signature.state, signature.created) == (SignatureState.VALID, None)


def test_attributes_out_of_order_are_no_der() -> None:
    attributes = sorted([TYPE, TIME, DIGEST], key=lambda each: each.dump(), reverse=True)
    assert opened(apart(Signing(by=noor(), attributes=attributes, ordered=False))) == ["bad"]


def test_attributes_of_a_signature_are_not_its_content() -> None:
    """Signed attributes of one mail shown as the content of another, without attributes."""
    signing = Signing(by=noor())
    info = crafted_cms.signer_info(INNER, signing)
    attributes = b"\x31" + info["signed_attrs"].dump()[1:]
    stripped = cms.SignerInfo({name: info[name] for name in info.native if "attrs" not in name})
    data = cms.ContentInfo.load(SIGNED.der())
    data["content"]["encap_content_info"]["content"] = core.ParsableOctetString(attributes)
    data["content"]["signer_infos"] = [stripped]
    assert opened(opaque_entity(data.dump(force=True))) == ["bad"]


def test_nobody_stands_behind_unsigned_attributes() -> None:
    signing = Signing(by=noor(), attributes=[TYPE, DIGEST], unsigned=[TIME])
    [signature] = engine().decrypt(sealed(apart(signing)), now()).signatures
    assert signature.created is None


def test_a_signature_of_another_kind_of_content() -> None:
    message = replace(SIGNED, content_type="1.2.840.113549.1.9.16.1.4")
    assert opened(opaque(message)) == []


# what is signed, and what is not


def test_text_around_the_signed_part_is_not_signed() -> None:
    part = apart(Signing(by=noor()))
    mixed = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' + part
    mixed += b"\r\n--b\r\nContent-Type: text/plain\r\n\r\nEn dit ook.\r\n--b--\r\n"
    assert opened(mixed) == []
    message = b"Content-Type: message/rfc822\r\n\r\n" + part
    assert opened(message) == []


def test_two_layers_of_signatures_are_two_signatures() -> None:
    """Signed twice is refused whoever did it: which of them is the sender?"""
    once = apart(Signing(by=noor()))
    assert opened(apart(Signing(by=noor()), payload=once)) == ["valid", "valid"]
    deep = once
    for _ in range(5):
        deep = apart(Signing(by=noor()), payload=deep)
    with pytest.raises(Damaged):
        opened(deep)


@pytest.mark.parametrize("inner", ["compressed", "encrypted", "data"])
def test_only_a_signature_is_inside_the_encryption(inner: str) -> None:
    signed = apart(Signing(by=noor()))
    data = cms.ContentInfo({"content_type": "data", "content": signed}).dump()
    made = {
        "compressed": crafted_cms.compressed(signed),
        "encrypted": sealed(signed),
        "data": data,
    }[inner]
    assert opened(opaque_entity(made)) == []


@pytest.mark.parametrize("make", [crafted_cms.compressed, crafted_cms.certificates_only])
def test_what_is_not_encrypted_at_its_root_is_refused(make: Callable[..., bytes]) -> None:
    content = INNER if make is crafted_cms.compressed else noor()
    with pytest.raises(Reject):
        engine().decrypt(make(content), now())


# encryption


def test_every_damage_ends_as_if_nobody_had_signed() -> None:
    """Key, padding, cipher text and structure: one end for all of it, so no oracle."""
    signed = apart(Signing(by=noor()))
    key = os.urandom(32)
    whole = crafted_cms.enveloped(signed, gateway(), key=key)
    info = cms.ContentInfo.load(whole)["content"]["encrypted_content_info"]
    ciphertext = info["encrypted_content"].native
    damaged = [
        whole.replace(ciphertext, ciphertext[:-1] + bytes((ciphertext[-1] ^ 1,))),
        crafted_cms.enveloped(signed, gateway(), encrypted_key=os.urandom(256)),
        crafted_cms.enveloped(signed, gateway(), encrypted_key=b"\xff" * 256),
        crafted_cms.enveloped(signed, gateway(), encrypted_key=b"short"),
        crafted_cms.enveloped(signed, gateway(), key=key[:16]),
        crafted_cms.enveloped(b"\xff no header \x00", gateway()),
        crafted_cms.enveloped(b"Content-Type: multipart/signed\r\n\r\n", gateway()),
        crafted_cms.enveloped(opaque_entity(b"no CMS"), gateway()),
        crafted_cms.enveloped(INNER, gateway()),
    ]
    made = engine()
    for each in damaged:
        assert nothing(made.decrypt(each, now()))


def test_blocks_at_the_end_show_nothing_of_their_padding() -> None:
    """A block of somebody's mail put behind it, with every last octet before it in turn.

    One of 256 ends in a right padding.  It must not show: neither by a signature that
    is still valid, nor by any other end than the 255 others.
    """
    whole = crafted_cms.enveloped(apart(Signing(by=noor())), gateway())
    content = cms.ContentInfo.load(whole)
    info = content["content"]["encrypted_content_info"]
    ciphertext = info["encrypted_content"].native
    made = engine()
    for last in range(256):
        info["encrypted_content"] = ciphertext + bytes(15) + bytes((last,)) + ciphertext[32:48]
        assert nothing(made.decrypt(content.dump(force=True), now()))


def test_a_gadget_in_cbc_moves_nothing_out() -> None:
    """EFAIL: blocks of a known beginning are changed and repeated; the signature breaks."""
    signed = apart(Signing(by=noor()))
    assert signed.startswith(b"Content-Type: mul")
    whole = crafted_cms.enveloped(signed, gateway())
    info = cms.ContentInfo.load(whole)["content"]["encrypted_content_info"]
    iv = info["content_encryption_algorithm"]["parameters"].native
    known, wanted = signed[:16], b"Content-type: te"
    changed = bytes(a ^ b ^ c for a, b, c in zip(iv, known, wanted, strict=True))
    made = engine().decrypt(whole.replace(iv, changed), now())
    assert made.signatures == ()
    assert made.content == b""


def test_gcm_turned_into_cbc_proves_nothing() -> None:
    """AuthEnvelopedData relabelled as EnvelopedData, to use us as an oracle for its key."""
    with Desk() as desk:
        signed = desk.sign(INNER, noor())
        gcm = cms.ContentInfo.load(desk.encrypt(signed, gateway(), cipher="aes-256-gcm"))
    auth = gcm["content"]
    algorithm = {"algorithm": "aes256_cbc", "parameters": os.urandom(16)}
    sealed_bytes = auth["auth_encrypted_content_info"]["encrypted_content"].native
    data = cms.EnvelopedData(
        {
            "version": "v0",
            "recipient_infos": auth["recipient_infos"],
            "encrypted_content_info": {
                "content_type": "data",
                "content_encryption_algorithm": algorithm,
                "encrypted_content": sealed_bytes[: len(sealed_bytes) // 16 * 16],
            },
        }
    )
    message = cms.ContentInfo({"content_type": "enveloped_data", "content": data}).dump()
    assert nothing(engine().decrypt(message, now()))


@pytest.mark.parametrize("length", [0, 4, 8, 11, 15])
def test_a_short_tag_is_refused(length: int) -> None:
    with Desk() as desk:
        gcm = cms.ContentInfo.load(
            desk.encrypt(desk.sign(INNER, noor()), gateway(), cipher="aes-256-gcm")
        )
    gcm["content"]["mac"] = gcm["content"]["mac"].native[:length]
    with pytest.raises(Damaged):
        engine().decrypt(gcm.dump(force=True), now())


def test_something_behind_the_message_is_refused() -> None:
    with pytest.raises(Damaged):
        engine().decrypt(sealed(apart(Signing(by=noor()))) + b"\0", now())


# any other bytes


@cache
def good(kind: str) -> bytes:
    """One message of each kind, so that every region of each is changed."""
    with Desk() as desk:
        if kind == "cbc-apart":
            return desk.encrypt(desk.sign(INNER, noor()), gateway())
        if kind == "gcm-opaque":
            entity = desk.sign(INNER, noor(), opaque=True, options=["-stream"])
            return desk.encrypt(entity, gateway(), cipher="aes-256-gcm", options=["-stream"])
        return desk.encrypt(desk.sign(INNER, noor()), holder("poort@gemeente.example", "p256"))


@cache
def content(kind: str) -> bytes:
    return reader().decrypt(good(kind), now()).content


@cache
def reader() -> SmimeEngine:
    return engine(own=[gateway(), holder("poort@gemeente.example", "p256")])


KINDS = pytest.mark.parametrize("kind", ["cbc-apart", "gcm-opaque", "ecdh"])


@KINDS
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_changed_bit_of_a_message_is_believed(kind: str, data: st.DataObject) -> None:
    """What still opens, such as with another version number, is the same content."""
    message = good(kind)
    at, bit = data.draw(st.integers(0, len(message) - 1)), data.draw(st.integers(0, 7))
    changed = message[:at] + bytes((message[at] ^ 1 << bit,)) + message[at + 1 :]
    same_or_nothing(kind, changed)


@KINDS
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_no_cut_or_inserted_bytes_are_believed(kind: str, data: st.DataObject) -> None:
    message = good(kind)
    start = data.draw(st.integers(0, len(message)))
    end = data.draw(st.integers(start, len(message)))
    same_or_nothing(kind, message[:start] + data.draw(st.binary(max_size=50)) + message[end:])


def same_or_nothing(kind: str, changed: bytes) -> None:
    with suppress(*OUTCOMES):
        made = reader().decrypt(changed, now())
        if states(made) == ["valid"]:
            assert made.content == content(kind)


@cache
def signed(kind: str) -> bytes:
    with Desk() as desk:
        return desk.sign(INNER, noor(), opaque=kind == "opaque")


@pytest.mark.parametrize("kind", ["apart", "opaque"])
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_no_changed_bit_under_the_encryption_is_believed(kind: str, data: st.DataObject) -> None:
    entity = signed(kind)
    at, bit = data.draw(st.integers(0, len(entity) - 1)), data.draw(st.integers(0, 7))
    changed = entity[:at] + bytes((entity[at] ^ 1 << bit,)) + entity[at + 1 :]
    with suppress(*OUTCOMES):
        made = reader().decrypt(sealed(changed), now())
        if states(made) == ["valid"]:
            assert made.content.replace(b"\r\n", b"\n") == INNER.replace(b"\r\n", b"\n")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_inside_the_encryption_are_nothing_to_believe(inside: bytes) -> None:
    with suppress(*OUTCOMES):
        made = reader().decrypt(sealed(inside), now())
        assert made.signatures == ()
        assert made.content == b""


@settings(max_examples=200, deadline=None)
@given(payload=st.binary(min_size=1, max_size=200), opaquely=st.booleans())
def test_any_payload_comes_out_as_it_was_signed(payload: bytes, opaquely: bool) -> None:
    """Under an honest header, since a payload that looks signed itself is one more layer."""
    entity = b"Content-Type: application/octet-stream\r\n\r\n" + payload
    canonical = b"\r\n".join(each.rstrip(b"\r") for each in entity.split(b"\n"))
    message = crafted_cms.apart(canonical, Signing(by=noor()), certificates=[ISSUING])
    if opaquely:
        message = crafted_cms.opaque(canonical, Signing(by=noor()), certificates=[ISSUING])
    wrapped = opaque_entity(message) if opaquely else signed_entity(canonical, message)
    made = reader().decrypt(sealed(wrapped), now())
    assert states(made) == ["valid"]
    assert made.content == canonical
