"""Held free text: shown with what the scanner points at, and sent back to be said otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway import resources
from gateway.adapters.database_inbox import DatabaseInbox
from gateway.adapters.scanner import Scanner
from gateway.domain.annotations import AboutWhom, Question, asked
from gateway.domain.categories import enclosed, labels, written
from gateway.domain.form_reading import FormRead, place_of
from gateway.domain.held import FreeText, NotToldError, WalkedSinceError
from gateway.domain.lexicon import Lexicon, LexiconError
from gateway.domain.outcomes import Ended, Later
from gateway.domain.plans import plan_of
from gateway.domain.stops import Reason, Stop
from gateway.pipeline.checking import check
from gateway.pipeline.opening import opening
from gateway.pipeline.telling import told
from gateway.wiring.deeds import covering, deed_log
from gateway.wiring.errors import NotReadyError
from gateway.wiring.record import held_desk
from gateway.wiring.register import administration
from gateway.wiring.serving import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.annotations import Kind
    from gateway.domain.bijsluiter import Bericht
    from gateway.domain.held import Decision, HeldReport
    from gateway.domain.outcomes import Mailed
    from gateway.domain.plans import PlanFile
    from gateway.domain.stages import Checked
    from gateway.pipeline.gate import Gate


async def free_texts(config: Config, trace: str) -> tuple[FreeText, ...]:
    """What is written in a held mail, for those who decide; none when it does not open any more.

    The caller has put on record who looks.  Raises `NotReadyError`.
    """
    async with opened(config, workers=1) as (database, vault, gate):
        return await _texts(config, (database, vault), gate, trace)


async def held_plan(config: Config, trace: str, number: int) -> PlanFile | None:
    """The file of a held report as it would leave; None where there is none, or it does not open.

    The caller has put on record who looks.  Raises `NotReadyError`.
    """
    async with opened(config, workers=1) as (database, vault, gate):
        reports = await _reports(config, (database, vault), gate, trace)
    found = [plan_of(each.bericht, each.opened.plans) for each in reports if each.number == number]
    return found[0] if found else None


async def rephrase(
    config: Config,
    trace: str,
    by: str,
    *,
    seen: int,
    numbers: frozenset[int],
    kinds: Sequence[Kind],
) -> Decision:
    """Ask the sender to say in another way what is held for its free text.

    The letter names the fields, and of each the kinds that the scanner pointed at and
    those named here.  Raises as `DatabaseHeld.rephrase` does, `NotReadyError`, and
    `NotToldError`, and then nothing is decided, where the sender cannot be asked.
    """
    now = datetime.now(UTC)
    async with opened(config, workers=1) as (database, vault, gate):
        held = await held_desk(config, database, vault)
        stands = await held.show(trace)
        if stands.rounds != seen:
            raise WalkedSinceError(stands.rounds)
        chosen = stands.to_rephrase(numbers)
        texts = await _texts(config, (database, vault), gate, trace)
        questions = tuple(_questions(texts, chosen, kinds))
        answers = await _question(trace, chosen, questions, now, gate)
        async with covering(config, database):
            those = frozenset(each.number for each in chosen)
            return await held.rephrase(trace, by, now, answers, numbers=those, seen=seen)


def _questions(
    texts: Sequence[FreeText], chosen: Sequence[HeldReport], kinds: Sequence[Kind]
) -> Iterator[Question]:
    numbers = {each.number for each in chosen}
    for text in texts:
        if text.number in numbers and not text.label:
            yield Question(
                number=text.number,
                dossierkenmerk=text.dossierkenmerk,
                path=text.path,
                kinds=asked(text.annotations, tuple(kinds)),
                place=text.place,
            )


async def _question(
    trace: str,
    chosen: Sequence[HeldReport],
    questions: tuple[Question, ...],
    now: datetime,
    gate: Gate,
) -> Sequence[Mailed]:
    numbers = tuple(each.number for each in chosen)
    if {each.number for each in questions} != set(numbers):
        raise NotToldError
    later = Later(
        trace=trace, reason=Reason.REPHRASE, numbers=numbers, instant=now, questions=questions
    )
    # A mail has one sender; who is not among the contacts any more is not asked.
    senders = {each.sender_contact_id for each in chosen if each.sender_contact_id}
    contacts = [await gate.registry.contact(sender, now) for sender in sorted(senders)]
    answers = await told(later, [contact for contact in contacts if contact], gate)
    if not answers:
        raise NotToldError
    return answers


async def _texts(
    config: Config, store: tuple[Database, Vault], gate: Gate, trace: str
) -> tuple[FreeText, ...]:
    reports = await _reports(config, store, gate, trace)
    if not reports:
        return ()
    over = await scanner(config, store)
    return tuple(found for report in reports for found in _annotated(report, over))


async def _reports(
    config: Config, store: tuple[Database, Vault], gate: Gate, trace: str
) -> Sequence[Checked]:
    database, vault = store
    deeds = await deed_log(config, database, vault)
    inbox = DatabaseInbox(database, vault, instance=config.gateway.instance, deeds=deeds)
    raw = await inbox.look(trace, datetime.now(UTC))
    try:
        reports = check(await opening(raw, gate)) if raw is not None else ()
    except Stop:
        return ()
    return [report for report in reports if not isinstance(report, Ended)]


async def scanner(config: Config, store: tuple[Database, Vault]) -> Scanner:
    """Over the people of the register as it is now; their names stay in this process."""
    register = await administration(config, *store)
    people = [each.identity for each in await register.dossiers() if each.identity is not None]
    try:
        return Scanner(Lexicon(resources.lexicon_text()), people)
    except (LexiconError, FileNotFoundError) as error:
        raise NotReadyError(f"lexicon: {error}") from None


def _annotated(report: Checked, scanner: Scanner) -> Iterator[FreeText]:
    bericht, whom = report.bericht, _about(report.bericht)
    form = report.opened.form
    places = form.located if isinstance(form, FormRead) else {}
    waiting = (*written(bericht), *enclosed(bericht))
    for label, texts in ((False, waiting), (True, labels(bericht))):
        for path, text in texts:
            yield FreeText(
                number=report.number,
                dossierkenmerk=whom.dossierkenmerk,
                path=path,
                text=text,
                place=place_of(places, f"berichten[{report.number}].{path}"),
                label=label,
                annotations=scanner.annotations(text, whom),
            )


def _about(bericht: Bericht) -> AboutWhom:
    person = bericht.betrokkene
    names = (person.voornamen, person.voorvoegsel_geslachtsnaam, person.geslachtsnaam)
    return AboutWhom(
        dossierkenmerk=person.dossierkenmerk,
        names=tuple(name for name in names if name),
        geboortedatum=person.geboortedatum,
    )
