"""What programs on the way, or Outlook, make of a good mail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.domain.mail import Protection
from gateway.domain.stops import Reason
from tests.mails.broken_mime import inside, mixed
from tests.mails.faults import fault

if TYPE_CHECKING:
    from tests.mails.scene import Scene

REPAIRED = "opening: what Exchange makes of it is repaired in exactly one shape"
WHOLE = "opening: encryption at the root of the mail"
ADVICE = "opening and checking: recognised, with advice"
EMPTY = b"Content-Type: text/plain\r\n\r\n"
TEXT = b"Content-Type: text/plain\r\n\r\nDisclaimer: dit bericht is vertrouwelijk.\r\n"
TNEF = b'Content-Type: application/ms-tnef; name="winmail.dat"\r\n\r\n\x78\x9f\x3e\x22'
OPENPGP = Protection.OPENPGP


def halves(scene: Scene) -> tuple[bytes, bytes]:
    """Control part and ciphertext of a good mail."""
    found = re.split(rb"\r\n--=-=outer=-=(?:--)?\r\n", scene.mail())
    return found[1], found[2]


def torn(scene: Scene, *before: bytes, after: tuple[bytes, ...] = ()) -> bytes:
    """As Exchange stores a multipart/encrypted: its parts in a multipart/mixed."""
    return scene.mail(mixed(*before, *halves(scene), *after))


def as_exchange_leaves_it(scene: Scene) -> bytes:
    """The one shape that is read: an empty text, then both parts.  No fault of anybody's."""
    return torn(scene, EMPTY)


@fault(
    "exchange-no-text",
    "a multipart/encrypted that became a multipart/mixed",
    Reason.MANGLED,
    only=OPENPGP,
    stopped=REPAIRED,
)
def exchange_two(scene: Scene) -> bytes:
    return torn(scene)


@fault(
    "exchange-more-parts",
    "as Exchange leaves it, and one part more",
    Reason.MANGLED,
    only=OPENPGP,
    stopped=REPAIRED,
)
def exchange_more(scene: Scene) -> bytes:
    return torn(scene, EMPTY, after=(EMPTY,))


@fault(
    "exchange-disclaimer",
    "as Exchange leaves it, with a text in the empty part",
    Reason.PARTLY_ENCRYPTED,
    only=OPENPGP,
    stopped=REPAIRED,
)
def exchange_text(scene: Scene) -> bytes:
    return torn(scene, TEXT)


@fault(
    "list-footer",
    "a mailing list's text below the encrypted mail",
    Reason.PARTLY_ENCRYPTED,
    stopped=WHOLE,
)
def list_footer(scene: Scene) -> bytes:
    head, _, sealed = scene.mail().partition(b"MIME-Version: 1.0\r\n")
    return head + b"MIME-Version: 1.0\r\n" + mixed(sealed, TEXT)


@fault(
    "winmail",
    "a mail that Outlook wrapped, with its text beside it",
    Reason.WINMAIL,
    Reason.NOT_ENCRYPTED,
    stopped=ADVICE,
)
def winmail(scene: Scene) -> bytes:
    return scene.mail(mixed(TEXT, TNEF))


@fault(
    "winmail-alone",
    "a mail that Outlook wrapped, whatever is in it",
    Reason.WINMAIL,
    stopped=ADVICE,
)
def winmail_alone(scene: Scene) -> bytes:
    return scene.mail(TNEF.replace(b"application/ms-tnef", b"application/octet-stream"))


@inside("winmail-inside", "a good seal around what Outlook wrapped", Reason.WINMAIL, stopped=ADVICE)
def winmail_inside(scene: Scene) -> bytes:
    return mixed(TEXT, TNEF)
