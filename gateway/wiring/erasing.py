"""Erasing and retention (AVG 17, 5(1)(e)), as the gateway and its commands use them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.erased_list import ErasedList
from gateway.adapters.erasing_due import Retention
from gateway.adapters.erasing_end import (
    ErasureEnd,
    Signing,
    certificates_of,
    read_certificate,
)
from gateway.adapters.erasing_standing import read_breach_holds, read_papers_of, read_standing
from gateway.adapters.origin import account
from gateway.adapters.register_cases import read_case
from gateway.adapters.register_erasing import GROUND
from gateway.adapters.register_sql import SqlRows
from gateway.domain.case_rules import Decision
from gateway.domain.cases import Outcome, RequestKind, Step
from gateway.domain.erasing import Bar, Obstacle, obstacles, retained_until, without_consent
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.stops import Reason, Retry
from gateway.duties.removing import Removed
from gateway.ledger.certificates import CertificateError, Erased, erased
from gateway.ledger.notes import NoteError, VerifierKey
from gateway.wiring.deeds import covered, deed_log
from gateway.wiring.errors import NotReadyError
from gateway.wiring.log import log_key
from gateway.wiring.logbook import logbook
from gateway.wiring.register import register
from gateway.wiring.remains import pressing_originals, removed
from gateway.wiring.retention import log_term, terms_of_files

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.adapters.erasing_due import Due
    from gateway.adapters.log_state import RememberedLog
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.case_rules import Ground as RefusalGround
    from gateway.domain.cases import Case
    from gateway.domain.erasing import Ground
    from gateway.ledger.certificates import Certificate
    from gateway.wiring.logbook import Logbook

_ALONE = 0x7461616C777973


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What stands in the way of erasing a person now, and what may go anyway.

    `until` is when the term of retention ends; `papers` are consent events of which words
    and scan rest on consent that was withdrawn.
    """

    case_id: str
    obstacles: tuple[Obstacle, ...]
    until: datetime | None
    papers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How many came back and were erased again, went with their term, and were certified.

    `originals` is how it went with mails as they came.
    """

    again: int
    due: int
    certified: Sequence[str]
    originals: Removed = Removed()  # noqa: RUF009 - frozen, and all zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Every hour: how many were erased, or certified; every minute: how many originals went.

    Those that a person has to see to are tried every hour only, and with others.
    The second raises `Retry` while a mailbox cannot be used.
    """

    erase: Callable[[datetime], Awaitable[int]]
    clear: Callable[[datetime], Awaitable[int]]


async def weighed(config: Config, case_id: str, ground: Ground) -> Weighed:
    """What bars erasing the person of this request; raises `RegisterError`, `NotReadyError`."""
    now, terms = datetime.now(UTC), terms_of_files(config)
    async with logbook(config) as book, book.database.reading() as connection:
        rows = SqlRows(connection)
        case = await _case(rows, case_id)
        standing = await read_standing(rows, case.dossier_id, now, but_case=case_id)
        papers = without_consent(await read_papers_of(rows, case.dossier_id), now)
        held = await read_breach_holds(rows, case.dossier_id)
    breaches = tuple(Obstacle(bar=Bar.CLAIMS, reference=each) for each in held)
    return Weighed(
        case_id=case_id,
        obstacles=(*obstacles(standing, ground, terms, now), *breaches),
        until=retained_until(standing, terms),
        papers=len(papers),
    )


def decision_on(refused: frozenset[RefusalGround]) -> Decision:
    """To erase all, or where something is refused only what rested on withdrawn consent."""
    outcome = Outcome.PARTLY if refused else Outcome.GRANTED
    return Decision(outcome=outcome, grounds=refused)


def refuse_if_barred(found: Weighed, refused: frozenset[RefusalGround]) -> None:
    """Raises `RegisterError` where something bars erasing all, which is what is asked."""
    if found.obstacles and not refused:
        said = sorted({each.bar.value for each in found.obstacles})
        raise RegisterError(Refusal.ERASURE_BARRED, ", ".join(said))


async def proposed(
    config: Config,
    case_id: str,
    ground: Ground,
    *,
    refused: frozenset[RefusalGround] = frozenset(),
    words: str = "",
    by: str,
) -> str:
    """Propose to erase the person of a request; the proposal's id.

    With `refused` only what rested on withdrawn consent goes, and the rest is refused on
    these grounds, with these words for the person.  What bars it is looked at here, and
    again when another approves it.  Raises `RegisterError`, `NotReadyError`.
    """
    refuse_if_barred(await weighed(config, case_id, ground), refused)
    async with register(config) as administration, administration.change(by=by) as change:
        await change.cases.step(case_id, Step.NOTED, detail={GROUND: ground.value})
        return await change.cases.decide(case_id, decision_on(refused), words) or ""


async def due(config: Config) -> Sequence[Due]:
    """Whose term is over, and when they go by themselves; raises `NotReadyError`."""
    async with logbook(config) as book:
        retention = await _retention(config, book.database, book.vault, account())
        return (await retention.coming(datetime.now(UTC)))[1]


async def ended(config: Config, kept: Sequence[Path] = (), *, term: bool = False) -> Ended:
    """Finish what was begun, and erase again who came back; with `term` also who is due.

    `kept` are certificates that were put away, for where the list beside the database is
    gone too.  Raises `NotReadyError`, also for a file that is none of this log's.
    """
    async with logbook(config) as book:
        more = [_read(file, book.key.public) for file in kept]
        return await _ended(config, book, erased(more), term=term)


async def _ended(config: Config, book: Logbook, more: Erased, *, term: bool) -> Ended:
    run = await erasing(config, book.database, book.vault, account(), book.cover)
    found = await run(datetime.now(UTC), more, term)
    await covered(config, book.database)
    return found


async def erasing(
    config: Config,
    database: Database,
    vault: Vault,
    origin: str,
    cover: Callable[[], Awaitable[None]],
) -> Callable[[datetime, Erased, bool], Awaitable[Ended]]:
    """One run of all that erases without being asked; raises `NotReadyError`."""
    listed = ErasedList(config.gateway.state_dir)
    retention = await _retention(config, database, vault, origin)
    end = ErasureEnd(
        database,
        vault,
        await deed_log(config, database, vault),
        listed,
        signing=Signing(
            key=log_key(config),
            backup_days=config.erasure.backup_days,
            log_term=log_term(config),
        ),
        cover=cover,
        origin=origin,
    )

    async def run(now: datetime, more: Erased, term: bool) -> Ended:  # noqa: FBT001 - given by name where it is called
        again = await retention.again(listed.erased() | more, now)
        gone = await retention.erase_due(now) if term else 0
        # Before it is certified, so that the first certificate can say it.
        mail = await removed(config, database, vault, origin, now)
        return Ended(again=again, due=gone, certified=await end.run(now), originals=mail)

    return run


async def erasing_by_itself(
    config: Config, database: Database, vault: Vault, log: RememberedLog
) -> Turns:
    """What a running gateway does by itself.

    Of several gateways on one database one does it at a time.
    """

    async def cover() -> None:
        await log.cover(datetime.now(UTC))

    run = await erasing(config, database, vault, config.gateway.instance, cover)

    async def turn(now: datetime) -> int:
        async with database.alone(_ALONE) as mine:
            if not mine:
                return 0
            done = await run(now, Erased(), config.erasure.by_itself)
            return max(done.again + done.due, len(done.certified))

    async def clear(now: datetime) -> int:
        async with database.alone(_ALONE) as mine:
            if not mine or not await pressing_originals(config, database, vault, now):
                return 0
            done = (await run(now, Erased(), False)).originals  # noqa: FBT003 - as above
            if done.away:
                raise Retry(Reason.UNREACHABLE)
            return done.gone

    return Turns(erase=turn, clear=clear)


async def erased_again(config: Config, database: Database, vault: Vault) -> None:
    """What is on the list of the erased and came back with a restored database goes at once.

    Before anything about them leaves; what follows from it is done by the next turn.
    Raises `NotReadyError`, `Retry`, `BrokenLogError`.
    """
    retention = await _retention(config, database, vault, config.gateway.instance)
    await retention.again(ErasedList(config.gateway.state_dir).erased(), datetime.now(UTC))


async def certificates(config: Config, erasure_id: str) -> Sequence[tuple[bytes, Certificate]]:
    """The certificates of an erasure, or of all, the first one first.

    Raises `RegisterError` for an erasure that there is none of, `NotReadyError`.
    """
    async with logbook(config) as book:
        rows = await book.database.look(lambda each: certificates_of(each, erasure_id))
        if erasure_id and not rows:
            raise RegisterError(Refusal.UNKNOWN_ERASURE)
        return [(bytes(row.note), read_certificate(row.note, book.key.public)) for row in rows]


def checked(file: Path, key: str) -> Certificate:
    """What a certificate in a file says, without a gateway: by the log's public key alone.

    Raises `NotReadyError` for what that key did not sign, and for what is no key.
    """
    problem = ""
    try:
        return _read(file, VerifierKey.parse(key))
    except NoteError as error:
        problem = str(error)
    raise NotReadyError(f"--key: {problem}")


def _read(file: Path, log: VerifierKey) -> Certificate:
    problem = ""
    try:
        return read_certificate(file.read_bytes(), log)
    except CertificateError as error:
        problem = f"no certificate that this log signed: {error}"
    except OSError as error:
        problem = error.strerror or type(error).__name__
    raise NotReadyError(f"{file}: {problem}")


async def _retention(config: Config, database: Database, vault: Vault, origin: str) -> Retention:
    deeds = await deed_log(config, database, vault)
    return Retention(database, vault, deeds, terms_of_files(config), origin=origin)


async def _case(rows: SqlRows, case_id: str) -> Case:
    case = await read_case(rows, case_id)
    if case.kind is not RequestKind.ERASURE or not case.dossier_id:
        raise RegisterError(Refusal.NOT_NOW)
    return case
