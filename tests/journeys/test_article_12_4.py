"""Article 12.4: no consent, nothing shared.

> Als de inburgeraar uit de ondertussengroep geen toestemming verleent voor de uitwisseling van
> gegevens worden de gegevens zoals benoemd in de bijlage 3 niet gedeeld.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.domain.consent import ConsentCategory, ConsentKind
from tests import generators
from tests.journeys.residents import plain_words
from tests.journeys.town import report
from tests.world import CASPER, SAAR, SCHOOL_1, Setting

if TYPE_CHECKING:
    from tests.journeys.town import Town

GIVEN = (ConsentKind.GIVEN, "T1 T2 T3 T4")


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ((), "art-12.4/no-consent"),
        (((ConsentKind.REQUESTED, ""),), "art-12.4/no-consent"),
        (((ConsentKind.REFUSED, ""),), "art-12.4/consent-refused"),
        ((GIVEN, (ConsentKind.EXPIRED, "")), "art-12.4/consent-expired"),
        ((GIVEN, (ConsentKind.INVALIDATED, "")), "art-12.4/consent-invalidated"),
        (((ConsentKind.GIVEN, "T2 T3 T4"),), "art-12.4/no-consent"),
    ],
    ids=["niet-gevraagd", "gevraagd", "geweigerd", "verlopen", "ongeldig", "zonder-naam"],
)
def test_geen_toestemming_dan_worden_de_gegevens_niet_gedeeld(
    town: Town, events: tuple[tuple[ConsentKind, str], ...], reason: str
) -> None:
    """Whichever way consent is missing; the sender is told which."""
    number = town.inburgeraar(Setting(consent=events))
    town.send(SAAR, report(number))
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {reason})]
    assert "artikel 12.4" in town.read(SAAR).text
    (record,) = town.records()
    assert record.standing == ((0, "reject", frozenset({reason})),)


def test_ingetrokken_is_niet_meer_gedeeld(any_town: Town) -> None:
    """Given, used, withdrawn: from then on nothing goes, and what went before had its ground."""
    number = any_town.inburgeraar()
    any_town.send(SAAR, report(number))
    assert any_town.got() == {CASPER: 1, SAAR: 1}
    any_town.new_day()
    any_town.change(
        lambda change: change.consents.record(f"dossier-{number}", SCHOOL_1, ConsentKind.WITHDRAWN)
    )
    any_town.send(SAAR, report(number))
    assert any_town.got() == {SAAR: 1}
    assert any_town.became(SAAR) == [("reject", {"art-12.4/consent-withdrawn"})]


def test_ook_niet_de_andere_kant_op(town: Town) -> None:
    """Without consent the municipality tells the provider nothing either."""
    number = town.inburgeraar(Setting(consent=()))
    town.send(CASPER, report(number))
    assert town.got() == {CASPER: 1}
    assert town.became(CASPER) == [("reject", {"art-12.4/no-consent"})]


def test_het_ontvangstbewijs_herhaalt_geen_gegevens(town: Town) -> None:
    """The receipt has codes, articles and paths; no value of the report but the kenmerk."""
    number = town.inburgeraar(Setting(consent=((ConsentKind.REFUSED, ""),)))
    town.send(SAAR, report(number))
    receipt, person = town.read(SAAR), generators.betrokkene(number)
    assert receipt.tells(person["dossierkenmerk"])
    for field in ("geslachtsnaam", "geboortedatum", "email", "telefoonnummer"):
        assert not receipt.tells(person[field]), field


def test_de_envelop_zegt_niets_over_de_inburgeraar(town: Town) -> None:
    """Neither outside nor in transit does any mail show whom it is about."""
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    person = generators.betrokkene(number)
    mails = [*town.inbox(CASPER), *town.inbox(SAAR)]
    told = (str(person["dossierkenmerk"]), str(person["geboortedatum"]), str(person["email"]))
    assert plain_words(mails, *told) == []
    assert plain_words([town.postfix.log.read_bytes()], *told) == []


def test_een_rij_later_erbij_opent_alleen_die(town: Town) -> None:
    """The latest form counts as a whole: what it does not tick is not shared."""
    number = town.inburgeraar()
    town.change(
        lambda change: change.consents.record(
            f"dossier-{number}",
            SCHOOL_1,
            ConsentKind.GIVEN,
            categories=(ConsentCategory.T1, ConsentCategory.T2),
        )
    )
    town.send(SAAR, report(number))
    assert town.got() == {CASPER: 1, SAAR: 1}
    assert set(town.read(CASPER).report) & {"voortgang", "inburgeringstraject"} == set()
