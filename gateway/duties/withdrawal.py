"""AVG 19: whom to tell, and of what, when something left without consent (covenant 12.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Category
from gateway.domain.distinct import distinct
from gateway.domain.incidents import (
    Erasable,
    IncidentKind,
    Notices,
    PersonNotice,
    RecipientNotice,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.incidents import Known, Uncovered
    from gateway.domain.parties import Contact


def notices(
    incident_id: str, kind: IncidentKind, disclosures: Sequence[Uncovered], known: Known
) -> Notices:
    """A notice for each recipient and one for each person; nobody reads of somebody else's people.

    What did not leave in the end is in no notice.  Where another mailbox had a report, the
    person is not told by a draft: whether there is a risk, somebody decides first (AVG 34).
    Raises LookupError for a recipient who is not known.
    """
    left = [each for each in disclosures if each.sent_at is not None]
    people = distinct(each.dossier_id for each in left)
    return Notices(
        incident_id=incident_id,
        kind=kind,
        recipients=tuple(
            _for_recipient(known.contacts[who], [e for e in left if e.recipient_id == who], known)
            for who in distinct(each.recipient_id for each in left)
        ),
        people=tuple(
            _for_person(who, [e for e in left if e.dossier_id == who], known)
            for who in (people if kind is IncidentKind.LATE_WITHDRAWAL else ())
        ),
    )


def _for_recipient(recipient: Contact, left: Sequence[Uncovered], known: Known) -> RecipientNotice:
    return RecipientNotice(recipient=recipient, items=tuple(_erasable(e, known) for e in left))


def _for_person(dossier_id: str, left: Sequence[Uncovered], known: Known) -> PersonNotice:
    return PersonNotice(
        dossierkenmerk=_kenmerk(dossier_id, known),
        items=tuple((known.contacts[e.recipient_id], _erasable(e, known)) for e in left),
    )


def _erasable(each: Uncovered, known: Known) -> Erasable:
    if each.sent_at is None:
        raise ValueError("it did not leave")
    return Erasable(
        dossierkenmerk=_kenmerk(each.dossier_id, known),
        reference=each.reference[:8],
        sent_at=each.sent_at,
        categories=tuple(c for c in Category if c in each.categories),
    )


def _kenmerk(dossier_id: str, known: Known) -> str:
    identity = known.identities.get(dossier_id)
    return identity.dossierkenmerk if identity else "-"
