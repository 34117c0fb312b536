"""Writing a sealed mail: plain for every relay, readable by every program, nothing smuggled."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.mime_headers import date, file_name
from gateway.adapters.mime_read import attachments, protected_headers, read_inner, read_outer
from gateway.adapters.mime_write import UnwritableError, inner_entity, outer_mail, written_date
from gateway.domain.mail import Attachment, Letter

LETTER = Letter(
    message_id="<1@poort.gemeente.example>",
    date=datetime(2026, 11, 23, 12, tzinfo=UTC),
    sender="poort@gemeente.example",
    sender_name="Taalpoort",
    recipient="cas@gemeente.example",
    certificate=b"",
    subject="Onderwerp",
    outer_subject="Bericht",
    text="Dag",
    html="<p>Dag</p>",
)
VISIBLE = st.text(st.characters(blacklist_categories=["C", "Z"]), min_size=1, max_size=60)


@settings(deadline=None)
@given(subject=VISIBLE, name=VISIBLE, file=VISIBLE, content=st.binary(max_size=400))
def test_what_is_written_reads_back(subject: str, name: str, file: str, content: bytes) -> None:
    """By our reader and by Python's."""
    attachment = Attachment(name=file, media_type="application/pdf", content=content)
    letter = replace(LETTER, subject=subject, sender_name=name, attachments=(attachment,))
    written = inner_entity(letter)
    inner = read_inner(written)
    protected = protected_headers(inner)
    assert protected is not None
    assert protected.subject == subject
    assert protected.from_ == ("poort@gemeente.example",)
    assert [each.content for each in attachments(inner)] == [content]
    assert attachments(inner)[0].name == file_name(file)
    assert written.isascii()
    parsed = message_from_bytes(written, policy=policy.SMTP)
    assert str(parsed["Subject"]) == subject
    assert parsed["From"].addresses[0].addr_spec == "poort@gemeente.example"


@given(st.text(max_size=300))
def test_any_text_survives(text: str) -> None:
    visible = "".join(char for char in text if char.isprintable() or char == "\n")
    parsed = message_from_bytes(inner_entity(replace(LETTER, text=visible)), policy=policy.SMTP)
    body = parsed.get_body(["plain"])
    assert body is not None
    assert body.get_content().splitlines() == [*visible.splitlines()]


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert inner_entity(LETTER) == inner_entity(replace(LETTER))


def test_a_long_line_is_wrapped() -> None:
    written = inner_entity(replace(LETTER, text="x" * 5000, html="é" * 5000))
    assert max(map(len, written.split(b"\r\n"))) <= 78


def test_the_outer_mail_holds_the_ciphertext_and_no_other_header() -> None:
    outer = read_outer(outer_mail(LETTER, b"-----BEGIN PGP MESSAGE-----\n\nx\n"))
    assert outer.ciphertext == b"-----BEGIN PGP MESSAGE-----\r\n\r\nx"
    assert outer.headers.subject == "Bericht"
    assert outer.headers.automatic


def test_a_persons_own_letter_is_not_automatic() -> None:
    assert b"Auto-Submitted" not in outer_mail(replace(LETTER, automatic=False), b"x")


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\x7fb", "a\u2028b", "a\u202eb"])
def test_no_header_carries_a_control_character(name: str) -> None:
    for bad in (
        replace(LETTER, subject=name),
        replace(LETTER, sender_name=name),
        replace(LETTER, attachments=(Attachment(name=name, media_type="a/b", content=b""),)),
    ):
        with pytest.raises(UnwritableError):
            inner_entity(bad)


def test_attachments_are_base64_of_76_columns() -> None:
    content = bytes(range(256)) * 10
    attachment = Attachment(name="a.bin", media_type="application/pdf", content=content)
    written = inner_entity(replace(LETTER, attachments=(attachment,)))
    assert base64.encodebytes(content).replace(b"\n", b"\r\n") in written


@given(st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis takes it naive
def test_a_written_date_reads_back(moment: datetime) -> None:
    shifted = moment.astimezone(timezone(timedelta(hours=2)))
    assert date(written_date(shifted)) == moment.replace(microsecond=0)
