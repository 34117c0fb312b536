"""Restriction, objection and rectification, as commands and a console use them (AVG 16, 18, 21)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.letter_person import PersonPages, Told, Whom
from gateway.adapters.page import Press
from gateway.adapters.register_notifying import read_corrections, read_recipients
from gateway.adapters.typeset import UnprintableError, pdf
from gateway.domain.audit import Action
from gateway.domain.cases import Outcome, RequestKind, Step
from gateway.domain.notifying import Happened, once
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.restricting import RestrictionReason, Standing, WayOut
from gateway.wiring.consent_papers import full_name
from gateway.wiring.errors import NotReadyError
from gateway.wiring.folders import new_folder, remove_empty, written
from gateway.wiring.parts import letter_settings
from gateway.wiring.register import register

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.adapters.database_register import Register
    from gateway.adapters.page import Page
    from gateway.adapters.register_change import Change
    from gateway.config import Config
    from gateway.domain.cases import Case
    from gateway.domain.restricting import Restriction

# Which requests can restrict, and for which of the reasons of 18(1).
_MAY = {
    RequestKind.RESTRICTION: frozenset(RestrictionReason) - {RestrictionReason.OBJECTION},
    RequestKind.RECTIFICATION: frozenset({RestrictionReason.ACCURACY}),
    RequestKind.ERASURE: frozenset({RestrictionReason.UNLAWFUL, RestrictionReason.CLAIM}),
    RequestKind.OBJECTION: frozenset({RestrictionReason.OBJECTION}),
}


# --- restriction and objection (18, 21) --------------------------------------


async def restricted(
    config: Config,
    case_id: str,
    reason: RestrictionReason,
    *,
    since: datetime | None = None,
    by: str,
) -> Sequence[Restriction]:
    """From now on, or from `since`, nothing about this person is passed on; what stands now.

    Who got anything about them is noted, to be told (19).  Raises `RegisterError` and
    `NotReadyError`.
    """
    async with register(config) as administration:
        async with administration.change(by=by) as change:
            case = await change.cases.case(case_id)
            if reason not in _MAY.get(case.kind, frozenset()) or not case.dossier_id:
                raise RegisterError(Refusal.OTHER_RIGHT)
            if not case.is_open:
                raise RegisterError(Refusal.CASE_OVER)
            await _restrict(change, case, reason, since)
        return await standing(administration, case)


async def _restrict(
    change: Change, case: Case, reason: RestrictionReason, since: datetime | None
) -> None:
    mine = [each for each in await _of_case(change, case) if each.reason is reason]
    number = mine[0].restriction_id if mine else ""
    if not mine:
        number = await change.restrictions.restrict(
            case.dossier_id, reason, case.case_id, since=since
        )
        if reason is not RestrictionReason.OBJECTION:
            await change.notifications.snapshot(
                case.case_id, case.dossier_id, Happened.RESTRICTED, number
            )
    elif case.outcome is not Outcome.GRANTED:
        raise RegisterError(Refusal.NOT_NOW)
    # What was asked is done: an objection only once it was granted, and then it stays.
    carried_out = case.kind is RequestKind.RESTRICTION or case.outcome is Outcome.GRANTED
    step = Step.EXECUTED if carried_out else Step.NOTED
    said = {"restriction": number, "reason": reason.value}
    await change.cases.step(case.case_id, step, detail=said)


async def hold_objection(change: Change, case_id: str) -> None:
    """From the receipt of an objection nothing is passed on for the public task (21(1)).

    Nothing where the case is none, nobody was found yet, or only consent is the ground.
    """
    case = await change.cases.case(case_id)
    if case.kind is not RequestKind.OBJECTION or not case.dossier_id:
        return
    if await _of_case(change, case):
        return
    try:
        await _restrict(change, case, RestrictionReason.OBJECTION, case.received_at)
    except RegisterError as error:
        if error.code is not Refusal.NOTHING_TO_OBJECT_TO:
            raise


async def announced(
    config: Config, case_id: str, folder: Path, *, told_at: datetime | None = None, by: str
) -> Sequence[Path]:
    """The letter that says that the restriction ends, in a new folder; and that it was sent.

    Raises `RegisterError` for a restriction that is not to end yet, `NotReadyError`.
    """
    async with register(config) as administration:
        case = await administration.case(case_id)
        found = await _to_lift(administration, case)
        whom = await _whom(administration, case)
        taken_back = case.has(Step.WITHDRAWN)
        page = PersonPages(letter_settings(config)).lifting(whom, found[0], taken_back=taken_back)
        contents = _set(config, page, "beperking-eindigt")
        new_folder(folder)
        try:
            async with administration.change(by=by) as change:
                for each in found:
                    await change.restrictions.announce(
                        case.dossier_id,
                        each.restriction_id,
                        told_at=told_at,
                    )
            # What an erasure leaves is named by it; a breach announces without making a letter.
            await administration.consulted(by=by, action=Action.CASE_LETTER, ids=[case.dossier_id])
        except RegisterError:
            remove_empty(folder)
            raise
    return written(folder, contents)


async def lifted(config: Config, case_id: str, *, by: str) -> None:
    """What waited goes on; refused while the person was not told before (18(3)).

    Raises `RegisterError` and `NotReadyError`.
    """
    async with register(config) as administration:
        case = await administration.case(case_id)
        found = await _to_lift(administration, case)
        async with administration.change(by=by) as change:
            for each in found:
                await change.restrictions.lift(case.dossier_id, each.restriction_id)


async def standing(administration: Register, case: Case) -> Sequence[Restriction]:
    """The restrictions that this case asked for and that are not lifted."""
    record = await administration.dossier_by_id(case.dossier_id) if case.dossier_id else None
    known = record.history.restrictions if record else ()
    return [each for each in known if each.case_id == case.case_id and each.period.end is None]


async def still_held(config: Config, case: Case) -> Sequence[Standing]:
    """What still holds reports about the person of this case, whoever asked for it, and its end.

    Raises `NotReadyError`.
    """
    async with register(config) as administration:
        record = await administration.dossier_by_id(case.dossier_id) if case.dossier_id else None
        if record is None:
            return ()
        asked = {each.case_id: each for each in await administration.cases()}
        return [
            Standing(restriction=each, way_out=_way_out(asked.get(each.case_id), each))
            for each in record.history.restrictions
            if each.period.end is None
        ]


def _way_out(case: Case | None, restriction: Restriction) -> WayOut:
    return case.way_out(restriction) if case else WayOut.BREACH


async def _to_lift(administration: Register, case: Case) -> Sequence[Restriction]:
    found = await standing(administration, case)
    if not found:
        raise RegisterError(Refusal.NO_RESTRICTION)
    if any(case.way_out(each) in {WayOut.WEIGH, WayOut.UPHELD} for each in found):
        raise RegisterError(Refusal.NOT_NOW)
    return found


async def _of_case(change: Change, case: Case) -> list[Restriction]:
    known = await change.restrictions.of(case.dossier_id)
    return [each for each in known if each.case_id == case.case_id and each.period.end is None]


# --- rectification (16) ------------------------------------------------------


async def rectified(
    config: Config, case_id: str, *, report: str, field: str, value: str, by: str
) -> str:
    """That `field` of this report has to be `value`; the correction's id.

    Who got the report is noted, and its sender is to be asked for a CORRECTIE: `notified`
    posts these letters, or the gateway does by itself.  Raises `RegisterError`, `NotReadyError`.
    """
    async with register(config) as administration, administration.change(by=by) as change:
        new = await change.corrections.record(case_id, report, field, value)
        said = {"correction": new}
        await change.cases.step(case_id, Step.EXECUTED, detail=said)
        return new


async def correction_letter(
    config: Config, case_id: str, folder: Path, *, by: str
) -> Sequence[Path]:
    """The letter that tells the person what is being corrected, in a new folder; its files."""
    async with register(config) as administration:
        case = await administration.case(case_id)
        fields = [each.field for each in await administration.read(read_corrections, case.case_id)]
        if not fields:
            raise RegisterError(Refusal.NOT_CARRIED_OUT)
        whom = await _whom(administration, case)
        page = PersonPages(letter_settings(config)).corrected(whom, sorted(set(fields)))
        return await _to_person(
            config, administration, case, page, folder, name="gegevens-verbeterd", by=by
        )


async def recipients_letter(
    config: Config, case_id: str, folder: Path, *, by: str
) -> Sequence[Path]:
    """The letter that tells the person who the recipients were (19), in a new folder."""
    async with register(config) as administration:
        case = await administration.case(case_id)
        roster, now = await administration.roster(), datetime.now(UTC)
        told = []
        for contact_id, passed in once(await administration.read(read_recipients, case.case_id)):
            who = roster.contacts[contact_id].even_if_gone(now)
            told.append(Told(who.name, who.party.name, passed.sent_at, passed.categories))
        if not told:
            raise RegisterError(Refusal.NOBODY_CONCERNED)
        whom = await _whom(administration, case, gone=True)
        page = PersonPages(letter_settings(config)).recipients(whom, told)
        return await _to_person(
            config, administration, case, page, folder, name="ontvangers", by=by
        )


async def _to_person(
    config: Config,
    administration: Register,
    case: Case,
    page: Page,
    folder: Path,
    *,
    name: str,
    by: str,
) -> Sequence[Path]:
    contents = _set(config, page, name)
    new_folder(folder)
    try:
        await administration.consulted(
            by=by, action=Action.RECIPIENTS_LOOKED, ids=[case.dossier_id]
        )
    except RegisterError:
        remove_empty(folder)
        raise
    return written(folder, contents)


async def _whom(administration: Register, case: Case, *, gone: bool = False) -> Whom:
    """To whom a letter of this case goes; with `gone` to nobody by name where they were erased.

    No name of the register before it was established who asks.  Raises `RegisterError`.
    """
    record = await administration.dossier_by_id(case.dossier_id) if case.dossier_id else None
    identity = record.identity if record else None
    if identity is None and not gone:
        raise RegisterError(Refusal.PERSON_ERASED)
    return Whom(
        name=full_name(identity) if identity and case.identified else "",
        kenmerk=identity.dossierkenmerk if identity else "",
        reference=case.reference,
        at=datetime.now(UTC),
    )


def _set(config: Config, page: Page, name: str) -> dict[str, bytes]:
    settings, printed = letter_settings(config), b""
    try:
        printed = pdf(
            page, author=settings.municipality, at=datetime.now(UTC), theme=settings.theme
        )
    except UnprintableError:
        printed = b""
    if not printed:
        raise NotReadyError("letter: something in it cannot be printed")
    text = Press(settings.theme).text(page)
    return {f"{name}.pdf": printed, f"{name}.txt": text.encode()}
