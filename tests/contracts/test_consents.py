"""What a signed form shows (annex 2), in every register: kept, sealed, read back, refused."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from gateway.adapters import register_statements
from gateway.adapters.database_register import Register
from gateway.adapters.memory_registry import MemoryRegister
from gateway.adapters.tables_consent import CONSENT, consent_form, consent_scan
from gateway.domain.bijsluiter import Category
from gateway.domain.consent import ConsentCategory, ConsentKind, ConsentState
from gateway.domain.consent_forms import MAX_ADDED, MAX_SCAN, AddedRow, Paper, Partner
from gateway.domain.register import Refusal, RegisterError
from tests import papers, world
from tests.contracts.registers import INSTANT, OFFICES, office
from tests.world import SCHOOL_1, SCHOOL_2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from sqlalchemy import Executable

    from gateway.domain.consent import Consent
    from gateway.domain.consent_forms import OnRecord
    from tests.contracts.registers import Office

GIVEN, WITHDRAWN, RENEWED = ConsentKind.GIVEN, ConsentKind.WITHDRAWN, ConsentKind.RENEWED
T1, T2, T3, T4 = ConsentCategory
DAY = timedelta(days=1)
NOTHING = AddedRow(text="x", covers=None)
SEVEN = "dossier-7"  # nothing on record about consent


@pytest.fixture(params=OFFICES)
async def register(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(request.param, tmp_path, request) as opened:
        yield opened


async def record(register: Office, dossier: str = SEVEN, **form: Any) -> None:
    """Given to the first school, all rows, unless said otherwise."""
    provider, kind = form.pop("provider", SCHOOL_1), form.pop("kind", GIVEN)
    form.setdefault("categories", ConsentCategory)
    async with register.register.change(by="test") as change:
        await change.consents.record(dossier, provider, kind, **form)


async def withdraw(register: Office, dossier: str, provider: str = SCHOOL_1, **what: Any) -> None:
    async with register.register.change(by="test") as change:
        await change.consents.withdraw(dossier, provider, **what)


async def on_record(register: Office, dossier: str = SEVEN) -> Sequence[OnRecord]:
    assert isinstance(register.register, Register | MemoryRegister)
    return await register.register.consents(dossier)


async def scan_of(register: Office, number: int, dossier: str = SEVEN) -> bytes:
    assert isinstance(register.register, Register | MemoryRegister)
    return await register.register.consent_scan(dossier, number)


async def test_what_the_form_shows_is_on_record_and_can_be_read_again(register: Office) -> None:
    await record(register, paper=papers.WHOLE)
    (found,) = await on_record(register)
    assert found.paper is not None
    assert (found.number, found.provider_id, found.language) == (1, SCHOOL_1, "nl")
    assert (found.partner, found.interpreter) == (Partner.SIGNED, True)
    assert found.paper.interpreter == papers.INTERPRETER
    assert found.paper.added == papers.WHOLE.added
    assert found.proof == hashlib.sha256(papers.PDF).hexdigest()
    assert (found.scan_type, found.scan_bytes) == ("application/pdf", len(papers.PDF))
    assert await scan_of(register, 1) == papers.PDF


async def test_the_text_that_was_signed_is_known_by_its_digest(register: Office) -> None:
    """ISO/IEC TS 27560: the notice, by version, language and hash."""
    await record(register)
    (found,) = await on_record(register)
    form = world.forms().form("bijlage-2", "nl")
    assert (found.event.form_version, found.notice) == ("bijlage-2", form.digest)


async def test_an_added_row_opens_what_it_covers_and_nothing_else(register: Office) -> None:
    await record(register, paper=papers.WHOLE)
    consent = (await register.facts(7)).consent
    assert consent.state is ConsentState.GIVEN
    assert consent.extra == {Category.P4}


async def test_a_form_without_anything_special_keeps_no_words(register: Office) -> None:
    await record(register)
    (found,) = await on_record(register)
    assert found.paper is not None
    assert (found.paper.written, found.partner, found.scan_type) == (False, Partner.NONE, None)
    with pytest.raises(RegisterError) as refusal:
        await scan_of(register, 1)
    assert refusal.value.code is Refusal.NO_SCAN


REFUSED: list[tuple[Refusal, dict[str, Any]]] = [
    (Refusal.PARTNER_DID_NOT_SIGN, {"paper": Paper(partner=Partner.MISSING)}),
    (Refusal.PARTNER_UNSTATED, {"paper": Paper(partner=None)}),
    (Refusal.PARTNER_DID_NOT_SIGN, {"kind": RENEWED, "paper": Paper(partner=Partner.MISSING)}),
    (Refusal.SIGNED_IN_FUTURE, {"valid_from": INSTANT + timedelta(microseconds=1)}),
    (Refusal.SIGNED_IN_FUTURE, {"kind": RENEWED, "valid_from": INSTANT + 30 * DAY}),
    (Refusal.UNKNOWN_FORM, {"form_version": "bijlage-3"}),
    (Refusal.UNKNOWN_FORM, {"form_language": "ti"}),
    (Refusal.UNKNOWN_FORM, {"kind": ConsentKind.REFUSED, "form_version": "bijlage-3"}),
    (Refusal.BAD_SCAN, {"paper": Paper(scan=b"PK\x03\x04 an office document")}),
    (Refusal.BAD_SCAN, {"paper": Paper(scan=b"")}),
    (Refusal.BAD_SCAN, {"paper": Paper(scan=papers.PDF.ljust(MAX_SCAN + 1))}),
    (Refusal.SCAN_DIFFERS, {"proof_sha256": "0" * 64, "paper": Paper(scan=papers.PDF)}),
    (Refusal.BAD_ADDED_ROW, {"paper": Paper(added=(NOTHING,) * (MAX_ADDED + 1))}),
    (Refusal.BAD_ADDED_ROW, {"paper": Paper(added=(AddedRow(text="", covers=Category.P4),))}),
    (Refusal.BAD_ADDED_ROW, {"paper": Paper(added=(AddedRow(text="a\x00b", covers=None),))}),
    (Refusal.BAD_NAME, {"paper": Paper(interpreter="\x07")}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "form"), REFUSED)
async def test_a_form_that_shows_no_consent_is_refused_and_leaves_nothing(
    register: Office, code: Refusal, form: dict[str, Any]
) -> None:
    with pytest.raises(RegisterError) as refusal:
        await record(register, **form)
    assert refusal.value.code is code
    assert await on_record(register) == []
    assert (await register.facts(7)).consent.state is ConsentState.NONE


@pytest.mark.parametrize("scan", [papers.PDF, papers.JPEG, papers.PNG, papers.TIFF])
async def test_scans_are_known_by_how_they_begin(register: Office, scan: bytes) -> None:
    await record(register, paper=Paper(scan=scan))
    assert await scan_of(register, 1) == scan


async def test_a_refusal_is_on_record_whether_or_not_the_partner_signed(register: Office) -> None:
    form: dict[str, Any] = {"kind": ConsentKind.REFUSED, "categories": ()}
    await record(register, paper=Paper(partner=Partner.MISSING), **form)
    (found,) = await on_record(register)
    assert found.partner is Partner.MISSING
    assert (await register.facts(7)).consent.state is ConsentState.REFUSED


async def test_a_register_without_a_catalogue_takes_no_form(register: Office) -> None:
    assert isinstance(register.register, Register | MemoryRegister)
    register.register._forms = None
    with pytest.raises(RegisterError) as refusal:
        await record(register)
    assert refusal.value.code is Refusal.UNKNOWN_FORM
    await withdraw(register, "dossier-1")  # which needs no form


# --- withdrawing: as easy as giving (art. 7(3) AVG) ------------------------------------------


async def test_withdrawing_needs_no_form_and_says_which_consent_it_is_about(
    register: Office,
) -> None:
    await withdraw(register, "dossier-1")
    found = (await on_record(register, "dossier-1"))[-1]
    assert (found.event.kind, found.event.form_version) == (WITHDRAWN, "bijlage-2")
    assert (found.partner, found.notice, found.paper) == (None, None, None)
    assert (await register.facts(1)).consent.state is ConsentState.WITHDRAWN


async def test_one_row_is_withdrawn_and_the_others_stay(register: Office) -> None:
    await withdraw(register, "dossier-1", categories=[T4])
    consent = (await register.facts(1)).consent
    assert consent.state is ConsentState.GIVEN
    assert consent.categories == {T1, T2, T3}


@pytest.mark.parametrize(
    ("dossier", "provider", "what"),
    [
        ("dossier-1", SCHOOL_2, {}),  # for another school
        (SEVEN, SCHOOL_1, {}),  # nothing on record
        ("dossier-3", SCHOOL_1, {}),  # withdrawn already
        ("dossier-2", SCHOOL_1, {"categories": [T4]}),  # a row that was never ticked
        ("dossier-1", SCHOOL_1, {"extra": [Category.P4]}),  # a row that was never added
        ("dossier-1", SCHOOL_1, {"valid_from": INSTANT - 900 * DAY}),  # before it was given
    ],
)
async def test_a_withdrawal_that_would_change_nothing_is_not_taken_for_done(
    register: Office, dossier: str, provider: str, what: dict[str, Any]
) -> None:
    before = len(await on_record(register, dossier))
    with pytest.raises(RegisterError) as refusal:
        await withdraw(register, dossier, provider, **what)
    assert refusal.value.code is Refusal.NOTHING_TO_WITHDRAW
    assert len(await on_record(register, dossier)) == before


async def test_a_withdrawal_may_be_recorded_late(register: Office) -> None:
    register.clock.now = INSTANT + DAY
    await withdraw(register, "dossier-1", valid_from=INSTANT - DAY)
    assert (await register.facts(1)).consent.state is ConsentState.GIVEN  # as was known then
    assert (await register.facts(1, instant=INSTANT + DAY)).consent.state is ConsentState.WITHDRAWN


async def to_come(register: Office, dossier: str, rows: str = "T1 T2 T3 T4") -> None:
    async with register.register.change(by="test") as change:
        await world.coming_grant(change, dossier, INSTANT + 5 * DAY, rows)


async def at(register: Office, number: int, day: float) -> Consent:
    """Consent of that dossier with its school, `day` days from now."""
    return (await register.facts(number, instant=INSTANT + day * DAY)).consent


@pytest.mark.parametrize(
    "kind", [WITHDRAWN, ConsentKind.REFUSED, ConsentKind.EXPIRED, ConsentKind.INVALIDATED]
)
async def test_what_ends_today_does_not_begin_by_itself(
    register: Office, kind: ConsentKind
) -> None:
    """A register may hold grants for days to come, from before these were refused."""
    await to_come(register, "dossier-1")
    await record(register, "dossier-1", kind=kind, categories=())
    for day in (0, 4, 5, 30):
        assert (await at(register, 1, day)).state is ConsentState(kind.value)


async def test_a_withdrawal_ends_what_is_still_to_come(register: Office) -> None:
    """Also where nothing holds yet; given anew afterwards, it counts."""
    await to_come(register, SEVEN)
    await withdraw(register, SEVEN)
    assert (await at(register, 7, 5)).state is ConsentState.WITHDRAWN
    register.clock.now = INSTANT + 6 * DAY
    await record(register)
    assert (await at(register, 7, 6)).state is ConsentState.GIVEN


async def test_a_row_that_was_withdrawn_stays_so(register: Office) -> None:
    await to_come(register, "dossier-1", "T1 T2 T4")
    await withdraw(register, "dossier-1", categories=[T4])
    assert (await at(register, 1, 0)).categories == {T1, T2, T3}
    assert (await at(register, 1, 5)).categories == {T1, T2}


async def test_the_form_of_a_refusal_is_kept_once(register: Office) -> None:
    """With the refusal itself, not with what it ends later."""
    await to_come(register, SEVEN)
    paper = Paper(partner=Partner.MISSING, scan=papers.PDF)
    await record(register, kind=ConsentKind.REFUSED, categories=(), paper=paper)
    kept = [each.partner for each in await on_record(register)]
    assert kept == [None, Partner.MISSING, None]
    assert await scan_of(register, 2) == papers.PDF


# --- erasing, and what lies there --------------------------------------------------------------


async def test_erasing_makes_words_and_scan_unreadable_and_leaves_the_event(
    register: Office,
) -> None:
    await record(register, paper=papers.WHOLE)
    await register.erase(SEVEN)
    (found,) = await on_record(register)
    assert (found.paper, found.record_id) == (None, None)
    assert (found.event.kind, found.partner, found.scan_bytes) == (
        GIVEN,
        Partner.SIGNED,
        len(papers.PDF),
    )
    with pytest.raises(RegisterError) as refusal:
        await scan_of(register, 1)
    assert refusal.value.code is Refusal.PERSON_ERASED


async def test_nothing_can_be_sealed_for_somebody_who_was_erased(register: Office) -> None:
    await register.erase(SEVEN)
    for paper in (Paper(interpreter=papers.INTERPRETER), Paper(scan=papers.PDF)):
        with pytest.raises(RegisterError) as refusal:
            await record(register, paper=paper)
        assert refusal.value.code is Refusal.PERSON_ERASED
    assert await on_record(register) == []


async def test_what_is_kept_of_a_form_can_be_neither_changed_nor_removed(register: Office) -> None:
    """Either database refuses by itself, whoever asks."""
    await record(register, paper=papers.WHOLE)
    if register.database is None:
        return  # the twin in memory has no second way in
    dialect = register.database.dialect
    for table in CONSENT:
        key = table.primary_key.columns[0]
        tampering: list[Executable] = [update(table).values({key: key}), delete(table)]
        truncate: list[Executable] = (
            [text(f"TRUNCATE {table.name} CASCADE")] if dialect == "postgresql" else []
        )
        for statement in (*tampering, *truncate):
            with pytest.raises(DBAPIError, match="only appended to"):
                async with register.database.engine.begin() as connection:
                    await connection.execute(statement)
    assert await scan_of(register, 1) == papers.PDF


async def test_words_and_scan_lie_there_sealed(register: Office) -> None:
    await record(register, paper=papers.WHOLE)
    if register.database is None:
        return  # nothing outlives the twin in memory
    async with register.database.reading() as connection:
        rows = [
            *(await connection.execute(select(consent_form))).all(),
            *(await connection.execute(select(consent_scan))).all(),
        ]
    stored = b"".join(value for row in rows for value in row if isinstance(value, bytes))
    assert len(stored) > len(papers.PDF)
    for secret in (papers.INTERPRETER, papers.WORDS, "verzonnen scan"):
        assert secret.encode() not in stored
        assert secret not in str(rows)


async def test_one_person_and_provider_are_one_record_and_nobody_links_two(
    register: Office,
) -> None:
    await record(register)
    await record(register, kind=ConsentKind.RENEWED)
    await record(register, provider=SCHOOL_2)
    first, again, other = await on_record(register)
    assert first.record_id == again.record_id != other.record_id
    assert (await on_record(register, "dossier-1"))[0].record_id != first.record_id


def test_a_walk_does_not_read_what_forms_showed() -> None:
    """Reading about one report stays as cheap as it was."""
    for query in (register_statements.BY_KENMERK, register_statements.BY_ID):
        assert "consent_event" in str(query.text)
        assert "consent_form" not in str(query.text)
        assert "consent_scan" not in str(query.text)
