"""Why no dossier or file to take along is made, in the words of who asks for it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class DossierRefusal(StrEnum):
    """Each ends the making: nothing is written, and nothing is given."""

    UNIDENTIFIED = "identity-not-established"
    OTHER_KIND = "other-kind-of-request"
    CLOSED = "request-closed"
    NOBODY = "nobody-found"
    UNWEIGHED = "third-persons-not-weighed"
    UNKNOWN_MARK = "unknown-mark"
    LOG_BROKEN = "log-not-whole"
    NO_CONSENT = "no-data-on-consent"
    NOT_KEPT = "data-on-consent-not-kept"
    FOLDER = "folder-not-empty"


_TEXTS: dict[DossierRefusal, tuple[str, str]] = {
    DossierRefusal.UNIDENTIFIED: (
        "Establish first who asks (AVG 12(6)); see gateway request identify.",
        "Stel eerst vast wie het vraagt (AVG 12 lid 6); zie gateway request identify.",
    ),
    DossierRefusal.OTHER_KIND: (
        "This request is of another kind; see gateway request show.",
        "Dit verzoek is van een andere soort; zie gateway request show.",
    ),
    DossierRefusal.CLOSED: (
        "This request was closed or withdrawn.",
        "Dit verzoek is gesloten of ingetrokken.",
    ),
    DossierRefusal.NOBODY: (
        "This request is about nobody in the register; answer that there are no data.",
        "Dit verzoek gaat over niemand in het register; antwoord dat er geen gegevens zijn.",
    ),
    DossierRefusal.UNWEIGHED: (
        "Weigh first what tells of others (AVG 15(4)); see gateway request preview.",
        "Weeg eerst af wat over anderen gaat (AVG 15 lid 4); zie gateway request preview.",
    ),
    DossierRefusal.UNKNOWN_MARK: (
        "There is nothing to weigh by this id; see gateway request preview.",
        "Bij dit nummer is niets af te wegen; zie gateway request preview.",
    ),
    DossierRefusal.LOG_BROKEN: (
        "The log is not whole, so no dossier can be complete; see gateway log verify.",
        "Het logboek is niet heel, dus geen dossier kan volledig zijn; zie gateway log verify.",
    ),
    DossierRefusal.NO_CONSENT: (
        "None of this person's data rest on their consent (AVG 20(1)(a)): answer so.",
        "Geen gegevens van deze persoon rusten op toestemming (AVG 20 lid 1 onder a): meld dat.",
    ),
    DossierRefusal.NOT_KEPT: (
        "What went on consent is not kept any more: answer so, and say to whom it went (AVG 15).",
        "Wat op toestemming ging, is niet meer bewaard: meld dat, en aan wie het ging (AVG 15).",
    ),
    DossierRefusal.FOLDER: (
        "Name a folder that is empty or not there yet.",
        "Noem een map die leeg is of nog niet bestaat.",
    ),
}


class DossierError(Exception):
    """Nothing was made; `code` says why, `text` and `nl` in words that name nobody.

    `about` are ids of ours that it is about.
    """

    def __init__(self, code: DossierRefusal, about: Iterable[str] = ()) -> None:
        super().__init__(code.value)
        self.code = code.value
        self.text, self.nl = _TEXTS[code]
        self.about = tuple(about)
