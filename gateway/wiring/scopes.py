"""Scopes as an officer asks for them: by dossierkenmerk, contact, key; and frozen in a folder."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.adapters import tables_register as tables
from gateway.adapters.database_scope import DatabaseScopes, NotIndexedError
from gateway.adapters.disclosed_indexing import index_disclosures
from gateway.adapters.tables_own_keys import own_key_events
from gateway.domain.audit import Action
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.scope import Criterion
from gateway.wiring import parts
from gateway.wiring.deeds import covering, deeds
from gateway.wiring.errors import NotReadyError
from gateway.wiring.folders import new_folder, private_file
from gateway.wiring.readiness import ready_database
from gateway.wiring.register import administration, subject_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.adapters.database_register import Register
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.scope import Counts, Disclosed, Scope

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """One person of a scope: `kenmerk` is empty where the register holds none any more."""

    dossier_id: str
    kenmerk: str
    disclosures: tuple[Disclosed, ...]


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
        record, `ScopeError` for a mailbox or table: a slip of the pen would else look as
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
        )
        if found.is_empty:
            raise ScopeError("say what it is about: a contact, key, mailbox, party, period, ...")
        await self._on_record(found)
        return found

    async def _on_record(self, asked: Criterion) -> None:
        roster = await self._register.roster()
        if asked.contact and asked.contact not in roster.contacts:
            raise RegisterError(Refusal.UNKNOWN_CONTACT)
        if asked.party and asked.party not in roster.parties:
            raise RegisterError(Refusal.UNKNOWN_PARTY)
        addresses = await self._register.recorded(tables.contact_detail) if asked.mailbox else ()
        wanted = asked.mailbox.casefold()
        if asked.mailbox and all(row["address"].casefold() != wanted for row in addresses):
            raise ScopeError(f"no contact ever had the mailbox {asked.mailbox}")
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

    async def counts(self, asked: AskedScope) -> tuple[Criterion, Counts]:
        """What it amounts to; raises as `criterion` does."""
        found = await self._asked(asked)
        with _indexed():
            return found, await self._reading.counts(found)

    async def scope(self, asked: AskedScope, *, verify: bool = False) -> Scope:
        """All that meets it; raises as `criterion` does."""
        found = await self._asked(asked)
        with _indexed():
            return await self._reading.scope(found, datetime.now(UTC), verify=verify)

    async def people(self, scope: Scope) -> Sequence[Concerned]:
        """Who they are, each on record as looked up."""
        people = scope.people
        await self._register.consulted(
            by=self._by, action=Action.BREACH_PEOPLE_LOOKED, ids=sorted(people)
        )
        kenmerken = await self._kenmerken(sorted(people))
        return [
            Concerned(
                dossier_id=dossier_id,
                kenmerk=kenmerken.get(dossier_id, ""),
                disclosures=theirs,
            )
            for dossier_id, theirs in people.items()
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
def _indexed() -> Iterator[None]:
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


def frozen(scope: Scope, folder: Path, people: Sequence[Concerned] = ()) -> Sequence[Path]:
    """A scope as files in a new folder: ``scope.json``, and whom it concerns where they are given.

    Raises `NotReadyError` where the folder is there already or cannot be made.
    """
    files = {"scope.json": scope_json(scope) | {"digest": scope.digest}}
    if people:
        files["people.json"] = {"digest": scope.digest, "people": [_person(e) for e in people]}
    new_folder(folder)
    for name, said in files.items():
        text = json.dumps(said, ensure_ascii=False, indent=2)
        private_file(folder / name, text.encode() + b"\n")
    return [folder / name for name in files]


def scope_json(scope: Scope) -> dict[str, object]:
    """Everything but who the people are: by reference and the register's own ids."""
    return {
        "criterion": dict(scope.criterion.given()),
        "at": scope.at.isoformat(),
        "counts": counts_json(scope.counts),
        "disclosures": [_disclosure(each) for each in scope.disclosures],
    }


def counts_json(counts: Counts) -> dict[str, object]:
    """The counts of a scope."""
    return {
        "disclosures": counts.disclosures,
        "left": counts.left,
        "people": counts.people,
        "erased": counts.erased,
        "messages": counts.messages,
        "first": counts.first.isoformat() if counts.first else None,
        "last": counts.last.isoformat() if counts.last else None,
        "states": dict(counts.states),
        "sureness": dict(counts.sureness),
        "categories": dict(counts.categories),
        "fields": dict(counts.paths),
        "recipients": dict(counts.recipients),
        "senders": dict(counts.senders),
        "keys": dict(counts.keys),
    }


def _disclosure(each: Disclosed) -> Mapping[str, object]:
    return {
        "dossier": each.dossier_id or None,
        "trace": each.trace,
        "report": each.number + 1,
        "span": each.span_id,
        "reference": each.reference,
        "recorded_at": each.recorded_at.isoformat(),
        "sent_at": each.sent_at.isoformat() if each.sent_at else None,
        "sender": each.sender_id,
        "recipient": each.recipient_id,
        "categories": sorted(category.value for category in each.categories),
        "fields": list(each.fields),
        "policy": each.policy,
        "ground": each.ground,
        "sealed_to": each.sealed_to or None,
        "sealed_by": each.sealed_by or None,
        "opened_by": each.opened_by or None,
        "protection": each.protection.value if each.protection else None,
        "state": each.state.value,
        "sureness": each.sureness.value,
    }


def _person(each: Concerned) -> Mapping[str, object]:
    return {
        "dossierkenmerk": each.kenmerk or None,
        "dossier": each.dossier_id,
        "disclosures": len(each.disclosures),
        "categories": sorted({name.value for one in each.disclosures for name in one.categories}),
    }
