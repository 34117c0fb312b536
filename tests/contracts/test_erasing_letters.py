"""Letters of duty that name somebody, and answers to them, go with the person."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from gateway.adapters.database_duties import DatabaseDuties
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.evidence import Scribe
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.tables_flow import outgoing_mail
from gateway.domain.cases import Received, RequestKind
from gateway.domain.confirming import Confirmation
from gateway.domain.duty_letters import DutyLetter, DutyMatter, LetterState, SealedDuty
from gateway.domain.helping import Direction, What
from gateway.domain.outcomes import Mailed
from gateway.domain.stages import Standing
from gateway.ledger.records import Activity
from tests import world
from tests.contracts.erasing import ANNA, BADR, City
from tests.contracts.flow import ACTIVITY, NOW, handled, received, stopped


def duties(city: City) -> DatabaseDuties:
    vault = city.flow.vault
    return DatabaseDuties(
        city.database,
        vault,
        Scribe(lambda _kind, _letter: Activity(activity_id=ACTIVITY)),
        LogWriter(vault),
        DatabaseRegistry(city.database, vault),
        deeds=world.deeds(vault),
        clock=lambda: NOW,
    )


async def asked(city: City, dossier_id: str) -> str:
    """A request for help about this person; what its letters are about."""
    async with city.register.change(by=world.BY) as change:
        case_id = await change.cases.open(
            RequestKind.ACCESS, reference="Z-2026-9", channel=Received.DESK, dossier_id=dossier_id
        )
        help_id = await change.helping.ask(
            world.SAAR,
            direction=Direction.TO,
            what=What.HELP,
            articles=(15,),
            reference="Z-2026-9",
            working_days=5,
            case_id=case_id,
        )
    await world.taken_back(city.register, case_id)
    return f"help/{help_id}"


async def letter(city: City, about: str, number: int, matter: DutyMatter) -> DutyLetter:
    """One that waits in the outbox."""
    posted = DutyLetter(
        letter_id=f"{number:016}",
        matter=matter,
        about=about,
        item="item",
        meant_for=world.SAAR,
        contact_id=world.SAAR,
        attempt=number,
        message_id=f"<duty-{number}@gemeente.example>",
        posted_at=NOW,
    )
    mailed = Mailed(
        message_id=posted.message_id,
        recipient="saar@taalschool.example",
        mail=b"verzegeld",
        after_reports=False,
    )
    standing = Standing(revision=1, digest="", until=None)
    await duties(city).post([SealedDuty(letter=posted, mailed=mailed, standing=standing)])
    return posted


async def test_no_letter_that_names_them_leaves_any_more(city: City) -> None:
    """Of a letter that names many the next round writes another."""
    hers, his = await asked(city, ANNA), await asked(city, BADR)
    await letter(city, hers, 1, DutyMatter.HELP)
    await letter(city, hers, 2, DutyMatter.NOTIFICATION)
    await letter(city, his, 3, DutyMatter.HELP)
    await letter(city, "help/of-a-party", 4, DutyMatter.REMOVAL)
    await city.erase()
    found = {each.attempt: each.state for each in await duties(city).every()}
    gone, stays = LetterState.WITHDRAWN, LetterState.WAITING
    assert found == {1: gone, 2: stays, 3: stays, 4: gone}
    async with city.database.reading() as connection:
        assert len((await connection.execute(select(outgoing_mail))).all()) == 2


async def test_what_was_answered_about_them_goes_too(city: City) -> None:
    kept = []
    for number, dossier_id in enumerate((ANNA, BADR)):
        sent = await letter(city, await asked(city, dossier_id), number, DutyMatter.HELP)
        (answer,) = await received(city.flow)
        ended = replace(stopped(Confirmation(sent)), number=None, bericht_id=None, dossier_id="")
        await city.flow.ledger.release([(answer, handled(answer, ended, answers=False))], NOW)
        kept.append(answer.raw.trace)
    assert await duties(city).answered_by(f"{0:016}") == kept[0]
    await city.erase()
    assert [await city.mail(each) is None for each in kept] == [True, False]


async def test_what_is_in_hand_when_they_are_erased_is_not_handed_over_any_more(
    city: City,
) -> None:
    """A batch takes a while behind a slow server; a letter about somebody else goes."""
    for number, dossier_id in enumerate((ANNA, BADR)):
        await letter(city, await asked(city, dossier_id), number, DutyMatter.HELP)
    taken = await city.flow.outbox.claim(9, NOW)
    mine = sorted(taken, key=lambda each: each.message_id)
    assert [await city.flow.outbox.may_leave(each) for each in mine] == [True, True]
    await city.erase()
    assert [await city.flow.outbox.may_leave(each) for each in mine] == [False, True]
