"""Reading mail: one reading only, over the original bytes, within limits."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.mime_headers import (
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
from gateway.adapters.outer_header import claimed_address
from gateway.domain.stops import Reason, Reject, Stop

if TYPE_CHECKING:
    from collections.abc import Callable

OUTER = (
    b"From: Noor <noor@taalschool.example>\r\nSubject: x\r\n"
    b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"\r\n\r\n'
    b"This is an OpenPGP/MIME encrypted message\r\n"
    b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    b"--b\r\nContent-Type: application/octet-stream\r\n\r\nCIPHER\r\n--b--\r\n\r\n"
)


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("noor@x.example", ("noor@x.example",)),
        ("Noor <noor@x.example>", ("noor@x.example",)),
        ("=?utf-8?Q?N=C3=B6or?= <noor@x.example>", ("noor@x.example",)),
        ('"Voorbeeld, Noor" <noor@x.example>', ("noor@x.example",)),
        ('"bo@elders.example" <noor@x.example>', ("noor@x.example",)),
        ("(hier (en hier)) noor@x.example (school)", ("noor@x.example",)),
        ("noor@x.example, Bo <bo@x.example>", ("noor@x.example", "bo@x.example")),
        ("School: noor@x.example, bo@x.example;", ("noor@x.example", "bo@x.example")),
        ("Nöor <nöor@x.example>", ("nöor@x.example",)),
        ('"noor@x"@x.example', ('"noor@x"@x.example',)),
        ("bo@elders.example <noor@x.example>", ("",)),
        ("<@elders.example:noor@x.example>", ("",)),
        ("noor@x.example bo@x.example", ("",)),
        ("<noor@x.example> <bo@x.example>", ("",)),
        ("<noor@x.example", ("",)),
        ("noor@x.example\x00", ("",)),
        ("noor@x..example", ("",)),
        ("Niemand: ;", ("",)),
        ("School: noor@x.example", ("",)),
        ("", ("",)),
    ],
)
def test_addresses_are_read_one_way_or_not_at_all(field: str, found: tuple[str, ...]) -> None:
    assert addresses(field.encode()) == found


def test_an_address_in_another_charset_is_not_guessed() -> None:
    assert addresses(b"N\xf6or <noor@x.example>") == ("",)


def test_every_from_field_counts() -> None:
    fields = Fields(b"From: a@x.example\r\nSubject: s\r\nfrom: b@x.example, c@x.example")
    assert headers(fields).from_ == ("a@x.example", "b@x.example", "c@x.example")


def test_a_header_given_twice_is_none() -> None:
    fields = Fields(b"Subject: a\nSubject: b\nDate: Mon, 23 Nov 2026 12:00:00 +0000\nDate: x")
    assert headers(fields).subject == ""
    assert headers(fields).date is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon, 23 Nov 2026 15:00:01 +0100", "2026-11-23T15:00:01+01:00"),
        ("23 Nov 2026 15:00 GMT (Londen)", "2026-11-23T15:00:00+00:00"),
        ("Mon, 23 Nov 2026 15:00:01 -0330", "2026-11-23T15:00:01-03:30"),
        ("Mon, 31 Feb 2026 15:00:01 +0000", None),
        ("23-11-2026 15:00", None),
        ("Mon, 23 Nov 26 15:00:01 +0000", None),
        ("", None),
    ],
)
def test_dates(text: str, moment: str | None) -> None:
    assert date(text) == (datetime.fromisoformat(moment) if moment else None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bijsluiter.json", "bijsluiter.json"),
        ("../../etc/passwd", "passwd"),
        ("C:\\map\\plan.pdf", "plan.pdf"),
        ("=?utf-8?B?w6k=?=.pdf", "é.pdf"),
        ("plan\u202efdp.exe", "planfdp.exe"),
        ("a\x00b\r\nc.json", "abc.json"),
        ("..", ""),
        ("x" * 300 + ".json", "x" * 195 + ".json"),
    ],
)
def test_file_names_are_names_and_never_paths(text: str, name: str) -> None:
    assert file_name(text) == name


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ('text/plain; name="a b"; charset=utf-8', {"name": "a b", "charset": "utf-8"}),
        (r'text/plain; name="a\"b"', {"name": 'a"b'}),
        ("text/plain; name*=utf-8'nl'%C3%A9n.pdf", {"name": "én.pdf"}),
        ("text/plain; name*0=bij; name*1=sluiter", {"name": "bijsluiter"}),
        ("text/plain; name*1=b; name*0*=iso-8859-1''%E9", {"name": "éb"}),
        ("text/plain; charset=us-ascii (Plain text)", {"charset": "us-ascii"}),
        ("text/plain;", {}),
    ],
)
def test_parameters(text: str, parameters: dict[str, str]) -> None:
    assert typed(text).parameters == parameters


@pytest.mark.parametrize(
    "text",
    [
        "; boundary=x",
        "text/plain; a=1; a=2",
        "text/plain; a=1; A=2",
        "text/plain; name*0=a; name*2=b",
        "text/plain; name*x=a",
        'text/plain; name="a',
        "text/plain; a b",
    ],
)
def test_parameters_with_two_readings_are_none(text: str) -> None:
    with pytest.raises(Broken):
        typed(text)


def test_encoded_words() -> None:
    assert decoded_words("=?utf-8?B?w6k=?= =?UTF-8?q?n_twee?= x") == "én twee x"
    assert decoded_words("=?utf-8?B?w6=?= =?geheim?Q?a?=") == "=?utf-8?B?w6=?=a"


# structure


@pytest.mark.parametrize("before", ["", " \r\n", "This is a multi-part message.\r\nIn MIME.\r\n"])
def test_a_program_may_say_what_this_is_before_the_first_part(before: str) -> None:
    said = OUTER.replace(b"This is an OpenPGP/MIME encrypted message\r\n", before.encode())
    assert said != OUTER
    assert read_outer(said).ciphertext == b"CIPHER"


@pytest.mark.parametrize("old", [b"This is an OpenPGP/MIME encrypted message", b"--b--\r\n"])
def test_what_somebody_wrote_around_the_parts_was_not_encrypted(old: bytes) -> None:
    with pytest.raises(Reject) as reject:
        read_outer(OUTER.replace(old, old.replace(b"This", b"Bilal") + b"Bilal Fictief\r\n"))
    assert reject.value.reasons == (Reason.PARTLY_ENCRYPTED,)


def test_the_ciphertext_is_found_between_its_delimiters() -> None:
    outer = read_outer(OUTER)
    assert outer.ciphertext == b"CIPHER"
    assert outer.headers.from_ == ("noor@taalschool.example",)


def test_line_feeds_alone_read_the_same() -> None:
    assert read_outer(OUTER.replace(b"\r\n", b"\n")).ciphertext == b"CIPHER"


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: mail.replace(b"Subject: x", b"Subject: x\rBcc: y"),
        lambda mail: mail.replace(b"Subject: x", b"no colon here"),
        lambda mail: b" folded first\r\n" + mail,
        lambda mail: mail.replace(b"Subject: x", b"Content-Type: text/plain"),
        lambda mail: mail.replace(b"Subject: x", b"Subject: \x00"),
        lambda mail: mail.replace(b"Subject: x", b"X: " + b"y" * 66_000),
        lambda mail: mail.replace(b'boundary="b"', b'boundary="b"; boundary="c"'),
        lambda mail: mail.replace(b'boundary="b"', b'boundary="b "'),
        lambda mail: mail.replace(b"Version: 1", b"Version: 2"),
        lambda mail: mail.replace(b"--b--", b"--bb--"),
        lambda mail: mail.replace(b"octet-stream", b"json"),
        lambda mail: mail.replace(b"CIPHER", b"CIPHER\r\n--b\r\n\r\nthird"),
        lambda mail: mail.replace(b"stream\r\n", b"stream\r\nContent-Transfer-Encoding: x\r\n"),
    ],
)
def test_an_outer_mail_with_two_readings_is_malformed(change: Callable[[bytes], bytes]) -> None:
    changed = change(OUTER)
    assert changed != OUTER
    with pytest.raises(Reject) as reject:
        read_outer(changed)
    assert reject.value.reasons == (Reason.MALFORMED,)


def test_a_delimiter_is_a_whole_line() -> None:
    content = OUTER.replace(b"CIPHER", b"--bCIPHER\r\n --b\r\nx--b\r\n--b x")
    assert read_outer(content).ciphertext == b"--bCIPHER\r\n --b\r\nx--b\r\n--b x"


def nesting(depth: int) -> bytes:
    inner = b"Content-Type: application/json\r\n\r\n{}"
    for level in range(depth):
        head = f'Content-Type: multipart/mixed; boundary="n{level}."\r\n\r\n--n{level}.\r\n'
        inner = head.encode() + inner + f"\r\n--n{level}.--\r\n".encode()
    return inner


def test_nesting_has_a_limit() -> None:
    assert len(attachments(read_inner(nesting(19)))) == 1
    with pytest.raises(Reject):
        attachments(read_inner(nesting(20)))


def test_the_number_of_parts_has_a_limit() -> None:
    part = b"--m\r\nContent-Type: application/json\r\n\r\n{}\r\n"
    head = b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n'
    assert len(attachments(read_inner(head + part * 99 + b"--m--\r\n"))) == 99
    with pytest.raises(Reject):
        attachments(read_inner(head + part * 100 + b"--m--\r\n"))


def test_all_headers_together_have_a_limit() -> None:
    part = b"--m\r\nX: " + b"y" * 60_000 + b"\r\n\r\n{}\r\n"
    head = b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n'
    with pytest.raises(Reject):
        attachments(read_inner(head + part * 5 + b"--m--\r\n"))


# what a signature covers

SIGNED_VARIANTS = {
    "long line": b"Content-Type: text/plain; x=" + b"y" * 900 + b"\r\n\r\nwords\r\n",
    "folded": b"Content-Type: text/plain;\r\n\t charset=utf-8\r\n\r\nwords",
    "odd case": b"cOnTeNt-TyPe:TEXT/plain\r\n\r\nwords\r\n",
    "bare carriage return": b"Content-Type: text/plain\r\n\r\na\rb\r\n",
    "trailing white space": b"Content-Type: text/plain  \r\n\r\nwords \t \r\n\r\n",
    "no headers": b"\r\nwords\r\n",
    "no line end": b"Content-Type: text/plain\r\n\r\nwords",
    "eight bits": b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\xe9\xff\r\n",
    "own boundary": (
        b'Content-Type: multipart/mixed; boundary="s.1"\r\n\r\n--s.1\r\n\r\na\r\n--s.1--\r\n'
    ),
}


@pytest.mark.parametrize("variant", SIGNED_VARIANTS)
def test_signed_bytes_are_the_original_bytes(variant: str) -> None:
    signed = SIGNED_VARIANTS[variant]
    head = b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="s"'
    tail = b"\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nSIG\r\n--s--\r\n"
    inner = read_inner(head + b"\r\n\r\n--s\r\n" + signed + tail)
    assert inner.signature == b"SIG"
    assert inner.signed_bytes() == signed


def test_line_ends_are_canonical_for_the_signature_only() -> None:
    head = b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="s"'
    tail = b"\n--s\nContent-Type: application/pgp-signature\n\nSIG\n--s--\n"
    inner = read_inner(head + b"\n\n--s\nContent-Type: text/plain\n\na\r\nb\n" + tail)
    assert inner.signed_bytes() == b"Content-Type: text/plain\r\n\r\na\r\nb\r\n"


# attachments


@pytest.mark.parametrize(
    ("head", "body", "content"),
    [
        (b"Content-Type: application/json", b"{}", b"{}"),
        (b"Content-Type: text/plain; name=a.txt", b"x", b"x"),
        (b"Content-Type: text/html\r\nContent-Disposition: attachment", b"x", b"x"),
        (b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64", b"eHg=\r\n", b"xx"),
        (
            b"Content-Type: text/csv\r\nContent-Transfer-Encoding: quoted-printable",
            b"=41=\r\nB",
            b"AB",
        ),
        (
            b"Content-Type: message/rfc822",
            b"From: a@x.example\r\n\r\nx",
            b"From: a@x.example\r\n\r\nx",
        ),
    ],
)
def test_a_leaf_that_is_no_mere_text_is_an_attachment(
    head: bytes, body: bytes, content: bytes
) -> None:
    [attachment] = attachments(read_inner(head + b"\r\n\r\n" + body))
    assert attachment.content == content


def test_a_mere_text_is_no_attachment() -> None:
    assert attachments(read_inner(b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>x</p>")) == ()
    assert attachments(read_inner(b"\r\nx")) == ()


@pytest.mark.parametrize("body", [b"a", b"eHg", b"eHg=eHg=", b"eH*g", b"=eHg"])
def test_broken_base64_is_malformed(body: bytes) -> None:
    head = b"Content-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    with pytest.raises(Reject) as reject:
        attachments(read_inner(head + body))
    assert reject.value.reasons == (Reason.MALFORMED,)


def test_broken_quoted_printable_is_malformed() -> None:
    head = b"Content-Type: application/json\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    with pytest.raises(Reject):
        attachments(read_inner(head + b"=4"))


def test_an_attachment_has_a_largest_size() -> None:
    head = b"Content-Type: application/pdf\r\n\r\n"
    with pytest.raises(Reject) as reject:
        attachments(read_inner(head + bytes(20 * 1024 * 1024 + 1)))
    assert reject.value.reasons == (Reason.TOO_LARGE,)


def test_white_space_before_the_first_part_costs_little() -> None:
    """Tried in two halves at every place, 60 kB of it cost more than a mail may."""
    head = b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b'
    parts = (
        b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
        b"Content-Type: application/octet-stream\r\n\r\nx",
    )
    body = b"".join(b"\r\n--b\r\n" + part for part in parts) + b"\r\n--b--\r\n"
    began = time.process_time()
    with pytest.raises(Reject) as reject:
        read_outer(head + b"\r\n\r\n" + b" " * 6_000_000 + b"x" + body)
    assert reject.value.reasons == (Reason.PARTLY_ENCRYPTED,)
    assert time.process_time() - began < 60  # and not hours


@pytest.mark.parametrize("parameter", ['hp="cipher"', "hp=clear", 'protected-headers="v1"'])
def test_protected_headers_are_the_payloads_own(parameter: str) -> None:
    head = f"Content-Type: text/plain; {parameter}\r\nSubject: echt\r\nFrom: a@x.example\r\n\r\nx"
    protected = protected_headers(read_inner(head.encode()))
    assert protected is not None
    assert protected.subject == "echt"
    assert protected.from_ == ("a@x.example",)


@pytest.mark.parametrize("field", ["From", "Sender", "To", "Cc", "Date"])
def test_a_subject_alone_protected_the_older_way_contradicts_nobody(field: str) -> None:
    """As Mutt and NeoMutt write it, where they are asked for protected headers."""
    mutt = 'Content-Type: text/plain; protected-headers="v1"\r\nSubject: echt\r\n'
    assert protected_headers(read_inner(f"{mutt}\r\nx".encode())) is None
    assert protected_headers(read_inner(f"{mutt}{field}: x\r\n\r\nx".encode())) is not None
    hp = mutt.replace('protected-headers="v1"', "hp=cipher")
    assert protected_headers(read_inner(f"{hp}\r\nx".encode())) is not None


def test_headers_that_do_not_say_they_are_protected_are_not() -> None:
    assert protected_headers(read_inner(b"Content-Type: text/plain\r\nSubject: x\r\n\r\nx")) is None


@pytest.mark.parametrize("charset", ["idna", "undefined", "punycode", "hex", "utf-16", "x" * 200])
def test_no_name_of_a_codec_breaks_the_reader(charset: str) -> None:
    """Not every codec of Python's can put a mark for what it cannot read."""
    decoded_words(f"=?{charset}?B?//+AgGE=?=")
    typed(f"a/b; name*={charset}''%ff%80a")
    typed("a/b; name*=a\x00b''%ff")


def test_a_part_of_a_parameter_has_a_small_number() -> None:
    with pytest.raises(Broken):
        typed(f"a/b; name*{'9' * 5000}=x")


def test_a_header_folded_a_million_times_is_read_in_passing() -> None:
    """Joined line by line, sixteen megabytes of these would take half an hour."""
    began = time.process_time()
    with suppress(Broken):
        Fields(b"X: y" + b"\n " * 8_000_000)
    assert time.process_time() - began < 60
    assert claimed_address(b"From: a@x.example" + b"\n " * 2_000_000) is None
    assert claimed_address(b"From: a@x.example" + b"\n " * 2_000 + b"\n\nx") == "a@x.example"


@pytest.mark.parametrize("subject", ["=?idna?B?//8=?=", "=?undefined?Q?x?="])
def test_an_odd_subject_does_not_hide_who_wrote(subject: str) -> None:
    mail = f"From: a@x.example\r\nSubject: {subject}\r\n\r\nx".encode()
    assert claimed_address(mail) == "a@x.example"


# anything at all


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_at_all_break_the_reader(content: bytes) -> None:
    for reader in (read_outer, lambda data: attachments(read_inner(data))):
        with suppress(Stop):
            reader(content)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_change_to_a_good_mail_breaks_the_reader(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(OUTER)))
    length = data.draw(st.integers(0, 40))
    changed = OUTER[:start] + data.draw(st.binary(max_size=40)) + OUTER[start + length :]
    with suppress(Stop):
        read_outer(changed)
