"""What a faulty mail is made of: people with keys, a good report, and one protection.

A fault that is about headers or MIME says `scene.sealed(inner)` and exists for every
protection; one about packets asks for the scene of its own protection.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import uuid4

from gateway.domain.parties import Role
from tests import generators, people, world

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.mail import Protection

GATEWAY = "poort@gemeente.example"
_numbers = itertools.count(1)


class Who(StrEnum):
    """Somebody of the scene; the value is the contact id of who is registered."""

    SENDER = world.SAAR
    COLLEAGUE = world.SAM  # of the same school, registered as well
    OTHER_SCHOOL = world.SOFIE
    CASEMANAGER = world.CASPER
    CASEMANAGER_2 = world.CARLA
    OFFICER = world.OFFICER
    RELATIEBEHEERDER = world.RELATIEBEHEERDER
    DIRTY = "contact-dirty"  # whose certificate has user ids that should not be
    ODD = "contact-odd"  # whose certificate has subkeys that may not sign
    ENDING = "contact-ending"  # whose key ends in five days
    RSA = "contact-rsa"  # with a key whose program can still be told to use SHA-1
    REVOKED = "contact-revoked"  # whose key is marked as revoked in the register
    LISTED = "contact-listed"  # whose certificate is on its authority's revocation list
    STRANGER = "stranger"  # registered nowhere
    GATEWAY = "gateway"


def _teacher(who: Who, name: str, local: str) -> world.Somebody:
    address = f"{local}@taalschool.example"
    return world.Somebody(who, world.SCHOOL_1, name, address, Role.CONTACTPERSOON)


MORE = (
    _teacher(Who.DIRTY, "Dirk Vuilschrift", "dirk"),
    _teacher(Who.ODD, "Olga Vreemdsleutel", "olga"),
    _teacher(Who.ENDING, "Eva Eindigt", "eva"),
    _teacher(Who.RSA, "Rob Oudsleutel", "rob"),
    _teacher(Who.REVOKED, "Ingrid Ingetrokken", "ingrid"),
    _teacher(Who.LISTED, "Lies Gelijst", "lies"),
)
NAMES: dict[Who, tuple[str, str]] = {
    **{Who(each.contact_id): (each.name, each.address) for each in world.PEOPLE},
    **{Who(each.contact_id): (each.name, each.address) for each in MORE},
    Who.STRANGER: ("Niemand Bekend", "niemand@elders.example"),
    Who.GATEWAY: ("Taalpoort", GATEWAY),
}


class Scene(ABC):
    """One protection's way of sealing; everything else is the same for all."""

    protection: Protection

    @abstractmethod
    def sealed(self, inner: bytes, *by: Who, to: Who = Who.GATEWAY) -> bytes:
        """`inner` signed by `by` and encrypted to `to`: an entity, its Content-Type first.

        Without `by` it is encrypted only.
        """

    @abstractmethod
    def signed_part(self, inner: bytes, by: Who = Who.SENDER) -> bytes:
        """`inner` with a detached signature over it: a multipart/signed, not encrypted."""

    def mail(self, body: bytes | None = None, fields: Sequence[tuple[str, str]] = ()) -> bytes:
        """A whole mail around a sealed entity; by default the good one."""
        shown = fields or self.fields()
        head = "".join(f"{name}: {value}\r\n" for name, value in shown)
        sealed = self.sealed(self.inner(), Who.SENDER) if body is None else body
        return head.encode() + b"MIME-Version: 1.0\r\n" + sealed

    def fields(self, **changed: str | Sequence[str] | None) -> list[tuple[str, str]]:
        """The header fields of a mail of the sender's; ``message_id=None`` leaves one out.

        A list gives the field several times.
        """
        usual: dict[str, str | Sequence[str] | None] = {
            "from": address(Who.SENDER),
            "to": GATEWAY,
            "date": format_datetime(datetime.now(UTC)),
            "message-id": f"<{next(_numbers)}.{uuid4()}@taalschool.example>",
            "subject": "Voortgang",
        }
        usual |= {name.rstrip("_").replace("_", "-"): value for name, value in changed.items()}
        return [
            (name.title(), each)
            for name, value in usual.items()
            for each in ([value] if isinstance(value, str) else value or ())
        ]

    def document(self, number: int = 1) -> bytes:
        """A report about an inburgeraar of the sender's; each has its own berichtId."""
        return generators.document_json(generators.bericht(number, berichtId=str(uuid4())))

    def protected(
        self,
        fields: Sequence[tuple[str, str]] = (),
        *,
        how: str = 'hp="cipher"',
        document: bytes | None = None,
    ) -> bytes:
        """The same with header fields that are signed along (RFC 9788, or an older way)."""
        shown = fields or self.fields()
        head = "".join(f"{name}: {value}\r\n" for name, value in shown)
        plain = self.inner(document)
        declared = plain.replace(b"multipart/mixed;", f"multipart/mixed; {how};".encode(), 1)
        return head.encode() + declared

    def inner(self, document: bytes | None = None) -> bytes:
        """The entity that is signed: a text, and the document as attachment."""
        content = self.document() if document is None else document
        return people.entity([("bijsluiter.json", "application/json", content)])


def address(who: Who) -> str:
    """Name and address as they stand in a From."""
    name, spec = NAMES[who]
    return f"{name} <{spec}>"
