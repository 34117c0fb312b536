"""AVG 15: what is gathered for a dossier, and weighed, as commands and a console use it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.adapters.at_rest import VaultError
from gateway.adapters.database_dossier import DossierReader
from gateway.adapters.dossier_flow import Rules
from gateway.adapters.processing_activities import ProcessingActivities
from gateway.domain.annotations import AboutWhom
from gateway.domain.audit import Action
from gateway.domain.cases import CaseState, Outcome, RequestKind, Step
from gateway.domain.dossier import Kept
from gateway.domain.dossier_refusals import DossierError, DossierRefusal
from gateway.domain.dossier_terms import Controller
from gateway.domain.dossier_weighing import Choice, Chosen
from gateway.domain.log_terms import terms_of
from gateway.domain.silent import Silent
from gateway.domain.stops import Reason
from gateway.duties.dossier import CHOICE, WEIGHED, Material, draft
from gateway.ledger.findings import Kind as Flaw
from gateway.pipeline.reading_back import as_it_came
from gateway.wiring.access_terms import purposes, terms
from gateway.wiring.deeds import covering
from gateway.wiring.errors import NotReadyError
from gateway.wiring.free_text import scanner
from gateway.wiring.log import log_key
from gateway.wiring.logbook import Logbook
from gateway.wiring.outsiders import outsiders
from gateway.wiring.processing import activities
from gateway.wiring.register import administration
from gateway.wiring.serving import opened
from gateway.wiring.texts import texts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from gateway.adapters.database import Database
    from gateway.adapters.database_register import Register
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.annotations import Kind
    from gateway.domain.cases import Case
    from gateway.domain.dossier_reading import Came, Read
    from gateway.duties.dossier import Draft
    from gateway.ledger.verdict import Verdict
    from gateway.pipeline.gate import Gate

# What is wrong with one entry, and is said of that entry; all else is wrong with the log.
_OF_ONE_ENTRY = frozenset({Flaw.ALTERED, Flaw.FACTS, Flaw.UNLOGGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that a dossier is made with, opened once."""

    config: Config
    database: Database
    vault: Vault
    gate: Gate
    register: Register
    book: Logbook


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Gathered(Silent):
    """A draft, the case it is for, and what was chosen so far."""

    case: Case
    draft: Draft
    choices: Mapping[str, Choice]

    @property
    def unread(self) -> int:
        """How many kept mails do not open, so that nobody knows whom they are about."""
        read, came = self.draft.material.read, self.draft.material.came
        return sum(came.get(trace) is None for trace in {each.trace for each in read.doubtful})


@asynccontextmanager
async def desk(config: Config) -> AsyncIterator[Desk]:
    """Raises `NotReadyError` naming a part."""
    async with opened(config, workers=1) as (database, vault, gate), covering(config, database):
        key, whose = log_key(config), outsiders(config)
        yield Desk(
            config=config,
            database=database,
            vault=vault,
            gate=gate,
            register=await administration(config, database, vault),
            book=Logbook(database, vault, key, config.gateway.state_dir, whose),
        )


async def preview(config: Config, case_id: str, *, by: str) -> Gathered:
    """What a dossier of this case would hold; that `by` looked is on record first.

    Raises `DossierError`, `RegisterError`, `NotReadyError`.
    """
    async with desk(config) as at:
        case = await _case(at.register, case_id, RequestKind.ACCESS)
        ids = [case.dossier_id]
        await at.register.consulted(by=by, action=Action.DOSSIER_PREVIEWED, ids=ids)
        return await gathered(at, case)


async def weigh(
    config: Config, case_id: str, marks: Sequence[str], *, chosen: Chosen, reason: str, by: str
) -> None:
    """Choose for these marks, or with none named for all that wait for a choice now.

    What comes later waits for a choice of its own: nobody saw it.  The reason is sealed with
    the case, and is not in the dossier.  A later choice counts instead of an earlier one.
    Raises `DossierError` for a mark that is not there, or where none waits; `RegisterError`,
    `NotReadyError`.
    """
    choice = Choice(include=chosen is Chosen.INCLUDE, reason=reason)
    async with desk(config) as at:
        case = await _case(at.register, case_id, RequestKind.ACCESS)
        found = await _gathered(at, case)
        there = {each.mark_id for each in found.draft.marks}
        wanted = marks or waiting(found)
        unknown = [mark for mark in wanted if mark not in there]
        if unknown or not wanted:
            raise DossierError(DossierRefusal.UNKNOWN_MARK, unknown)
        async with at.register.change(by=by) as change:
            for mark in wanted:
                detail = {WEIGHED: mark, CHOICE: chosen.value}
                await change.cases.step(case_id, Step.NOTED, detail=detail, words=choice.reason)


async def ready_case(at: Desk, case_id: str, kind: RequestKind) -> Case:
    """The case, where something may be given to who asks; raises `DossierError`."""
    case = await _case(at.register, case_id, kind)
    if not case.identified:
        raise DossierError(DossierRefusal.UNIDENTIFIED)
    over = case.state in {CaseState.CLOSED, CaseState.WITHDRAWN}
    if over or case.outcome in {Outcome.REFUSED, Outcome.NOTHING_HELD}:
        raise DossierError(DossierRefusal.CLOSED)
    return case


async def _case(found: Register, case_id: str, kind: RequestKind) -> Case:
    case = await found.case(case_id)
    if case.kind is not kind:
        raise DossierError(DossierRefusal.OTHER_KIND)
    if not case.dossier_id:
        raise DossierError(DossierRefusal.NOBODY)
    return case


async def gathered(at: Desk, case: Case) -> Gathered:
    """Everything about the person of this case; the caller has put on record who looks.

    Raises `DossierError` where the log is not whole, `RegisterError` for somebody erased.
    """
    await at.book.cover()
    _refuse_broken(await at.book.verify())
    return await _gathered(at, case)


async def _gathered(at: Desk, case: Case) -> Gathered:
    try:
        read, roster = await _reader(at, await _recorded_terms(at)).read(case.dossier_id)
    except VaultError:
        raise NotReadyError("register: words on a form of this person do not open") from None
    now = datetime.now(UTC)
    material = Material(
        read=read,
        came=await _came(at, read),
        providers={each.party_id: each.at(now).name for each in roster.parties.values()},
        activities=await purposes(at.database, read),
        terms=terms(activities(at.config), read),
        controller=_controller(at.config),
        pointed=await _pointing(at, read),
    )
    found = draft(material)
    # What was weighed may have been kept long enough since.
    there = {each.mark_id for each in found.marks}
    chosen = _choices(case, read).items()
    standing = {mark: choice for mark, choice in chosen if mark in there}
    return Gathered(case=case, draft=found, choices=standing)


def _refuse_broken(verdict: Verdict) -> None:
    altered = {
        seq
        for each in verdict.findings
        if each.kind is Flaw.ALTERED
        for seq in range(each.first, each.after)
    }
    for each in verdict.findings:
        named = all(seq in altered for seq in range(each.first, each.after))
        if each.kind not in _OF_ONE_ENTRY and not named:
            raise DossierError(DossierRefusal.LOG_BROKEN)
    if verdict.omitted:
        raise DossierError(DossierRefusal.LOG_BROKEN)


async def _recorded_terms(at: Desk) -> Rules:
    recorded = await ProcessingActivities(at.database).recorded()
    return Rules(
        article_of=_article,
        terms=terms_of(recorded),
        keep=timedelta(days=at.config.run.keep_days),
    )


def _reader(at: Desk, rules: Rules) -> DossierReader:
    return DossierReader(at.database, at.vault, rules)


def _article(code: str) -> str:
    try:
        return texts().reason(Reason(code)).article
    except ValueError:  # of an earlier version
        return ""


async def _came(at: Desk, read: Read) -> dict[str, Sequence[Came] | None]:
    """Every mail that is kept and holds something of this person, or may."""
    wanted = {
        each.trace: each.received_at
        for each in (*read.doubtful, *read.reports)
        if each.kept is Kept.HERE and each.received_at is not None
    }
    found: dict[str, Sequence[Came] | None] = {}
    kept = at.gate.kept
    for trace, received_at in wanted.items():
        original = await kept.original(trace, received_at) if kept is not None else None
        found[trace] = await as_it_came(original, at.gate)
    return found


async def _pointing(at: Desk, read: Read) -> Callable[[str], tuple[Kind, ...]]:
    over = await scanner(at.config, (at.database, at.vault))
    who = read.identities[-1].identity if read.identities else None
    whom = AboutWhom(
        dossierkenmerk=who.dossierkenmerk if who else "",
        names=tuple(filter(None, (who.voornamen, who.voorvoegsel, who.geslachtsnaam)))
        if who
        else (),
        geboortedatum=who.geboortedatum if who else "",
    )

    def pointed(text: str) -> tuple[Kind, ...]:
        return tuple(dict.fromkeys(each.kind for each in over.annotations(text, whom)))

    return pointed


def _choices(case: Case, read: Read) -> Mapping[str, Choice]:
    """What was weighed in this case, the latest choice for each."""
    found: dict[str, Choice] = {}
    for step in case.steps:
        mark = step.detail.get(WEIGHED)
        words = read.words.get(step.number, "")
        if mark and words:
            found[mark] = Choice(include=step.detail.get(CHOICE) == Chosen.INCLUDE, reason=words)
    return found


def _controller(config: Config) -> Controller:
    return Controller(
        municipality=config.gateway.municipality,
        contact=config.consent.contact or config.gateway.contact,
        officer=config.gateway.data_protection_officer or "",
    )


def waiting(found: Gathered) -> Sequence[str]:
    """The marks that still wait for a choice, by id."""
    return [each.mark_id for each in found.draft.marks if each.mark_id not in found.choices]
