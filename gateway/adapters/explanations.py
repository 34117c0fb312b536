"""Why something is shared or not, as an officer reads it: the decision first, then every row.

Codes, articles and texts; no name, no birth date, no value out of a report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.articles import place_of
from gateway.domain.parties import Side
from gateway.domain.policy import Effect
from gateway.domain.stops import Outcome
from gateway.domain.texts import Actor, Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from gateway.adapters.words import Words
    from gateway.domain.articles import Articles
    from gateway.domain.explaining import (
        CategoryAccount,
        Decision,
        Difference,
        Direction,
        Explanation,
        Reception,
        RowAccount,
        TableAccount,
    )
    from gateway.domain.policy import Row
    from gateway.domain.situation import Text
    from gateway.domain.stops import Reason
    from gateway.domain.texts import Texts

    # A row, with what it came to at the gate (None), or for each category it is about.
    Entry = tuple[Row, list[tuple[CategoryAccount | None, RowAccount]]]

_NOBODY = {
    Side.PROVIDER: "Aan de kant van de taalaanbieder is niemand aangewezen. "
    "Daarom kan niemand daar een bericht sturen (artikel 12.5).",
    Side.MUNICIPALITY: "Aan de kant van de gemeente is niemand aangewezen. "
    "Daarom kan niemand daar een bericht sturen (artikel 12.5).",
}
_WAYS = {
    Side.PROVIDER: "Van de taalaanbieder ({afzender}) naar de gemeente ({ontvanger})",
    Side.MUNICIPALITY: "Van de gemeente ({afzender}) naar de taalaanbieder ({ontvanger})",
}


class Explanations:
    """Writes explanations in one language, on one clock."""

    def __init__(self, words: Words, texts: Texts, articles: Articles, zone: tzinfo) -> None:
        self._words = words
        self._texts = texts
        self._articles = articles
        self._zone = zone

    def mail(
        self, as_of: datetime, decision: Decision | None, reports: Sequence[Explanation]
    ) -> Iterator[str]:
        """Every report of one mail, or what ended the mail as a whole."""
        yield self._words.say("Wat is er met deze mail?")
        yield from self._standing(as_of, reports)
        if decision is not None:
            yield from self._decision(decision)
        for report in reports:
            yield ""
            yield self._words.say(
                "Bericht {nummer} over {kenmerk}, van {afzender} aan {ontvanger}"
            ).format(
                nummer=(report.number or 0) + 1,
                kenmerk=report.dossierkenmerk,
                **self._ends(report),
            )
            yield from self._whole(report)

    def person(
        self, kenmerk: str, as_of: datetime, directions: Sequence[Direction]
    ) -> Iterator[str]:
        """What could go either way about one inburgeraar."""
        yield self._words.say("Wat mag worden gedeeld over {kenmerk}?").format(kenmerk=kenmerk)
        found = [each.explanation for each in directions if each.explanation is not None]
        yield from self._standing(as_of, found)
        for direction in directions:
            yield ""
            yield from self._direction(direction)

    def contact(self, kenmerk: str, reception: Reception) -> Iterator[str]:
        """What one contact could receive about one inburgeraar."""
        who, explanation = reception.contact, reception.direction.explanation
        yield self._words.say("Wat kan {contact} ontvangen over {kenmerk}?").format(
            contact=who.contact_id, kenmerk=kenmerk
        )
        yield from self._standing(reception.as_of, [explanation] if explanation else [])
        yield self._words.say(
            "Rol: {rol}. Geheimhouding getekend: {gebonden}. Sleutel: {sleutel}."
        ).format(
            rol=self._words.code("rol", who.role.value),
            gebonden=self._words.code(
                "recipient_bound", "yes" if who.is_bound(reception.as_of) else "no"
            ),
            sleutel=self._words.code("recipient", who.key_state(reception.as_of).value),
        )
        yield from self._designated(reception)
        yield ""
        yield from self._direction(reception.direction)

    def _designated(self, reception: Reception) -> Iterator[str]:
        who, explanation = reception.contact.contact_id, reception.direction.explanation
        other = (explanation.recipient_id if explanation else None) or self._words.say("niemand")
        if reception.designated:
            yield self._words.say(
                "{contact} is de aangewezen contactpersoon van deze inburgeraar."
            ).format(contact=who)
            return
        yield self._words.say(
            "{contact} krijgt niets: een bericht gaat alleen naar de aangewezen contactpersoon, "
            "en dat is {ontvanger} (artikel 12.5)."
        ).format(contact=who, ontvanger=other)
        if explanation is not None:
            yield self._words.say(
                "De regels hieronder gelden voor een bericht aan {ontvanger}."
            ).format(ontvanger=other)

    def _ends(self, explanation: Explanation) -> dict[str, str]:
        nobody = self._words.say("niemand")
        return {
            "afzender": explanation.sender_id or nobody,
            "ontvanger": explanation.recipient_id or nobody,
        }

    def _standing(self, as_of: datetime, found: Sequence[Explanation]) -> Iterator[str]:
        moment = self._words.moment(as_of, self._zone)
        yield self._words.say("Stand op {moment}.").format(moment=moment)
        judged = next((each.judged for each in found if each.judged is not None), None)
        if judged is not None:
            yield self._words.say("Tabel {versie}, sha256 {hash}.").format(
                versie=judged.version, hash=judged.digest
            )

    def _direction(self, direction: Direction) -> Iterator[str]:
        if direction.explanation is None:
            yield self._words.say(_NOBODY[direction.sending])
            return
        way = self._words.say(_WAYS[direction.sending])
        yield way.format(**self._ends(direction.explanation))
        yield from self._whole(direction.explanation)

    def _whole(self, explanation: Explanation) -> Iterator[str]:
        # Said once where free text makes no difference to what becomes of the report.
        alike = len({(each.outcome, each.reasons) for each in explanation.decisions}) == 1
        for decision in explanation.decisions[:1] if alike else explanation.decisions:
            yield from self._decision(decision, text=None if alike else decision.text)
        if explanation.judged is None:
            yield "  " + self._words.say(
                "Zo ver kwam het bericht niet: de beslistabel is niet geraadpleegd."
            )
            return
        yield from self._summary(explanation, explanation.judged)
        yield from self._withheld(explanation)
        yield from self._rows(explanation.judged)

    def _decision(self, decision: Decision, text: Text | None = None) -> Iterator[str]:
        became = self._words.code("besluit", decision.outcome.value)
        if text is None:
            yield "  " + self._words.say("Besluit: {besluit}").format(besluit=became)
        else:
            yield "  " + self._words.say("Besluit over een bericht {tekst}: {besluit}").format(
                tekst=self._words.code("tekst", text.value), besluit=became
            )
        for reason in decision.reasons:
            yield from self._reason(reason)
        for fault in decision.faults:
            said = self._texts.fault(fault.kind).said(self._words.language)
            yield f"    {fault.path}: {said}"

    def _reason(self, reason: Reason) -> Iterator[str]:
        language, text = self._words.language, self._texts.reason(reason)
        yield f"    {reason.value}: {text.said(language)}"
        if text.acts is not Actor.SENDER:
            advice = self._words.say("Wat te doen: {advies}")
            yield f"      {advice.format(advies=text.advice(language))}"
        if text.acts is not Actor.NOBODY:
            sender = self._words.say("De afzender: {advies}")
            yield f"      {sender.format(advies=text.to_sender(language))}"

    def _summary(self, explanation: Explanation, judged: TableAccount) -> Iterator[str]:
        ground = judged.ground_text
        if ground is None:
            yield "  " + self._words.say("Voor deze wet en groep is er geen grondslag.")
        else:
            said = ground.nl if self._words.language is Language.NL else ground.en
            yield "  " + self._words.say("Grondslag: {grondslag}").format(grondslag=said)
        yield "  " + self._words.say("Soorten gegevens")
        for each in judged.categories:
            name = self._label(each, judged.categories)
            line = self._words.say(_answer(each, explanation)).format(soort=name)
            yield f"    {line}" + _by_rows(each, explanation)

    def _withheld(self, explanation: Explanation) -> Iterator[str]:
        if explanation.withheld:
            yield "  " + self._words.say("Velden die niet zijn doorgegeven")
        for each in explanation.withheld:
            said = self._texts.reason(each.reason).said(self._words.language)
            yield f"    {each.path}: {said} ({each.reason.value})"

    def _rows(self, judged: TableAccount) -> Iterator[str]:
        yield "  " + self._words.say("Regel voor regel, per artikel")
        entries = _entries(judged)
        for article in sorted({row.article for row, _ in entries}, key=place_of):
            title = self._articles.title(article)
            yield "    " + self._words.say("Artikel {artikel}: {titel}").format(
                artikel=article, titel=title
            )
            for row, accounts in entries:
                if row.article == article:
                    yield from self._row(row, accounts, judged)

    def _row(
        self,
        row: Row,
        accounts: list[tuple[CategoryAccount | None, RowAccount]],
        judged: TableAccount,
    ) -> Iterator[str]:
        matched = any(found.matched for about, found in accounts if about is None or about.present)
        effect = self._words.code("gevolg", row.effect.value)
        text = row.nl if self._words.language is Language.NL else row.en
        yield f"      {'+' if matched else '-'} {row.id} ({effect}): {text}"
        for line in self._matches(accounts, judged):
            yield f"        {line}"

    def _matches(
        self, accounts: list[tuple[CategoryAccount | None, RowAccount]], judged: TableAccount
    ) -> Iterator[str]:
        groups: dict[tuple[Difference, ...], list[str]] = {}
        for about, found in accounts:
            if about is None:
                yield from self._applies(found.differs)
            elif not about.present:
                name = self._label(about, judged.categories)
                yield self._words.say("{soort}: staat niet in dit bericht").format(soort=name)
            else:
                name = self._label(about, [each for each, _ in accounts if each], found, accounts)
                names = groups.setdefault(found.differs, [])
                names += [name] if name not in names else []
        for differs, names in groups.items():
            yield from self._applies(differs, "; ".join(names))

    def _applies(self, differs: tuple[Difference, ...], categories: str = "") -> Iterator[str]:
        say = self._words.say
        if differs:
            said = say("geldt niet voor {soorten}") if categories else say("geldt niet")
        else:
            said = say("geldt voor {soorten}") if categories else say("geldt")
        yield said.format(soorten=categories)
        for each in differs:
            yield f"  {self._difference(each)}"

    def _difference(self, difference: Difference) -> str:
        name = difference.attribute
        wanted = [self._words.code(name, each) for each in difference.wanted]
        return self._words.say("{kenmerk}: {gevonden}; de regel vraagt: {gevraagd}").format(
            kenmerk=self._words.code("attribuut", name),
            gevonden=self._words.code(name, difference.found),
            gevraagd=self._words.say(" of ").join(wanted),
        )

    def _label(
        self,
        one: CategoryAccount,
        all_of_them: Iterable[CategoryAccount],
        found: RowAccount | None = None,
        accounts: Iterable[tuple[CategoryAccount | None, RowAccount]] = (),
    ) -> str:
        """The category's name, and its free text where that makes a difference."""
        name = self._words.code("category", one.category.value)
        others = [each for each in all_of_them if each.category is one.category]
        same = found is not None and all(
            other.differs == found.differs
            for about, other in accounts
            if about is not None and about.category is one.category
        )
        if len(others) == 1 or same:
            return name
        text = self._words.code("tekst", one.text.value)
        return self._words.say("{soort} ({tekst})").format(soort=name, tekst=text)


def _decided(each: CategoryAccount, explanation: Explanation) -> Decision:
    """The decision on the report that this account supposes."""
    found = explanation.decisions
    return next((decision for decision in found if decision.text in {None, each.text}), found[0])


def _answer(each: CategoryAccount, explanation: Explanation) -> str:
    decision = _decided(each, explanation)
    if not each.present:
        return "{soort}: staat niet in dit bericht"
    if each.category in decision.shared:
        return "{soort}: ja"
    effect = each.account.verdict.effect
    if effect is Effect.WITHHOLD or decision.outcome is Outcome.FORWARD:
        return "{soort}: nee"
    if effect is Effect.HOLD and explanation.admitted:
        return "{soort}: wacht op een mens"
    return "{soort}: nee, want het bericht gaat niet door"


def _by_rows(each: CategoryAccount, explanation: Explanation) -> str:
    rows = ", ".join(each.account.verdict.rows)
    return f" [{rows}]" if rows and each.present and explanation.judged else ""


def _entries(judged: TableAccount) -> list[Entry]:
    """Every row of the table once, in its order."""
    found: dict[str, Entry] = {each.row.id: (each.row, [(None, each)]) for each in judged.gate.rows}
    for category in judged.categories:
        for each in category.account.rows:
            found.setdefault(each.row.id, (each.row, []))[1].append((category, each))
    return list(found.values())
