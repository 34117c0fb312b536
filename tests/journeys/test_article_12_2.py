"""Article 12.2: the consent form of annex 2, row by row.

> Taalaanbieder Inburgering en Gemeente vragen voor de informatie-uitwisseling over een inburgeraar
> uit de ondertussengroep toestemming via het bij dit Convenant bijgevoegde toestemmingsverklaring
> (bijlage 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.domain.bijsluiter import Category
from gateway.domain.consent import ConsentCategory, ConsentKind
from tests import generators
from tests.journeys.town import report
from tests.world import CASPER, SAAR, SCHOOL_1, SCHOOL_2, SOFIE, Setting

if TYPE_CHECKING:
    from gateway.adapters.register_change import Change
    from gateway.domain.wire import Json
    from tests.journeys.town import Town

NOT_CONSENTED, NOT_IN_FORM = "art-12.4/category-not-consented", "art-12.2/not-in-consent-form"
# Values that stand nowhere else in a mail, each in its own row of the form.
LOAN, INTENSITY, LEVEL, ABSENCE, FORMAL, NON_FORMAL = 987.65, 7531, "ALFA_C", 4826, 6173, 3917
OFFERED = 8259


def telling(number: int) -> dict[str, Json]:
    """A report in which every category has a value of its own."""
    levels: list[Json] = [{"vaardigheid": "LE", "begin": LEVEL, "huidig": LEVEL, "doel": LEVEL}]
    return report(
        number,
        persoonlijkPlan=generators.plan() | {"geschatteIntensiteitB1Route": INTENSITY},
        inburgeringstraject=generators.traject()
        | {"duoLening": {"resterendBedrag": LOAN, "peildatum": "2025-12-01"}},
        voortgang=generators.voortgang()
        | {
            "taalniveaus": levels,
            "verzuim": {"urenGeoorloofd": ABSENCE, "urenOngeoorloofd": 0},
            "gevolgdeUren": {"formeel": FORMAL, "nonFormeel": NON_FORMAL},
            "aangebodenUren": OFFERED,
        },
    )


def consented(rows: str, *extra: Category) -> Setting:
    return Setting(consent=((ConsentKind.GIVEN, rows),), extra=frozenset(extra))


@pytest.mark.parametrize(
    ("rows", "shared", "withheld"),
    [
        ("T1 T2", {INTENSITY}, {LOAN, LEVEL, ABSENCE, FORMAL, NON_FORMAL, OFFERED}),
        ("T1 T3", {LOAN, FORMAL}, {INTENSITY, LEVEL, ABSENCE, OFFERED, NON_FORMAL}),
        ("T1 T4", {LEVEL, ABSENCE, OFFERED, FORMAL}, {INTENSITY, LOAN, NON_FORMAL}),
    ],
)
def test_elke_rij_van_de_verklaring_opent_wat_erin_staat(
    town: Town, rows: str, shared: set[object], withheld: set[object]
) -> None:
    """And nothing else: what no ticked row covers stands nowhere in the casemanager's mail.

    Hours offered less hours attended are hours of absence, which only row 4 opens.
    """
    number = town.inburgeraar(consented(rows))
    town.send(SAAR, telling(number))
    assert town.got() == {CASPER: 1, SAAR: 1}
    mail, receipt = town.read(CASPER), town.read(SAAR)
    assert {value for value in shared | withheld if mail.tells(value)} == shared
    assert not [value for value in shared | withheld if receipt.tells(value)]
    assert "grondslag" in mail.text.lower() or "toestemming" in mail.text.lower()


def test_niet_formele_uren_en_bijzonderheden_staan_niet_op_de_verklaring(any_town: Town) -> None:
    """Even with all four rows ticked they are withheld, and the sender reads on which article."""
    number = any_town.inburgeraar()
    any_town.send(SAAR, telling(number))
    assert any_town.got() == {CASPER: 1, SAAR: 1}
    mail = any_town.read(CASPER)
    assert not mail.tells(NON_FORMAL)
    assert "bijzonderheden" not in mail.report
    assert not mail.tells("NEEM_CONTACT_OP")
    assert any_town.withheld(SAAR) == {
        "voortgang.gevolgdeUren.nonFormeel": NOT_IN_FORM,
        "bijzonderheden[0].datum": NOT_IN_FORM,
        "bijzonderheden[0].soort": NOT_IN_FORM,
    }


def test_de_ontvanger_merkt_niet_dat_er_iets_is_weggelaten(town: Town) -> None:
    """The casemanager's mail bears no trace of it; the sender's receipt does."""
    number = town.inburgeraar(consented("T1 T2"))
    town.send(SAAR, telling(number))
    mail, receipt = town.read(CASPER), town.receipt(SAAR)
    for trace in ("voortgang", "inburgeringstraject", "niet doorgegeven", "toestemming ontbreekt"):
        assert trace not in mail.everything().lower()
    assert town.withheld(SAAR)["inburgeringstraject.duoLening.resterendBedrag"] == NOT_CONSENTED
    assert "Niet doorgegeven" in receipt.text


def test_een_bijgeschreven_rij_geldt_voor_deze_inburgeraar(town: Town) -> None:
    """The form has empty rows: particulars written there by hand may go on, for this person."""
    with_row = town.inburgeraar(consented("T1 T2 T3 T4", Category.P4))
    without = town.inburgeraar()
    town.send(SAAR, report(with_row), report(without))
    assert town.got() == {CASPER: 2, SAAR: 1}
    told = {
        mail.report["betrokkene"]["dossierkenmerk"]: "bijzonderheden" in mail.report
        for mail in town.all_read(CASPER)
    }
    assert told == {
        generators.dossierkenmerk(with_row): True,
        generators.dossierkenmerk(without): False,
    }


def test_uit_te_wisselen_met_deze_aanbieder_en_geen_andere(town: Town) -> None:
    """The form names one counterpart: after a change of school it says nothing any more."""
    number = town.inburgeraar()
    town.change(lambda change: change.designations.designate(f"dossier-{number}", SOFIE))
    town.send(SOFIE, report(number))
    assert town.got() == {SOFIE: 1}
    assert town.became(SOFIE) == [("reject", {"art-12.4/no-consent"})]


def test_een_nieuwe_aanbieder_vraagt_nieuwe_toestemming(town: Town) -> None:
    """And with it everything goes on; the old school gets and sends nothing any more."""
    number = town.inburgeraar()

    async def moves(change: Change) -> None:
        await change.designations.designate(f"dossier-{number}", SOFIE)
        await change.consents.record(
            f"dossier-{number}", SCHOOL_2, ConsentKind.GIVEN, categories=ConsentCategory
        )

    town.change(moves)
    town.send(SOFIE, report(number))
    assert town.got() == {CASPER: 1, SOFIE: 1}
    town.new_day()
    town.send(SAAR, report(number))
    assert town.got() == {SAAR: 1}
    assert [outcome for outcome, _ in town.became(SAAR)] == ["reject"]


def test_u_kunt_altijd_alsnog_toestemming_geven(town: Town) -> None:
    """After a refusal a new form opens what it covers."""
    number = town.inburgeraar(Setting(consent=((ConsentKind.REFUSED, ""),)))
    town.change(
        lambda change: change.consents.record(
            f"dossier-{number}", SCHOOL_1, ConsentKind.GIVEN, categories=ConsentCategory
        )
    )
    town.send(SAAR, report(number))
    assert town.got() == {CASPER: 1, SAAR: 1}
