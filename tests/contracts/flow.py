"""A gateway's inbox, ledger and outbox on each store, and mails to send through them."""

from __future__ import annotations

import itertools
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import insert, select

from gateway.adapters.audit_writing import DeedLog
from gateway.adapters.database import Database
from gateway.adapters.database_decisions import DatabaseDecisions
from gateway.adapters.database_held import DatabaseHeld
from gateway.adapters.database_inbox import DatabaseInbox
from gateway.adapters.database_ledger import DatabaseLedger
from gateway.adapters.database_log import DatabaseLog
from gateway.adapters.database_outbox import DatabaseOutbox
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.evidence import Scribe
from gateway.adapters.flow_audit import audit_outcomes
from gateway.adapters.kept_mail import DatabaseKeptMail
from gateway.adapters.log_key import LogKey, new_log_key
from gateway.adapters.log_sequencing import Sequencer
from gateway.adapters.log_verifying import DatabaseVerifier
from gateway.adapters.log_writing import LogWriter
from gateway.adapters.memory_decisions import MemoryDecisions
from gateway.adapters.memory_flow import MemoryFlow, MemoryInbox, MemoryKeptMail
from gateway.adapters.memory_ledger import MemoryLedger
from gateway.adapters.memory_outbox import MemoryOutbox
from gateway.adapters.replaced_reports import on_record
from gateway.adapters.tables_deciding import operator, operator_state
from gateway.adapters.tables_deciding import policy_text as policy_texts
from gateway.adapters.tables_flow import inbound, outcomes, outgoing
from gateway.adapters.tables_log import log_entries
from gateway.adapters.tables_register import dossier, dossier_secret
from gateway.adapters.vault import Vault
from gateway.domain.bijsluiter import Bericht, Category
from gateway.domain.mail import Protection
from gateway.domain.outcomes import Ended, Handled, Mailed
from gateway.domain.policy import GroundText
from gateway.domain.situation import Ground
from gateway.domain.stages import Addressed, Disclosure, Sealed, Standing, Withheld
from gateway.domain.stops import Hold, Outcome, Reason, Reject
from gateway.ledger.records import Activity
from gateway.ports import Fetched, Place
from gateway.resources import policy_text
from tests import corridor
from tests.databases import ready
from tests.generators import CASEMANAGER, INSTANT, OFFICER, SENDER, bericht, bericht_id, facts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    import pytest
    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.domain.consent import Consent
    from gateway.domain.facts import Facts
    from gateway.domain.judgement import Judgement
    from gateway.domain.outcomes import Settled
    from gateway.domain.replacing import Record
    from gateway.domain.stages import RawMail
    from gateway.domain.stops import Stop
    from gateway.domain.wire import Json
    from gateway.ledger.checkpoints import Opened
    from gateway.ledger.findings import Finding
    from gateway.pipeline.gate import KeptMail
    from gateway.ports import Claimed, Decisions, Inbox, Ledger, Outbox
    from tests.servers.postgres import Postgres

NOW = INSTANT
LATER = NOW + timedelta(seconds=1)
STORES = ("memory", "sqlite", "postgresql")
RETURN_PATH = "poort@gemeente.example"
LOG_KEY = new_log_key("log.example/taalpoort")
ACTIVITY = "https://register.gemeente.example/verwerkingen/uitwisseling-inburgering/1"
_uids = itertools.count(1)


@dataclass
class Register:
    """What the outbox asks at the moment of sending; a test changes it."""

    revision: int = 1
    now_says: Facts = field(default_factory=facts)
    asked: int = 0

    async def current(self) -> int:
        return self.revision

    async def facts_for(self, sender_id: str, dossier_id: str, instant: datetime) -> Facts:
        assert (sender_id, dossier_id) == (SENDER.contact_id, "dossier-1")
        self.asked += 1
        return self.now_says


@dataclass
class World:
    """The ports on one store, and a look behind them."""

    inbox: Inbox
    ledger: Ledger
    outbox: Outbox
    decisions: Decisions
    register: Register
    memory: MemoryFlow | None = None

    async def state(self, trace: str) -> str:
        assert self.memory is not None
        return self.memory.mails[trace].state

    async def standing(self, trace: str) -> dict[int, Outcome]:
        """The outcomes that stand, by report."""
        assert self.memory is not None
        found = self.memory.standing(trace)
        assert len({each.number for each in found}) == len(found)
        return {each.number: each.outcome for each in found}

    async def posted(self, trace: str) -> list[tuple[str, str]]:
        """Kind and state of everything that was to be sent."""
        assert self.memory is not None
        found = [e for e in self.memory.outgoing.values() if e.trace == trace]
        return sorted((each.kind, each.state) for each in found)

    async def logged(self, trace: str) -> list[str]:
        """The kinds of this mail's records of processing, in order; deeds are none."""
        assert self.memory is not None
        return [kind for kind, of in self.memory.log if of == trace]

    async def opened_before(self, signed: str, raw: RawMail) -> bool:
        """What a registry on this store says of a mail."""
        assert self.memory is not None
        return self.memory.opened_before(signed, raw)

    async def on_record(self, report: int, raw: RawMail) -> Record:
        """What a correction of this report of the sender's party finds."""
        assert self.memory is not None
        return self.memory.on_record(bericht_id(report), SENDER.party.party_id, raw)

    def kept(self) -> KeptMail:
        """The originals."""
        assert self.memory is not None
        return MemoryKeptMail(self.memory)

    async def audit(self) -> list[str]:
        return []

    async def close(self) -> None:
        return None


@dataclass
class DatabaseWorld(World):
    """The same on a database, with everything that only a database has."""

    database: Database = field(kw_only=True)
    vault: Vault = field(kw_only=True)
    held: DatabaseHeld = field(kw_only=True)
    log: DatabaseLog = field(kw_only=True)
    key: LogKey = field(kw_only=True)
    sequencer: Sequencer = field(kw_only=True)

    async def state(self, trace: str) -> str:
        async with self.database.reading() as connection:
            found = await connection.execute(
                select(inbound.c.state).where(inbound.c.trace == trace)
            )
            return str(found.scalar_one())

    async def standing(self, trace: str) -> dict[int, Outcome]:
        async with self.database.reading() as connection:
            found = await connection.execute(
                select(outcomes).where(outcomes.c.trace == trace, outcomes.c.withdrawn_at.is_(None))
            )
            rows = found.all()
        assert len({row.number for row in rows}) == len(rows)
        return {row.number: Outcome(row.outcome) for row in rows}

    async def posted(self, trace: str) -> list[tuple[str, str]]:
        async with self.database.reading() as connection:
            found = await connection.execute(select(outgoing).where(outgoing.c.trace == trace))
            return sorted((row.kind, row.state) for row in found)

    async def logged(self, trace: str) -> list[str]:
        async with self.database.reading() as connection:
            found = await connection.execute(
                select(log_entries.c.kind)
                .where(log_entries.c.trace_id == trace, log_entries.c.kind != "audit")
                .order_by(log_entries.c.seq)
            )
            return [row.kind for row in found]

    async def opened_before(self, signed: str, raw: RawMail) -> bool:
        return await DatabaseRegistry(self.database, self.vault).opened_before(signed, raw)

    async def on_record(self, report: int, raw: RawMail) -> Record:
        party_id = SENDER.party.party_id
        return await on_record(self.database, bericht_id(report), party_id, raw)

    def kept(self) -> KeptMail:
        return DatabaseKeptMail(self.database, self.vault)

    async def audit(self) -> list[str]:
        async with self.database.reading() as connection:
            found = await audit_outcomes(connection)
        return found + [str(finding) for finding in await self.verify()]

    async def verify(self, *witnesses: Opened) -> tuple[Finding, ...]:
        """What is wrong with the log, once a checkpoint covers all of it."""
        await self.sequencer.integrate(LATER)
        verifier = DatabaseVerifier(self.database, self.key.public, self.vault)
        return (await verifier.verify(witnesses)).findings

    async def close(self) -> None:
        await self.database.close()


async def log_faults(database: Database, vault: Vault, key: LogKey) -> list[str]:
    """What is wrong with the log, once a checkpoint covers all of it."""
    await Sequencer(database, key).integrate(LATER)
    verdict = await DatabaseVerifier(database, key.public, vault).verify()
    return [str(each) for each in verdict.findings]


def memory_world() -> World:
    flow, register = MemoryFlow(), Register()
    return World(
        inbox=MemoryInbox(flow),
        ledger=MemoryLedger(flow),
        outbox=MemoryOutbox(
            flow,
            return_path=RETURN_PATH,
            revision=register.current,
            facts_for=register.facts_for,
        ),
        decisions=MemoryDecisions(flow, {corridor.policy().digest: corridor.policy()}),
        register=register,
        memory=flow,
    )


def another_gateway(
    url: str, vault: Vault, *, instance: str = "poort-1", register: Register | None = None
) -> DatabaseWorld:
    """A gateway on a database that is already set up."""
    database, known = Database(url), register or Register()
    scribe, writer = (
        Scribe(lambda _kind, _letter: Activity(activity_id=ACTIVITY)),
        LogWriter(vault),
    )
    deeds = DeedLog(lambda _kind, _action: Activity(activity_id=ACTIVITY), writer)
    return DatabaseWorld(
        inbox=DatabaseInbox(database, vault, instance=instance, deeds=deeds),
        ledger=DatabaseLedger(database, vault, scribe, writer, deeds),
        outbox=DatabaseOutbox(
            database,
            vault,
            scribe,
            writer,
            instance=instance,
            return_path=RETURN_PATH,
            revision=known.current,
            facts_for=known.facts_for,
        ),
        decisions=DatabaseDecisions(database, vault),
        register=known,
        database=database,
        vault=vault,
        held=DatabaseHeld(database, vault, scribe, writer, deeds=deeds),
        log=DatabaseLog(database, vault),
        key=LOG_KEY,
        sequencer=Sequencer(database, LOG_KEY),
    )


async def database_world(url: str, master: bytes = b"") -> DatabaseWorld:
    """One known inburgeraar in a new database: one with its tables, or no SQLite file yet."""
    _fill_new_file(url)
    world = another_gateway(url, Vault(master or secrets.token_bytes(32)))
    async with world.database.transaction() as connection:
        person = {"dossier_id": "dossier-1", "revision": 1, "recorded_at": 0, "recorded_by": "x"}
        await connection.execute(insert(dossier).values(person))
        await connection.execute(
            insert(dossier_secret).values(
                dossier_id="dossier-1", wrapped_key=world.vault.new_person("dossier-1")
            )
        )
        await with_officers(connection)
        table = {"digest": corridor.policy().digest, "version": "1", "text": policy_text()}
        recorded = {"revision": 1, "recorded_at": 0, "recorded_by": "x"}
        await connection.execute(insert(policy_texts).values(table | recorded))
    return world


def _fill_new_file(url: str) -> None:
    kind, _, file = url.partition(":///")
    if kind == "sqlite" and not Path(file).exists():
        ready(Path(file))


async def with_officers(connection: AsyncConnection) -> None:
    """Two operators, who decide about what is held."""
    recorded = {"revision": 1, "recorded_at": 0, "recorded_by": "x"}
    for who, name in (("fien", "Fien Functionaris"), ("floor", "Floor Tweede")):
        row = {"operator_id": who, "name": name, "name_key": name.casefold(), "login": None}
        await connection.execute(insert(operator).values(row | recorded))
        state = {"operator_id": who, "valid_from": 0, "active": True}
        await connection.execute(insert(operator_state).values(state | recorded))


# --- mails and what became of them ---------------------------------------------------------


def fetched(content: bytes = b"", *, uid: str = "", mailbox: str = "INBOX") -> Fetched:
    """A mail as the server holds it; without content, one that is like no other."""
    number = next(_uids)
    content = content or b"mail %d" % number
    place = Place(mailbox=mailbox, uidvalidity=7, uid=uid or str(number))
    return Fetched(place=place, content=content, size=len(content), received_at=NOW)


def sealed(
    raw: RawMail,
    number: int = 0,
    *,
    report: int = 1,
    standing: Standing | None = None,
    withheld: tuple[Withheld, ...] = (),
    replaces: int | None = None,
) -> Sealed:
    """Report `number` of a mail, about inburgeraar 1, ready to go; `report` makes its id.

    A correction where it replaces the report of another number.
    """
    correction = {} if replaces is None else corrects(replaces)
    content = Bericht.model_validate(bericht(report) | correction)
    judgement = judged(report)
    disclosure = Disclosure(
        trace=raw.trace,
        instant=raw.instant,
        signed_at=raw.received_at,
        number=number,
        document_id=UUID(int=9),
        content=content,
        disclosed=("voortgang.aangebodenUren",),
        withheld=withheld,
        categories=(Category.IDENTITEIT, Category.P3_FORMEEL),
        remarks=(),
        ground=Ground.CONSENT,
        ground_text=GroundText(article="12.2", nl="toestemming", en="consent"),
        articles=("12.4",),
        rows=("share-p3",),
        policy_digest=judgement.policy_digest,
        dossier_id="dossier-1",
        sender=SENDER,
        recipient=CASEMANAGER,
        standing=standing or Standing(revision=1, digest=facts().digest(), until=None),
        judgement=judgement,
    )
    addressed = Addressed(disclosure=disclosure, recipient=CASEMANAGER)
    return Sealed(
        addressed=addressed,
        message_id=f"<{raw.trace}.{number}@gemeente.example>",
        mail=b"sealed report %d" % number,
    )


def corrects(report: int) -> dict[str, Json]:
    """What makes another report a correction of this one."""
    return {"berichttype": "CORRECTIE", "vervangt": str(bericht_id(report))}


def judged(report: int = 1, consent: Consent | None = None) -> Judgement:
    """What the covenant's table says of a report, with consent for all rows or as given."""
    reading = facts(report) if consent is None else facts(report, consent=consent)
    return corridor.judgement(bericht(report), reading)


def stopped(
    stop: Stop, number: int | None = 0, *, report: int = 1, judgement: Judgement | None = None
) -> Ended:
    """Report `number`, or the whole mail, ended by a stop."""
    if number is None:
        return Ended(stop=stop)
    bericht_id = Bericht.model_validate(bericht(report)).bericht_id
    return Ended(
        stop=stop,
        number=number,
        bericht_id=bericht_id,
        dossier_id="dossier-1",
        policy_digest=corridor.policy().digest if judgement else "",
        judgement=judgement,
    )


HELD_TEXT = Hold(Reason.FREE_TEXT)
NO_CONSENT = Reject(Reason.NO_CONSENT)


def handled(
    claimed: Claimed, *outcomes: Settled, answers: bool = True, signed: str = ""
) -> Handled:
    """The mail walked to its end, with a receipt, and a notice where something is held."""
    raw = claimed.raw
    without = Handled(
        raw=raw, sender=SENDER, protection=Protection.OPENPGP, outcomes=outcomes, mailed=()
    )
    mailed = [_answer(raw, "receipt", SENDER.address)]
    if without.outcome is Outcome.HOLD:
        mailed.append(_answer(raw, "notice", OFFICER.address))
    return Handled(
        raw=raw,
        sender=SENDER,
        protection=Protection.OPENPGP,
        outcomes=outcomes,
        mailed=tuple(mailed) if answers else (),
        signed=signed,
    )


def _answer(raw: RawMail, kind: str, recipient: str) -> Mailed:
    return Mailed(
        message_id=f"<{raw.trace}.{kind}@gemeente.example>",
        recipient=recipient,
        mail=b"sealed " + kind.encode(),
        after_reports=kind == "receipt",
    )


async def received(world: World, count: int = 1, *, now: datetime = NOW) -> Sequence[Claimed]:
    """So many new mails, stored and claimed."""
    await world.inbox.store([fetched() for _ in range(count)], now)
    claimed = await world.inbox.claim(count, now)
    assert len(claimed) == count
    return claimed


@asynccontextmanager
async def opened(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[World]:
    """The world on the store that a test is parametrised with; closed, and consistent, after it.

    For a fixture of one's own::

        @pytest.fixture(params=STORES)
        async def world(request, tmp_path):
            async with opened(request, tmp_path) as found:
                yield found
    """
    if request.param == "memory":
        yield memory_world()
        return
    world = await database_world(database_url(request, folder))
    try:
        yield world
        assert await world.audit() == []
    finally:
        await world.close()


def database_url(request: pytest.FixtureRequest, folder: Path) -> str:
    """A new database of the kind that a test is parametrised with, with all tables."""
    if request.param == "sqlite":
        return ready(folder / "taalpoort.db")
    server: Postgres = request.getfixturevalue("postgres")
    url = ready(server)
    request.addfinalizer(lambda: server.drop(url))
    return url
