"""Every consent under one version of the form: counted, proposed, approved, asked anew (12.2)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.domain.assembling import consent_for
from gateway.domain.consent import PERMITTING, ConsentCategory, ConsentKind, ConsentState
from gateway.domain.importing import CsvFaultsError, Kind
from gateway.domain.invalidating import Form, token
from gateway.domain.proposals import ProposalKind, Verdict
from gateway.domain.register import Refusal, RegisterError
from tests import world
from tests.adapters.test_late import DAY, TAAL, Office, named, office
from tests.generators import INSTANT, INSTELLINGSNUMMER, dossierkenmerk
from tests.world import BY, BY_ANOTHER, SCHOOL_1, SCHOOL_2

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.domain.incidents import Incident
    from gateway.domain.invalidating import Counts

__all__ = ["office"]

PRINTED = Form(version="bijlage-2")
ALL = tuple(ConsentCategory)


async def counts(office: Office, form: Form = PRINTED, since: datetime | None = None) -> Counts:
    async with office.register.looking() as looking:
        return await looking.counts(form, since)


async def propose(
    office: Office, form: Form = PRINTED, *, since: datetime | None = None, expect: str = ""
) -> str:
    expect = expect or (await counts(office, form, since)).token
    async with office.register.change(by=BY) as change:
        return await change.invalidations.propose(
            form, reason="geen vrije toestemming", expect=expect, valid_from=since
        )


async def approve(office: Office, proposal: str, by: str = BY_ANOTHER) -> Incident | None:
    async with office.register.change(by=by) as change:
        await change.approve(proposal)
    return change.opened


async def refused(work: Callable[[], Awaitable[object]]) -> Refusal:
    with pytest.raises(RegisterError) as error:
        await work()
    return error.value.code


async def states(office: Office) -> dict[str, ConsentState]:
    """Of everybody with school 1 or 2, what holds now."""
    now = office.clock.now
    found = {}
    for record in await office.register.dossiers():
        for provider in sorted({each.provider_id for each in record.history.consents}):
            state = consent_for(record.history, provider, valid_at=now, known_at=now).state
            found[record.history.dossier_id] = state
    return found


async def sign(office: Office, number: int, version: str, **how: object) -> None:
    async with office.register.change(by=BY) as change:
        await change.consents.record(
            f"dossier-{number}",
            SCHOOL_2 if number == 9 else SCHOOL_1,
            ConsentKind.GIVEN,
            categories=ALL,
            form_version=version,
            **how,  # type: ignore[arg-type]  # passed through by name
        )


async def test_a_dry_run_counts_and_changes_nothing(office: Office) -> None:
    """In force: dossiers 1, 2, 6, 9, 11, 12; not who refused, withdrew or is done (3, 8, 10)."""
    await office.deliver(TAAL, day=5)
    await office.release(TAAL, day=6)
    before = await office.register.dossiers()
    found = await counts(office)
    assert (found.persons, found.consents) == (6, 6)
    assert found.per_provider == {SCHOOL_1: 5, SCHOOL_2: 1}
    assert (found.released, found.held, found.disclosures) == (1, 0, 1)
    after = await office.register.dossiers()
    assert [e.history.consents for e in before] == [e.history.consents for e in after]
    assert await counts(office) == found


async def test_it_counts_once_another_operator_approved(office: Office) -> None:
    await sign(office, 2, "bijlage-2-nieuw")
    before = await states(office)
    proposal = await propose(office)
    assert await states(office) == before
    assert await refused(lambda: approve(office, proposal, BY)) is Refusal.SAME_PERSON
    assert await states(office) == before
    assert await approve(office, proposal) is None
    after = await states(office)
    changed = {each for each in after if after[each] is not before[each]}
    assert changed == {"dossier-1", "dossier-6", "dossier-9", "dossier-11", "dossier-12"}
    assert {after[each] for each in changed} == {ConsentState.INVALIDATED}
    assert after["dossier-2"] is ConsentState.GIVEN
    (kept,) = [p for p in await office.register.proposals() if p.kind is ProposalKind.INVALIDATION]
    assert (kept.proposed_by, kept.decided_by) == (BY, BY_ANOTHER)
    assert kept.payload["reason"] == "geen vrije toestemming"


async def test_who_is_concerned_changed_and_the_proposal_is_stale(office: Office) -> None:
    """Between counting and proposing, and between proposing and approving."""
    expect = (await counts(office)).token
    await office.record(ConsentKind.WITHDRAWN, 10)
    assert await refused(lambda: propose(office, expect=expect)) is Refusal.PROPOSAL_STALE
    proposal = await propose(office)
    await sign(office, 2, "bijlage-2-nieuw")
    before = await states(office)
    assert await refused(lambda: approve(office, proposal)) is Refusal.PROPOSAL_STALE
    assert await states(office) == before
    nobody = Form(version="bijlage-9")
    assert await refused(lambda: propose(office, nobody, expect="x")) is Refusal.NOBODY_CONCERNED


async def test_only_forms_in_one_language(office: Office) -> None:
    await sign(office, 7, "bijlage-2", form_language="ar")
    arabic = Form(version="bijlage-2", language="ar")
    assert (await counts(office, arabic)).persons == 1
    await approve(office, await propose(office, arabic))
    after = await states(office)
    assert after["dossier-7"] is ConsentState.INVALIDATED
    assert after["dossier-1"] is ConsentState.GIVEN


async def test_from_the_past_it_opens_one_incident_with_everything_that_left(
    office: Office,
) -> None:
    """Also of who has signed a newer form since: that one stands, what left before does not."""
    since = INSTANT + 3 * DAY
    await office.deliver(TAAL, day=2)
    first = await office.deliver(TAAL, day=5)
    second = await office.deliver(TAAL, day=6, dossier="dossier-11")
    await sign(office, 11, "bijlage-2-nieuw", valid_from=INSTANT + 7 * DAY)
    await office.deliver(TAAL, day=8, dossier="dossier-11")
    incident = await approve(office, await propose(office, since=since))
    assert set(named(incident)) == {first, second}
    assert len(await office.register.incidents()) == 1
    after = await states(office)
    assert after["dossier-11"] is ConsentState.GIVEN
    assert after["dossier-1"] is ConsentState.INVALIDATED


async def test_one_consent_is_invalidated_by_the_version_it_rests_on(office: Office) -> None:
    """Another version would end nothing, and look as if it had."""
    wrong = lambda: office.record(ConsentKind.INVALIDATED, 9, form_version="bijlage-3")  # noqa: E731 - one call
    assert await refused(wrong) is Refusal.OTHER_FORM
    await office.record(ConsentKind.INVALIDATED, 9)
    assert (await states(office))["dossier-1"] is ConsentState.INVALIDATED


async def test_what_is_still_to_come_ends_too(office: Office) -> None:
    """Or it would begin by itself; also of somebody who has nothing on this form yet."""
    soon = office.clock.now + 3 * DAY
    async with office.register.change(by=BY) as change:
        for dossier in ("dossier-1", "dossier-7"):
            await world.coming_grant(change, dossier, soon)
        await world.coming_grant(change, "dossier-8", soon, version="bijlage-2-nieuw")
    assert (await counts(office)).persons == 7
    await approve(office, await propose(office))
    office.clock.now = soon + DAY
    after = await states(office)
    assert {after["dossier-1"], after["dossier-7"]} == {ConsentState.INVALIDATED}
    assert after["dossier-8"] is ConsentState.GIVEN


# --- a form that does not count any more takes nothing in -------------------------------------


async def test_an_invalidated_form_takes_no_consent_in(office: Office) -> None:
    """Whatever the date on the paper, by name or as the current one; the refusal names others."""
    await approve(office, await propose(office, since=INSTANT + 8 * DAY))
    for kind in (ConsentKind.GIVEN, ConsentKind.RENEWED):
        for version in (None, "bijlage-2"):
            for day in (2, 9, 10):
                with pytest.raises(RegisterError) as error:
                    await put(office, kind, day, version)
                assert error.value.code is Refusal.FORM_INVALIDATED
                assert "bijlage-2-nieuw" in error.value.nl
                assert "(bijlage-2," not in error.value.text
    await put(office, ConsentKind.GIVEN, 10, "bijlage-2-nieuw")
    assert (await states(office))["dossier-1"] is ConsentState.GIVEN


async def put(office: Office, kind: ConsentKind, day: float, version: str | None) -> None:
    """About dossier 1, valid from that day."""
    rows = ALL if kind in PERMITTING else ()
    async with office.register.change(by=BY) as change:
        await change.consents.record(
            "dossier-1",
            SCHOOL_1,
            kind,
            valid_from=INSTANT + day * DAY,
            categories=rows,
            form_version=version,
        )


async def test_only_once_it_was_approved(office: Office) -> None:
    """Proposed is not decided, and refused is decided the other way."""
    proposal = await propose(office)
    await put(office, ConsentKind.GIVEN, 9, "bijlage-2")
    async with office.register.change(by=BY_ANOTHER) as change:
        await change.proposals.decide(await change.proposals.find(proposal), Verdict.REFUSED)
    await put(office, ConsentKind.GIVEN, 10, "bijlage-2")


async def test_in_one_language_the_others_go_on(office: Office) -> None:
    await sign(office, 7, "bijlage-2", form_language="ar")
    await approve(office, await propose(office, Form(version="bijlage-2", language="ar")))
    arabic = lambda: sign(office, 8, "bijlage-2", form_language="ar")  # noqa: E731 - one call
    assert await refused(arabic) is Refusal.FORM_INVALIDATED
    await sign(office, 8, "bijlage-2")
    assert (await states(office))["dossier-8"] is ConsentState.GIVEN


async def test_nor_from_a_file(office: Office) -> None:
    await approve(office, await propose(office))
    head = "dossierkenmerk;provider;event;categories;form_version;partner;valid_from"
    row = f"{dossierkenmerk(1)};{INSTELLINGSNUMMER};given;T1;bijlage-2;none;"
    soon = f"{dossierkenmerk(1)};{INSTELLINGSNUMMER};given;T1;bijlage-3;none;2999-01-01"
    with pytest.raises(CsvFaultsError) as error:
        await office.register.import_csv(
            Kind.CONSENTS, "\n".join((head, row, soon)).encode(), by=BY
        )
    assert [each.column for each in error.value.faults] == ["form_version", "valid_from"]


async def test_refusing_and_withdrawing_need_no_form_that_counts(office: Office) -> None:
    """What ends is never in the way; who is asked now is asked with a form that counts."""
    await sign(office, 1, "bijlage-2-nieuw")
    await approve(office, await propose(office))
    assert await refused(lambda: put(office, ConsentKind.REQUESTED, 10, None)) is (
        Refusal.FORM_INVALIDATED
    )
    await put(office, ConsentKind.REQUESTED, 9, None)
    await put(office, ConsentKind.REFUSED, 10, None)
    assert (await states(office))["dossier-1"] is ConsentState.REFUSED


async def test_nobody_is_asked_again_with_a_form_that_was_invalidated(office: Office) -> None:
    await approve(office, await propose(office))
    expect = await ask_token(office)
    same = lambda: ask(office, expect, "bijlage-2")  # noqa: E731 - one call
    assert await refused(same) is Refusal.FORM_INVALIDATED


async def test_who_is_to_be_asked_again(office: Office) -> None:
    """Not who withdrew, refused or is done; not who signed anew; once asked, with the date."""
    await approve(office, await propose(office))
    office.clock.now += DAY
    await sign(office, 1, "bijlage-2-nieuw")
    await office.record(ConsentKind.REFUSED, 11, dossier="dossier-2")
    assert await to_ask(office) == {dossierkenmerk(n): False for n in (6, 9, 11, 12)}
    assert await to_ask(office, "bijlage-3") == {}
    expect = await ask_token(office)
    assert await refused(lambda: ask(office, "000000000000")) is Refusal.PROPOSAL_STALE
    office.clock.now += DAY
    assert await ask(office, expect) == 4
    assert await to_ask(office) == {dossierkenmerk(n): True for n in (6, 9, 11, 12)}
    assert await refused(lambda: ask(office, expect)) is Refusal.NOBODY_CONCERNED
    office.clock.now += timedelta(days=1)
    await sign(office, 9, "bijlage-2-nieuw")
    assert set(await to_ask(office)) == {dossierkenmerk(n) for n in (6, 11, 12)}


async def to_ask(office: Office, version: str = "bijlage-2") -> dict[str, bool]:
    async with office.register.looking() as looking:
        found = await looking.to_ask(version)
    return {each.dossierkenmerk: each.asked_at is not None for each in found}


async def ask_token(office: Office) -> str:
    async with office.register.looking() as looking:
        found = await looking.to_ask("bijlage-2")
    return token([each for each in found if each.asked_at is None])


async def ask(office: Office, expect: str, version: str = "bijlage-2-nieuw") -> int:
    async with office.register.change(by=BY) as change:
        return await change.invalidations.ask_again(
            "bijlage-2", with_version=version, expect=expect
        )
