"""What gateway and opener say to each other over a socket: a JSON header and raw blobs.

A frame is two lengths (big-endian, four bytes each: header, all blobs), the
header, then the blobs; the header names the blobs' lengths.  Nothing that comes
back from an opener is an object of Python's: each field is checked for its type
and taken into a domain value by hand, because the opener has read hostile mail.
"""

from __future__ import annotations

import json
import struct
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.adapters.told_frames import told_in, told_out
from gateway.domain.delivery import DeliveryTold
from gateway.domain.faults import KINDS
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
from gateway.domain.stops import Fault, Hold, Ignore, Reason, Reject, Retry, Stop

if TYPE_CHECKING:
    from collections.abc import Sequence

LENGTHS = struct.Struct(">II")
HEADER_LIMIT = 1024 * 1024  # bytes
BLOBS_LIMIT = 128 * 1024 * 1024  # bytes
STOPS: dict[str, type[Stop]] = {kind.outcome.value: kind for kind in (Reject, Hold, Retry, Ignore)}

# a JSON object is the one place where types are not known before they are checked
Wire = dict[str, Any]


class MalformedFrameError(ValueError):
    """Not a frame of this protocol; who sent it is not trusted with another job."""


def frame(header: Wire, blobs: Sequence[bytes] = ()) -> list[bytes]:
    """A frame in pieces, so that large blobs are not copied."""
    text = json.dumps({**header, "blobs": [len(each) for each in blobs]}).encode("ascii")
    return [LENGTHS.pack(len(text), sum(map(len, blobs))) + text, *blobs]


def lengths(head: bytes) -> tuple[int, int]:
    """Of header and blobs.  Raises `MalformedFrameError` above the limits."""
    header, blobs = LENGTHS.unpack(head)
    if header > HEADER_LIMIT or blobs > BLOBS_LIMIT:
        raise MalformedFrameError("length")
    return header, blobs


def parsed_header(text: bytes, blobs: int) -> tuple[Wire, list[int]]:
    """The header, and the lengths of the blobs, which must fill `blobs` bytes."""
    try:
        header = json.loads(text)
    except ValueError:
        raise MalformedFrameError("json") from None
    if not isinstance(header, dict):
        raise MalformedFrameError("header")
    sizes = header.get("blobs")
    if not isinstance(sizes, list) or not all(type(each) is int and each >= 0 for each in sizes):
        raise MalformedFrameError("blobs")
    if sum(sizes) != blobs:
        raise MalformedFrameError("blobs")
    return header, sizes


def text(wire: Wire, name: str) -> str:
    value = wire.get(name)
    if not isinstance(value, str):
        raise MalformedFrameError(name)
    return value


def number(wire: Wire, name: str) -> int:
    value = wire.get(name)
    if type(value) is not int:
        raise MalformedFrameError(name)
    return value


def flag(wire: Wire, name: str) -> bool:
    value = wire.get(name)
    if not isinstance(value, bool):
        raise MalformedFrameError(name)
    return value


def moment(wire: Wire, name: str) -> datetime | None:
    value = wire.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise MalformedFrameError(name)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise MalformedFrameError(name) from None
    if found.tzinfo is None:
        raise MalformedFrameError(name)
    return found


def texts(wire: Wire, name: str) -> tuple[str, ...]:
    value = wire.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise MalformedFrameError(name)
    return tuple(value)


def objects(wire: Wire, name: str) -> list[Wire]:
    value = wire.get(name)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise MalformedFrameError(name)
    return value


def unsealed_header(unsealed: Unsealed) -> Wire:
    """Without the attachments' contents, which travel as blobs in the same order."""
    return {
        "protection": unsealed.protection.value,
        "outer": _headers_out(unsealed.outer),
        "protected": _headers_out(unsealed.protected) if unsealed.protected else None,
        "signatures": [_signature_out(each) for each in unsealed.signatures],
        "attachments": [_named(each) for each in unsealed.attachments],
        "opened_by": unsealed.opened_by,
        "words": unsealed.words,
    }


def unsealed_from(wire: Wire, blobs: Sequence[bytes]) -> Unsealed:
    """Raises `MalformedFrameError`."""
    protected = wire.get("protected")
    outer = wire.get("outer")
    if not isinstance(outer, dict) or not (protected is None or isinstance(protected, dict)):
        raise MalformedFrameError("headers")
    try:
        return Unsealed(
            protection=_protection(wire),
            outer=_headers_in(outer),
            protected=_headers_in(protected) if protected is not None else None,
            signatures=tuple(_signature_in(each) for each in objects(wire, "signatures")),
            attachments=_attachments_in(wire, blobs),
            opened_by=text(wire, "opened_by"),
            words=text(wire, "words"),
        )
    except MalformedFrameError:
        raise
    except ValueError:
        raise MalformedFrameError("unsealed") from None


def _protection(wire: Wire) -> Protection:
    try:
        return Protection(text(wire, "protection"))
    except ValueError:
        raise MalformedFrameError("protection") from None


def _headers_out(headers: Headers) -> Wire:
    return {
        "from": list(headers.from_),
        "date": headers.date.isoformat() if headers.date else None,
        "message_id": headers.message_id,
        "subject": headers.subject,
        "automatic": headers.automatic,
        "sender": list(headers.sender),
        "to": list(headers.to),
        "in_the_clear": headers.in_the_clear,
        "reply": headers.reply,
        "answers": list(headers.answers),
    }


def _headers_in(wire: Wire) -> Headers:
    return Headers(
        from_=texts(wire, "from"),
        sender=texts(wire, "sender"),
        to=texts(wire, "to"),
        date=moment(wire, "date"),
        message_id=text(wire, "message_id"),
        subject=text(wire, "subject"),
        automatic=flag(wire, "automatic"),
        in_the_clear=flag(wire, "in_the_clear"),
        reply=flag(wire, "reply"),
        answers=texts(wire, "answers"),
    )


def _signature_out(signature: Signature) -> Wire:
    created = signature.created.isoformat() if signature.created else None
    return {
        "state": signature.state.value,
        "fingerprint": signature.fingerprint,
        "created": created,
        "meant_for_us": signature.meant_for_us,
        "digest": signature.digest,
    }


def _signature_in(wire: Wire) -> Signature:
    return Signature(
        state=SignatureState(text(wire, "state")),
        fingerprint=text(wire, "fingerprint"),
        created=moment(wire, "created"),
        meant_for_us=flag(wire, "meant_for_us"),
        digest=text(wire, "digest"),
    )


def _named(attachment: Attachment) -> Wire:
    return {"name": attachment.name, "media_type": attachment.media_type}


def _attachments_in(wire: Wire, blobs: Sequence[bytes]) -> tuple[Attachment, ...]:
    named = objects(wire, "attachments")
    if len(named) != len(blobs):
        raise MalformedFrameError("attachments")
    return tuple(
        Attachment(name=text(each, "name"), media_type=text(each, "media_type"), content=content)
        for each, content in zip(named, blobs, strict=True)
    )


LETTER_TEXTS = (
    "message_id",
    "sender",
    "sender_name",
    "recipient",
    "subject",
    "outer_subject",
    "text",
    "html",
    "envelope_from",
    "in_reply_to",
)


def letter_frame(letter: Letter, job: Wire) -> list[bytes]:
    """A frame that asks to seal `letter`.

    Its first blobs are certificate and checkpoint, then what is to be printed and its logo.
    """
    wire: Wire = {name: getattr(letter, name) for name in LETTER_TEXTS}
    wire |= {"date": letter.date.isoformat(), "automatic": letter.automatic}
    wire["protection"] = letter.protection.value
    wire["attachments"] = [_named(each) for each in letter.attachments]
    wire["paper"] = _paper_out(letter.paper) if letter.paper else None
    paper = letter.paper
    printed = [paper.said, paper.logo] if paper else [b"", b""]
    contents = [each.content for each in letter.attachments]
    return frame(
        {**job, "letter": wire}, [letter.certificate, letter.checkpoint, *printed, *contents]
    )


def letter_from(header: Wire, blobs: Sequence[bytes]) -> Letter:
    """Raises `MalformedFrameError`."""
    wire = header.get("letter")
    date = moment(wire, "date") if isinstance(wire, dict) else None
    if not isinstance(wire, dict) or date is None or len(blobs) < 4:
        raise MalformedFrameError("letter")
    texts: Wire = {name: text(wire, name) for name in LETTER_TEXTS}
    attachments = _attachments_in(wire, blobs[4:])
    return Letter(
        protection=_protection(wire),
        **texts,
        date=date,
        automatic=flag(wire, "automatic"),
        certificate=blobs[0],
        checkpoint=blobs[1],
        attachments=attachments,
        paper=_paper_in(wire, blobs[2], blobs[3]),
    )


def _paper_out(paper: Paper) -> Wire:
    at = paper.at.isoformat()
    return {"name": paper.name, "at": at, "font_folder": paper.font_folder}


def _paper_in(wire: Wire, said: bytes, logo: bytes) -> Paper | None:
    paper = wire.get("paper")
    if paper is None:
        return None
    at = moment(paper, "at") if isinstance(paper, dict) else None
    if not isinstance(paper, dict) or at is None:
        raise MalformedFrameError("paper")
    return Paper(
        name=text(paper, "name"),
        said=said,
        at=at,
        logo=logo,
        font_folder=text(paper, "font_folder"),
    )


def stop_header(stop: Stop) -> Wire:
    found: Wire = {"stop": stop.outcome.value, "reasons": [reason.value for reason in stop.reasons]}
    if stop.faults:
        found["faults"] = [{"path": each.path, "kind": each.kind} for each in stop.faults]
    if isinstance(stop, DeliveryTold):
        found["told"] = told_out(stop.notification)
    return found


def faults_in(wire: Wire) -> tuple[Fault, ...]:
    """The faults that a header or blob tells of; raises `MalformedFrameError`."""
    found = objects(wire, "faults") if "faults" in wire else []
    return tuple(_fault(each) for each in found)


def _fault(wire: Wire) -> Fault:
    path, kind = text(wire, "path"), text(wire, "kind")
    if kind not in KINDS or len(path) > 200 or not path.isprintable():
        raise MalformedFrameError("fault")
    return Fault(path=path, kind=kind)


def stop_from(wire: Wire) -> Stop:
    """Raises `MalformedFrameError`."""
    if "told" in wire:
        try:
            return DeliveryTold(told_in(wire["told"]))
        except ValueError:
            raise MalformedFrameError("told") from None
    kind = STOPS.get(text(wire, "stop"))
    codes = wire.get("reasons")
    if kind is None or not isinstance(codes, list) or not codes:
        raise MalformedFrameError("stop")
    try:
        return kind(*(Reason(code) for code in codes), faults=faults_in(wire))
    except ValueError:
        raise MalformedFrameError("reasons") from None
