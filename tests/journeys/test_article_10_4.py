"""Article 10.4: the provider signals who may become ELIP.

> Taalaanbieders Inburgering bekleden een signaleringsfunctie wanneer een inburgeraar potentieel
> ELIP'er wordt. De Taalaanbieder Inburgering meldt dit bij de Gemeente.

ELIP is Wi2013, so such a signal says something about somebody of the ondertussengroep: it travels
like the data it is made of, on the inburgeraar's consent or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.consent import ConsentKind
from tests.generators import bericht
from tests.journeys.town import report
from tests.world import CASPER, SAAR, Setting

if TYPE_CHECKING:
    from gateway.domain.wire import Json
    from tests.journeys.town import Town

LOAN = 437.25
ADVICE = "art-10.4/ask-consent-for-signal"


def signal(number: int, **sections: Json) -> dict[str, Json]:
    """Less than twelve months and less than 2500 euro left."""
    traject: dict[str, Json] = {
        "inburgeringstermijn": {"startdatum": "2023-06-01", "einddatum": "2026-06-01"},
        "duoLening": {"resterendBedrag": LOAN, "peildatum": "2025-12-01"},
    }
    made = report(number, berichttype="ELIP_SIGNAAL", inburgeringstraject=traject, **sections)
    kept = bericht(number, inburgeringstraject=None, voortgang=None)
    wanted = {*kept, "inburgeringstraject", *sections}
    return {name: value for name, value in made.items() if name in wanted}


def consented(rows: str) -> Setting:
    return Setting(consent=((ConsentKind.GIVEN, rows),))


def test_de_taalaanbieder_meldt_dit_bij_de_gemeente(town: Town) -> None:
    """With consent for the trajectory, the casemanager reads term and loan."""
    number = town.inburgeraar()
    town.send(SAAR, signal(number))
    assert town.got() == {CASPER: 1, SAAR: 1}
    mail = town.read(CASPER)
    assert mail.report["berichttype"] == "ELIP_SIGNAAL"
    assert mail.report["inburgeringstraject"]["duoLening"]["resterendBedrag"] == str(LOAN)
    assert "ELIP" in mail.text
    assert "De cijfers in dit bericht passen op" in mail.text
    assert "Beoordeel zelf of dat klopt." in mail.text


def test_de_cijfers_spreken_het_signaal_tegen(town: Town) -> None:
    """More money and more time than article 1c says: the signal goes, with a word of that."""
    number = town.inburgeraar()
    traject: dict[str, Json] = {
        "inburgeringstermijn": {"startdatum": "2024-03-01", "einddatum": "2031-03-01"},
        "duoLening": {"resterendBedrag": 2499.99, "peildatum": "2025-12-01"},
    }
    town.send(SAAR, signal(number) | {"inburgeringstraject": traject})
    assert town.got() == {CASPER: 1, SAAR: 1}
    assert "niet bij de omschrijving van ELIP" in town.read(CASPER).text
    assert town.became(SAAR) == [("forward", set())]


def test_een_signaal_zonder_cijfers(town: Town) -> None:
    """The school knows no figures: with consent for the trajectory the bare signal goes."""
    number = town.inburgeraar()
    bare = {name: v for name, v in signal(number).items() if name != "inburgeringstraject"}
    town.send(SAAR, bare)
    assert town.got() == {CASPER: 1, SAAR: 1}
    mail = town.read(CASPER)
    assert mail.report["berichttype"] == "ELIP_SIGNAAL"
    assert "te weinig cijfers" in mail.text


def test_zonder_toestemming_alleen_advies_aan_de_school(any_town: Town) -> None:
    """No consent at all: the municipality hears nothing, the school how it can come to a signal."""
    number = any_town.inburgeraar(Setting(consent=()))
    any_town.send(SAAR, signal(number))
    assert any_town.got() == {SAAR: 1}
    assert any_town.became(SAAR) == [("reject", {"art-12.4/no-consent", ADVICE})]
    assert "Toestemming geven is vrijwillig." in any_town.read(SAAR).text


def test_zonder_grond_geen_signaal(town: Town) -> None:
    """Consent without row 3: the signal's own data may not be shared, so there is no signal."""
    number = town.inburgeraar(consented("T1 T2 T4"))
    town.send(SAAR, signal(number))
    assert town.got() == {SAAR: 1}
    ((outcome, reasons),) = town.became(SAAR)
    assert outcome == "reject"
    assert reasons == {
        "art-12.4/nothing-may-be-shared",
        "art-12.4/category-not-consented",
        ADVICE,
    }
    assert "Vraag de inburgeraar om toestemming" in town.read(SAAR).text


def test_ingetrokken_toestemming_geldt_ook_voor_het_signaal(town: Town) -> None:
    """A duty to signal is no ground to share what the inburgeraar does not want shared."""
    setting = Setting(consent=(*Setting().consent, (ConsentKind.WITHDRAWN, "")))
    number = town.inburgeraar(setting)
    town.send(SAAR, signal(number))
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.4/consent-withdrawn"})]


def test_wat_overblijft_verraadt_het_signaal_niet(any_town: Town) -> None:
    """When only the progress beside it may go on, nothing of that mail says ELIP."""
    number = any_town.inburgeraar(consented("T1 T4"))
    progress = bericht(number)["voortgang"]
    any_town.send(SAAR, signal(number, voortgang=progress))
    assert any_town.got() == {CASPER: 1, SAAR: 1}
    mail = any_town.read(CASPER)
    assert mail.report["berichttype"] == "VOORTGANG"
    assert "inburgeringstraject" not in mail.report
    assert "ELIP" not in mail.words()
    assert not mail.tells(LOAN)
    assert "Van uw ELIP-signaal is niets doorgegeven" in any_town.receipt(SAAR).text
    withheld = any_town.withheld(SAAR)
    assert withheld["inburgeringstraject.duoLening.resterendBedrag"] == (
        "art-12.4/category-not-consented"
    )
    assert not [each for each in any_town.all_read(SAAR) if each.tells(LOAN)]
