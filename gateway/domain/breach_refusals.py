"""What the register of breaches refuses, and why, in the words of the officer who keeps it."""

from __future__ import annotations

from enum import StrEnum

from gateway.domain.register import RegisterError

MOST_WORDS = 4000  # characters of one fact, effect, measure or reason


class BreachRefusal(StrEnum):
    """Why something of a breach is not put on record."""

    UNKNOWN = "unknown-breach"
    CLOSED = "breach-closed"
    NOT_CLOSED = "breach-not-closed"
    TO_COME = "moment-to-come"
    ORDER = "moments-out-of-order"
    NO_WORDS = "words-needed"
    TOO_LONG = "words-too-long"
    NOT_ASSESSED = "not-assessed"
    RISK = "risk-has-to-be-reported"
    REPORTED = "already-reported"
    NOT_REPORTED = "not-reported-yet"
    LATE = "delay-without-reason"
    EXCEPTION = "exception-unstated"
    UNDECIDED = "undecided"
    INCOMPLETE = "incomplete"
    REFERENCE = "bad-reference"
    NOTHING_NEW = "nothing-new"
    MEANWHILE = "extended-meanwhile"
    ASSESSED_BEFORE = "assessed-before-extension"
    EXTENDED = "extension-not-settled"
    NO_LETTERS = "no-letters-yet"


_TEXTS: dict[BreachRefusal, tuple[str, str]] = {
    BreachRefusal.UNKNOWN: (
        "There is no such breach; see gateway breach list.",
        "Dit datalek staat niet in het register; zie gateway breach list.",
    ),
    BreachRefusal.CLOSED: (
        "This breach is closed; open it again first: gateway breach reopen.",
        "Dit datalek is afgesloten; open het eerst opnieuw: gateway breach reopen.",
    ),
    BreachRefusal.NOT_CLOSED: ("This breach is not closed.", "Dit datalek is niet afgesloten."),
    BreachRefusal.TO_COME: (
        "This moment is still to come.",
        "Dit tijdstip moet nog komen.",
    ),
    BreachRefusal.ORDER: (
        (
            "These moments cannot follow each other: it occurs, is detected, you become aware, "
            "you assess, you report."
        ),
        (
            "Deze tijdstippen kunnen niet na elkaar: het gebeurt, wordt ontdekt, u weet het, "
            "u beoordeelt het, u meldt het."
        ),
    ),
    BreachRefusal.NO_WORDS: (
        "This needs words of your own: say what, or why.",
        "Hier horen uw eigen woorden bij: geef aan wat, of waarom.",
    ),
    BreachRefusal.TOO_LONG: (
        f"At most {MOST_WORDS} characters.",
        f"Hoogstens {MOST_WORDS} tekens.",
    ),
    BreachRefusal.NOT_ASSESSED: (
        "Assess the risk first: gateway breach assess.",
        "Beoordeel eerst het risico: gateway breach assess.",
    ),
    BreachRefusal.RISK: (
        (
            "Not to report is possible only where a risk is unlikely (AVG 33(1)); "
            "it was assessed otherwise."
        ),
        (
            "Niet melden kan alleen als een risico onwaarschijnlijk is (artikel 33 lid 1 AVG); "
            "de beoordeling zegt iets anders."
        ),
    ),
    BreachRefusal.REPORTED: (
        "This breach was reported already; what you add is a supplement.",
        "Dit datalek is al gemeld; wat u toevoegt, is een aanvulling.",
    ),
    BreachRefusal.NOT_REPORTED: (
        "There is no report that stands: begin with an initial one.",
        "Er is geen melding die geldt: begin met een eerste melding.",
    ),
    BreachRefusal.LATE: (
        "After 72 hours a report gives the reason for the delay (AVG 33(1)): --reason.",
        "Na 72 uur hoort bij een melding de reden van de vertraging (33 lid 1 AVG): --reason.",
    ),
    BreachRefusal.EXCEPTION: (
        (
            "With a high risk people are told, or one exception applies (AVG 34(3)): "
            "--exception a, b or c."
        ),
        (
            "Bij een hoog risico hoort iedereen het, of geldt een uitzondering (34 lid 3 AVG): "
            "--exception a, b of c."
        ),
    ),
    BreachRefusal.UNDECIDED: (
        "First decide whether to report it (33), and whether to tell people (34).",
        "Besluit eerst of u meldt (artikel 33), en of u mensen informeert (artikel 34).",
    ),
    BreachRefusal.INCOMPLETE: (
        "The register has to hold its effects and the measures taken (AVG 33(5)).",
        "Het register bevat ook de gevolgen en de maatregelen (artikel 33 lid 5 AVG).",
    ),
    BreachRefusal.REFERENCE: (
        "Give the AP's number as it is: at most 40 letters, digits and . / -, no words.",
        "Geef het nummer van de AP zoals het is: hoogstens 40 letters, cijfers en . / -.",
    ),
    BreachRefusal.NOTHING_NEW: (
        "All of this is in the breach already; nothing was put on record.",
        "Dit staat allemaal al in het datalek; er is niets vastgelegd.",
    ),
    BreachRefusal.MEANWHILE: (
        "Somebody else extended this breach at the same moment; do it once more.",
        "Iemand anders breidde dit datalek op hetzelfde moment uit; doe het nog een keer.",
    ),
    BreachRefusal.ASSESSED_BEFORE: (
        "It was extended after it was assessed; assess the risk again: gateway breach assess.",
        (
            "Het datalek is uitgebreid na de beoordeling; beoordeel het risico opnieuw: "
            "gateway breach assess."
        ),
    ),
    BreachRefusal.EXTENDED: (
        (
            "It was extended, and the AP or people do not know that yet; what is left to do: "
            "gateway breach show."
        ),
        (
            "Het datalek is uitgebreid, en de AP of mensen weten dat nog niet; wat u nog moet "
            "doen: gateway breach show."
        ),
    ),
    BreachRefusal.NO_LETTERS: (
        "It was decided to tell the people, and no letters were made: gateway breach papers.",
        (
            "Besloten is de mensen te informeren, en er zijn nog geen brieven gemaakt: "
            "gateway breach papers."
        ),
    ),
}


class BreachError(RegisterError):
    """The register of breaches refuses; as `RegisterError`, and names nobody."""

    def __init__(self, code: BreachRefusal) -> None:
        text, nl = _TEXTS[code]
        Exception.__init__(self, f"{code}: {text}")
        self.code = code  # type: ignore[assignment]  # a list of its own, said in the same way
        self.text, self.nl = text, nl
