"""AVG 16, 18, 19 and 21, convenant 12.7: what a right brings about at everybody concerned.

> 12.7 Indien vereist verlenen Partijen elkaar alle noodzakelijke medewerking om aan de
> verplichtingen uit artikel 12 t/m 22 en 33 t/m 35 AVG te voldoen.

Through real mail: who got something hears of it and answers with their own GnuPG; what is held
back goes by itself once it may; a source is asked to correct and does.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from gateway import wiring
from gateway.adapters.audit_reading import Sought
from gateway.adapters.words import Words
from gateway.domain.audit import Action
from gateway.domain.case_rules import Established
from gateway.domain.case_rules import Ground as RefusalGround
from gateway.domain.cases import Received, RequestKind
from gateway.domain.deadlines import day_of
from gateway.domain.duty_letters import DutyMatter
from gateway.domain.erasing import Ground
from gateway.domain.helping import Answer, Direction, What
from gateway.domain.parties import Standing
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.restricting import RestrictionReason
from gateway.domain.texts import Language
from gateway.wiring import containing, erasing, notifying, requests, rights
from gateway.wiring.scopes import AskedScope
from tests import generators, people, world
from tests.databases import KINDS
from tests.deeds import deeds_of
from tests.journeys.conftest import a_town, at_work
from tests.journeys.test_correction import NEW_LOAN, correction, with_loan
from tests.journeys.town import report
from tests.journeys.watchful import OFTEN, about
from tests.servers.process import wait_until
from tests.world import CARLA, CASPER, OFFICER, SAAR, SCHOOL_1, SCHOOL_2, SOFIE, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.adapters.register_change import Change
    from gateway.domain.duty_letters import DutyLetter
    from tests.journeys.town import Town

BY = world.BY


@pytest.fixture(scope="module", params=KINDS)
def watchful(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A town on each database whose gateway looks at what waits several times a second."""
    with a_town(request.param, request, tmp_path_factory, settings=OFTEN) as town, at_work(town):
        yield town


@pytest.fixture
def town(watchful: Town) -> Iterator[Town]:
    watchful.new_day()
    yield watchful
    assert watchful.faults() == []


def opened(town: Town, kind: RequestKind, number: int) -> str:
    """A request of this inburgeraar, who showed who they are; the case's id."""
    new = requests.NewRequest(
        kind=kind,
        reference=f"Z-2026-{number}",
        channel=Received.DESK,
        person=generators.dossierkenmerk(number),
    )
    case, _ = town.run(requests.opened(town.config, new, by=BY))
    town.run(requests.identified(town.config, case.case_id, Established.DOCUMENT_SEEN, by=BY))
    return case.case_id


def answer(town: Town, who: str, subject: str, text: str = "Gedaan.") -> None:
    """`who` answers the one letter with this subject by a secured mail, as a mail program does."""
    letter = about(town, who, subject)
    resident = town.resident(who)
    headers = {
        "From": resident.key.user_id,
        "To": town.household.gateway.address,
        "Date": format_datetime(town.gateway.clock()),
        "Message-ID": people.new_message_id(),
        "In-Reply-To": str(letter.outer["Message-ID"]),
        "Subject": f"Re: {subject}",
    }
    inner = people.entity((), text)
    sealed = people.armored("gnupg", resident.key, town.certificate, inner)
    town.post(who, people.pgp_mime(headers, sealed))


def letters(town: Town, reference: str) -> dict[tuple[DutyMatter, str], DutyLetter]:
    """The letter that says how it stands, by what it is about and for whom it is meant."""
    found = town.run(notifying.owed(town.config, reference))
    return {(each.matter, each.meant_for): each.newest for each in found if each.newest is not None}


def has_mail(town: Town, who: str, subject: str) -> None:
    """Until this letter has arrived."""
    wait_until(
        lambda: any(subject in each.subject for each in town.all_read(who)),
        pause=0.1,
        what=subject,
    )


def refused(work: object, code: Refusal, town: Town) -> None:
    with pytest.raises(RegisterError) as stopped:
        town.run(work)  # type: ignore[arg-type]  # any command's own result
    assert stopped.value.code is code


RESTRICTED = "Gebruik gegevens die u kreeg nu niet"
LIFTED = "U mag gegevens weer gebruiken"


def test_beperking_houdt_alles_vast_tot_zij_is_opgeheven(town: Town, tmp_path: Path) -> None:
    """18 and 19: held with nothing said, the recipient told and heard, and then on by itself."""
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    assert town.got() == {CASPER: 1, SAAR: 1}
    case = opened(town, RequestKind.RESTRICTION, number)
    town.run(rights.restricted(town.config, case, RestrictionReason.ACCURACY, by=BY))
    has_mail(town, CASPER, RESTRICTED)
    told = about(town, CASPER, RESTRICTED)
    for value in generators.betrokkene(number).values():
        assert not told.tells(value)
    town.new_day()

    town.send(SAAR, report(number))
    assert town.became(SAAR) == [("hold", {"gateway/waits-for-decision"})]
    receipt = town.receipt(SAAR)
    assert not any(word in receipt.words() for word in ("beperk", "AVG", "avg-18"))
    assert CASPER not in town.got()
    assert "avg-18/restricted" in about(town, OFFICER, "Er wacht een mail").text

    refused(rights.lifted(town.config, case, by=BY), Refusal.NOT_TOLD, town)
    files = town.run(rights.announced(town.config, case, tmp_path / "brief", by=BY))
    assert {each.suffix for each in files} == {".pdf", ".txt"}
    letter = files[1].read_text(encoding="utf-8")
    assert generators.dossierkenmerk(number) in letter
    assert f"Beste {generators.betrokkene(number)['voornamen']}" in letter
    assert Words(Language.NL).date(day_of(town.gateway.clock())) in letter
    town.run(rights.lifted(town.config, case, by=BY))
    # The report that waited, and that nothing is restricted any more.
    wait_until(lambda: town.got().get(CASPER) == 2, pause=0.1, what="both letters")
    assert "Wat u doet" in about(town, CASPER, LIFTED).text
    (passed,) = [each for each in town.all_read(CASPER) if each.subject != LIFTED]
    assert passed.report["betrokkene"]


def test_een_ontvanger_antwoordt_en_dat_is_de_bevestiging(town: Town, tmp_path: Path) -> None:
    """19: an answer in a mail of its own is no failed report; and a stranger's confirms nothing."""
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    case = opened(town, RequestKind.RESTRICTION, number)
    town.run(rights.restricted(town.config, case, RestrictionReason.CLAIM, by=BY))
    has_mail(town, CASPER, RESTRICTED)
    key = (DutyMatter.NOTIFICATION, CASPER)
    letter = letters(town, f"request/{case}")[key]
    answer(town, CASPER, RESTRICTED)
    town.settle(2)
    after = letters(town, f"request/{case}")[key]
    assert (after.state.value, after.confirmed) == ("confirmed", "reply")
    assert [each for each in town.all_read(CASPER) if each.is_receipt] == []
    files = town.run(notifying.reply_opened(town.config, letter.letter_id, tmp_path / "a", by=BY))
    assert [each.read_text(encoding="utf-8").strip() for each in files] == ["Gedaan."]
    assert opened_about(town) == [(letter.letter_id, ""), ("", f"dossier-{number}")]
    told = town.run(rights.recipients_letter(town.config, case, tmp_path / "wie", by=BY))
    assert "Casper" in told[1].read_text(encoding="utf-8")


def opened_about(town: Town) -> list[tuple[str, str]]:
    """Of each answer that was opened on record: which letter, and whom; files are named by it."""
    sought = Sought(actions=(Action.ANSWER_LOOKED.value,))
    found = deeds_of(town.config, sought)
    return [("" if each.subject else each.about, each.subject) for each in found]


PARTLY = "Wis een deel van de gegevens die u van ons kreeg"


def test_wie_op_toestemming_iets_kreeg_hoort_ook_van_wissen_van_een_deel(
    town: Town, tmp_path: Path
) -> None:
    """17 and 19: decided by two, told in a secured mail, and followed until it is confirmed."""
    number = town.inburgeraar()
    town.send(SAAR, report(number))
    case = opened(town, RequestKind.ERASURE, number)
    town.change(lambda change: change.consents.withdraw(f"dossier-{number}", SCHOOL_1))
    work = erasing.proposed(
        town.config,
        case,
        Ground.CONSENT_WITHDRAWN,
        refused=frozenset({RefusalGround.OBLIGATION}),
        words="Dit moet bewaard.",
        by=BY,
    )
    approve(town, town.run(work))
    has_mail(town, CASPER, PARTLY)
    told = about(town, CASPER, PARTLY)
    assert "Wis alleen deze berichten" in told.text
    for value in generators.betrokkene(number).values():
        assert not told.tells(value)
    answer(town, CASPER, PARTLY)
    town.settle(2)
    done = letters(town, f"request/{case}")[DutyMatter.NOTIFICATION, CASPER]
    assert done.confirmed == "reply"
    files = town.run(rights.recipients_letter(town.config, case, tmp_path / "wie", by=BY))
    assert "Casper" in files[1].read_text(encoding="utf-8")


def approve(town: Town, proposal: str) -> None:
    """By the other operator."""

    async def approved() -> None:
        async with (
            wiring.register(town.config) as register,
            register.change(by=world.BY_ANOTHER) as change,
        ):
            await change.approve(proposal)

    town.run(approved())


def test_een_correctie_gaat_van_de_bron_naar_iedereen_die_het_foute_kreeg(
    town: Town, tmp_path: Path
) -> None:
    """16: asked of the source, passed on, and confirmed by having been passed on."""
    number = town.inburgeraar()
    first = report(number)
    town.send(SAAR, first)

    async def replaced(change: Change) -> None:
        await change.designations.designate(f"dossier-{number}", CARLA)

    town.change(replaced)
    case = opened(town, RequestKind.RECTIFICATION, number)
    wrong = {"report": str(first["berichtId"]), "field": "inburgeringstraject.duoLening"}
    other = {**wrong, "field": "voortgang.verzuim"} | {"report": "0" * 36}
    refused(
        rights.rectified(town.config, case, **other, value="x", by=BY),
        Refusal.NOT_PASSED_ON,
        town,
    )
    town.run(rights.rectified(town.config, case, **wrong, value="987,25 euro", by=BY))
    asked, heard = "Stuur een CORRECTIE op een bericht van u", "Een gegeven dat u kreeg, klopt niet"
    has_mail(town, SAAR, asked)
    has_mail(town, CASPER, heard)
    source = about(town, SAAR, asked)
    assert source.tells(str(first["berichtId"]))
    assert source.tells("987,25 euro")
    assert not about(town, CASPER, heard).tells("987,25 euro")

    town.send(SAAR, correction(first, **with_loan(NEW_LOAN)))
    town.run(notifying.notified(town.config, f"request/{case}", by=BY))
    found = letters(town, f"request/{case}")
    assert found[DutyMatter.CORRECTION, SAAR].confirmed == "correctie"
    # He is the contact no more: he did not get the CORRECTIE, and has to say so himself.
    left = found[DutyMatter.NOTIFICATION, CASPER]
    assert left.confirmed is None
    town.run(notifying.confirmed(town.config, left.letter_id, by=BY))
    done = letters(town, f"request/{case}")[DutyMatter.NOTIFICATION, CASPER]
    assert done.confirmed == "recorded"
    hours = wrong | {"field": "voortgang.verzuim.urenGeoorloofd"}
    town.run(rights.rectified(town.config, case, **hours, value="3", by=BY))
    told = town.run(rights.recipients_letter(town.config, case, tmp_path / "wie", by=BY))
    # One report was wrong twice: who got it is named once.
    assert told[1].read_text(encoding="utf-8").count("Casper") == 1


def test_bezwaar_houdt_de_publieke_taak_vast_tot_het_is_gewogen(town: Town) -> None:
    """21: from its receipt on; and where consent is the ground there is nothing to object to."""
    by_statute = Setting(
        regime=world.SETTINGS[4].regime, doelgroep=world.SETTINGS[4].doelgroep, consent=()
    )
    number, by_consent = town.inburgeraar(by_statute), town.inburgeraar()
    case = opened(town, RequestKind.OBJECTION, number)
    opened(town, RequestKind.OBJECTION, by_consent)
    town.send(SAAR, generators.full_bericht(number, regime="WI2021"))
    assert town.became(SAAR) == [("hold", {"gateway/waits-for-decision"})]
    refused(rights.lifted(town.config, case, by=BY), Refusal.NOT_NOW, town)
    town.new_day()
    town.send(SAAR, report(by_consent))
    assert town.became(SAAR) == [("forward", set())]


def test_een_bevel_bij_een_datalek_raakt_geen_verzoek(town: Town) -> None:
    """21: nobody ends by a breach's command what one person's objection holds until weighed."""
    by_statute = Setting(
        regime=world.SETTINGS[4].regime, doelgroep=world.SETTINGS[4].doelgroep, consent=()
    )
    number = town.inburgeraar(by_statute)
    case, now = opened(town, RequestKind.OBJECTION, number), town.gateway.clock()
    lifting = containing.lift_restrictions(town.config, case, told_at=now, by=BY)
    refused(lifting, Refusal.OTHER_RIGHT, town)
    asked = AskedScope(person=generators.dossierkenmerk(number))
    for reference, code in ((case, Refusal.OTHER_RIGHT), ("Jansen", Refusal.BAD_CASE_REFERENCE)):
        work = containing.restrict_people(town.config, asked, reference=reference, by=BY)
        refused(work, code, town)


HELP = "Wij vragen uw hulp bij een plicht uit de AVG"


def test_partijen_helpen_elkaar_met_een_termijn(town: Town, tmp_path: Path) -> None:
    """12.7: asked under the encryption, answered, and on record."""
    number = town.inburgeraar()
    case = opened(town, RequestKind.ACCESS, number)
    new = notifying.NewHelp(
        contact_id=SAAR,
        direction=Direction.TO,
        what=What.HELP,
        articles=(15,),
        reference="Z-2026-15",
        case_id=case,
        words="Welke berichten stuurde u ons in maart?",
    )
    asked = town.run(notifying.helped(town.config, new, by=BY))
    has_mail(town, SAAR, HELP)
    mail = about(town, SAAR, HELP)
    assert mail.tells(generators.dossierkenmerk(number))
    assert "in maart" in mail.text
    answer(town, SAAR, HELP, "Twee berichten.")
    town.settle(1)
    found = letters(town, asked.about)
    replied = found[DutyMatter.HELP, SAAR]
    assert replied.confirmed == "reply"
    town.run(notifying.reply_opened(town.config, replied.letter_id, tmp_path / "a", by=BY))
    assert opened_about(town)[-1] == ("", f"dossier-{number}")
    done = town.run(
        notifying.help_answered(
            town.config, asked.help_id, Answer.DONE, reference="Z-2026-15", by=BY
        )
    )
    assert (done.answer, done.late(town.gateway.clock())) == (Answer.DONE, False)


RETURN = "Geef gegevens van inburgeraars terug"


def test_wie_wordt_uitgesloten_geeft_terug_wat_die_heeft(town: Town) -> None:
    """12.11 and 15: asked by the gateway itself a day later, once, encrypted; answered."""
    number = town.inburgeraar(Setting(contact=SOFIE))
    yesterday = datetime.now(UTC) - timedelta(days=1, minutes=1)
    town.change(
        lambda change: change.parties.set_standing(
            SCHOOL_2, Standing.EXCLUDED, valid_from=yesterday
        )
    )
    has_mail(town, SOFIE, RETURN)
    assert about(town, SOFIE, RETURN).tells(generators.dossierkenmerk(number))
    (asked,) = [
        each for each in town.run(notifying.help_requests(town.config)) if each.party_id == SCHOOL_2
    ]
    assert (asked.what, asked.answer) == (What.RETURN, None)
    answer(town, SOFIE, RETURN, "Alles staat op de beveiligde schijf.")
    town.settle(1)
    assert letters(town, asked.about)[DutyMatter.REMOVAL, SOFIE].confirmed == "reply"
    work = notifying.help_answered(
        town.config, asked.help_id, Answer.DONE, reference="Z-2026-16", by=BY
    )
    assert town.run(work).answer is Answer.DONE
    town.change(lambda change: change.parties.set_standing(SCHOOL_2, Standing.ACTIVE))
