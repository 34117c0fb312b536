"""What a signature packet says of itself: read strictly, whoever made it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.certificates import components
from gateway.adapters.pgp_packets import SIGNATURE, Damaged, framed
from gateway.adapters.pgp_signature import Claims, claims, has_back_signature
from tests.mails import packets
from tests.mails.openpgp import person
from tests.mails.packets import keys_of, signature
from tests.mails.scene import Who

MADE = datetime(2026, 11, 23, 12, tzinfo=UTC)
OURS = bytes(range(20))
KEY = packets.new_key(MADE)


def body(*found: packets.Subpacket, version: int = 4, kind: int = 0) -> bytes:
    """A signature's body with this hashed area, and nothing behind it that counts."""
    area = packets.subpackets(found)
    return bytes((version, kind, 22, 8)) + len(area).to_bytes(2, "big") + area + bytes(20)


def read(*found: packets.Subpacket) -> Claims:
    return claims(framed(SIGNATURE, body(*found)))


CREATED = (packets.CREATED, packets.four(MADE.timestamp()), False)


def test_what_an_honest_signature_says() -> None:
    recipient = (packets.RECIPIENT, b"\x04" + OURS, False)
    found = claims(signature(KEY, b"x", recipient, (3, packets.four(60), True), made=MADE))
    assert found.over_a_document
    assert (found.version, found.created) == (4, MADE)
    assert found.recipients == (OURS.hex().upper(),)
    assert not found.has_ended(MADE + timedelta(seconds=59))
    assert found.has_ended(MADE + timedelta(seconds=60))


@pytest.mark.parametrize(
    "more",
    [
        (99, b"", True),
        (packets.NOTATION, bytes(8), True),
        (27, b"\x02", True),
        (packets.CREATED, packets.four(1), False),
    ],
    ids=["unknown", "notation", "key flags", "second creation time"],
)
def test_what_cannot_be_heeded_is_no_signature_over_a_document(more: packets.Subpacket) -> None:
    assert read(CREATED).over_a_document
    assert not read(CREATED, more).over_a_document


@pytest.mark.parametrize("kind", [0x02, 0x10, 0x13, 0x18, 0x1F, 0x20, 0x40, 0x50])
def test_only_the_two_types_over_a_document(kind: int) -> None:
    assert claims(framed(SIGNATURE, body(CREATED, kind=1))).over_a_document
    assert not claims(framed(SIGNATURE, body(CREATED, kind=kind))).over_a_document


@pytest.mark.parametrize("length", [0, 3, 5, 8, 100])
def test_a_time_has_four_octets(length: int) -> None:
    with pytest.raises(Damaged):
        read((packets.CREATED, bytes(length), False))


def test_the_digest_is_that_of_one_act_of_signing() -> None:
    """Another second, content or recipient is another act; what is not hashed changes nothing."""
    one = signature(KEY, b"x", made=MADE)
    assert claims(one).digest(b"x") == claims(signature(KEY, b"x", made=MADE)).digest(b"x")
    later = signature(KEY, b"x", made=MADE + timedelta(seconds=1))
    assert claims(one).digest(b"x") != claims(later).digest(b"x")
    assert claims(one).digest(b"x") != claims(one).digest(b"y")
    unhashed = one[6:] + b"\x00"
    assert claims(framed(SIGNATURE, unhashed)).digest(b"x") == claims(one).digest(b"x")


def test_a_subkey_signs_only_when_it_has_agreed() -> None:
    """By real programs' own, and one that was taken into somebody's certificate."""
    assert [each.signs for each in components(person(Who.SENDER).cert)] == [False, True, False]
    odd = {each.fingerprint: each.signs for each in components(person(Who.ODD).cert)}
    primary = keys_of(person(Who.ODD))[0].fingerprint.hex().upper()
    assert [name for name, signs in odd.items() if signs] == [primary]
    assert len(odd) == 4


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read_ in (lambda: claims(framed(SIGNATURE, data)), lambda: has_back_signature(data)):
        try:
            read_()
        except (Damaged, IndexError):
            continue


@given(
    st.lists(
        st.tuples(st.integers(0, 127), st.binary(max_size=40), st.booleans()),
        max_size=6,
    )
)
def test_any_subpackets_are_read_or_refused(found: list[packets.Subpacket]) -> None:
    try:
        said = read(*found)
    except Damaged:
        assert any(tag in {2, 3} and len(content) != 4 for tag, content, _ in found)
        return
    assert len(said.recipients) == sum(tag == packets.RECIPIENT for tag, _, _ in found)
