"""The structure of a mail, found over its original bytes (RFC 2045, 2046, 3156, 9788).

Every entity is a slice; nothing is ever parsed and written again, because a
signature counts over the bytes as they came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from gateway.adapters.mime_entities import (
    Budget,
    Entity,
    decoded,
    entity,
    leaves,
    parts,
    walk,
)
from gateway.adapters.mime_headers import Broken, file_name, headers, in_charset
from gateway.domain.mail import Attachment, Headers, Protection, is_winmail
from gateway.domain.stops import Reason, Reject

WORDS_LIMIT = 16 * 1024  # bytes of an answer that somebody reads
ATTACHMENT_LIMIT = 20 * 1024 * 1024  # bytes, decoded: what a compressed 25 MB mail can hold

LONE_LF = re.compile(rb"(?<!\r)\n")
ARMOR = b"-----BEGIN PGP MESSAGE-----"
# Thunderbird and others tell programs that know no MIME what this is; people write nothing here.
PREAMBLE = re.compile(rb"(?:This is an? [ -~\r\n]{0,200})?")
COUNTING = ("from", "sender", "to", "cc", "date")
CLEARSIGNED = b"-----BEGIN PGP SIGNED MESSAGE-----"
SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
SIGNATURES = {
    Protection.OPENPGP: frozenset({"application/pgp-signature"}),
    Protection.SMIME: frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"}),
}
ENCRYPTED = SMIME | {"multipart/encrypted", "application/pgp-encrypted"}


@dataclass(frozen=True, slots=True)
class Outer:
    """An encrypted mail before it is opened; `ciphertext` is armored as it came, or DER."""

    headers: Headers
    ciphertext: bytes
    protection: Protection


def read_outer(content: bytes) -> Outer:
    """Find the ciphertext of a PGP/MIME (RFC 3156, section 4) or S/MIME mail (RFC 8551, 3.3).

    Raises `Reject` with the reason why there is none.
    """
    if not content.strip():
        raise Reject(Reason.EMPTY)
    try:
        budget = Budget()
        root = entity(content, 0, len(content), budget)
        if root.media_type == "multipart/encrypted":
            return Outer(headers(root.fields), _ciphertext(root, budget), Protection.OPENPGP)
        if (sealed := _smime_ciphertext(root, budget)) is not None:
            return Outer(headers(root.fields), sealed, Protection.SMIME)
        if (repaired := _repaired(root)) is not None:
            return Outer(headers(root.fields), repaired, Protection.OPENPGP)
        raise _why_not_encrypted(root, budget)
    except Broken:
        raise Reject(Reason.MALFORMED) from None


def _ciphertext(root: Entity, budget: Budget) -> bytes:
    if root.content_type.parameters.get("protocol", "").lower() != "application/pgp-encrypted":
        raise Broken
    children = parts(root, budget)
    types = [child.media_type for child in children]
    if types != ["application/pgp-encrypted", "application/octet-stream"]:
        raise Broken
    before, after = _around(root, children)
    if not PREAMBLE.fullmatch(before.strip()) or after.strip():
        raise Reject(Reason.PARTLY_ENCRYPTED)
    return _behind_version(*children)


def _behind_version(version: Entity, ciphertext: Entity) -> bytes:
    if decoded(version).split() != [b"Version:", b"1"]:
        raise Broken
    return decoded(ciphertext)


MANGLED = ["application/pgp-encrypted", "application/octet-stream"]


def _repaired(root: Entity) -> bytes | None:
    """The ciphertext of a mail that Exchange rewrote, if it is exactly what that leaves of one.

    Two parts of a multipart/encrypted come as a multipart/mixed behind an empty text;
    nothing else can have been in such a mail, so there is one reading.
    """
    if root.media_type != "multipart/mixed":
        return None
    children = parts(root, Budget())
    if [each.media_type for each in children] != ["text/plain", *MANGLED]:
        return None
    text, version, ciphertext = children
    beside = (decoded(text), *_around(root, children))
    if any(each.strip() for each in beside) or text.fields.all("content-disposition"):
        return None
    return _behind_version(version, ciphertext)


def _around(root: Entity, children: list[Entity]) -> tuple[bytes, bytes]:
    """What stands before the first and after the last part: no part, and yet to be read."""
    line = b"--" + root.content_type.parameters["boundary"].encode()
    first = root.source.rindex(line, root.body, children[0].start)
    last = root.source.index(line + b"--", children[-1].end) + len(line) + 2
    return root.source[root.body : first], root.source[last : root.end]


def _smime_ciphertext(root: Entity, budget: Budget) -> bytes | None:
    """A CMS message, or all of a multipart/signed around one (RFC 8551, sections 3.3 and 3.7)."""
    if is_smime(root):
        return decoded(root)
    if root.media_type != "multipart/signed":
        return None
    first, *rest = parts(root, budget)
    kinds = [part.media_type for part in rest]
    triple = is_smime(first) and len(kinds) == 1 and kinds[0] in SIGNATURES[Protection.SMIME]
    return root.raw() if triple else None


def is_smime(found: Entity) -> bool:
    """Whether a part is CMS; some servers forget its type and leave its name (RFC 8551, 3.9)."""
    if found.media_type in SMIME:
        return True
    return found.media_type == "application/octet-stream" and found.name.lower().endswith(".p7m")


def _why_not_encrypted(root: Entity, budget: Budget) -> Reject:
    empty = True
    reason = Reason.NOT_ENCRYPTED
    for each in walk(root, budget):
        if each.media_type in ENCRYPTED:
            torn = root.media_type == "multipart/mixed" and each.media_type == MANGLED[0]
            return Reject(Reason.MANGLED if torn and empty else Reason.PARTLY_ENCRYPTED)
        if each.is_multipart:
            continue
        if is_winmail(each.media_type, each.name):
            return Reject(Reason.WINMAIL, *(() if empty else (Reason.NOT_ENCRYPTED,)))
        content = decoded(each)
        empty = empty and not content.strip()
        if ARMOR in content or CLEARSIGNED in content:
            text = each.media_type.startswith("text/")
            reason = Reason.INLINE_PGP if text else Reason.PARTLY_ENCRYPTED
    return Reject(Reason.EMPTY if empty else reason)


@dataclass(frozen=True, slots=True)
class Inner:
    """What was under the encryption.

    `payload` is what a detached signature covers, or all of it where there is
    none; `signature` is that signature, armored or DER, when the inner root is a
    multipart/signed (RFC 3156, section 5; RFC 8551, section 3.5.3).
    """

    payload: Entity
    signature: bytes | None
    budget: Budget

    def signed_bytes(self) -> bytes:
        """The signed part with CRLF line ends, as RFC 3156 (5) and 8551 (3.1.1) have it hashed."""
        raw = self.payload.raw()
        if raw.count(b"\n") == raw.count(b"\r\n"):
            return raw
        return LONE_LF.sub(b"\r\n", raw)


def read_inner(inner: bytes, protection: Protection = Protection.OPENPGP) -> Inner:
    """Find payload and detached signature of this protection.  Raises `Reject(MALFORMED)`."""
    signing = SIGNATURES[protection]
    try:
        budget = Budget()
        root = entity(inner, 0, len(inner), budget)
        protocol = root.content_type.parameters.get("protocol", "").lower()
        if root.media_type != "multipart/signed" or protocol not in signing:
            return Inner(root, None, budget)
        children = parts(root, budget)
        if len(children) != 2 or children[1].media_type not in signing:
            raise Broken
        return Inner(children[0], decoded(children[1]), budget)
    except Broken:
        raise Reject(Reason.MALFORMED) from None


def protected_headers(inner: Inner) -> Headers | None:
    """The payload's own headers where it declares them protected.

    RFC 9788, section 2.1.1 (``hp``), or the older ``protected-headers="v1"``.  By the
    older way Mutt protects the subject alone, which says nothing that counts.
    """
    parameters = inner.payload.content_type.parameters
    meant = parameters.get("hp", "").lower()
    older = parameters.get("protected-headers", "").lower() == "v1"
    if meant not in {"clear", "cipher"} and not older:
        return None
    fields = inner.payload.fields
    if not meant and not any(map(fields.all, COUNTING)):
        return None
    return replace(headers(fields), in_the_clear=meant == "clear")


def attachments(inner: Inner) -> tuple[Attachment, ...]:
    """Every leaf that is not a mere text body, decoded.

    Raises `Reject(MALFORMED)`, or `Reject(TOO_LARGE)` for one above `ATTACHMENT_LIMIT`.
    """
    try:
        found = (_attachment(leaf) for leaf in leaves(inner.payload, inner.budget))
        return tuple(each for each in found if each is not None)
    except Broken:
        raise Reject(Reason.MALFORMED) from None


def words(inner: Inner) -> str:
    """The first plain text of a mail, as far as `WORDS_LIMIT`; empty where there is none."""
    try:
        for leaf in leaves(inner.payload, inner.budget):
            if leaf.media_type == "text/plain" and not leaf.name:
                charset = leaf.content_type.parameters.get("charset", "utf-8")
                return in_charset(decoded(leaf)[:WORDS_LIMIT], charset)
    except Broken:
        return ""
    return ""


def _attachment(leaf: Entity) -> Attachment | None:
    disposition = leaf.fields.typed("content-disposition")
    name = leaf.name
    attached = disposition is not None and disposition.value == "attachment"
    if leaf.media_type in {"text/plain", "text/html"} and not name and not attached:
        return None
    content = decoded(leaf)
    if len(content) > ATTACHMENT_LIMIT:
        raise Reject(Reason.TOO_LARGE)
    return Attachment(name=file_name(name), media_type=leaf.media_type, content=content)
