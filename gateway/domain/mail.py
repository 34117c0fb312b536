"""Values that cross the mail and cryptography ports, free of any library's types."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from datetime import datetime


def same_address(one: str, other: str) -> bool:
    """Whether two addresses are one: to the letter, but for the case of ASCII letters.

    Nothing else is folded together: what Unicode takes for equal (a long s, a fullwidth
    letter, an international domain name and its ASCII form) may be another address.
    """
    return one == other or (one.isascii() and other.isascii() and one.lower() == other.lower())


class Protection(StrEnum):
    """How a mail was secured (article 12.5)."""

    OPENPGP = "openpgp"
    SMIME = "smime"


class SignatureState(StrEnum):
    """What the engine says of a signature it could attribute to a known certificate."""

    VALID = "valid"
    BAD = "bad"  # does not fit the content
    WEAK = "weak"  # SHA-1, MD5, RIPEMD-160, short RSA
    MEANT_FOR_ANOTHER = "meant-for-another"  # names its recipients, and we are none of them
    EXPIRED = "expired"  # the signature itself says that it counted until before now
    NOT_A_SIGNING_KEY = "not-a-signing-key"  # made by a key that may not sign mail
    KEY_EXPIRED = "key-expired"
    KEY_REVOKED = "key-revoked"
    UNKNOWN_KEY = "unknown-key"  # no registered certificate made it
    # Of S/MIME only: what its certificate is worth at that moment (RFC 5280, RFC 8550).
    NOT_YET_VALID = "not-yet-valid"
    UNTRUSTED = "untrusted"  # no path to a configured root
    WRONG_USE = "wrong-use"  # key usage or purpose
    REVOCATION_UNKNOWN = "revocation-unknown"  # nothing says that it was not revoked


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature packet found over the whole inner entity.

    `fingerprint` is the primary key's, or SHA-256 over the DER of an S/MIME certificate;
    upper-case hex, empty when unknown.
    `created` comes from the hashed area of a valid signature, else None.
    `meant_for_us` when its maker names the gateway's key as one that they encrypted to
    (RFC 9580, 5.2.3.36); many programs name nobody.
    `digest` tells one act of signing from another: SHA-256, lower-case hex, over what
    was signed with the signature's own date and recipients; nothing that can be
    changed without breaking the signature.  Empty unless valid.
    """

    state: SignatureState
    fingerprint: str = ""
    created: datetime | None = None
    meant_for_us: bool = False
    digest: str = ""


def is_winmail(media_type: str, name: str) -> bool:
    """Whether it is Outlook's own wrapping of a mail (TNEF), which only Outlook opens."""
    wrapped = media_type in {"application/ms-tnef", "application/vnd.ms-tnef"}
    return wrapped or name.strip().casefold() == "winmail.dat"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Attachment(Silent):
    """A decoded leaf of the inner entity; `media_type` in lower case, without parameters."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Headers(Silent):
    """The headers that count, as read, outer or protected.

    `from_` holds every address of every From field in order (addr-spec as written,
    no display name), so more than one is more than one claim of authorship.
    `sender` holds those of Sender (RFC 5322, 3.6.2), `to` those of To and Cc.
    Reply-To is not read: nothing is ever sent to it.
    `answers` are the Message-IDs of In-Reply-To (RFC 5322, 3.6.4), a few at most.
    `in_the_clear` when protected headers say that their author did not encrypt
    (RFC 9788, ``hp="clear"``).
    """

    from_: tuple[str, ...] = ()
    sender: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    date: datetime | None = None
    message_id: str = ""
    subject: str = ""
    automatic: bool = False  # RFC 3834: a program says that it wrote or spread this
    reply: bool = False  # RFC 3834: a program's answer to another mail
    in_the_clear: bool = False
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Unsealed(Silent):
    """What an engine found inside a mail, before anybody believed a word of it.

    `opened_by` is the fingerprint of the gateway's key that opened it: the primary key's,
    or SHA-256 over an S/MIME certificate, upper-case hex.
    `protected` are the headers found under the signature (RFC 9788, or the older
    protected-headers v1); None when the inner entity carries none.  `words` is the plain text
    of a mail that answers another one, cut off where it is long; of no other mail.
    """

    protection: Protection
    outer: Headers
    protected: Headers | None
    signatures: tuple[Signature, ...]
    attachments: tuple[Attachment, ...]
    opened_by: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SealedMail(Silent):
    """A letter as it leaves: fingerprints of the key that signed it, and of whom it is for."""

    mail: bytes
    by: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Paper(Silent):
    """A page that is set as PDF where the letter is sealed, and goes with it as `name`.

    `said` is what the page says, as JSON; `logo` a drawing (SVG); `font_folder` holds its
    font, where that is not the typesetter's own.
    """

    name: str
    said: bytes
    at: datetime
    logo: bytes = b""
    font_folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Letter(Silent):
    """A mail to be signed and encrypted to one person.

    `subject` travels under the encryption; `outer_subject` is all the world sees.
    `certificate` is the recipient's pinned public certificate, binary, armored or PEM, and
    `protection` what it is for.
    `envelope_from` is empty for receipts and notices (null return path, RFC 3834).
    """

    message_id: str
    date: datetime
    sender: str
    sender_name: str
    recipient: str
    certificate: bytes
    protection: Protection = Protection.OPENPGP
    subject: str
    outer_subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    envelope_from: str = ""
    in_reply_to: str = ""
    checkpoint: bytes = b""  # of the log, a signed note; a header under the encryption
    automatic: bool = True  # RFC 3834: written by a machine, so that no machine answers it
    paper: Paper | None = None
