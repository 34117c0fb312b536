"""The frame of CMS is read in one way or not at all."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from asn1crypto import core, parser
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.cms_read import (
    DEPTH_LIMIT,
    ELEMENTS_LIMIT,
    OCTETS,
    SEQUENCE,
    SMALL_LIMIT,
    Ber,
    context,
    der,
    dotted,
    is_der,
)
from gateway.adapters.pgp_packets import Damaged

if TYPE_CHECKING:
    from gateway.adapters.cms_read import Element

END = b"\0\0"
INDEFINITE = b"\x80"


def whole(data: bytes) -> tuple[Ber, Element]:
    ber = Ber(data)
    return ber, ber.whole()


def nested(levels: int, *, indefinite: bool) -> bytes:
    data = b"\x05\x00"
    for _ in range(levels):
        data = b"\x30\x80" + data + END if indefinite else der(SEQUENCE, data)
    return data


def walk(ber: Ber, element: Element) -> None:
    if element.tag & 0x20:
        for each in ber.children(element):
            walk(ber, each)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x01",
        b"\x30\x00\x00",  # something behind it
        b"\x30\x80",  # no end
        b"\x30\x80\x00",
        b"\x30\x80\x04\x01\x00\x00",
        b"\x04\x80\x00\x00",  # a primitive has a length
        b"\x30\x85\x00\x00\x00\x00\x00",  # five octets of length
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\xff",
        b"\x1f\x81\x01\x00",  # a tag number above 30
        b"\x00\x00",
        b"\x30\x02\x00\x00",  # an end without a beginning
    ],
)
def test_what_is_not_one_element_is_damaged(data: bytes) -> None:
    with pytest.raises(Damaged):
        walk(*whole(data))


@pytest.mark.parametrize("indefinite", [False, True])
def test_depth_is_bounded(indefinite: bool) -> None:
    walk(*whole(nested(DEPTH_LIMIT - 1, indefinite=indefinite)))
    for levels in (DEPTH_LIMIT, 1000, 5000):
        with pytest.raises(Damaged):
            walk(*whole(nested(levels, indefinite=indefinite)))


def test_the_number_of_elements_is_bounded() -> None:
    with pytest.raises(Damaged):
        walk(*whole(der(SEQUENCE, b"\x05\x00" * ELEMENTS_LIMIT)))


def test_a_large_content_in_small_pieces_is_joined() -> None:
    pieces = [bytes((number % 256,)) * 1000 for number in range(25_000)]
    inner = b"\x24\x80" + b"".join(der(OCTETS, each) for each in pieces) + END
    ber, found = whole(b"\x30\x80" + inner + END)
    assert ber.octets(ber.only(found)) == b"".join(pieces)


def test_pieces_of_another_kind_are_no_content() -> None:
    for wrong in (der(SEQUENCE), b"\x24\x00", b"\x05\x00", der(context(0), b"")):
        ber, found = whole(der(0x24, der(OCTETS, b"a"), wrong))
        with pytest.raises(Damaged):
            ber.octets(found)


def test_what_goes_to_another_parser_is_small_and_shallow() -> None:
    ber, found = whole(der(SEQUENCE, der(OCTETS, bytes(SMALL_LIMIT))))
    with pytest.raises(Damaged):
        ber.small(found)
    ber, found = whole(der(SEQUENCE, nested(DEPTH_LIMIT, indefinite=False)))
    with pytest.raises(Damaged):
        ber.small(found)


@pytest.mark.parametrize(
    ("data", "canonical"),
    [
        (der(SEQUENCE, der(OCTETS, bytes(200))), True),
        (b"\x30\x80\x04\x01a\x00\x00", False),
        (b"\x30\x03\x04\x01a", True),
        (b"\x30\x81\x03\x04\x01a", False),
        (b"\x30\x04\x04\x81\x01a", False),
        (b"\x30\x82\x00\x03\x04\x01a", False),
    ],
)
def test_lengths_in_der_are_definite_and_shortest(data: bytes, canonical: bool) -> None:
    assert is_der(*whole(data)) is canonical


@pytest.mark.parametrize(
    "text", ["1.2.840.113549.1.7.1", "2.16.840.1.101.3.4.1.42", "0.9.2342", "2.999.3"]
)
def test_identifiers_are_read_as_they_are_written(text: str) -> None:
    assert dotted(whole(core.ObjectIdentifier(text).dump())[1]) == text


@pytest.mark.parametrize(
    "data", [b"\x06\x00", b"\x06\x02\x2a\x86", b"\x06\x03\x2a\x80\x01", b"\x04\x01\x2a"]
)
def test_identifiers_have_one_spelling(data: bytes) -> None:
    with pytest.raises(Damaged):
        dotted(whole(data)[1])


elements = st.recursive(
    st.binary(max_size=40).map(lambda value: der(OCTETS, value)),
    lambda inner: st.tuples(st.booleans(), st.lists(inner, max_size=4)).map(
        lambda pair: b"\x30\x80" + b"".join(pair[1]) + END if pair[0] else der(SEQUENCE, *pair[1])
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(elements)
def test_what_asn1crypto_reads_is_read_alike(data: bytes) -> None:
    _, found = whole(data)
    _, _, tag, _, content, _ = parser.parse(data, strict=True)
    assert tag == found.tag & 0x1F
    assert bytes(found.value) == content


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_elements_or_damaged(data: bytes) -> None:
    with suppress(Damaged):
        walk(*whole(data))
