"""Drafts of what the municipality tells others about an exclusion (16.1): plain text, no content.

Nothing about any inburgeraar: not who, not how many.  Who takes over whom is agreed
by the designated contacts, one inburgeraar at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.page import Page, Press, Section

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from gateway.adapters.words import Words


class ExclusionDrafts:
    """Writes the drafts in one municipality's name, in one language, on one clock."""

    def __init__(self, words: Words, zone: tzinfo, municipality: str, contact: str) -> None:
        self._words = words
        self._zone = zone
        self._municipality = municipality
        self._contact = contact
        self._press = Press()

    def draft(
        self, excluded: str, since: datetime, *, to: str, addressees: Sequence[str], partner: bool
    ) -> str:
        """One notice as text, to be signed and sent by a person; `partner` is another provider."""
        return self._press.text(self._page(self._facts(excluded, since, to, addressees), partner))

    def _facts(
        self, excluded: str, since: datetime, to: str, addressees: Sequence[str]
    ) -> tuple[tuple[str, str], ...]:
        say = self._words.say
        facts = [(say("Aan"), to)]
        if addressees:
            facts.append((say("Ter attentie van"), ", ".join(addressees)))
        facts += [
            (say("Van"), self._municipality),
            (say("Uitgesloten aanbieder"), excluded),
            (say("Uitgesloten sinds"), self._words.moment(since, self._zone)),
        ]
        return tuple(facts)

    def _page(self, facts: tuple[tuple[str, str], ...], partner: bool) -> Page:  # noqa: FBT001 - named at its only call
        say = self._words.say
        return Page(
            language=self._words.language.value,
            title=say("Uitsluiting van deelname aan het convenant"),
            lead=(
                say(
                    "Hierbij meldt de gemeente dat deze aanbieder is uitgesloten van (verdere) "
                    "deelname aan het Haags Convenant Inburgering & Taal (artikel 15 en 16.1)."
                ),
            ),
            sections=(
                Section(
                    heading=say("Wat u moet weten"),
                    facts=facts,
                    points=self._points(partner=partner),
                    closing=(
                        say(
                            "Dit bericht bevat met opzet niets over inburgeraars. Noem in uw "
                            "antwoord ook geen namen."
                        ),
                    ),
                ),
            ),
        )

    def _points(self, *, partner: bool) -> tuple[str, ...]:
        say = self._words.say
        questions = say("Vragen? {contact}").format(contact=self._contact)
        if not partner:
            return (
                say("Wij horen graag of dit voor u aanleiding is tot nader onderzoek."),
                questions,
            )
        return (
            say(
                "Bereid u voor op het overnemen van inburgeraars. De casemanager neemt daarover "
                "contact op, voor elke inburgeraar apart."
            ),
            say(
                "Voor een inburgeraar onder de Wi2013 is een nieuwe toestemmingsverklaring nodig "
                "voordat u over hem of haar gegevens uitwisselt (artikel 12.2)."
            ),
            questions,
        )
