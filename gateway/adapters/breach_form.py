"""The questions of the AP's web form, each with our answer: to copy, since nothing is sent.

The AP takes a report through its own form only; its ten headings are 0 to 9.  Answers are
counts, categories and codes, and the officer's own words without anybody's name.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.adapters.page import Page, Section
from gateway.domain.bijsluiter import Category
from gateway.domain.breach_terms import Step, Version
from gateway.domain.breaches import is_over_a_weekend
from gateway.domain.shape import is_strange
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.breach_summary import Names, Summary
    from gateway.domain.breaches import Breach, Frozen

SECTIONS = tuple("0123456789")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Told(Silent):
    """What the answers are made from; `words` of people, by number of the step.

    `officers` are who can be asked, by name and address; `parties` the organisations
    concerned; `version` what the report would be now, `at` when it was made, where it is
    being put on record.
    """

    breach: Breach
    words: Mapping[int, str]
    summary: Summary
    municipality: str
    contact: str
    officers: str
    parties: tuple[str, ...]
    evidence: tuple[Frozen, ...]
    version: Version
    reason: str = ""
    at: datetime | None = None


class BreachForms:
    """Answers in one language, on one clock; `fields` names the fields of the bijsluiter."""

    def __init__(self, words: Words, fields: Words, zone: tzinfo, names: Names) -> None:
        self._words = words
        self._fields = fields
        self._zone = zone
        self._names = names
        self.left_out = 0

    def answers(self, told: Told) -> dict[str, str]:
        """Every question by its number; what is not known says so."""
        unknown = self._words.say("nog onbekend")
        parts = (
            self._report, self._who, self._timeline, self._what, self._data,
            self._people, self._before, self._effects, self._after, self._rest,
        )  # fmt: skip
        found: dict[str, str] = {}
        for part in parts:
            found |= part(told)
        return {question: answer or unknown for question, answer in sorted(found.items())}

    def page(self, told: Told, answers: Mapping[str, str]) -> Page:
        """All of them, to copy."""
        say, breach = self._words.say, told.breach
        lead = [
            say("Dit is niet verstuurd. De AP neemt een melding alleen aan via haar eigen "
                "webformulier."),
            say("Kopieer elk antwoord naar dezelfde vraag. Waar nog onbekend staat, vult u "
                "later aan."),
            say("Leg daarna vast dat u hebt gemeld: {opdracht}").format(
                opdracht=f"gateway breach report {breach.breach_id} --version {told.version}"
            ),
            say("De 72 uur eindigen op {moment}.").format(
                moment=self._moment(breach.timeline.deadline)
            ),
        ]  # fmt: skip
        if is_over_a_weekend(breach.timeline):
            lead.append(say("In deze 72 uur valt een weekend. De tijd loopt dan gewoon door."))
        if self.left_out:
            lead.append(
                say("Namen in uw eigen woorden zijn weggelaten: {aantal}.").format(
                    aantal=self.left_out
                )
            )
        title = say("Datalek {nummer}: antwoorden voor het formulier van de AP")
        return self._page(title, breach, lead, tuple(self._sections(answers)))

    def supplement(self, told: Told, answers: Mapping[str, str], before: Mapping[str, str]) -> Page:
        """What is different from the last version, each with what it was."""
        say, breach = self._words.say, told.breach
        changed = {
            question: f"{answer}\n{say('Was: {antwoord}').format(antwoord=before[question])}"
            for question, answer in answers.items()
            if question in before and before[question] != answer and not question.startswith("0.")
        }
        line = (
            "Hieronder staat alleen wat anders is dan in versie {versie}."
            if changed
            else "Er is niets veranderd sinds versie {versie}."
        )
        lead = [say(line).format(versie=len(breach.reports)), *self._extended(breach)]
        title = say("Aanvulling op de melding van datalek {nummer}")
        return self._page(title, breach, lead, tuple(self._sections(changed)))

    def _extended(self, breach: Breach) -> Iterator[str]:
        """How much was found to belong to it since the last version."""
        line = self._words.say(
            "Uitgebreid op {moment}. Mensen erbij: {mensen}. Mensen over wie meer bekend is: "
            "{bekend}."
        )
        last = breach.last(Step.REPORTED)
        for each in breach.extensions[breach.extended_by(last) if last else 0 :]:
            yield line.format(
                moment=self._moment(each.at),
                mensen=each.detail["people"],
                bekend=each.detail["again"],
            )

    def withdrawal(self, told: Told, answers: Mapping[str, str]) -> Page:
        """What to fill in to take the report back."""
        say = self._words.say
        lead = [say("Trek de melding in via het webformulier van de AP. Geef daar het nummer en "
                    "de reden.")]  # fmt: skip
        few = {each: answers[each] for each in ("0.2", "0.3", "1.1", "1.3")}
        title = say("Intrekking van de melding van datalek {nummer}")
        return self._page(title, told.breach, lead, tuple(self._sections(few)))

    def _page(
        self, title: str, breach: Breach, lead: Sequence[str], sections: tuple[Section, ...]
    ) -> Page:
        return Page(
            language=self._words.language.value,
            title=title.format(nummer=breach.breach_id),
            lead=tuple(lead),
            sections=sections,
        )

    def _sections(self, answers: Mapping[str, str]) -> Iterator[Section]:
        for number in SECTIONS:
            asked = [each for each in answers if each.startswith(f"{number}.")]
            if asked:
                yield Section(
                    heading=self._words.code("deel-ap", number),
                    facts=tuple(
                        (f"{each} {self._words.code('vraag-ap', each)}", answers[each])
                        for each in asked
                    ),
                )

    def _report(self, told: Told) -> dict[str, str]:
        reports = told.breach.reports
        first = told.version is Version.INITIAL
        return {
            "0.1": self._words.code("soort-melding", told.version.value),
            "0.2": self._words.say("Niet van toepassing") if first else reports[-1].reference,
            "0.3": told.breach.breach_id,
        }

    def _who(self, told: Told) -> dict[str, str]:
        return {
            "1.1": told.municipality,
            "1.2": self._words.say("Openbaar bestuur: gemeente"),
            "1.3": told.contact,
            "1.4": told.officers,
            "1.5": "; ".join(told.parties),
        }

    def _timeline(self, told: Told) -> dict[str, str]:
        timeline = told.breach.timeline
        initial = told.breach.initial if told.version is not Version.INITIAL else None
        reported = told.at if initial is None else initial.at
        late = reported is not None and reported > timeline.deadline
        said = told.words.get(initial.number, "") if late and initial else told.reason
        return {
            "2.1": self._moment(timeline.occurred_from),
            "2.2": self._moment(timeline.occurred_until)
            or self._words.say("Nog gaande, of het einde is niet bekend"),
            "2.3": self._moment(timeline.detected_at),
            "2.4": self._moment(timeline.aware_at),
            "2.5": "" if reported is None else self._yes(not late),
            "2.6": self._clean(said) or self._words.say("Niet van toepassing"),
        }  # fmt: skip

    def _what(self, told: Told) -> dict[str, str]:
        return {
            "3.1": self._words.code("oorzaak", told.breach.cause.value),
            "3.2": self._codes("aard", [each.value for each in told.breach.natures]),
            "3.3": "\n".join(self._worded(told, Step.FACT)),
        }

    def _data(self, told: Told) -> dict[str, str]:
        counted, say = told.summary, self._words.say
        kinds = [self._fields_codes([each.value for each in counted.categories])]
        unread = counted.unread + told.breach.part_unknown
        if unread:
            line = say("berichten of mails waarvan niet vaststaat wat erin stond: {aantal}")
            kinds.append(line.format(aantal=unread))
        return {
            "4.1": "; ".join(filter(None, kinds)),
            "4.2": "; ".join(dict.fromkeys(self._fields.field(each) for each in counted.fields)),
            "4.3": self._special(counted, unread) if counted.is_known else "",
            "4.4": self._how_many(counted) if counted.is_known else "",
        }

    def _special(self, counted: Summary, unread: int) -> str:
        """Never no, where somebody may have written anything at all."""
        say = self._words.say
        if Category.P4 in counted.passed_on:
            return say("Misschien: er is tekst doorgegeven die iemand zelf schreef")
        if Category.P4 in counted.categories:
            return say("Misschien: er is tekst bij die iemand zelf schreef")
        if any(map(is_strange, counted.fields)):
            return say("Misschien: er zijn gegevens bij die niet in de bijsluiter staan")
        if unread or counted.possible:
            return say("Misschien: van een deel staat niet vast wat erin stond")
        return say("Nee, voor zover nu bekend")

    def _how_many(self, counted: Summary) -> str:
        """Apart what was passed on and what was not."""
        say = self._words.say
        if not counted.beside:
            return str(counted.reports)
        passed = "{aantal} doorgegeven"
        if counted.in_part:
            passed = "{aantal} doorgegeven, waarvan {deel} niet helemaal"
        stayed = say("{aantal} gekregen en niet doorgegeven").format(aantal=counted.received)
        found = [say(passed).format(aantal=counted.reports, deel=counted.in_part), stayed]
        if counted.possible:
            found.append(say("misschien nog {aantal} andere").format(aantal=counted.possible))
        return "; ".join(found)

    def _how_many_people(self, counted: Summary) -> str:
        """Each once; and that it may be more, where nobody knows whom something is about."""
        say = self._words.say
        found = [str(counted.people)] if counted.people else []
        if counted.received or counted.in_part:
            line = say("{gegeven} in wat is doorgegeven, {gekregen} in wat wij kregen en niet "
                       "doorgaven; wie in beide staat, telt één keer")  # fmt: skip
            numbers = {"gegeven": counted.people_disclosed, "gekregen": counted.people_received}
            found += [line.format(**numbers)] if counted.people else []
        if counted.nobody:
            line = say("berichten of mails waarvan niet bekend is over wie ze gaan: {aantal}. Het "
                       "kunnen dus meer mensen zijn")  # fmt: skip
            found.append(line.format(aantal=counted.nobody))
        if counted.possible:
            line = say("andere berichten of mails waarvan niet bekend is of ze erbij horen, en "
                       "over wie ze gaan: {aantal}")  # fmt: skip
            found.append(line.format(aantal=counted.possible))
        return "; ".join(found)

    def _people(self, told: Told) -> dict[str, str]:
        return {
            "5.1": self._how_many_people(told.summary) if told.summary.is_known else "",
            "5.2": self._words.say("Mensen die inburgeren"),
            "5.3": self._words.say("Ja: sommigen lezen nog niet goed Nederlands"),
        }

    def _before(self, told: Told) -> dict[str, str]:
        counted, say = told.summary, self._words.say
        if not counted.sealed:
            sealed = ""
        elif counted.sealed == counted.reports and not counted.beside:
            sealed = say("Ja, elk bericht is versleuteld voor één ontvanger")
        else:
            sealed = say("Deels: van {aantal} berichten staat dat vast").format(
                aantal=counted.sealed
            )
        already = say("Elk bericht is versleuteld en ondertekend. Alleen wat mag, gaat door. Alles "
                      "staat in een logboek dat niet ongemerkt verandert.")  # fmt: skip
        return {"6.1": sealed, "6.2": already}

    def _effects(self, told: Told) -> dict[str, str]:
        breach = told.breach
        risk = self._words.code("risico", breach.risk.value) if breach.risk else ""
        return {
            "7.1": risk,
            "7.2": self._noted(told, Step.EFFECT, "gevolg"),
            "7.3": "\n".join(self._worded(told, Step.ASSESSED)[-1:]),
        }

    def _after(self, told: Told) -> dict[str, str]:
        breach, say = told.breach, self._words.say
        telling = breach.telling
        told_ = ""
        if telling is not None:
            is_told = telling.step is Step.TO_TELL
            told_ = say("Ja, ieder krijgt een eigen brief") if is_told else say("Nee")
        why = self._words.code("uitzondering", breach.exception.value) if breach.exception else ""
        words = self._worded(told, Step.NOT_TO_TELL)[-1:] if why else ()
        partner = breach.last(Step.PARTNER_TOLD)
        asked = ""
        if partner is not None:
            line = "Ja, op {moment}"
            if breach.is_extended_after(partner):
                line = "Ja, op {moment}. Daarna is het datalek uitgebreid"
            asked = say(line).format(moment=self._moment(partner.at))
        return {
            "8.1": told_,
            "8.2": "\n".join((why, *words)) if why else say("Niet van toepassing"),
            "8.3": self._noted(told, Step.MEASURE, "maatregel"),
            "8.4": asked,
        }

    def _rest(self, told: Told) -> dict[str, str]:
        say = self._words.say
        frozen = [each for each in told.evidence if each.size]
        checkpoint = say("Checkpoint van het logboek: {aantal} regels, hash {hash}")
        return {
            "9.1": say("Nee, voor zover nu bekend"),
            "9.2": "",
            "9.3": "\n".join(
                dict.fromkeys(
                    checkpoint.format(aantal=each.size, hash=each.root) for each in frozen
                )
            ),
        }

    def _noted(self, told: Told, step: Step, kind: str) -> str:
        lines = [
            f"{self._words.code(kind, each.detail['kind'])}: {self._clean(told.words[each.number])}"
            for each in told.breach.noted(step)
        ]
        return "\n".join(lines)

    def _worded(self, told: Told, step: Step) -> tuple[str, ...]:
        steps = told.breach.noted(step)
        return tuple(self._clean(told.words[each.number]) for each in steps if each.worded)

    def _clean(self, text: str) -> str:
        found, count = self._names.left_out(text)
        self.left_out += count
        return found

    def _codes(self, kind: str, codes: Sequence[str]) -> str:
        return "; ".join(self._words.code(kind, each) for each in codes)

    def _fields_codes(self, codes: Sequence[str]) -> str:
        return "; ".join(self._fields.code("deel", each) for each in codes)

    def _moment(self, instant: datetime | None) -> str:
        return self._words.moment(instant, self._zone) if instant else ""

    def _yes(self, yes: bool) -> str:  # noqa: FBT001 - the answer itself
        return self._words.say("Ja" if yes else "Nee")


def frozen(answers: Mapping[str, str]) -> tuple[str, str]:
    """Answers as a version keeps them, and their SHA-256 in hex."""
    kept = json.dumps(dict(answers), ensure_ascii=False, sort_keys=True)
    return kept, hashlib.sha256(kept.encode()).hexdigest()


def thawed(kept: str) -> dict[str, str]:
    """Answers of an earlier version again."""
    found: dict[str, str] = json.loads(kept)
    return found
