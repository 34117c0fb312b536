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
    assert body.get_content().splitlines() == ["Subject: Onderwerp", "", *visible.splitlines()]


def test_who_knows_no_protected_headers_finds_the_subject_above_the_text() -> None:
    """Marked, so that who does know them leaves it out (RFC 9788, 5.2.2 and 5.2.3)."""
    page = '<html><body style="x">\n<p>Dag</p></body></html>'
    written = inner_entity(replace(LETTER, subject="A & <B>", html=page))
    parsed = message_from_bytes(written, policy=policy.SMTP)
    assert parsed.get_param("hp") == "cipher"
    plain, html = parsed.get_body(["plain"]), parsed.get_body(["html"])
    assert plain is not None
    assert html is not None
    for body in (plain, html):
        assert body.get_param("hp-legacy-display") == "1"
    assert plain.get_content().splitlines() == ["Subject: A & <B>", "", "Dag"]
    shown = '<body style="x">\n<div class="header-protection-legacy-display">\n'
    page = html.get_content().replace("\r\n", "\n")
    assert f"{shown}<pre>Subject: A &amp; &lt;B&gt;</pre>\n</div>\n<p>Dag" in page


def test_a_subject_that_is_no_secret_stands_once() -> None:
    written = inner_entity(replace(LETTER, subject="Bericht"))
    assert b"hp-legacy-display" not in written
    assert written.count(b"Bericht") == 2  # protected, and as the outside shows it


def test_the_outside_is_told_inside_field_by_field() -> None:
    """``HP-Outer`` (RFC 9788, 2.2), so that a reader knows what was confidential."""
    parsed = message_from_bytes(inner_entity(LETTER), policy=policy.SMTP)
    outer = message_from_bytes(outer_mail(LETTER, b"x"), policy=policy.SMTP)
    told = dict(str(each).split(": ", 1) for each in parsed.get_all("HP-Outer", []))
    assert told["Subject"] == "Bericht"
    assert told == {name: str(value) for name, value in outer.items() if name in told}
    structure = {"MIME-Version", "Content-Type"}
    assert set(told) == set(outer.keys()) - structure


@given(st.integers(min_value=0, max_value=200))
def test_the_length_does_not_tell_what_is_inside(length: int) -> None:
    written = inner_entity(replace(LETTER, text="x" * length))
    assert len(written) == 8192
    assert max(map(len, written.split(b"\r\n"))) <= 78
    assert b"\r" not in written.replace(b"\r\n", b"")


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
