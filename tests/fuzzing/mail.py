"""What reads a mail's structure, its headers, and what it carries."""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from gateway.adapters.mime_headers import (
    ADDR_SPEC,
    Broken,
    Fields,
    addresses,
    date,
    decoded_words,
    file_name,
    headers,
    typed,
)
from gateway.adapters.mime_read import attachments, protected_headers, read_inner, read_outer
from gateway.adapters.not_a_report import no_report
from gateway.adapters.outer_header import claimed_address
from gateway.domain import wire
from gateway.domain.delivery import MOST_NAMED, DeliveryTold
from gateway.domain.mail import Attachment
from gateway.domain.outcomes import Ended
from gateway.domain.stops import Ignore, Reject, Stop
from gateway.pipeline.checking import check
from tests import corridor, generators
from tests.fuzzing.registry import faulty_mails, good_mails, target
from tests.mails.faults import scenes
from tests.people import entity

if TYPE_CHECKING:
    from gateway.adapters.mime_read import Inner
    from gateway.domain.mail import Headers

INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@cache
def good_inner() -> bytes:
    """What a good mail has under its encryption."""
    return entity([("bijsluiter.json", "application/json", generators.document_json())])


def told() -> list[bytes]:
    """What servers, calendars and programs send: bounces of several makes, lists, absence."""
    from tests.mails import no_reports

    scene = next(iter(scenes().values()))
    makers = (
        no_reports.bounce_exchange,
        no_reports.bounce_exim,
        no_reports.bounce_qmail,
        no_reports.bounce_big_provider,
        no_reports.bounce_empty,
        no_reports.calendar_answer,
        no_reports.read_notice,
        no_reports.spam,
    )
    return [made for make in makers for made in every_mail(make(scene))]


def every_mail(made: bytes | tuple[bytes, ...]) -> tuple[bytes, ...]:
    return (made,) if isinstance(made, bytes) else made


@target("no-report", told)
def no_report_mail(data: bytes) -> None:
    """Filed or not; what a server tells names few mails and few recipients, without a trick."""
    found = no_report(data)
    if not isinstance(found, DeliveryTold):
        return
    assert len(found.notification.message_ids) <= MOST_NAMED
    assert len(found.notification.deliveries) <= MOST_NAMED
    for each in found.notification.deliveries:
        assert_harmless(each.status + each.final + each.original)


def inner_seeds() -> list[bytes]:
    """Entities as people's programs write them, and odd ones."""
    nested = (
        b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="s"'
        b"\r\n\r\n--s\r\n" + good_inner() + b"\r\n--s\r\n"
        b"Content-Type: application/pgp-signature\r\n\r\nSIG\r\n--s--\r\n"
    )
    named = (
        b"Content-Type: application/json; name*0*=utf-8'nl'bij%C3%A9; name*1=sluiter.json;"
        b' protected-headers="v1"\r\nSubject: =?utf-8?q?Voortgang_=C3=A9?=\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n{=22a=22: 1}=\r\n"
    )
    return [good_inner(), nested, named, b"", b"\r\n", b"--a\r\n"]


@target("mail", good_mails, faulty_mails)
def mail(data: bytes) -> None:
    """A whole mail: a ciphertext that stands in it, or a reason; an address to answer or none."""
    address = claimed_address(data)
    assert address is None or ADDR_SPEC.fullmatch(address)
    try:
        outer = read_outer(data)
    except Stop:
        return
    assert len(outer.ciphertext) <= len(data)
    believable(outer.headers)


@target("inner", inner_seeds)
def inner(data: bytes) -> None:
    """Payload, signature and attachments stand in the bytes; attachments are no larger."""
    try:
        found = read_inner(data)
    except Reject:
        return
    assert found.payload.raw() in data
    assert found.signed_bytes().replace(b"\r\n", b"\n") == found.payload.raw().replace(
        b"\r\n", b"\n"
    )
    try:
        protected = protected_headers(found)
    except Reject:
        protected = None
    if protected is not None:
        believable(protected)
    attached(found, data)


def attached(found: Inner, data: bytes) -> None:
    try:
        carried = attachments(found)
    except Reject:
        return
    assert len(carried) <= 100
    assert sum(len(each.content) for each in carried) <= len(data)
    for each in carried:
        assert_harmless(each.name)
        assert len(each.name) <= 200
        assert not {"/", "\\"} & set(each.name)


def believable(found: Headers) -> None:
    """Each address is one, or the sign that there was none."""
    assert all(each == "" or ADDR_SPEC.fullmatch(each) for each in found.from_)
    assert_harmless(found.subject)


def assert_harmless(text: str) -> None:
    assert not any(unicodedata.category(each) in INVISIBLE for each in text)


def header_seeds() -> list[bytes]:
    """Blocks of fields, and values of the fields that are read closely."""
    return [
        b'From: "Voorbeeld, Noor" <noor@x.example>\r\nDate: Mon, 23 Nov 2026 15:00:01 +0100\r\n',
        b"Content-Type: text/plain; name*=utf-8'nl'%C3%A9n.pdf; a*0=b; a*1*=%41\r\n x: y",
        b"Subject: =?utf-8?B?w6k=?= =?iso-8859-1?q?n_twee?=\r\nSubject: x",
        b"From: School: (a (b)) noor@x.example, <bo@x.example>;\r\nAuto-Submitted: no",
    ]


@target("headers", header_seeds)
def header_block(data: bytes) -> None:
    """Fields, and each reading of one: a value, `Broken`, or nothing."""
    try:
        fields = Fields(data)
        believable(headers(fields))
        fields.typed("content-type")
    except Broken:
        pass
    text = data.decode("utf-8", "replace")
    for each in addresses(data):
        assert each == "" or ADDR_SPEC.fullmatch(each)
    assert_harmless(file_name(text))
    moment = date(text)
    assert moment is None or moment.tzinfo is not None
    decoded_words(text)
    try:
        read = typed(text)
    except Broken:
        return
    assert read.value == read.value.lower()
    assert all("*" not in name for name in read.parameters)


def documents() -> list[bytes]:
    """Good documents, and values of each kind."""
    return [
        generators.document_json(),
        b'{"a": [1, -2.5e3, true, null, "\\u00e9\\ud83d\\ude00"], "b": {}}',
        b'{"a": 1, "a": 2}',
        b"[[[[[[[[[[[[1]]]]]]]]]]]]",
    ]


@target("json", documents)
def json_text(data: bytes) -> None:
    """One reading: what was read is read again from what is written of it."""
    try:
        value = wire.read(data)
    except wire.NotJsonError:
        return
    assert wire.values_at_most(data) >= count(value)
    assert not wire.too_deep(value)
    again = json.dumps(value).encode()
    assert wire.read(again) == value
    assert json.dumps(value, ensure_ascii=False).encode()
    wire.leaves(value)


def count(value: wire.Json) -> int:
    """Values in it, itself included."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(count, inside))


@target("document", documents)
def document(data: bytes) -> None:
    """A document that somebody proven sent: reports, each judged, or reasons."""
    attachment = Attachment(name="b.json", media_type="application/json", content=data)
    try:
        judged = check(corridor.opened(attachment.content))
    except (Reject, Ignore):
        return
    assert judged
    for each in judged:
        assert not isinstance(each, Ended) or each.dossierkenmerk.isprintable()
