"""What the papers of one breach are made from, read together from register and configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.adapters.breach_form import BreachForms, Told, thawed
from gateway.adapters.breach_letters import LetterAbout
from gateway.adapters.words import Words
from gateway.domain.breach_summary import Names, summary
from gateway.domain.breach_terms import Step, Version
from gateway.domain.silent import Silent
from gateway.domain.sureness import Sureness
from gateway.domain.texts import Language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.adapters.database_register import Register
    from gateway.adapters.page import Page
    from gateway.config import Config
    from gateway.domain.affected import Affected
    from gateway.domain.breaches import Breach, Frozen
    from gateway.domain.histories import DossierRecord, Roster

_ZONE = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Material(Silent):
    """One breach with everything that its papers need."""

    breach: Breach
    words: Mapping[int, str]
    affected: Sequence[Affected]
    evidence: Sequence[Frozen]
    roster: Roster
    people: Mapping[str, DossierRecord]
    names: Names
    municipality: str
    contact: str
    officers: str
    at: datetime

    def answers(self, version: Version, reason: str, at: datetime) -> Mapping[str, str]:
        """The answers for the form of the AP of a report that was made then, as of now."""
        return self._form().answers(self._told(version, reason, at))

    def pages(self) -> Mapping[str, Page]:
        """What can be copied now, by file name: the form, or what was reported since."""
        form = self._form()
        version = Version.SUPPLEMENT if self.breach.is_reported else Version.INITIAL
        told = self._told(version)
        answers = form.answers(told)
        found = {"ap-formulier": form.page(told, answers)}
        if self.breach.is_reported:
            found["ap-aanvulling"] = form.supplement(told, answers, self.last_answers())
            taken_back = self._told(Version.WITHDRAWAL)
            found["ap-intrekking"] = form.withdrawal(taken_back, form.answers(taken_back))
        return found

    def last_answers(self) -> Mapping[str, str]:
        """Those of the last version that was reported."""
        kept = [each for each in self.breach.steps if each.step is Step.ANSWERS]
        return thawed(self.words[kept[-1].number]) if kept else {}

    def about(self) -> LetterAbout:
        """What letters about it share."""
        contacts = {each.sender_id for each in self.affected}
        contacts = (contacts | {each.recipient_id for each in self.affected}) - {""}
        return LetterAbout(
            breach=self.breach,
            at=self.at,
            parties={each: self.roster.contacts[each].party.at(self.at).name for each in contacts},
            municipality=self.municipality,
            contact=self.contact,
            officers=self.officers,
        )

    def partners(self) -> Mapping[str, Sequence[Affected]]:
        """By the id of each other party what came from it or went to it, as far as that is sure.

        Nobody is told that a mail belongs to a breach where that is only possible.
        """
        found: dict[str, list[Affected]] = {}
        for each in (each for each in self.affected if each.sure != Sureness.POSSIBLE):
            for contact in filter(None, (each.sender_id, each.recipient_id)):
                party = self.roster.contacts[contact].party
                if party.side.value == "provider":
                    found.setdefault(party.party_id, []).append(each)
        return found

    def _form(self) -> BreachForms:
        return BreachForms(Words(Language.NL, "breaches"), Words(Language.NL), _ZONE, self.names)

    def _told(self, version: Version, reason: str = "", at: datetime | None = None) -> Told:
        return Told(
            breach=self.breach,
            words=self.words,
            summary=summary(self.affected),
            municipality=self.municipality,
            contact=self.contact,
            officers=self.officers,
            parties=tuple(sorted(set(self._party_names()))),
            evidence=tuple(self.evidence),
            version=version,
            reason=reason,
            at=at,
        )

    def _party_names(self) -> Sequence[str]:
        return [self.roster.parties[each].at(self.at).name for each in self.partners()]


async def material(config: Config, register: Register, breach_id: str) -> Material:
    """The breach with this id; raises `BreachError`.  Who asks has to be on record by then."""
    now = datetime.now(UTC)
    breach = await register.breach(breach_id)
    roster = await register.roster()
    officers = roster.officers(now)
    records = await register.dossiers()
    return Material(
        breach=breach,
        words=await register.breach_words(breach_id),
        affected=await register.breach_affected(breach_id),
        evidence=await register.breach_evidence(breach_id),
        roster=roster,
        people={each.history.dossier_id: each for each in records},
        names=_names(records, roster, now),
        municipality=config.gateway.municipality,
        contact=config.gateway.contact,
        officers="; ".join(f"{each.name}, {each.address}" for each in officers),
        at=now,
    )


async def hidden_names(register: Register) -> Names:
    """Everybody whom papers for others do not name: inburgeraars, and contacts but officers."""
    return _names(await register.dossiers(), await register.roster(), datetime.now(UTC))


def _names(records: Sequence[DossierRecord], roster: Roster, now: datetime) -> Names:
    apart = {each.contact_id for each in roster.officers(now)}
    others = [
        each.even_if_gone(now).name
        for each in roster.contacts.values()
        if each.contact_id not in apart
    ]
    return Names([each.identity for each in records if each.identity is not None], others)
