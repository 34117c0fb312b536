"""A municipality whose register and mail lie in one database, to erase somebody from it."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from gateway.adapters.at_rest import INBOUND
from gateway.adapters.database_register import Register
from gateway.adapters.erased_list import ErasedList
from gateway.adapters.erasing_due import Retention
from gateway.adapters.erasing_end import ErasureEnd, Signing, certificates_of, read_certificate
from gateway.adapters.erasing_originals import DatabaseOriginals
from gateway.adapters.maildir import MaildirMailbox, MaildirSettings
from gateway.adapters.tables_flow import inbound_raw, outgoing_mail
from gateway.adapters.tables_register import register_state
from gateway.domain.bijsluiter import Category, Regime
from gateway.domain.case_rules import Decision
from gateway.domain.cases import Outcome, Received, RequestKind, Step
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.consent_forms import AddedRow, Paper
from gateway.domain.erasing import Ground, Terms
from gateway.domain.parties import Interval
from gateway.domain.stops import Hold, Reason
from gateway.duties.removing import remove_originals
from tests import world
from tests.contracts.flow import (
    LOG_KEY,
    NOW,
    DatabaseWorld,
    another_gateway,
    handled,
    sealed,
    stopped,
)
from tests.databases import fresh

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import pytest

    from gateway.adapters.database import Database
    from gateway.domain.case_rules import Ground as RefusalGround
    from gateway.duties.removing import Removed
    from gateway.ledger.certificates import Certificate
    from gateway.ports import Claimed, Mailbox
    from tests.servers.postgres import Postgres

LATER = NOW + timedelta(days=1)
ANNA, BADR = "dossier-1", "dossier-2"
SCAN = b"%PDF-1.7 kanarie-scan " + bytes(range(256)) * 8
_COPIES = {"backup.db", "kept.db"}
WORDS = "Kanariewoord op het formulier"
ASKED = "Kanarievraag: wis alles over mij."
TERMS = Terms(by_regime={Regime.WI2013: "P10Y", Regime.WI2021: "P5Y"})


@dataclass
class City:
    """The register, the mail, and what erases."""

    flow: DatabaseWorld
    register: Register
    folder: Path
    postgres: Postgres | None = None

    @property
    def database(self) -> Database:
        return self.flow.database

    @property
    def mailbox_folder(self) -> Path:
        return self.folder / "mailbox"

    @property
    def mailbox(self) -> MaildirMailbox:
        return MaildirMailbox(MaildirSettings(folder=self.mailbox_folder))

    @property
    def end(self) -> ErasureEnd:
        async def cover() -> None:
            await self.flow.sequencer.integrate(NOW)

        return ErasureEnd(
            self.database,
            self.flow.vault,
            world.deeds(self.flow.vault),
            ErasedList(self.folder),
            signing=Signing(key=LOG_KEY, backup_days=35, log_term="P5Y"),
            cover=cover,
            origin="poort-1",
        )

    @property
    def retention(self) -> Retention:
        deeds = world.deeds(self.flow.vault)
        return Retention(self.database, self.flow.vault, deeds, TERMS, origin="poort-1")

    # --- what is planted --------------------------------------------------------

    async def plant(self) -> None:
        """A form with words and a scan, a lifted hold, and mail: her own, and one with his."""
        paper = Paper(
            interpreter=WORDS, added=(AddedRow(text=WORDS, covers=Category.P4),), scan=SCAN
        )
        async with self.register.change(by=world.BY) as change:
            away = Interval(start=NOW, end=LATER)
            await change.designations.substitute(ANNA, world.SAM, away)
            for kind in (ConsentKind.GIVEN, ConsentKind.RENEWED):
                await change.consents.record(
                    ANNA, world.SCHOOL_1, kind, categories=list(ConsentCategory), paper=paper
                )
        own, shared, waiting = await self.arrived(3)
        ledger = self.flow.ledger
        hold = stopped(Hold(Reason.FREE_TEXT))
        his = replace(stopped(Hold(Reason.FREE_TEXT), 1, report=2), dossier_id=BADR)
        await ledger.release([(own, handled(own, sealed(own.raw, report=3)))], NOW)
        await self.flow.outbox.sent(await self.flow.outbox.claim(9, NOW), NOW)
        await self.flow.outbox.sent(await self.flow.outbox.claim(9, NOW), NOW)
        await ledger.release([(shared, handled(shared, hold, his, answers=False))], NOW)
        await ledger.release([(waiting, handled(waiting, sealed(waiting.raw, report=4)))], NOW)
        self.own, self.shared, self.waiting = own.raw.trace, shared.raw.trace, waiting.raw.trace

    async def arrived(self, count: int) -> Sequence[Claimed]:
        """So many new mails: they came into the mailbox, and were stored, claimed and filed."""
        for part in ("new", "cur", "tmp"):
            (self.mailbox_folder / part).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            name = f"{len(list(self.mailbox_folder.rglob('*')))}.R{number}.test"
            content = b"kanarie-origineel " + secrets.token_hex(700).encode()
            (self.mailbox_folder / "new" / name).write_bytes(content)
        fetched = await self.mailbox.fetch_new(count)
        await self.flow.inbox.store(fetched, NOW)
        claimed = await self.flow.inbox.claim(count, NOW)
        assert len(claimed) == count
        await self.mailbox.file_away([each.place for each in fetched])
        return claimed

    async def revision(self) -> int:
        """Of the register."""
        async with self.database.reading() as connection:
            return int(await connection.scalar(select(register_state.c.revision)) or 0)

    async def clear(self, now: datetime = NOW, *mailboxes: Mailbox) -> Removed:
        """One round over the mailbox, as a running gateway does it."""
        deeds = world.deeds(self.flow.vault)
        record = DatabaseOriginals(self.database, deeds, backup_days=35, origin="poort-1")
        return await remove_originals(record, mailboxes or (self.mailbox,), now)

    def in_mailbox(self) -> Mapping[str, bytes]:
        """All mail that lies in any folder of the mailbox."""
        files = [each for each in self.mailbox_folder.rglob("*") if each.is_file()]
        return {str(each): each.read_bytes() for each in files}

    async def secrets(self) -> dict[str, bytes]:
        """What of her lies in the database, as it lies there: ciphertexts, keys, an index."""
        found: dict[str, bytes] = {}
        statements = {
            "key": "SELECT wrapped_key FROM dossier_secret WHERE dossier_id = 'dossier-1'",
            "index": "SELECT kenmerk_index FROM dossier_index WHERE dossier_id = 'dossier-1'",
            "identity": "SELECT sealed FROM dossier_identity WHERE dossier_id = 'dossier-1'",
            "words": "SELECT sealed FROM consent_form WHERE dossier_id = 'dossier-1'"
            " AND sealed IS NOT NULL",
            "scan": "SELECT s.sealed FROM consent_scan s JOIN consent_form f"
            " ON f.event_id = s.event_id WHERE f.dossier_id = 'dossier-1'",
            "asked": "SELECT sealed FROM case_step WHERE dossier_id = 'dossier-1'"
            " AND sealed IS NOT NULL",
        }
        async with self.database.reading() as connection:
            for name, statement in statements.items():
                for number, row in enumerate(await connection.execute(text(statement))):
                    found[f"{name} {number}"] = bytes(row[0])
            raw = select(inbound_raw).where(inbound_raw.c.trace.in_((self.own, self.waiting)))
            for row in await connection.execute(raw):
                found[f"mail {row.trace}"] = bytes(row.sealed)
                opened = self.flow.vault.open_blob(INBOUND, row.trace, row.sealed)
                found[f"original {row.trace}"] = opened
            for row in await connection.execute(select(outgoing_mail)):
                found[f"unsent {row.id}"] = bytes(row.sealed)
        return found

    async def mail(self, trace: str) -> bytes | None:
        async with self.database.reading() as connection:
            its = inbound_raw.c.trace == trace
            found = await connection.scalar(select(inbound_raw.c.sealed).where(its))
        return None if found is None else bytes(found)

    # --- what is done -------------------------------------------------------------

    async def asked(self, dossier_id: str = ANNA, reference: str = "Z-2026-1") -> str:
        """A request to erase, by who it is about."""
        async with self.register.change(by=world.BY) as change:
            case_id = await change.cases.open(
                RequestKind.ERASURE,
                reference=reference,
                channel=Received.DESK,
                dossier_id=dossier_id,
                words=ASKED,
            )
            await change.cases.step(case_id, Step.IDENTIFIED, detail={"how": "digid"})
        return case_id

    async def propose(
        self,
        case_id: str,
        ground: Ground = Ground.UNLAWFUL,
        *,
        refused: Iterable[RefusalGround] = (),
    ) -> str:
        refuses = frozenset(refused)
        outcome = Outcome.PARTLY if refuses else Outcome.GRANTED
        async with self.register.change(by=world.BY) as change:
            await change.cases.step(case_id, Step.NOTED, detail={"ground": ground.value})
            decision = Decision(outcome=outcome, grounds=refuses)
            why = "Dit moeten wij bewaren." if refuses else ""
            return await change.cases.decide(case_id, decision, why) or ""

    async def approve(self, proposal: str) -> None:
        async with self.register.change(by=world.BY_ANOTHER) as change:
            await change.approve(proposal)

    async def erase(self, dossier_id: str = ANNA, reference: str = "Z-2026-1") -> str:
        """Asked, proposed, approved; the request.  Nothing is cleaned or certified yet."""
        case_id = await self.asked(dossier_id, reference)
        await self.approve(await self.propose(case_id))
        return case_id

    # --- what is found --------------------------------------------------------------

    async def certificates(self) -> list[Certificate]:
        rows = await self.database.look(certificates_of)
        return [read_certificate(row.note, LOG_KEY.public) for row in rows]

    def files(self) -> Mapping[str, bytes]:
        """Everything that the database keeps on disk, journal and all, the state, the mailbox.

        But no copy of the database that was made before: what is in it goes with its term.
        """
        here = [each for each in self.folder.rglob("*") if each.is_file()]
        places = [each for each in here if each.name not in _COPIES]
        if self.postgres is not None:
            self.postgres.sql("CHECKPOINT")
            name = str(self.database.engine.url.database)
            places += self.postgres.files(name)
        return {str(each): _content(each) for each in places}

    async def copied(self) -> str:
        """A copy of the database as it is, to be put back later; its address."""
        url = self.database.engine.url
        if self.postgres is not None:
            await self.database.engine.dispose()  # a template may not be in use
            made = self.postgres.create_database(template=str(url.database))
            self.postgres.drop(made)
            return made.replace("+asyncpg", "")
        await self.database.empty_journal()
        old = self.folder / "backup.db"
        shutil.copyfile(str(url.database), old)
        return f"sqlite:///{old}"

    @asynccontextmanager
    async def put_back(self, url: str, at: datetime) -> AsyncIterator[City]:
        """This city with that copy instead, at a later moment; its log is whole at the end."""
        flow = another_gateway(url, world.vault())
        try:
            yield replace(self, flow=flow, register=_register(flow.database, at))
            assert await flow.audit() == []
        finally:
            await flow.close()

    def backup(self) -> bytes:
        """As an administrator makes one."""
        url = self.database.engine.url
        if self.postgres is None:
            to = self.folder / "backup.db"
            subprocess.run(["sqlite3", str(url.database), f".backup {to}"], check=True, timeout=300)
            return to.read_bytes()
        return self.postgres.dump(str(url.database))


def _content(file: Path) -> bytes:
    # By another process: one that closes a file of SQLite's lets go of its own locks on it.
    done = subprocess.run(["cat", file], check=False, capture_output=True, timeout=300)
    # PostgreSQL makes some anew as it goes, and one that is gone holds nothing.
    assert done.returncode == 0 or not file.exists() or file.name == "pg_internal.init", file
    return done.stdout


def sightings(files: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """Of which of these any part stands in which file, as it is or in hex as a dump writes it."""
    return [
        (name, file)
        for file, content in files.items()
        for name, value in wanted.items()
        if any(each in content or each.hex().encode() in content for each in _pieces(value))
    ]


def _pieces(value: bytes) -> list[bytes]:
    # PostgreSQL keeps large values in chunks of 2 kB.
    return [value[first : first + 32] for first in range(0, len(value), 1000)]


@asynccontextmanager
async def a_city(kind: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[City]:
    """With everybody of `tests.world` in it; its log is whole at the end."""
    async with fresh(kind, folder, request, _people, named="city") as database:
        url = database.engine.url
        plain = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)
        flow = another_gateway(plain, world.vault())
        postgres = request.getfixturevalue("postgres") if kind == "postgresql" else None
        city = City(flow, _register(flow.database), folder, postgres)
        try:
            yield city
            assert await flow.audit() == []
        finally:
            await flow.close()


def _register(database: Database, at: datetime = NOW) -> Register:
    vault = world.vault()
    return Register(
        database,
        vault,
        world.Clock(at),
        world.describe_marker,
        forms=world.forms,
        deeds=world.deeds(vault),
        terms=lambda: TERMS,
    )


async def _people(database: Database) -> None:
    await world.build(_register(database), clock=world.Clock())


EVERYBODY: Sequence[str] = tuple(f"dossier-{number}" for number in world.DOSSIERS)
