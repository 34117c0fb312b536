"""The register of breaches (AVG 33(5)), as the command line and a coming console use it."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.adapters.breach_form import frozen
from gateway.adapters.breach_register_out import BreachRegisterOut
from gateway.adapters.database_scope import DatabaseScopes
from gateway.adapters.origin import account
from gateway.adapters.page import Press
from gateway.adapters.typeset import UnprintableError, pdf
from gateway.adapters.words import Words
from gateway.domain.audit import Action
from gateway.domain.breach_extending import standing, unsettled
from gateway.domain.breach_summary import summary
from gateway.domain.breach_terms import Cause, Step, Version
from gateway.domain.breach_to_do import to_do
from gateway.domain.breaches import EXTENSIONS, Timeline
from gateway.domain.incidents import IncidentKind, IncidentState
from gateway.domain.silent import Silent
from gateway.domain.texts import Language
from gateway.wiring import parts
from gateway.wiring.breach_affected import (
    asked_again,
    counted_rest,
    of_incident,
    of_mails,
    of_scope,
    part_unknown,
)
from gateway.wiring.breach_keeping import taken_out
from gateway.wiring.breach_material import hidden_names, material
from gateway.wiring.deeds import covered, covering
from gateway.wiring.errors import NotReadyError
from gateway.wiring.readiness import ready_database
from gateway.wiring.register import administration
from gateway.wiring.scopes import Scopes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.adapters.database_register import Register
    from gateway.config import Config
    from gateway.domain.affected import Affected
    from gateway.domain.breach_extending import Extension
    from gateway.domain.breach_terms import Nature, ToDo
    from gateway.domain.breaches import Breach
    from gateway.domain.incidents import Incident
    from gateway.domain.scope import Scope

ZONE = ZoneInfo("Europe/Amsterdam")
FORMATS = (".jsonld", ".csv", ".pdf", ".txt")
_CAUSES = {
    IncidentKind.LATE_WITHDRAWAL: Cause.NO_GROUND,
    IncidentKind.OTHER_MAILBOX: Cause.OTHER_MAILBOX,
    IncidentKind.WRONG_PERSON: Cause.WRONG_PERSON,
    IncidentKind.LOG_INCONSISTENT: Cause.ALTERED,
    IncidentKind.REVOKED_KEY: Cause.LOST_KEY,
    IncidentKind.NOT_BOUND: Cause.WRONG_RECIPIENT,
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Opening(Silent):
    """What an officer says of a breach when opening it; what is None an incident says.

    `words` are the facts so far, and may name people: they are kept sealed.
    """

    words: str
    aware_at: datetime
    natures: tuple[Nature, ...]
    detected_at: datetime | None = None
    occurred_from: datetime | None = None
    occurred_until: datetime | None = None
    cause: Cause | None = None
    incident_id: str = ""


@asynccontextmanager
async def desk(config: Config) -> AsyncIterator[tuple[Database, Register]]:
    """The register, the log covered before and after where this account can do so.

    So that a checkpoint that is frozen in between is of all that was on record.
    """
    vault = parts.vault(config)
    async with ready_database(config, vault) as database:
        await covered(config, database)
        async with covering(config, database):
            yield database, await administration(config, database, vault)


async def open_breach(
    config: Config,
    said: Opening,
    *,
    by: str,
    scope_file: Path | None = None,
    scope: Scope | None = None,
) -> str:
    """A breach from now on, by hand, from an incident, or about what a scope has; its id.

    The scope is given, or what now meets the criterion of one that was frozen in a file; with a
    proposal it is about both, each once.  The proposal is accepted by it, the log frozen, and the
    entries concerned held.  Raises `RegisterError` and `NotReadyError`.
    """
    async with desk(config) as (database, register):
        found: Incident | None = None
        affected: tuple[Affected, ...] = ()
        if said.incident_id:
            found, affected = await of_incident(config, database, register, said.incident_id)
        if scope_file is not None:
            scopes = Scopes(config, database, parts.vault(config), register, by)
            scope = await scopes.scope(asked_again(scope_file))
        if scope is not None:
            # What the proposal says belongs to it, whatever the scope was asked for.
            affected = standing((*affected, *of_scope(scope))) if affected else of_scope(scope)
        async with register.change(by=by) as change:
            new = await change.breaches.open(
                _timeline(said, found),
                said.cause or (_CAUSES.get(found.kind, Cause.OTHER) if found else Cause.OTHER),
                said.natures,
                said.words,
                affected=affected,
                incident_id=said.incident_id,
                part_unknown=part_unknown(scope),
            )
            if found is not None:
                reason = f"breach/{new}"
                await change.incidents.decide(found.incident_id, IncidentState.ACCEPTED, reason)
        return new


async def extend_breach(
    config: Config,
    breach_id: str,
    words: str,
    *,
    by: str,
    scope_file: Path | None = None,
    scope: Scope | None = None,
    incident_id: str = "",
) -> tuple[Extension, tuple[ToDo, ...]]:
    """More turned out to belong to it, and why: what a scope has now, a proposal, or both.

    As `open_breach` for what is given.  All is added that it does not have yet, and nothing else
    of it changes: its clock runs from the same moment.  A proposal that says nothing new is in it
    from now on all the same.  How much was added, and what that leaves to be done.  Raises
    `RegisterError`, also where nothing is new of a scope alone, and `NotReadyError`.
    """
    async with desk(config) as (database, register):
        seen = len((await register.breach(breach_id)).extensions)
        known = await register.breach_affected(breach_id)
        found: list[Affected] = []
        all_found = False
        if incident_id:
            proposed, left = await of_incident(config, database, register, incident_id)
            found += left
            all_found = 0 < len(left) == len(proposed.disclosures)
        if scope_file is not None:
            scopes = Scopes(config, database, parts.vault(config), register, by)
            scope = await scopes.scope(asked_again(scope_file))
        if scope is not None:
            found += of_scope(scope)
        reading = DatabaseScopes(database, parts.vault(config))
        found += await of_mails(reading, unsettled(known, found))
        async with register.change(by=by) as change:
            said = await change.breaches.extend(
                breach_id,
                words,
                found,
                incident_id=incident_id,
                all_found=all_found,
                disclosed=counted_rest(scope),
                seen=seen,
            )
            if incident_id:
                reason = f"breach/{breach_id}"
                await change.incidents.decide(incident_id, IncidentState.ACCEPTED, reason)
        return said, to_do(await register.breach(breach_id))


async def take_step(
    config: Config,
    breach_id: str,
    step: Step,
    *,
    by: str,
    at: datetime | None = None,
    detail: Mapping[str, str] | None = None,
    words: str = "",
) -> None:
    """One step more on record; raises `RegisterError` and `NotReadyError`."""
    async with desk(config) as (_, register), register.change(by=by) as change:
        await change.breaches.step(breach_id, step, at=at, detail=detail, words=words)


async def correct(
    config: Config, breach_id: str, changed: Mapping[str, str], words: str, *, by: str
) -> None:
    """Other moments or another cause, as is known now, and why; raises as `take_step`."""
    async with desk(config) as (_, register):
        breach = await register.breach(breach_id)
        detail = (
            breach.timeline.detail()
            | {"cause": breach.cause.value, "natures": " ".join(breach.natures)}
            | dict(changed)
        )
        async with register.change(by=by) as change:
            await change.breaches.step(breach_id, Step.CORRECTED, detail=detail, words=words)


async def propose_silence(config: Config, breach_id: str, reason: str, *, by: str) -> str:
    """Not to report: the proposal that another operator approves; raises as `take_step`."""
    async with desk(config) as (_, register), register.change(by=by) as change:
        return await change.breaches.propose_silence(breach_id, reason)


async def record_report(
    config: Config,
    breach_id: str,
    version: Version,
    *,
    at: datetime | None,
    reference: str,
    reason: str,
    by: str,
) -> str:
    """That somebody reported it at the AP, frozen with the answers of now; their SHA-256.

    Raises as `take_step`.
    """
    moment = at or datetime.now(UTC)
    async with desk(config) as (_, register):
        found = await material(config, register, breach_id)
        kept, digest = frozen(found.answers(version, reason, moment))
        said = {"version": version.value, "reference": reference, "digest": digest}
        said[EXTENSIONS] = str(len(found.breach.extensions))
        async with register.change(by=by) as change:
            await change.breaches.report(breach_id, said, kept, at=moment, reason=reason)
        return digest


async def shown_breach(
    config: Config, breach_id: str, *, reveal: bool, by: str
) -> tuple[Breach, Mapping[int, str], Sequence[Affected]]:
    """A breach, and its words where they are asked for: that is on record first.

    Words may name people, and disclosures name their dossiers by our own ids.
    """
    async with desk(config) as (_, register):
        breach = await register.breach(breach_id)
        affected = await register.breach_affected(breach_id)
        if not reveal:
            return breach, {}, affected
        await register.consulted(by=by, action=Action.BREACH_LOOKED, ids=[f"breach/{breach_id}"])
        words = await register.breach_words(breach_id)
        return breach, {n: w for n, w in words.items() if _is_shown(breach, n)}, affected


async def exported_register(config: Config, ending: str, *, by: str) -> bytes:
    """The whole register in one of `FORMATS`; who took it is on record first.

    Raises `RegisterError` and `NotReadyError`.
    """
    now = datetime.now(UTC)
    async with desk(config) as (_, register):
        breaches = await register.breaches()
        await register.consulted(by=by, action=Action.BREACH_EXPORTED, ids=["breaches"])
        entries = [
            (
                each,
                await register.breach_words(each.breach_id),
                summary(await register.breach_affected(each.breach_id)),
            )
            for each in breaches
        ]
        names = await hidden_names(register)
    out = BreachRegisterOut(Words(Language.NL, "breaches"), ZONE, names)
    municipality = config.gateway.municipality
    if ending == ".jsonld":
        said = out.as_json_ld(entries, municipality, now)
        return json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"
    if ending == ".csv":
        return out.as_csv(entries).encode("utf-8-sig")
    page = out.page(entries, municipality)
    if ending == ".txt":
        return Press().text(page).encode()
    try:
        return pdf(page, author=municipality, at=now)
    except UnprintableError:
        raise NotReadyError("register: some of its words cannot be printed; take .txt") from None


async def remove_old(config: Config, now: datetime, *, by: str) -> Sequence[str]:
    """Take out every breach that was kept long enough since it was closed; their ids.

    Raises as `breach_keeping.taken_out` does.
    """
    async with desk(config) as (database, _):
        vault = parts.vault(config)
        return await taken_out(config, database, vault, now, by=by, origin=account())


def _timeline(said: Opening, found: Incident | None) -> Timeline:
    """As the officer says, else as the incident says; an unknown beginning stays unknown."""
    begun = said.occurred_from or (found.occurred_at if found else None)
    detected = said.detected_at or (found.detected_at if found else said.aware_at)
    return Timeline(
        occurred_from=begun,
        occurred_until=said.occurred_until,
        detected_at=detected,
        aware_at=said.aware_at,
    )


def _is_shown(breach: Breach, number: int) -> bool:
    return any(each.number == number and each.step is not Step.ANSWERS for each in breach.steps)
