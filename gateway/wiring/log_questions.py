"""Questions to the log as an officer asks them, by dossierkenmerk, contact or provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.register import Refusal, RegisterError
from gateway.ledger.reading import Query
from gateway.wiring.logbook import Logbook, logbook
from gateway.wiring.register import administration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.config import Config
    from gateway.ledger.reading import Shown
    from gateway.ledger.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question; `person` a dossierkenmerk or our own id, `provider` the id of a party."""

    mail: str = ""
    person: str = ""
    contacts: tuple[str, ...] = ()
    provider: str = ""
    kinds: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


async def shown(config: Config, asked: Asked, last: int | None, *, by: str) -> Sequence[Shown]:
    """The last entries that were asked for; who looked, and at what, goes on record first.

    Raises `RegisterError` for a person, provider or operator that is not registered,
    and `NotReadyError`.
    """
    async with logbook(config) as book:
        query = await _query(config, book, asked)
        return await book.reader.show(query, last)


async def verified(
    config: Config,
    kept: Sequence[Path],
    *,
    tree_only: bool,
    told: Callable[[int, int], None],
) -> Verdict:
    """The whole log against its tree, checkpoints and these files; raises `NotReadyError`."""
    async with logbook(config) as book:
        return await book.verify(kept, tree_only=tree_only, told=told)


async def _query(config: Config, book: Logbook, asked: Asked) -> Query:
    register = administration(config, book.database, book.vault)
    subject, contacts = "", frozenset(asked.contacts) if asked.contacts else None
    if asked.person:
        found = await register.dossier(asked.person)
        if found is None:
            raise RegisterError(Refusal.UNKNOWN_DOSSIER)
        subject = found.history.dossier_id
    if asked.provider:
        roster = await register.roster()
        if asked.provider not in roster.parties:
            raise RegisterError(Refusal.UNKNOWN_PARTY)
        theirs = frozenset(
            each.contact_id
            for each in roster.contacts.values()
            if each.party.party_id == asked.provider
        )
        contacts = theirs if contacts is None else contacts & theirs
    return Query(
        mail=asked.mail,
        subject=subject,
        contacts=contacts,
        since=asked.since,
        until=asked.until,
        kinds=frozenset(asked.kinds),
        outcomes=frozenset(asked.outcomes),
    )
