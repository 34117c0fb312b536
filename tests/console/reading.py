"""An installation whose log holds something, and the real ``gateway api serve`` on it."""

from __future__ import annotations

import asyncio
import json
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import select, update

from gateway.adapters.evidence import milliseconds, new_span, new_trace
from gateway.adapters.log_writing import LogWriter, sequence
from gateway.adapters.processing_activities import ProcessingActivities
from gateway.adapters.tables_log import log_index
from gateway.adapters.tables_register import dossier_secret
from gateway.console.tokens import digest_of
from gateway.domain.processing import Key
from gateway.ledger.reading import EVERYTHING
from gateway.ledger.records import Activity, Found, Record, Status, entry
from gateway.wiring import parts
from gateway.wiring.logbook import logbook
from tests import ahead
from tests.servers.process import free_port, wait_until
from tests.tampering import unguard

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.ledger.reading import Shown
    from gateway.ledger.records import Entry
    from tests.installations import Installation
    from tests.servers.tls import Certificates

READER = "taalpoort_lezer"
IDLE = "taalpoort_stil"
NOBODY = "taalpoort_niemand"
HANDLED = datetime(2025, 11, 25, 22, 0, 0, 123_000, tzinfo=UTC)
DOSSIERS = ("dossier-1", "dossier-2", "dossier-3")
PATH = "/v1/processing-activities"


@dataclass
class Api:
    """A running one; `told` is what it said on standard error."""

    installation: Installation
    process: ahead.Started
    log: Path
    base: str
    client: httpx.Client
    port: int

    def ask(self, token: str | None = READER, **question: Any) -> httpx.Response:
        """One call."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self.client.post(PATH, json=question, headers=headers)

    def found(self, **question: Any) -> list[dict[str, Any]]:
        """What a call that is answered finds on its page."""
        answered = self.ask(**question)
        assert answered.status_code == 200, answered.text
        entries: list[dict[str, Any]] = answered.json()["processingActivities"]
        return entries

    def told(self, event: str) -> list[dict[str, Any]]:
        """The events of this kind."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [each for each in lines if each["event"] == event]

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        self.client.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(300)


def started(installation: Installation, certificates: Certificates, *, tls: bool = True) -> Api:
    """The real command, at work."""
    port = free_port()
    key = installation.folder / "api.key"
    key.touch(mode=0o600)
    key.write_bytes(certificates.key.read_bytes())
    files = f'certificate_file = "{certificates.certificate}"\nkey_file = "{key}"\n'
    with installation.file.open("a") as file:
        file.write(f'[api]\nlisten = "127.0.0.1:{port}"\n{files if tls else ""}')
        for name, token, scopes in (
            ("burgerportaal", READER, '["log:read"]'),
            ("tweede", f"{READER}2", '["log:read"]'),
            ("stil", IDLE, "[]"),
        ):
            digest = digest_of(token)
            file.write(f'[[api.token]]\nname = "{name}"\nsha256 = "{digest}"\nscopes = {scopes}\n')
    log = installation.folder / "api.log"
    with log.open("ab") as out:
        words = ["api", "serve", "--config", str(installation.file)]
        process = ahead.start(words, stdout=out, stderr=out)
    base = f"{'https' if tls else 'http'}://localhost:{port}"
    trust = certificates.client_context() if tls else True
    client = httpx.Client(base_url=base, verify=trust, trust_env=False, timeout=20)
    made = Api(installation, process, log, base, client, port)

    def up() -> bool:
        assert process.poll() is None, log.read_text()
        return bool(made.told("api.started"))

    try:
        wait_until(up, seconds=90, what="api.started")
    except BaseException:
        process.kill()
        raise
    return made


# --- the log ---------------------------------------------------------------------


def filled(installation: Installation, mails: int = 4) -> None:
    """So many mails on record, each about every one of `DOSSIERS`."""
    asyncio.run(_filled(installation, mails))


async def _filled(installation: Installation, mails: int) -> None:
    config = installation.config()
    database, vault = parts.database(config), parts.vault(config)
    try:
        activity = await _activity(database)
        made = [each for _ in range(mails) for each in _mail(activity)]

        def append(connection: Connection) -> None:
            sequence(connection)
            LogWriter(vault).append(connection, made, HANDLED)

        await database.write(append)
    finally:
        await database.close()


async def _activity(database: Database) -> Activity:
    for each in await ProcessingActivities(database).recorded():
        if each.key == Key.EXCHANGE:
            return Activity(activity_id=each.activity_id, version="0.1.0")
    raise AssertionError


def _mail(activity: Activity) -> list[Entry]:
    trace, span = new_trace(), new_span()
    facts: dict[str, Any] = {
        "trace_id": trace,
        "status": Status.OK,
        "start_time": milliseconds(HANDLED) - 123,
        "end_time": milliseconds(HANDLED),
    }
    evidence = {"message_digest": "00" * 32, "sender": "contact-1"}
    mail = Record(span_id=span, name="mail afhandelen", **facts)
    made = [entry("mail", mail, activity, evidence)]
    for dossier_id in DOSSIERS:
        report = Record(span_id=new_span(), parent_span_id=span, name="bericht beoordelen", **facts)
        made.append(entry("report", report, activity, evidence, Found(subject=dossier_id)))
    return made


def entries(installation: Installation) -> list[Shown]:
    """The whole log, opened."""

    async def read() -> list[Shown]:
        async with logbook(installation.config()) as book:
            return list(await book.reader.show(EVERYTHING, None))

    return asyncio.run(read())


def records(installation: Installation) -> list[dict[str, Any]]:
    """Every LDV record, as it stands in the log."""
    contents = [each.content for each in entries(installation) if each.content is not None]
    return [content["record"] for content in contents if "record" in content]


def deeds(installation: Installation) -> list[dict[str, Any]]:
    """Everything on record that somebody did over the interface."""
    contents = [each.content for each in entries(installation) if each.content is not None]
    made = [content["deed"] for content in contents if "deed" in content]
    return [deed for deed in made if deed["actor"].startswith("api ")]


def pseudonym(installation: Installation, dossier_id: str, purpose: str = "log") -> str:
    """What records call this person, or for another purpose what deeds do."""

    async def find() -> str:
        config = installation.config()
        database, vault = parts.database(config), parts.vault(config)
        try:
            async with database.reading() as connection:
                wrapped = await connection.scalar(
                    select(dossier_secret.c.wrapped_key).where(
                        dossier_secret.c.dossier_id == dossier_id
                    )
                )
            assert wrapped is not None
            return vault.person(dossier_id, wrapped).pseudonym(purpose)
        finally:
            await database.close()

    return asyncio.run(find())


def erase(installation: Installation, dossier_id: str) -> None:
    """The person's key is destroyed, and the index no longer leads to them."""

    async def destroy() -> None:
        database = parts.database(installation.config())
        try:
            async with database.transaction() as connection:
                await unguard(connection, "dossier_secret")
                gone = {"wrapped_key": None, "destroyed_at": 1, "destroyed_by": "test"}
                secret = dossier_secret.c.dossier_id == dossier_id
                await connection.execute(update(dossier_secret).where(secret).values(gone))
                about = log_index.c.subject == dossier_id
                await connection.execute(update(log_index).where(about).values(subject=None))
        finally:
            await database.close()

    asyncio.run(destroy())
