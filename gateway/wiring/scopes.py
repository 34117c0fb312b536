"""Scopes as an officer asks for them: by dossierkenmerk, contact, key, mailbox."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.adapters import tables_register as tables
from gateway.adapters.database_scope import DatabaseScopes, NotIndexedError
from gateway.adapters.disclosed_indexing import index_disclosures
from gateway.adapters.received_terms import is_mail
from gateway.adapters.scope_terms import mailboxes_on_record
from gateway.adapters.tables_own_keys import own_key_events
from gateway.domain.audit import Action
from gateway.domain.received import Came
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.scope import DISCLOSED, Criterion, by_dossier
from gateway.wiring import parts
from gateway.wiring.deeds import covering, deeds
from gateway.wiring.errors import NotReadyError
from gateway.wiring.readiness import ready_database
from gateway.wiring.register import administration, subject_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from gateway.adapters.database import Database
    from gateway.adapters.database_register import Register
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.received import Received
    from gateway.domain.scope import Disclosed, Scope
    from gateway.domain.together import Together

_ONE_BY_ONE = 20  # people


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedScope:
    """A criterion as it is typed: `person` by dossierkenmerk or our own id, `key` with spaces.

    Everything else as in `Criterion`.
    """

    contact: str = ""
    key: str = ""
    mailbox: str = ""
    party: str = ""
    since: datetime | None = None
    until: datetime | None = None
    policy: str = ""
    mail: str = ""
    form: str = ""
    person: str = ""
    only: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """One person of a scope: `kenmerk` is empty where the register holds none any more.

    `received` is what came in about them and was never passed on.
    """

    dossier_id: str
    kenmerk: str
    disclosures: tuple[Disclosed, ...]
    received: tuple[Received, ...] = ()

    @property
    def states(self) -> list[str]:
        """What became of it all, each once; "in-part" where some of a report stayed behind."""
        found = {each.state.value for each in self.received}
        for each in self.disclosures:
            found |= {each.state.value, *([Came.IN_PART.value] if each.withheld else [])}
        return sorted(found)


class ScopeError(NotReadyError):
    """Something was asked for that nothing on record ever had; says what."""


class Scopes:
    """What can be asked; each question goes on record before it is answered."""

    def __init__(
        self, config: Config, database: Database, vault: Vault, register: Register, by: str
    ) -> None:
        self._config = config
        self._database = database
        self._vault = vault
        self._register = register
        self._by = by
        self._reading = DatabaseScopes(database, vault)

    async def criterion(self, asked: AskedScope) -> Criterion:
        """What was asked for, in the register's own ids.

        Raises `RegisterError` for a person, contact, party, key or form that is not on
        record, `ScopeError` for a mailbox, mail or table: a slip of the pen would else look as
        if nobody were concerned.
        """
        found = Criterion(
            contact=asked.contact,
            key="".join(asked.key.split()).replace(":", "").upper(),
            mailbox=asked.mailbox.strip(),
            party=asked.party,
            since=asked.since,
            until=asked.until,
            policy=asked.policy.strip().lower(),
            mail=asked.mail.strip(),
            form=asked.form,
            person=await subject_of(self._register, asked.person),
            only=asked.only,
            boxes=await self._boxes(asked.mailbox.strip()),
        )
        if found.is_empty:
            raise ScopeError("say what it is about: a contact, key, mailbox, party, period, ...")
        if found.only not in {"", DISCLOSED}:
            raise ScopeError(f"nothing is only {found.only}: {DISCLOSED}, or nothing")
        await self._on_record(found)
        return found

    async def _boxes(self, address: str) -> frozenset[str]:
        """The gateway's own mailboxes that are meant: by its address all, by a name that one."""
        if not address:
            return frozenset()
        names = await self._database.look(mailboxes_on_record)
        gateway, wanted = self._config.gateway, address.casefold()
        if wanted in {each.casefold() for each in (gateway.address, *gateway.aliases)}:
            return names | {gateway.address}
        return frozenset(
            each for each in names if each == address or each.casefold().startswith(f"{wanted}@")
        )

    async def _on_record(self, asked: Criterion) -> None:
        roster = await self._register.roster()
        if asked.contact and asked.contact not in roster.contacts:
            raise RegisterError(Refusal.UNKNOWN_CONTACT)
        if asked.party and asked.party not in roster.parties:
            raise RegisterError(Refusal.UNKNOWN_PARTY)
        addresses = await self._register.recorded(tables.contact_detail) if asked.mailbox else ()
        wanted = asked.mailbox.casefold()
        theirs = any(row["address"].casefold() == wanted for row in addresses)
        if asked.mailbox and not theirs and not asked.boxes:
            raise ScopeError(f"no contact, nor the gateway, ever had the mailbox {asked.mailbox}")
        if asked.mail and not await self._database.look(lambda each: is_mail(each, asked.mail)):
            raise ScopeError(f"no mail has the trace, and no report the reference {asked.mail}")
        if asked.key and not await self._key_is_known(asked.key):
            raise RegisterError(Refusal.NO_KEY)
        if asked.policy and await self._register.policy_text(asked.policy) is None:
            raise ScopeError(f"no decision table with the digest {asked.policy}")
        signed = await self._register.recorded(tables.consent_event, form_version=asked.form)
        if asked.form and not signed:
            raise RegisterError(Refusal.UNKNOWN_FORM)

    async def _key_is_known(self, key: str) -> bool:
        theirs = await self._register.recorded(tables.contact_key, fingerprint=key)
        return bool(theirs or await self._register.recorded(own_key_events, fingerprint=key))

    async def counts(self, asked: AskedScope) -> tuple[Criterion, Together]:
        """What it amounts to; raises as `criterion` does."""
        found = await self._asked(asked)
        with indexed():
            return found, await self._reading.together(found)

    async def scope(self, asked: AskedScope, *, verify: bool = False) -> Scope:
        """All that meets it, disclosed or only received; raises as `criterion` does."""
        found = await self._asked(asked)
        with indexed():
            return await self._reading.whole(found, datetime.now(UTC), verify=verify)

    async def people(self, scope: Scope) -> Sequence[Concerned]:
        """Who they are, each on record as looked up."""
        people = scope.concerned
        await self._register.consulted(by=self._by, action=Action.BREACH_PEOPLE_LOOKED, ids=people)
        kenmerken = await self._kenmerken(people)
        disclosed = by_dossier(scope.disclosures)
        received = by_dossier(scope.received)
        return [
            Concerned(
                dossier_id=each,
                kenmerk=kenmerken.get(each, ""),
                disclosures=tuple(disclosed.get(each, ())),
                received=tuple(received.get(each, ())),
            )
            for each in people
        ]

    async def _kenmerken(self, people: Sequence[str]) -> Mapping[str, str]:
        if len(people) > _ONE_BY_ONE:
            records = await self._register.dossiers()  # read together: one by one takes longer
        else:
            found = [await self._register.dossier_by_id(each) for each in people]
            records = [each for each in found if each is not None]
        return {
            each.history.dossier_id: each.identity.dossierkenmerk
            for each in records
            if each.identity
        }

    async def index(self) -> int:
        """Take in what was released before scopes were counted; how many disclosures."""
        await (await deeds(self._config, self._database, self._vault)).record(
            Action.BREACH_INDEXED, "", by=self._by
        )
        return await index_disclosures(self._database, self._vault)

    async def _asked(self, asked: AskedScope) -> Criterion:
        found = await self.criterion(asked)
        record = await deeds(self._config, self._database, self._vault)
        given = {name: value for name, value in found.given().items() if name != "person"}
        digest = sha256(repr(sorted(given.items())).encode()).hexdigest()[:16]
        await record.record(
            Action.BREACH_SCOPED,
            "" if found.person else f"scope/{digest}",
            by=self._by,
            subject=found.person,
        )
        return found


@contextmanager
def indexed() -> Iterator[None]:
    """Raises `ScopeError` where not everything can be counted yet."""
    try:
        yield
    except NotIndexedError:
        raise ScopeError(
            "reports that left before scopes were counted are not counted in yet: gateway breach"
            " index"
        ) from None


@asynccontextmanager
async def scopes(config: Config, *, by: str) -> AsyncIterator[Scopes]:
    """Scopes over the configured database, asked for by this operator; raises `NotReadyError`."""
    vault = parts.vault(config)
    async with ready_database(config, vault) as database, covering(config, database):
        yield Scopes(config, database, vault, await administration(config, database, vault), by)
