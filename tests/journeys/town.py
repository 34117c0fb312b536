"""A town: a gateway on real Dovecot and Postfix and a real database, and people who mail.

The configuration is a file as an installation has it, keys and tables are made
by `wiring.prepare`, the world of ``tests/world.py`` is put on record through
`wiring.register` with certificates that GnuPG made, and what people read they
read with their own GnuPG.  Everything here is synchronous: the gateway runs in
a thread or a process of its own.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from gateway import config as configuration
from gateway import wiring
from gateway.adapters.certificates import generate_gateway_key
from gateway.adapters.database import Database
from gateway.pipeline.forward import walk
from gateway.wiring import parts
from gateway.wiring.log import log_key
from tests import generators, people, world
from tests.journeys import on_record
from tests.journeys.gateways import GatewayProcess, RunningGateway
from tests.journeys.residents import Read, queued, submit
from tests.servers.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from pathlib import Path

    from gateway.adapters.register_change import Change
    from gateway.domain.outcomes import Carried
    from gateway.domain.wire import Json
    from tests.journeys.on_record import Record
    from tests.journeys.residents import Household, Resident
    from tests.servers.gnupg_agent import AgentHome
    from tests.servers.postfix import Postfix
    from tests.world import Setting

_Result = TypeVar("_Result")
_numbers = itertools.count(100)


class Town:
    """One gateway with its database, mailboxes and people."""

    def __init__(
        self,
        folder: Path,
        database_url: str,
        household: Household,
        postfix: Postfix,
        *,
        relay: Postfix | None = None,
        imap_port: int | None = None,
        relay_port: int | None = None,
        engine: str = "sequoia",
        kept: AgentHome | None = None,
        settings: str = "",
    ) -> None:
        self.folder = folder
        self.household = household
        self.postfix = postfix
        self.relay = relay or postfix
        self.file = folder / "gateway.toml"
        self._write_configuration(
            database_url,
            imap_port or household.dovecot.imaps,
            relay_port or self.relay.submissions,
            self._own_key(engine, kept),
            settings,
        )
        self.config = configuration.load(self.file)
        self._runner = asyncio.Runner()
        self.run(wiring.prepare(self.config))
        self.certificate = (folder / "gateway.asc").read_bytes()
        self.fingerprint = wiring.own_certificate(self.config)["fingerprint"]
        self.database = Database(database_url)
        self.built = datetime.now(UTC)
        self._populate()
        self._before: set[str] = set()
        self.gateway = RunningGateway(self.config)

    # --- setting up and ending -----------------------------------------------

    def _write_configuration(
        self, url: str, imap: int, relay: int, own_key: str, settings: str
    ) -> None:
        us, ca = self.household.gateway, self.postfix.certificates.ca
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(us.password)
        self.file.write_text(
            f"""
[gateway]
address = "{us.address}"
municipality = "Gemeente Voorbeeldstad"
contact = "functioneel-beheer@gemeente.example"
instance = "poort-1"
state_dir = "{self.folder}"
[database]
url = "{url}"
[keys]
{own_key}
public_key_file = "{self.folder}/gateway.asc"
master_key_file = "{self.folder}/master.key"
[[mailbox]]
kind = "imap"
host = "127.0.0.1"
port = {imap}
user = "{us.address}"
password_file = "{password}"
ca_file = "{ca}"
[relay]
host = "127.0.0.1"
port = {relay}
user = "{us.address}"
password_file = "{password}"
ca_file = "{ca}"
timeout_seconds = 60
{settings}
"""
        )

    def _own_key(self, engine: str, kept: AgentHome | None) -> str:
        """Where the gateway's key is: in a file that `wiring.prepare` makes, or kept by GnuPG."""
        if kept is None:
            return f'engine = "{engine}"\nsecret_key_file = "{self.folder}/gateway.sec"'
        user_id = f"Uitwisselpunt inburgering <{self.household.gateway.address}>"
        kept.take(*generate_gateway_key(user_id))
        (self.folder / "gateway.asc").write_bytes(kept.certificate)
        lines = ['engine = "gnupg"', f'gnupg_home = "{kept.path}"']
        if kept.pin is not None:
            pin = self.folder / "pin"
            pin.touch(mode=0o600)
            pin.write_bytes(kept.pin + b"\n")
            lines.append(f'pin_file = "{pin}"')
        return "\n".join(lines)

    def _populate(self) -> None:
        for each in self.household.residents.values():
            each.trust(self.certificate)

        async def build(change: Change) -> None:
            await world.add_parties(change, self.built)
            for each in self.household.residents.values():
                somebody = replace(each.somebody, address=each.account.address)
                await world.add_contact(change, somebody, self.built, each.key.cert)

        self.run(self._with_operators())
        self.change(build)
        self.confirm_keys()

    async def _with_operators(self) -> None:
        async with wiring.register(self.config) as register:
            await world.add_operators(register)

    def start(self) -> None:
        """The gateway begins."""
        self.gateway = RunningGateway(self.config, clock=self.gateway.clock)
        self.gateway.start()

    def close(self) -> None:
        """To be called when its gateway has ended."""
        self.run(self.database.close())
        self._runner.close()

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Run something asynchronous to its end."""
        return self._runner.run(work)

    # --- the register --------------------------------------------------------

    def change(self, *steps: Callable[[Change], Awaitable[object]]) -> None:
        """Put these on record, in one change."""

        async def all_of_it() -> None:
            async with (
                wiring.register(self.config) as register,
                register.change(by=world.BY) as change,
            ):
                for step in steps:
                    await step(change)

        self.run(all_of_it())

    def pin(self, who: str, certificate: bytes) -> None:
        """This key for this contact: proposed by one operator, confirmed by the other."""
        self.change(lambda change: change.contacts.propose_key(who, certificate))
        self.confirm_keys()

    def confirm_keys(self) -> None:
        """The other operator compared every fingerprint that waits."""

        async def confirm() -> None:
            async with wiring.register(self.config) as register:
                await world.confirm_keys(register)

        self.run(confirm())

    def inburgeraar(self, setting: Setting | None = None) -> int:
        """A new dossier as `setting` says, an ordinary one without; the number of its person."""
        number = next(_numbers)
        self.change(lambda change: world.add_dossier(change, number, setting, self.built))
        return number

    # --- mailing -------------------------------------------------------------

    def resident(self, who: str) -> Resident:
        """Somebody by contact id."""
        return self.household.residents[who]

    def sealed(
        self, who: str, *berichten: dict[str, Json], document: bytes = b"", **how: Any
    ) -> bytes:
        """A mail with these reports as `who` writes it with GnuPG, for the gateway."""
        how.setdefault("style", "gnupg")
        how.setdefault("to", self.household.gateway.address)
        number = _number_of(who)
        content = document or generators.document_json(*berichten, instellingsnummer=number)
        return people.encrypt_mail(self.resident(who).key, self.certificate, content, **how)

    def post(self, who: str, mail: bytes) -> None:
        """Hand in a mail as `who`, with their own password."""
        account, ours = self.resident(who).account, self.household.gateway.address
        submit(self.postfix, account, mail, recipient=ours)

    def send(self, who: str, *berichten: dict[str, Json], **how: Any) -> None:
        """One mail with one document, sent and handled to its end."""
        posted = len(self.records()) + 1
        self.post(who, self.sealed(who, *berichten, **how))
        self.settle(posted)

    def settle(self, count: int, *, seconds: float = 300) -> None:
        """Until `count` mails of this test came in, and nothing is left to do for any mail.

        They are filed, and what left has arrived.
        """
        wait_until(
            lambda: self.run(on_record.at_rest(self.database, count=count, but=self._before)),
            seconds=seconds,
            pause=0.03,
            what="mail at rest",
        )
        wait_until(self._all_is_filed, pause=0.02, what="stored mail filed")
        self._wait_for_the_post()  # or what leaves next might arrive before it

    # --- looking -------------------------------------------------------------

    def new_day(self) -> None:
        """What came before is not looked at any more."""
        self._before = {each.trace for each in self.run(on_record.records(self.database))}
        self._wait_for_the_post()
        for each in self.household.residents.values():
            each.seen = len(self.household.mails(each.account))

    def inbox(self, who: str) -> list[bytes]:
        """The mails that `who` got in this test, once Postfix has delivered all that it took."""
        self._wait_for_the_post()
        resident = self.resident(who)
        return self.household.mails(resident.account)[resident.seen :]

    def got(self) -> dict[str, int]:
        """How many mails everybody got in this test, once Postfix has delivered them all."""
        found = {who: len(self.inbox(who)) for who in self.household.residents}
        found["gateway"] = len(self.household.mails(self.household.gateway))
        return {who: count for who, count in found.items() if count}

    def _all_is_filed(self) -> bool:
        """A gateway at work files beside handling; one that has ended left things as they are."""
        lives = [each for each in GatewayProcess.lives if each.config.parent == self.folder]
        if not (self.gateway.is_at_work or any(each.is_at_work for each in lives)):
            return True
        lying = self.household.unfiled()
        return not lying or lying.isdisjoint(self.run(on_record.known(self.database)))

    def _wait_for_the_post(self) -> None:
        """What was taken by a server is delivered in that server's own time."""
        wait_until(self._queues_are_empty, pause=0.02, what="empty queues")

    def _queues_are_empty(self) -> bool:
        return not any(queued(server) for server in {self.postfix, self.relay})

    def all_read(self, who: str) -> list[Read]:
        """Every mail that `who` got in this test: decrypted, and signed by the gateway alone."""
        found = [self.resident(who).read(mail) for mail in self.inbox(who)]
        assert all(each.signers == (self.fingerprint,) for each in found)
        return found

    def read(self, who: str) -> Read:
        """The one mail that `who` got in this test."""
        (only,) = self.all_read(who)
        return only

    def receipt(self, who: str) -> Read:
        """The one receipt that `who` got in this test."""
        (only,) = [each for each in self.all_read(who) if each.is_receipt]
        return only

    def became(self, who: str) -> list[tuple[str, set[str]]]:
        """Outcome and reasons of each report, by the one receipt that `who` got in this test."""
        reports = self.receipt(who).proof["berichten"]
        return [(each["uitkomst"], set(each.get("redenen", ()))) for each in reports]

    def withheld(self, who: str, number: int = 0) -> dict[str, str]:
        """Path and reason of everything withheld, by the one receipt that `who` got."""
        withheld = self.receipt(who).proof["berichten"][number]["nietDoorgegeven"]
        return {each["pad"]: each["reden"] for each in withheld}

    def records(self) -> list[Record]:
        """What is on record of the mails of this test, oldest first."""
        found = self.run(on_record.records(self.database))
        return [each for each in found if each.trace not in self._before]

    def posted(self, kind: str = "report") -> list[tuple[str, str]]:
        """Message-ID and state of all that was to be sent in this town's whole life."""
        return self.run(on_record.posted(self.database, kind))

    def faults(self) -> list[str]:
        """Everything that is wrong with outcomes, outbox or log; and every bug that was told."""
        wrong = self.run(
            on_record.faults(self.database, parts.vault(self.config), log_key(self.config))
        )
        return wrong + [str(each) for each in self.gateway.told("bug")]

    def look(self, mail: bytes, at: datetime | None = None) -> tuple[Carried, ...]:
        """What would become of a mail that comes in `at` some time; nothing is stored or sent."""

        async def inspect() -> tuple[Carried, ...]:
            async with wiring.inspecting(self.config) as gate:
                raw = wiring.mail_from_file(mail, at or datetime.now(UTC))
                _, carried = await walk(raw, gate)
                return carried

        return self.run(inspect())


def _number_of(who: str) -> str:
    return world.SCHOOL_2_NUMMER if who == world.SOFIE else generators.INSTELLINGSNUMMER


def report(number: int, **sections: Json) -> dict[str, Json]:
    """A new report about this inburgeraar, unlike any other, with every field but free text."""
    return generators.full_bericht(number) | {"berichtId": str(uuid4()), **sections}


def later(**how: float) -> datetime:
    """So long from now."""
    return datetime.now(UTC) + timedelta(**how)
