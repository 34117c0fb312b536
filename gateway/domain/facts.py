"""What register and consent say about one report, as of one instant."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.consent import NO_CONSENT
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.domain.bijsluiter import Doelgroep, Regime
    from gateway.domain.consent import Consent
    from gateway.domain.parties import Contact, Interval, Party
    from gateway.domain.replacing import Replaced
    from gateway.domain.restricting import RestrictionReason


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Dossier(Silent):
    """One inburgeraar in our own register.

    `regime` and `doelgroep` are None when the register does not know them.
    `duty` is the period of the duty to integrate.
    """

    dossier_id: str
    dossierkenmerk: str
    regime: Regime | None
    doelgroep: Doelgroep | None
    duty: Interval
    geslachtsnaam: str
    voorvoegsel: str
    geboortedatum: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Facts(Silent):
    """One consistent reading of the register for one report.

    `dossierkenmerk` is the one asked for; `dossier` is None when no such dossier
    is known with the sender's own party.  `provider` is the provider of this
    dossier's designations, whatever side the sender is on.  `policy_digest` is
    that of the decision table in force.  `until` is the first instant at which
    one of these facts changes by itself.  `replaced` is there for a correction: the report
    that it names.  `restrictions` say why nothing about this person is to be passed on.
    """

    dossierkenmerk: str
    as_of: datetime
    revision: int
    until: datetime | None
    sender: Contact
    provider: Party | None
    dossier: Dossier | None
    sender_designated: bool
    recipient: Contact | None
    consent: Consent
    policy_digest: str
    disclosed_before: bool = False
    replaced: Replaced | None = None
    restrictions: frozenset[RestrictionReason] = frozenset()

    def of_sender_alone(self) -> Facts:
        """These facts without the dossier: what is left of them while the person is not proven."""
        return Facts(
            dossierkenmerk="",
            as_of=self.as_of,
            revision=self.revision,
            until=self.until,
            sender=self.sender,
            provider=None,
            dossier=None,
            sender_designated=False,
            recipient=None,
            consent=NO_CONSENT,
            policy_digest=self.policy_digest,
        )

    def digest(self) -> str:
        """SHA-256 over everything a decision or an address depends on, in hex."""
        lines = (
            *_contact_lines(self.sender, self.as_of),
            *_contact_lines(self.recipient, self.as_of),
            *_party_lines(self.provider, self.as_of),
            *_dossier_lines(self.dossier, self.as_of),
            str(self.sender_designated),
            self.consent.state.value,
            *sorted(self.consent.categories),
            "+",
            *sorted(self.consent.extra),
            self.policy_digest,
            *sorted(self.restrictions),
        )
        return hashlib.sha256("\x1f".join(lines).encode()).hexdigest()


def _contact_lines(contact: Contact | None, instant: datetime) -> Iterable[str]:
    if contact is None:
        return ("-",)
    return (
        contact.contact_id,
        contact.address,
        contact.role.value,
        str(contact.is_bound(instant)),
        contact.key_state(instant).value,
        contact.key.fingerprint if contact.key else "-",
        *_party_lines(contact.party, instant),
    )


def _party_lines(party: Party | None, instant: datetime) -> Iterable[str]:
    if party is None:
        return ("-",)
    return (
        party.party_id,
        party.standing.value,
        str(party.term.holds(instant)),
        str(party.term.behind(instant)),
    )


def _dossier_lines(dossier: Dossier | None, instant: datetime) -> Iterable[str]:
    if dossier is None:
        return ("-",)
    return (
        dossier.dossier_id,
        str(dossier.regime),
        str(dossier.doelgroep),
        str(dossier.duty.holds(instant)),
        folded_name(dossier.voorvoegsel, dossier.geslachtsnaam),
        dossier.geboortedatum,
    )


def folded_name(voorvoegsel: str | None, geslachtsnaam: str) -> str:
    """A surname as compared: no case, accents, hyphens or spaces; prefixes such as "van der" out.

    A prefix written into the surname field and one written apart compare equal.
    """
    whole = f"{voorvoegsel or ''} {geslachtsnaam}".casefold().translate(_LETTERS)
    words = _NO_LETTERS.sub(" ", whole).split() if whole.isascii() else _words(whole)
    while len(words) > 1 and words[0] in _PREFIXES:
        words = words[1:]
    # Some people are registered with a mark for a surname: a mark equals only itself.
    return "".join(words) or whole.strip()


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name)
    return "".join(char if char.isalpha() else " " for char in plain if not _mark(char)).split()


def same_birth_date(claimed: str, registered: str) -> bool:
    """Whether two partly known dates agree: equal as far as both are known.

    A claim that knows less than the register does not prove the person: it
    agrees only when the register itself knows no more.
    """
    return claimed == registered or (
        len(claimed) > len(registered) and claimed.startswith(f"{registered}-")
    )


_LETTERS = str.maketrans({"ø": "o", "ł": "l", "ı": "i", "đ": "d", "æ": "ae", "œ": "oe"})
_NO_LETTERS = re.compile(r"[^a-z]+")  # of a folded name in ASCII
_PREFIXES = frozenset(
    {"van", "de", "der", "den", "het", "t", "ten", "ter", "te", "la", "le", "el", "al", "von"}
)


def _mark(char: str) -> bool:
    return unicodedata.combining(char) != 0
