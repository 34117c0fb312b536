"""The words of the register of breaches: what happens to one, and what can be said of it."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

# AVG 33(1).  Hours, so of 60 minutes each, whatever the clocks on the wall do.
TERM: Final = timedelta(hours=72)
# Hours since awareness at which the officers are told; the last is the end of the term.
WARNINGS: Final = (24, 48, 60, 70, 72)


class Step(StrEnum):
    """What happened to a breach."""

    OPENED = "opened"
    EXTENDED = "extended"  # more people or reports turned out to be concerned
    CORRECTED = "corrected"  # its moments or its cause, as is known now
    FACT = "fact"
    EFFECT = "effect"
    MEASURE = "measure"
    ASSESSED = "assessed"
    PROPOSED = "proposed"  # not to report: waits for a second person
    NOT_REPORTED = "not-reported"  # a second person approved
    TO_REPORT = "to-report"
    REPORTED = "reported"
    ANSWERS = "answers"  # of the report before it, frozen
    TO_TELL = "to-tell"
    NOT_TO_TELL = "not-to-tell"
    PARTNER_TOLD = "partner-told"
    LETTERS = "letters"  # written to the people concerned
    CLOSED = "closed"
    REOPENED = "reopened"


class Cause(StrEnum):
    """What kind of thing happened; each has words for the papers and for the people."""

    NO_GROUND = "no-ground"  # shared without consent or another ground
    WRONG_RECIPIENT = "wrong-recipient"
    OTHER_MAILBOX = "other-mailbox"
    WRONG_PERSON = "wrong-person"  # data of one person in the file of another
    LOST_KEY = "lost-key"  # a key or a device lost, stolen, or known to others
    INTRUSION = "intrusion"
    LOST_DATA = "lost-data"
    ALTERED = "altered"
    OTHER = "other"


class Nature(StrEnum):
    """Of what kind the breach is (AVG 4(12)); several may hold."""

    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"


class Risk(StrEnum):
    """What the assessment says for the rights and freedoms of people (33(1), 34(1))."""

    UNLIKELY = "unlikely"
    RISK = "risk"
    HIGH = "high"


class Effect(StrEnum):
    """A likely consequence for the people concerned (33(3)(c), recital 85)."""

    CONTROL = "loss-of-control"
    IDENTITY = "identity-fraud"
    PHISHING = "phishing"
    DISCRIMINATION = "discrimination"
    REPUTATION = "reputation"
    CONFIDENTIAL = "loss-of-confidentiality"
    DELAY = "delay"
    NONE = "none-expected"
    OTHER = "other"


class Measure(StrEnum):
    """What was done about it (33(3)(d))."""

    ERASED = "erased-by-recipient"
    ASKED = "recipient-asked"
    STOPPED = "forwarding-stopped"
    SUSPENDED = "contact-suspended"
    KEY_REVOKED = "key-revoked"
    RECOVERED = "data-recovered"
    CHANGED = "process-changed"
    OTHER = "other"


class Version(StrEnum):
    """What a report to the AP is (33(4)): the first, more of it, or that it is taken back."""

    INITIAL = "initial"
    SUPPLEMENT = "supplement"
    WITHDRAWAL = "withdrawal"


class TellingException(StrEnum):
    """Why people need not be told of a high risk (AVG 34(3)); NONE where there is no high risk."""

    UNREADABLE = "a"
    TAKEN_AWAY = "b"
    DISPROPORTIONATE = "c"
    NONE = "none"


class ToDo(StrEnum):
    """What an extension of a breach leaves to be done (again) before it can be closed."""

    REPORTING = "decide-on-reporting"
    TELLING = "decide-on-telling"
    SUPPLEMENT = "report-supplement"
    LETTERS = "write-letters"


class State(StrEnum):
    """How a breach stands."""

    OPEN = "open"
    ASSESSED = "assessed"
    TO_REPORT = "to-report"
    REPORTED = "reported"
    NOT_REPORTED = "not-reported"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
