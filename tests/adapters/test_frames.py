"""What an opener sends back is checked field by field: it has read hostile mail."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.frames import (
    BLOBS_LIMIT,
    HEADER_LIMIT,
    LENGTHS,
    MalformedFrameError,
    Wire,
    frame,
    lengths,
    letter_frame,
    letter_from,
    parsed_header,
    stop_from,
    stop_header,
    unsealed_from,
    unsealed_header,
)
from gateway.domain.mail import (
    Attachment,
    Headers,
    Letter,
    Paper,
    Protection,
    Signature,
    SignatureState,
    Unsealed,
)
from gateway.domain.stops import Hold, Ignore, Reason, Reject, Stop

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNSEALED = Unsealed(
    protection=Protection.OPENPGP,
    outer=Headers(from_=("a@x.example", ""), date=NOW, message_id="<1@x>", subject="é\u2028"),
    protected=Headers(
        automatic=True, sender=("c@x.example",), to=("d@x.example",), answers=("<0@x>",)
    ),
    words="Gedaan.",
    signatures=(
        Signature(
            state=SignatureState.VALID,
            fingerprint="AB",
            created=NOW,
            meant_for_us=True,
            digest="0f",
        ),
    ),
    attachments=(Attachment(name="a", media_type="b/c", content=b"\x00\xff"),),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("openpgp"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


def received(pieces: list[bytes]) -> tuple[Wire, list[bytes]]:
    whole = b"".join(pieces)
    header_length, blobs_length = lengths(whole[: LENGTHS.size])
    start = LENGTHS.size + header_length
    wire, sizes = parsed_header(whole[LENGTHS.size : start], blobs_length)
    blobs = []
    for size in sizes:
        blobs.append(whole[start : start + size])
        start += size
    assert start == len(whole)
    return wire, blobs


def test_unsealed_arrives_as_it_was() -> None:
    wire, blobs = received(frame(unsealed_header(UNSEALED), [b"\x00\xff"]))
    assert unsealed_from(wire, blobs) == UNSEALED


def test_a_letter_arrives_as_it_was() -> None:
    letter = Letter(
        message_id="<1@x>",
        date=NOW,
        sender="a@x.example",
        sender_name="é",
        recipient="b@x.example",
        certificate=b"\x01",
        protection=Protection.SMIME,
        subject="s",
        outer_subject="o",
        text="t",
        html="h",
        attachments=UNSEALED.attachments,
        envelope_from="c@x.example",
        in_reply_to="<2@x>",
        checkpoint=b"log.example/taalpoort\n1\n",
        automatic=False,
        paper=Paper(name="a.pdf", said=b"{}", at=NOW, logo=b"<svg/>", font_folder="/f"),
    )
    defaults = {each.name: each.default for each in fields(Letter)}
    assert all(getattr(letter, name) != default for name, default in defaults.items())
    wire, blobs = received(letter_frame(letter, {"do": "seal"}))
    assert letter_from(wire, blobs) == letter


@pytest.mark.parametrize("kind", [Reject, Hold, Ignore])
def test_a_stop_arrives_as_it_was(kind: type[Stop]) -> None:
    stop = stop_from(stop_header(kind(Reason.DAMAGED, Reason.EMPTY)))
    assert type(stop) is kind
    assert stop.reasons == (Reason.DAMAGED, Reason.EMPTY)


@pytest.mark.parametrize(
    "wire",
    [
        {"stop": "forward", "reasons": ["mail/empty"]},
        {"stop": "later", "reasons": ["mail/empty"]},
        {"stop": "reject", "reasons": []},
        {"stop": "reject", "reasons": ["art-1/made-up"]},
        {"stop": "reject", "reasons": "mail/empty"},
        {"stop": 1, "reasons": ["mail/empty"]},
    ],
)
def test_a_stop_outside_the_catalogue_is_malformed(wire: Wire) -> None:
    with pytest.raises(MalformedFrameError):
        stop_from(wire)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("protection", "none"),
        ("outer", None),
        (
            "outer",
            {"from": ["a"], "date": None, "message_id": 1, "subject": "", "automatic": False},
        ),
        ("outer", {"from": "a", "date": None, "message_id": "", "subject": "", "automatic": False}),
        ("outer", {"from": [], "date": None, "message_id": "", "subject": "", "automatic": 1}),
        ("protected", []),
        ("signatures", {}),
        ("signatures", [{"state": "splendid", "fingerprint": "", "created": None}]),
        ("signatures", [{"state": "valid", "fingerprint": "", "created": "2026-11-23T12:00:00"}]),
        ("signatures", [{"state": "valid", "fingerprint": "", "created": "yesterday"}]),
        ("attachments", []),
        ("attachments", [{"name": "a"}]),
    ],
)
def test_a_field_of_another_type_is_malformed(field: str, value: object) -> None:
    wire = {**unsealed_header(UNSEALED), field: value}
    with pytest.raises(MalformedFrameError):
        unsealed_from(wire, [b""])


@settings(max_examples=200)
@given(JSON)
def test_any_json_is_read_or_malformed(value: object) -> None:
    wire = {**unsealed_header(UNSEALED)}
    for field in wire:
        with suppress(MalformedFrameError):
            unsealed_from({**wire, field: value}, [b""])


@given(st.binary(max_size=60), st.integers(0, 5))
def test_any_header_bytes_are_read_or_malformed(data: bytes, blobs: int) -> None:
    with suppress(MalformedFrameError):
        parsed_header(data, blobs)


@pytest.mark.parametrize(
    "text", [b"[]", b"{}", b'{"blobs": [1]}', b'{"blobs": [-1, 1]}', b'{"blobs": [true]}']
)
def test_blobs_must_fill_the_frame(text: bytes) -> None:
    with pytest.raises(MalformedFrameError):
        parsed_header(text, 0 if b"-1" in text else 2)


def test_a_frame_above_the_limits_is_malformed() -> None:
    assert lengths(LENGTHS.pack(HEADER_LIMIT, BLOBS_LIMIT)) == (HEADER_LIMIT, BLOBS_LIMIT)
    for head in (LENGTHS.pack(HEADER_LIMIT + 1, 0), LENGTHS.pack(0, BLOBS_LIMIT + 1)):
        with pytest.raises(MalformedFrameError):
            lengths(head)
