"""A part of somebody that came back with an older database is erased again, and no more is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from gateway.adapters.audit_reading import AuditLog, Sought
from gateway.adapters.erased_list import ErasedList
from gateway.adapters.erasing_parts import parts_of
from gateway.adapters.erasures import Erasure
from gateway.adapters.log_forgetting import forget_as_asked
from gateway.adapters.log_holding import LogHolds
from gateway.adapters.tables_consent import consent_form, consent_scan
from gateway.adapters.tables_erasing import erasure
from gateway.domain.audit import Action
from gateway.domain.bijsluiter import Category
from gateway.domain.case_rules import Ground as RefusalGround
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.consent_forms import AddedRow, Paper
from gateway.domain.erasing import Ground
from gateway.domain.holds import Held
from gateway.ledger.certificates import AGAIN, Certificate, Erased, Part, erased
from tests import world
from tests.contracts.erasing import ANNA, BADR, LATER, SCAN, WORDS, City
from tests.contracts.flow import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PAPER = Paper(interpreter=WORDS, added=(AddedRow(text=WORDS, covers=Category.P4),), scan=SCAN)


async def on_a_form(city: City, kind: ConsentKind, whose: str = ANNA) -> None:
    async with city.register.change(by=world.BY) as change:
        await change.consents.record(
            whose, world.SCHOOL_1, kind, categories=list(ConsentCategory), paper=PAPER
        )


async def withdrawn(city: City) -> None:
    async with city.register.change(by=world.BY) as change:
        await change.consents.withdraw(ANNA, world.SCHOOL_1)


async def erase_a_part(city: City) -> Certificate:
    """Her papers and settled mail, decided by two; the first certificate of it."""
    refused = {RefusalGround.OBLIGATION}
    case_id = await city.asked()
    await city.approve(await city.propose(case_id, Ground.CONSENT_WITHDRAWN, refused=refused))
    await city.end.run(NOW)
    return (await city.certificates())[-1]


async def scans(city: City, whose: str = ANNA) -> int:
    its = consent_scan.c.event_id == consent_form.c.event_id
    found = select(consent_scan.c.event_id).join(consent_form, its)
    async with city.database.reading() as connection:
        rows = await connection.execute(found.where(consent_form.c.dossier_id == whose))
        return len(rows.all())


async def worded(city: City) -> int:
    theirs = (consent_form.c.dossier_id == ANNA, consent_form.c.sealed.is_not(None))
    async with city.database.reading() as connection:
        return len((await connection.execute(select(consent_form).where(*theirs))).all())


async def test_papers_and_mail_that_came_back_go_again_and_what_is_newer_stays(
    city: City, tmp_path: Path
) -> None:
    """Also where the older database does not know yet that the consent was withdrawn.

    What is recorded afterwards has a number that was erased before: it gives them out again.
    """
    await city.plant()
    await on_a_form(city, ConsentKind.GIVEN, BADR)
    older = await city.copied()
    await on_a_form(city, ConsentKind.RENEWED)
    await withdrawn(city)
    certified = await erase_a_part(city)
    listed = ErasedList(tmp_path)
    assert (dict(listed.marks()), len(listed.parts())) == ({}, 1)
    assert await city.retention.again(listed.erased(), LATER) == 0  # it did not come back

    async with city.put_back(older, LATER) as back:
        await on_a_form(back, ConsentKind.RENEWED)
        before = (await scans(back), await worded(back), await scans(back, BADR))
        assert before == (3, 3, 1)
        assert await back.mail(city.own) is not None
        assert await back.retention.again(Erased(), LATER) == 0
        assert await back.retention.again(listed.erased(), LATER) == 1
        assert (await scans(back), await worded(back), await scans(back, BADR)) == (1, 1, 1)
        assert await back.mail(city.own) is None
        assert await back.mail(city.shared) is not None
        assert await back.retention.again(listed.erased() | erased([certified]), LATER) == 0
        await back.end.run(LATER)
        (again,) = await back.certificates()
        assert (again.whole, again.reason, again.gone["consent_scan"]) == (False, AGAIN, 2)
        assert erased([again]) == Erased()
        said = await AuditLog(back.database, back.flow.vault).deeds(
            Sought(actions=(Action.DOSSIER_ERASED.value,)), 9
        )
        assert [(each.subject, each.detail) for _, each in said] == [(ANNA, f"{AGAIN}/partly")]
    assert len(ErasedList(tmp_path).parts()) == 1


async def test_where_the_list_is_gone_too_the_certificate_tells_the_same(
    small: City, tmp_path: Path
) -> None:
    await small.plant()
    older = await small.copied()
    await withdrawn(small)
    certified = await erase_a_part(small)
    (listed,) = ErasedList(tmp_path).parts().values()
    (told,) = erased([certified]).parts
    assert replace(told, until=listed.until, seal=listed.seal) == listed
    assert timedelta(0) < told.until - listed.until <= timedelta(seconds=1)
    async with small.put_back(older, LATER) as back:
        assert await back.retention.again(erased([certified]), LATER) == 1
        assert (await scans(back), await back.mail(small.own)) == (0, None)


async def test_of_a_certificate_that_names_no_events_the_register_says_which(small: City) -> None:
    """Of before they were named: those whose consent was withdrawn by then."""
    await small.plant()
    not_yet = await small.copied()
    await withdrawn(small)
    (small.folder / "backup.db").rename(small.folder / "kept.db")
    older = await small.copied()
    certified = replace(await erase_a_part(small), events=None)
    assert Certificate.parse(certified.text()) == certified
    async with small.put_back(older, LATER) as back:
        assert await back.retention.again(erased([certified]), LATER) == 1
        assert await scans(back) == 0
    async with small.put_back(not_yet.replace("backup.db", "kept.db"), LATER) as back:
        assert await back.retention.again(erased([certified]), LATER) == 1
        assert await scans(back) == 2  # consent holds here; the mail of then is gone
        assert await back.mail(small.own) is None


async def test_a_legal_hold_that_came_back_keeps_it_until_it_is_lifted(
    small: City, tmp_path: Path
) -> None:
    await small.plant()
    holds = LogHolds(world.deeds(small.flow.vault).write, "fien")
    on_her = partial(holds.place, held=Held(subject=ANNA), reference="Z-1", by=world.BY, now=NOW)
    hold = await small.database.write(on_her)
    older = await small.copied()
    lift = partial(holds.lift, hold_id=hold.hold_id, by=world.BY, now=NOW)
    await small.database.write(lift)
    await withdrawn(small)
    await erase_a_part(small)
    listed = ErasedList(tmp_path).erased()
    async with small.put_back(older, LATER) as back:
        assert await back.retention.again(listed, LATER) == 0
        assert await scans(back) == 2
        await back.database.write(lift)
        assert await back.retention.again(listed, LATER) == 1
        assert await scans(back) == 0


async def test_who_was_erased_whole_since_goes_whole(small: City, tmp_path: Path) -> None:
    await small.plant()
    older = await small.copied()
    await withdrawn(small)
    await erase_a_part(small)
    whole = Erasure(dossier_id=ANNA, reason="avg-5-1-e", by="fien", origin="fien", at=NOW)
    deeds = world.deeds(small.flow.vault)
    await small.database.write(partial(forget_as_asked, deeds=deeds, erasure=whole))
    await small.end.run(NOW)
    listed = ErasedList(tmp_path).erased()
    assert (len(listed.marks), len(listed.parts)) == (1, 1)
    async with small.put_back(older, LATER) as back:
        assert await back.retention.again(listed, LATER) == 1
        async with back.database.reading() as connection:
            rows = (await connection.execute(select(erasure))).all()
            again = await connection.run_sync(parts_of, back.flow.vault)
        assert ([row.whole for row in rows], again) == ([True], [])


def test_a_line_about_a_part_is_nobody_who_was_erased_whole(tmp_path: Path) -> None:
    """A gateway of before there were parts reads it too, and takes every mark for a person."""
    parts = [
        Part(erasure="2", mark="b", events=frozenset({4, 9}), until=NOW, seal="s"),
        Part(erasure="3", mark="c", events=None, until=NOW, seal="t"),
    ]
    listed = ErasedList(tmp_path)
    listed.add({"a": "1"}, parts)
    listed.add({"a": "1"}, parts)
    file = tmp_path / "erased.jsonl"
    lines = [each for each in file.read_text().splitlines() if each]
    assert len(lines) == 3
    assert ['"mark"' in each.partition("{")[2].partition("{")[0] for each in lines] == [
        True,
        False,
        False,
    ]
    endless = '{"part": {"erasure": "5", "mark": "d", "events": [Infinity]}}'
    file.write_text(
        file.read_text() + f'{{"part": {{"erasure": "4"}}}}\n[]\n{{"part": 1}}\n{endless}\n'
    )
    assert listed.erased() == Erased(marks=frozenset({"a"}), parts=tuple(parts))


@pytest.mark.parametrize(
    "changed",
    [
        {"erasure": "e9", "until": "2999-01-01T00:00:00+00:00"},
        {"erasure": "e9", "events": list(range(99))},
        {"erasure": "e9", "until": "2999-01-01T00:00:00"},
        {"erasure": "\ud800"},
        {"erasure": "e9", "seal": ""},
        {"erasure": "e9", "seal": "\ud800\u00e9"},
    ],
)
async def test_who_can_write_in_the_list_alone_makes_nothing_of_theirs_go(
    small: City, tmp_path: Path, changed: Mapping[str, object]
) -> None:
    """She is still there: the lines about a part of her, or its certificate, erase her not whole,
    nor more papers, nor newer ones; and a line that is none stops nothing."""
    await small.plant()
    await withdrawn(small)
    certified = await erase_a_part(small)
    await on_a_form(small, ConsentKind.RENEWED)
    file = tmp_path / "erased.jsonl"
    (line,) = [json.loads(each) for each in file.read_text().splitlines() if each]
    crafted: list[object] = [{"part": {**line["part"], **changed}}]
    crafted += [{"erasure": "e8", "mark": each} for each in (line["part"]["mark"], certified.mark)]
    file.write_text("".join(f"{json.dumps(each)}\n" for each in crafted))
    listed = ErasedList(tmp_path).erased()
    assert len(listed.marks) == 1
    before = (await scans(small), await worded(small))
    assert await small.retention.again(listed, LATER) == 0
    assert (await scans(small), await worded(small)) == before == (1, 1)


async def test_what_is_signed_holds_where_the_list_says_otherwise(
    small: City, tmp_path: Path
) -> None:
    await small.plant()
    older = await small.copied()
    await withdrawn(small)
    certified = await erase_a_part(small)
    file = tmp_path / "erased.jsonl"
    file.write_text(file.read_text().replace('"events": [', '"events": [99, '))
    listed = ErasedList(tmp_path).erased()
    assert len(listed.parts) == 1
    async with small.put_back(older, LATER) as back:
        assert await back.retention.again(listed, LATER) == 0
        assert await back.retention.again(listed | erased([certified]), LATER) == 1
        assert await scans(back) == 0
