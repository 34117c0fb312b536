"""A correction (AVG, articles 16 and 19): it refers, reaches whoever read the first, and shows why.

> 12.5 Informatie wordt uitgewisseld via een beveiligde mail en uitsluitend via de hiertoe
> aangewezen contactpersoon van de inburgeraar.

Only the designated contact gets the corrected data.  Who got the report before and is the contact
no more is told to use it no longer, without a word about the inburgeraar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from gateway.adapters.database_inbox import DatabaseInbox
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.wiring import parts
from tests import generators, world
from tests.journeys.town import later, report
from tests.world import CARLA, CASPER, OFFICER, SAAR, SAM, SCHOOL_1, SCHOOL_2, SOFIE, Setting

if TYPE_CHECKING:
    from gateway.adapters.register_change import Change
    from gateway.domain.wire import Json
    from tests.journeys.town import Town

CHANGED = "Wat er is veranderd"
OLD_LOAN, NEW_LOAN = 1234.5, 987.25


def correction(of: dict[str, Json], **sections: Json) -> dict[str, Json]:
    """The same report with something else in it, under a number of its own."""
    return {
        **of,
        "berichtId": str(uuid4()),
        "berichttype": "CORRECTIE",
        "vervangt": of["berichtId"],
        **sections,
    }


def with_loan(amount: float) -> dict[str, Json]:
    loan: dict[str, Json] = {"resterendBedrag": amount, "peildatum": "2025-12-01"}
    return {"inburgeringstraject": {**generators.traject(), "duoLening": loan}}


def sent(
    town: Town, who: str = SAAR, setting: Setting | None = None
) -> tuple[int, dict[str, Json]]:
    """A report that went, yesterday as it were."""
    number = town.inburgeraar(setting)
    first = report(number)
    town.send(who, first)
    assert town.became(who) == [("forward", set())] or town.withheld(who)
    town.new_day()
    return number, first


def forget(town: Town) -> None:
    """The sealed originals go, as they do when their days are over."""
    vault = parts.vault(town.config)
    inbox = DatabaseInbox(town.database, vault, instance="poort-1", deeds=world.deeds(vault))
    assert town.run(inbox.forget(later(days=1), later()))


def test_de_correctie_noemt_het_eerdere_bericht_en_wat_er_is_veranderd(any_town: Town) -> None:
    """Field by field what it was and what it is, in words, and nothing that stayed the same."""
    _, first = sent(any_town)
    any_town.send(SAAR, correction(first, **with_loan(NEW_LOAN)))
    assert any_town.got() == {CASPER: 1, SAAR: 1}
    mail = any_town.read(CASPER)
    assert mail.report["vervangt"] == first["berichtId"]
    _, _, changes = mail.text.partition(CHANGED)
    changes, _, _ = changes.partition("Van wie komt het")
    assert "DUO-lening" in changes
    assert "1.234,50 euro" in changes
    assert "987,25 euro" in changes
    assert "Leerroute" not in changes
    assert "1.234,50 euro" in mail.html
    assert any_town.became(SAAR) == [("forward", set())]


def test_ook_de_gemeente_verbetert_zichzelf(town: Town) -> None:
    """The same from the municipality to the school."""
    _, first = sent(town, CASPER)
    town.send(CASPER, correction(first, **with_loan(NEW_LOAN)))
    assert town.got() == {SAAR: 1, CASPER: 1}
    assert "987,25 euro" in town.read(SAAR).text.partition(CHANGED)[2]


def test_wie_het_eerder_kreeg_leest_alleen_dat_het_niet_meer_geldt(any_town: Town) -> None:
    """Carla replaced Casper: she reads the correction and what changed, he only its number."""
    number, first = sent(any_town)

    async def replaced(change: Change) -> None:
        await change.designations.designate(f"dossier-{number}", CARLA)

    any_town.change(replaced)
    any_town.send(SAAR, correction(first, **with_loan(NEW_LOAN)))
    assert any_town.got() == {CARLA: 1, CASPER: 1, SAAR: 1}
    assert "1.234,50 euro" in any_town.read(CARLA).text.partition(CHANGED)[2]
    notice = any_town.read(CASPER)
    assert notice.subject == "Gebruik een eerder bericht niet meer"
    assert str(first["berichtId"]) in notice.text
    person = generators.betrokkene(number)
    for value in (
        person["dossierkenmerk"],
        person["geslachtsnaam"],
        person["geboortedatum"],
        NEW_LOAN,
        OLD_LOAN,
    ):
        assert not notice.tells(value)


def test_wie_niet_meer_te_bereiken_is_hoort_de_functionaris(town: Town) -> None:
    """Casper works here no more: the officer is told that somebody has to tell his place."""
    number, first = sent(town)

    async def leaves(change: Change) -> None:
        await change.designations.designate(f"dossier-{number}", CARLA)
        await change.contacts.end(CASPER)

    async def comes_back(change: Change) -> None:
        await change.contacts.change(CASPER)

    town.change(leaves)
    try:
        town.send(SAAR, correction(first))
        assert town.got() == {CARLA: 1, OFFICER: 1, SAAR: 1}
        told = town.read(OFFICER)
        assert "kan geen mail van ons meer krijgen" in told.text
        assert not told.tells(generators.betrokkene(number)["geslachtsnaam"])
    finally:
        town.change(comes_back)


def test_een_ingetrokken_soort_komt_niet_terug_als_oude_waarde(any_town: Town) -> None:
    """Consent for the trajectory ended: neither loan is in the correction."""
    number, first = sent(any_town)

    async def narrower(change: Change) -> None:
        await change.consents.record(
            f"dossier-{number}",
            SCHOOL_1,
            ConsentKind.GIVEN,
            categories=[ConsentCategory.T1, ConsentCategory.T4],
        )

    any_town.change(narrower)
    progress = generators.voortgang() | {"gevolgdeUren": {"formeel": 77}}
    any_town.send(SAAR, correction(first, voortgang=progress, **with_loan(NEW_LOAN)))
    mail = any_town.read(CASPER)
    for value in (OLD_LOAN, NEW_LOAN, "B1-route", "KNM"):
        assert not mail.tells(value)
    changes = mail.text.partition(CHANGED)[2]
    assert "96 uur" in changes
    assert "77 uur" in changes


def test_wat_toen_niet_ging_staat_er_niet_als_oude_waarde(town: Town) -> None:
    """Consent for the trajectory came later: the reader sees the new loan, and no old one."""
    setting = Setting(consent=((ConsentKind.GIVEN, "T1 T4"),))
    number, first = sent(town, setting=setting)

    async def wider(change: Change) -> None:
        await change.consents.record(
            f"dossier-{number}", SCHOOL_1, ConsentKind.GIVEN, categories=ConsentCategory
        )

    town.change(wider)
    town.send(SAAR, correction(first, **with_loan(NEW_LOAN)))
    mail = town.read(CASPER)
    assert mail.tells(NEW_LOAN)
    assert not mail.tells(OLD_LOAN)


def test_zonder_toestemming_geen_correctie_en_geen_bericht_aan_anderen(town: Town) -> None:
    """A correction is a report: withdrawn consent stops it, and nothing of it goes anywhere."""
    number, first = sent(town)

    async def withdrawn(change: Change) -> None:
        await change.designations.designate(f"dossier-{number}", CARLA)
        await change.consents.record(f"dossier-{number}", SCHOOL_1, ConsentKind.WITHDRAWN)

    town.change(withdrawn)
    town.send(SAAR, correction(first, **with_loan(NEW_LOAN)))
    assert town.got().keys() <= {SAAR, OFFICER}
    assert ("reject", {"art-12.4/consent-withdrawn"}) in town.became(SAAR)


def test_alleen_de_nieuwste_wordt_vervangen(any_town: Town) -> None:
    """A second correction of the first report is refused; of the correction it is taken."""
    _, first = sent(any_town)
    second = correction(first, **with_loan(NEW_LOAN))
    any_town.send(SAAR, second)
    any_town.new_day()
    any_town.send(SAAR, correction(first, **with_loan(321.5)))
    assert any_town.became(SAAR) == [("reject", {"art-12.3/corrects-replaced-report"})]
    any_town.new_day()
    any_town.send(SAAR, correction(second, **with_loan(321.5)))
    mail = any_town.read(CASPER)
    assert "987,25 euro" in mail.text.partition(CHANGED)[2]
    assert not mail.tells(OLD_LOAN)


def test_een_onbekend_of_andermans_bericht_wordt_niet_vervangen(town: Town) -> None:
    """Of another school's report nothing shows, not even that it exists."""
    _, theirs = sent(town, SOFIE, Setting(contact=SOFIE))
    number = town.inburgeraar()
    mine = report(number, berichttype="CORRECTIE", vervangt=str(uuid4()))
    not_mine = report(number, berichttype="CORRECTIE", vervangt=theirs["berichtId"])
    town.send(SAAR, mine, not_mine)
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.3/corrects-unknown-report"})] * 2


def test_een_correctie_gaat_over_dezelfde_inburgeraar(town: Town) -> None:
    """A report about one is not replaced by data about another."""
    _, first = sent(town)
    another = report(town.inburgeraar(), berichttype="CORRECTIE", vervangt=first["berichtId"])
    town.send(SAAR, another)
    assert town.got() == {SAAR: 1}
    assert town.became(SAAR) == [("reject", {"art-12.3/corrects-another-dossier"})]


def test_een_correctie_van_wat_nog_wacht_wacht_ook(town: Town) -> None:
    """The officer decides about the first report first."""
    number = town.inburgeraar()
    plan = generators.plan() | {"wijziging": {"datum": "2025-09-15", "omschrijving": "zorgtaken"}}
    first = report(number, persoonlijkPlan=plan)
    town.send(SAAR, first)
    town.new_day()
    town.send(SAAR, correction(first, persoonlijkPlan=generators.plan()))
    assert town.got() == {OFFICER: 1, SAAR: 1}
    assert town.became(SAAR) == [("hold", {"art-12.3/corrects-waiting-report"})]


def test_een_collega_verbetert_wat_de_voorganger_stuurde(town: Town) -> None:
    """Sam took over from Saar: his correction goes, without what may no more be looked up."""
    number, first = sent(town)

    async def takes_over(change: Change) -> None:
        await change.designations.designate(f"dossier-{number}", SAM)

    town.change(takes_over)
    town.send(SAM, correction(first, **with_loan(NEW_LOAN)))
    assert town.got() == {CASPER: 1, SAM: 1}
    mail = town.read(CASPER)
    assert str(first["berichtId"]) in mail.text
    assert CHANGED not in mail.text
    assert not mail.tells(OLD_LOAN)


def test_na_een_overstap_leest_de_nieuwe_school_niet_wat_de_oude_kreeg(town: Town) -> None:
    """The municipality corrects what it told the former school: the new one gets the new alone."""
    number, first = sent(town, CASPER)

    async def moves(change: Change) -> None:
        await change.designations.designate(f"dossier-{number}", SOFIE)
        await change.consents.record(
            f"dossier-{number}", SCHOOL_2, ConsentKind.GIVEN, categories=ConsentCategory
        )

    town.change(moves)
    document = generators.document_json(
        correction(first, **with_loan(NEW_LOAN)), instellingsnummer="00VB000002"
    )
    town.send(CASPER, document=document)
    assert town.got() == {SOFIE: 1, SAAR: 1, CASPER: 1}
    assert town.read(SOFIE).tells(NEW_LOAN)
    assert not town.read(SOFIE).tells(OLD_LOAN)
    assert town.read(SAAR).subject == "Gebruik een eerder bericht niet meer"
    assert not town.read(SAAR).tells(NEW_LOAN)


def test_na_de_bewaartermijn_alleen_dat_het_vervangt(any_town: Town) -> None:
    """The original is forgotten: the correction goes, and says what it replaces and no more."""
    _, first = sent(any_town)
    forget(any_town)
    any_town.send(SAAR, correction(first, **with_loan(NEW_LOAN)))
    mail = any_town.read(CASPER)
    assert str(first["berichtId"]) in mail.text
    assert CHANGED not in mail.text
    assert mail.tells(NEW_LOAN)
    assert not mail.tells(OLD_LOAN)


def test_twee_correcties_tegelijk_en_een_die_haar_bericht_inhaalt(any_town: Town) -> None:
    """However they are handled, one correction of a report goes, and the first goes before it."""
    number = any_town.inburgeraar()
    first = report(number)
    mails = [
        any_town.sealed(SAAR, first),
        any_town.sealed(SAAR, correction(first, **with_loan(NEW_LOAN))),
        any_town.sealed(SAAR, correction(first, **with_loan(321.5))),
    ]
    for mail in mails:
        any_town.post(SAAR, mail)
    any_town.settle(3)
    assert any_town.got()[CASPER] == 2
    outcomes = sorted(
        (outcome, tuple(why)) for each in any_town.records() for _, outcome, why in each.standing
    )
    assert [outcome for outcome, _ in outcomes] == ["forward", "forward", "reject"]
    assert outcomes[2][1] == ("art-12.3/corrects-replaced-report",)
