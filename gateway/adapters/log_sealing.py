"""Sealing what goes into the log, before it is hashed, and opening it again.

What is about an inburgeraar is sealed under a key that comes from theirs: when
that is destroyed, the entry and whom it was about cannot be read any more, while
its hash stands and every proof goes on holding.  All else is sealed under a key
that comes from the master key.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.domain.silent import Silent
from gateway.ledger.envelope import (
    NONCE_BYTES,
    EnvelopeError,
    Head,
    UnopenedError,
    commitment,
    parse,
)

if TYPE_CHECKING:
    from typing import Protocol

    from gateway.adapters.vault import PersonKey
    from gateway.ledger.envelope import Envelope
    from gateway.ledger.records import Entry

    class EntryKeys(Protocol):
        """Whose key of an entry: a person's, or the log's own."""

        def entry_key(self, which: bytes) -> bytes:
            """32 bytes, for this entry only; `which` as `Head.which` names it."""


PLAIN = b"{"  # entries from before contents were sealed


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Opened(Silent):
    """An entry that was read; `content` is None where its key was destroyed."""

    head: Head
    content: dict[str, Any] | None


def sealed(entry: Entry, log: EntryKeys, person: PersonKey | None) -> bytes:
    """The bytes to be hashed and kept; under the log's own key where there is no person.

    And where the entry is not the person's to end: who looked at them is answerable after it.
    """
    keys = person if person is not None and entry.personal else log
    head = Head(
        kind=entry.kind,
        at=entry.at,
        trace_id=entry.trace_id,
        span_id=entry.span_id,
        activity_id=entry.activity_id,
        commitment="",
    )
    key = keys.entry_key(head.which)
    bound = replace(head, commitment=commitment(key)).written()
    nonce = os.urandom(NONCE_BYTES)
    content = entry.content(person.pseudonym(entry.purpose) if person is not None else None)
    return bound + nonce + AESGCM(key).encrypt(nonce, content, bound)


def opened(entry: bytes, log: EntryKeys, person: EntryKeys | None) -> Opened:
    """Read an entry with the person's key or the log's own; raises `UnopenedError`.

    Which of the two sealed it, its commitment says; neither means that the
    person's key is gone, and the content with it.
    """
    if entry.startswith(PLAIN):
        return _plain(entry)
    envelope = _parsed(entry)
    head = envelope.head
    for keys in (person, log):
        key = keys.entry_key(head.which) if keys is not None else b""
        if key and commitment(key) == head.commitment:
            return Opened(head=head, content=json.loads(_decrypted(envelope, key)))
    if person is not None:
        raise UnopenedError
    return Opened(head=head, content=None)


def entry_key(entry: bytes, log: EntryKeys, person: EntryKeys | None) -> bytes | None:
    """The key that this entry alone opens with, to hand over with a proof; None if it is gone."""
    head = _parsed(entry).head
    for keys in (person, log):
        key = keys.entry_key(head.which) if keys is not None else b""
        if key and commitment(key) == head.commitment:
            return key
    return None


def is_sealed_by(entry: bytes, keys: EntryKeys) -> bool:
    """Whether these keys open this entry; raises `UnopenedError` for what is no entry."""
    if entry.startswith(PLAIN):
        return False
    head = _parsed(entry).head
    return commitment(keys.entry_key(head.which)) == head.commitment


def head_of(entry: bytes) -> Head:
    """What everybody may read of an entry; raises `UnopenedError` for what is none."""
    return _plain(entry).head if entry.startswith(PLAIN) else _parsed(entry).head


def _parsed(entry: bytes) -> Envelope:
    try:
        return parse(entry)
    except EnvelopeError:
        pass
    raise UnopenedError


def _decrypted(envelope: Envelope, key: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(envelope.nonce, envelope.sealed, envelope.bound)
    except InvalidTag:
        pass
    raise UnopenedError


def _plain(entry: bytes) -> Opened:
    try:
        content = json.loads(entry)
        record = content["record"]
        head = Head(
            kind=content.pop("kind"),
            at=record["end_time"],
            trace_id=record["trace_id"],
            span_id=record["span_id"],
            activity_id=record["attributes"]["dpl.core.processing_activity_id"],
            commitment="0" * 64,
        )
        head.written()
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    else:
        return Opened(head=replace(head, commitment=""), content=content)
    raise UnopenedError
