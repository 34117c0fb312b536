"""What an erasure leaves outside the database: asked, tried, confirmed, and certified as it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import ANY

import pytest
from sqlalchemy import select, update

from gateway.adapters.audit_reading import AuditLog, Sought
from gateway.adapters.database_deeds import DatabaseDeeds
from gateway.adapters.erasing_confirming import Confirming, read_remains
from gateway.adapters.log_holding import LogHolds
from gateway.adapters.maildir import MaildirMailbox, MaildirSettings
from gateway.adapters.memory_mail import MemoryMailbox
from gateway.adapters.register_running import read_running
from gateway.adapters.register_sql import SqlRows
from gateway.adapters.tables_erasing import erasure_original, erasure_original_end
from gateway.adapters.tables_flow import outcomes
from gateway.domain.audit import Action, Deed, DeedResult
from gateway.domain.held import WRITTEN
from gateway.domain.holds import Held
from gateway.domain.originals import PATIENCE, Fate, Remains
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.running import Matter
from gateway.domain.stops import Hold, Reason
from tests import world
from tests.contracts.erasing import ANNA, BADR, LATER, City
from tests.contracts.flow import NOW, handled, stopped

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.domain.running import Running


async def remains(city: City) -> Remains:
    return await city.database.look(lambda each: read_remains(each, 35))


async def states(city: City) -> list[str]:
    return sorted(each.state for each in (await remains(city)).originals)


async def confirm(
    city: City, erasure_id: str, numbers: Collection[int] = (), *, mail: bool = False, by: str
) -> int:
    said = Confirming(
        world.deeds(city.flow.vault),
        erasure_id,
        backup_days=35,
        by=by,
        origin="fien",
        now=LATER,
    )
    return await city.database.write(lambda each: said.write(each, numbers, mail=mail))


async def deeds(city: City, action: Action) -> list[Deed]:
    log = AuditLog(city.database, city.flow.vault)
    return [each for _, each in await log.deeds(Sought(actions=(action.value,)), 99)]


async def record(city: City, *made: Deed) -> None:
    log = world.deeds(city.flow.vault)
    await city.database.write(lambda each: log.write(each, made))


def a_deed(action: Action, *, subject: str = "", about: str = "", detail: str = "") -> Deed:
    return Deed(
        at=NOW,
        actor="fien",
        action=action,
        about=about,
        result=DeedResult.DONE,
        origin="fien",
        subject=subject,
        detail=detail,
    )


# --- originals --------------------------------------------------------------------------


async def test_while_the_mailbox_is_away_they_stand_open_and_go_when_it_is_back(
    city: City,
) -> None:
    """Certified as open, then as gone; which mails they were, no row says any more."""
    await city.plant()
    before = city.in_mailbox()
    await city.erase()
    away = MemoryMailbox(city.mailbox.name)
    away.reachable = False

    done = await city.clear(NOW, away)
    assert (done.gone, done.left, done.away) == (0, 2, True)
    assert city.in_mailbox() == before
    revision = await city.revision()
    await city.clear(NOW, away)
    assert await city.revision() == revision  # no mail walks again because of another try
    await city.end.run(NOW)
    (first,) = await city.certificates()
    assert (first.originals, "originals_removed" in first.gone) == (3, False)
    assert [each.article for each in first.stays if each.what == "originals"] == [
        "32(1)(c)", "17(1)",
    ]  # fmt: skip
    assert await states(city) == ["", "unreachable", "unreachable"]

    done = await city.clear(LATER)
    assert (done.gone, done.left, done.away) == (2, 0, False)
    assert len(city.in_mailbox()) == 1
    async with city.database.reading() as connection:
        left = (await connection.execute(select(erasure_original.c.trace))).scalars().all()
        ended = (await connection.execute(select(erasure_original_end))).all()
    assert (left, [row.fate for row in ended]) == ([city.shared], ["removed", "removed"])
    said = await deeds(city, Action.ORIGINAL_REMOVED)
    assert {(each.about, each.detail) for each in said} == {
        (city.own, "removed"),
        (city.waiting, "removed"),
    }
    assert (await city.clear(LATER)).gone == 0


async def test_what_the_server_emptied_meanwhile_is_certified_as_absent(small: City) -> None:
    await small.plant()
    await small.erase()
    for file in small.in_mailbox():
        (small.folder / file).unlink()
    await small.clear()
    await small.end.run(NOW)
    (found,) = await small.certificates()
    assert (found.gone["originals_absent"], found.originals) == (2, 1)


async def test_an_original_that_came_into_another_mailbox_is_not_taken_for_gone(
    small: City,
) -> None:
    """Not configured any more: an operator looks there, and says so; a further certificate."""
    await small.plant()
    await small.erase()
    for part in ("new", "cur", "tmp"):
        (small.folder / "other" / part).mkdir(parents=True)
    other = MaildirMailbox(MaildirSettings(folder=small.folder / "other"))
    assert (await small.clear(NOW, other)).left == 2
    assert await states(small) == ["", "elsewhere", "elsewhere"]
    await small.end.run(NOW)
    (first,) = await small.certificates()

    with pytest.raises(RegisterError):
        await confirm(small, first.erasure, mail=True, by="Niemand Van Hier")
    for unknown in ("", "0" * 16):
        with pytest.raises(RegisterError) as refused:
            await confirm(small, unknown, mail=True, by=world.BY)
        assert refused.value.code is Refusal.UNKNOWN_ERASURE
    assert await confirm(small, first.erasure, mail=True, by=world.BY) == 2
    assert len((await remains(small)).originals) == 1  # what nobody tried is not confirmed
    with pytest.raises(RegisterError) as refused:
        await confirm(small, first.erasure, mail=True, by=world.BY)
    assert refused.value.code is Refusal.NO_MAIL_TO_CONFIRM
    (said,) = await deeds(small, Action.REMAINS_CONFIRMED)
    assert said.about == first.erasure
    async with small.database.reading() as connection:
        ended = (await connection.execute(select(erasure_original_end))).all()
    assert [row.fate for row in ended] == [Fate.CONFIRMED.value] * 2


async def test_a_legal_hold_that_was_placed_since_keeps_what_others_have_in_it(
    small: City,
) -> None:
    await small.plant()
    await small.erase()
    await small.end.run(NOW)
    async with small.database.transaction() as connection:
        his = (outcomes.c.trace == small.shared, outcomes.c.withdrawn_at.is_(None))
        await connection.execute(update(outcomes).where(*his).values(outcome="reject"))
    await small.end.run(LATER)
    holds = LogHolds(world.deeds(small.flow.vault).write, "fien")
    held = partial(
        holds.place, held=Held(mail=small.shared), reference="Z-1", by=world.BY, now=LATER
    )
    placed = await small.database.write(held)
    month = NOW + 36 * (LATER - NOW)
    await small.clear(month)
    assert len(small.in_mailbox()) == 1
    lift = partial(holds.lift, hold_id=placed.hold_id, by=world.BY, now=month)
    await small.database.write(lift)
    await small.clear(month)
    assert small.in_mailbox() == {}


async def test_a_mail_that_was_being_walked_meanwhile_goes_too(small: City) -> None:
    await small.plant()
    await small.erase()
    (late,) = await small.arrived(1)
    await small.clear()
    found = stopped(Hold(Reason.FREE_TEXT))
    await small.flow.ledger.release([(late, handled(late, found, answers=False))], NOW)
    await small.end.run(NOW)
    assert late.raw.content in small.in_mailbox().values()
    await small.clear()
    assert late.raw.content not in small.in_mailbox().values()


async def test_the_other_one_in_the_mail_can_be_erased_as_well(small: City) -> None:
    """Each erasure counts the shared original; it goes once."""
    await small.plant()
    await small.erase()
    await small.erase(BADR, "Z-2026-2")
    await small.end.run(NOW)
    month = NOW + 36 * (LATER - NOW)
    await small.clear(month)
    assert (small.in_mailbox(), await states(small)) == ({}, [])
    await small.end.run(month)
    last = {each.erasure: each for each in await small.certificates()}
    assert sorted(each.gone["originals_removed"] for each in last.values()) == [1, 3]


# --- files --------------------------------------------------------------------------------


async def test_files_that_people_had_made_are_named_until_they_say_that_they_are_gone(
    city: City,
) -> None:
    await record(
        city,
        a_deed(Action.DOSSIER_MADE, subject=ANNA),
        a_deed(Action.DOSSIER_MADE, subject=BADR),
        a_deed(Action.DOSSIER_LOOKED, subject=ANNA),
        a_deed(Action.RECIPIENTS_LOOKED, subject=ANNA),
        a_deed(Action.ANSWER_LOOKED, about="letter-1"),
        a_deed(Action.ANSWER_LOOKED, subject=ANNA),
        a_deed(Action.HELD_LOOKED, subject=ANNA),
        a_deed(Action.HELD_LOOKED, subject=ANNA, detail=WRITTEN),
        a_deed(Action.LOG_EXPORTED, about="log", detail="opened"),
        a_deed(Action.LOG_EXPORTED, about="log", detail="bundle"),
    )
    await city.erase()
    await city.end.run(LATER)
    (first,) = await city.certificates()
    assert (first.files, "files" in {each.what for each in first.stays}) == (5, True)
    named = [(each.number, each.action, each.made_by, each.everyone) for each in
             (await remains(city)).files]  # fmt: skip
    assert named == [
        (1, "request.dossier-made", "fien", False),
        (2, "register.recipients-looked", "fien", False),
        (3, "letter.answer-looked", "fien", False),
        (4, "held.looked", "fien", False),
        (5, "log.exported", "fien", True),
    ]
    with pytest.raises(RegisterError) as refused:
        await confirm(city, first.erasure, [6], by=world.BY)
    assert refused.value.code is Refusal.UNKNOWN_REMAINS
    assert await confirm(city, first.erasure, [1, 2, 3, 4, 5], by=world.BY) == 5
    with pytest.raises(RegisterError):
        await confirm(city, first.erasure, [1], by=world.BY)
    await city.end.run(LATER)
    *_, second = await city.certificates()
    assert (second.files, "files" in {each.what for each in second.stays}) == (0, False)
    # What nobody but a person knows is certified as what they said.
    assert ("files_confirmed" in first.gone, second.gone["files_confirmed"]) == (False, 5)


async def test_an_answer_that_is_opened_after_the_erasure_is_named_and_certified_too(
    city: City,
) -> None:
    """Who erased what they got writes so, and may name them; and nobody else is in it."""
    await city.erase()
    await city.end.run(NOW)
    made = DatabaseDeeds(city.database, world.deeds(city.flow.vault), "fien", lambda: LATER)
    await made.record_about(Action.ANSWER_LOOKED, "letter-1", [ANNA, BADR], by=world.BY)
    assert [(each.subject, each.about) for each in await deeds(city, Action.ANSWER_LOOKED)][1:] == [
        ("", "erased"),
        (BADR, ANY),
    ]
    (found,) = (await remains(city)).files
    assert (found.action, found.made_by) == ("letter.answer-looked", world.BY)
    await city.end.run(LATER)
    first, second = await city.certificates()
    assert (first.files, second.files) == (0, 1)
    assert await confirm(city, first.erasure, [1], by=world.BY) == 1
    await city.end.run(LATER)
    assert [each.files for each in await city.certificates()] == [0, 1, 0]
    assert await city.end.run(LATER) == ()


async def test_what_was_taken_out_sealed_or_about_somebody_else_is_not_named(small: City) -> None:
    await small.plant()
    about_him = a_deed(Action.CASE_LETTER, subject=BADR)
    await record(small, about_him)
    entries = await AuditLog(small.database, small.flow.vault).deeds(Sought(), 999)
    number = next(seq for seq, each in entries if each.subject == BADR)
    proof = a_deed(Action.LOG_EXPORTED, about=f"entry/{number}", detail="proof")
    await record(small, proof, a_deed(Action.LOG_EXPORTED, detail="proof-sealed"))
    await small.erase()
    await small.end.run(NOW)
    assert list((await remains(small)).files) == []


# --- telling ---------------------------------------------------------------------------------


async def test_the_officers_are_told_a_week_after_it_should_have_gone(small: City) -> None:
    """Of an original that others are in, a week after it may go and did not."""
    await small.plant()
    await small.erase()
    await small.clear()
    assert await told(small) == []
    month = NOW + 36 * (LATER - NOW)
    async with small.database.transaction() as connection:
        his = (outcomes.c.trace == small.shared, outcomes.c.withdrawn_at.is_(None))
        await connection.execute(update(outcomes).where(*his).values(outcome="reject"))
    await small.end.run(LATER)
    away = MemoryMailbox(small.mailbox.name)
    away.reachable = False
    await small.clear(month, away)
    (due,) = await told(small)
    assert due.deadline == month + PATIENCE
    await small.clear(month)
    assert await told(small) == []


async def told(city: City) -> list[Running]:
    async with city.database.reading() as connection:
        found = await read_running(SqlRows(connection))
    return [each for each in found if each.matter is Matter.ERASURE]
