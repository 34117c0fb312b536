"""Headers by which programs say that they wrote or sent a mail (RFC 3834, and conventions).

None of them is authenticated: they decide whether something is answered, and never
whether a signed report is carried.
"""

from __future__ import annotations

import re
from typing import Protocol

# Answering programs and their forebears; one of these present is enough.
_MARKS = ("x-autoreply", "x-autorespond", "x-auto-reply", "x-mail-autoreply")
_LIST_MARKS = ("list-id", "list-post", "list-unsubscribe")
# Of Exchange: what a mail does not want to be answered with.
_SUPPRESSED = re.compile(rb"\b(all|autoreply|oof)\b", re.IGNORECASE)
_YES = re.compile(rb"\s*yes\b", re.IGNORECASE)
_MAILER = re.compile(rb"(?:^|[<\s\"])(mailer-daemon|postmaster|mail-daemon)@", re.IGNORECASE)
_BULK = frozenset({b"bulk", b"list", b"junk"})


class Fields(Protocol):
    """Header fields by name, as `gateway.adapters.mime_headers.Fields` reads them."""

    def all(self, name: str) -> list[bytes]:
        """Every value of this field, in order; the name in lower case."""


def is_automatic(fields: Fields) -> bool:
    """Whether a program wrote it, by its own word (RFC 3834, sections 2 and 5)."""
    return (
        _submitted(fields, but=b"no")
        or is_reply(fields)
        or has_null_path(fields)
        or any(_SUPPRESSED.search(each) for each in fields.all("x-auto-response-suppress"))
    )


def is_reply(fields: Fields) -> bool:
    """Whether it is a program's answer to another mail, which is never answered in turn."""
    answers = any(_first(each) == b"auto-replied" for each in fields.all("auto-submitted"))
    marked = any(fields.all(name) for name in _MARKS)
    return answers or marked or b"auto_reply" in _precedence(fields)


def is_list(fields: Fields) -> bool:
    """Whether it went to many: a mailing list or a newsletter (RFC 2919, RFC 2369)."""
    return any(fields.all(name) for name in _LIST_MARKS) or bool(_BULK & _precedence(fields))


def is_spam(fields: Fields) -> bool:
    """Whether a server before us took it for unwanted."""
    flags = ("x-spam-flag", "x-spam-status", "x-spam")
    return any(_YES.match(each) for name in flags for each in fields.all(name))


def is_answered(fields: Fields) -> bool:
    """Whether somebody who was not proven may be told of it."""
    return not (is_automatic(fields) or is_list(fields) or is_spam(fields))


def has_null_path(fields: Fields) -> bool:
    """Whether it came with an empty return path, as the last server wrote it down."""
    return any(value.replace(b" ", b"") == b"<>" for value in fields.all("return-path"))


def is_of_a_server(fields: Fields) -> bool:
    """Whether it looks like a mail server's own word about a mail."""
    failed = fields.all("x-failed-recipients")
    return bool(failed) or has_null_path(fields) or any(map(_MAILER.search, fields.all("from")))


def _submitted(fields: Fields, *, but: bytes) -> bool:
    return any(_first(value) != but for value in fields.all("auto-submitted"))


def _precedence(fields: Fields) -> set[bytes]:
    return {_first(value) for value in fields.all("precedence")}


def _first(value: bytes) -> bytes:
    return value.split(b";")[0].split(b"(")[0].strip().lower()
