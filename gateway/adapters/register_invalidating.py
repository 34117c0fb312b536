"""Every consent under one version of the form: counted, proposed, carried out, and asked anew.

People are read in batches, so that thousands of them do not lie in memory together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.adapters import tables_register as tables
from gateway.adapters.register_deciding import read_proposals
from gateway.adapters.register_deeds import Done
from gateway.adapters.register_rows import DOSSIER_TABLES, dossier_from, grouped, read_consents
from gateway.adapters.register_writing import open_identity
from gateway.adapters.tables_register import stamp
from gateway.domain.audit import Action
from gateway.domain.consent import PERMITTING, ConsentKind, granting
from gateway.domain.invalidating import (
    Concerned,
    Counts,
    Form,
    ToAsk,
    concerned,
    per_provider,
    rested_on,
    to_ask,
    token,
)
from gateway.domain.moments import moment
from gateway.domain.proposals import ProposalKind, Verdict
from gateway.domain.register import Refusal, RegisterError, check_reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.adapters.register_deciding import Proposals
    from gateway.adapters.register_rows import Row, Rows
    from gateway.adapters.register_writing import Writing
    from gateway.adapters.sent_reports import SqlSentReports
    from gateway.adapters.vault import Vault
    from gateway.domain.incidents import Incident, Uncovered
    from gateway.domain.proposals import Proposal

BATCH = 500
_NOTHING: dict[str, Sequence[Row]] = {table.name: () for table in DOSSIER_TABLES}


class Invalidations:
    """Everybody under one version of the form at once.  Raises `RegisterError`."""

    def __init__(self, writing: Writing, proposals: Proposals) -> None:
        self._writing = writing
        self._proposals = proposals

    async def propose(
        self, form: Form, *, reason: str, expect: str, valid_from: datetime | None = None
    ) -> str:
        """The proposal another operator has to approve; its id.

        `expect` is the token of the dry run: PROPOSAL_STALE when it would concern others now.
        """
        reason = check_reason(reason)
        start = self._writing.moment(valid_from)
        if start > self._writing.now:
            raise RegisterError(Refusal.PERIOD_EMPTY)
        found = await find_concerned(self._writing.rows, form, start, self._writing.now)
        _expected(found, expect)
        payload = {
            "language": form.language,
            "reason": reason,
            "valid_from": valid_from.isoformat() if valid_from else "",
            "persons": str(len({each.dossier_id for each in found})),
            "expect": expect,
        }
        return await self._proposals.add(ProposalKind.INVALIDATION, form.version, payload)

    async def carry_out(self, proposal: Proposal) -> int:
        """Each of these consents ends, now or when the proposal says; how many events."""
        form, valid_from = terms_of(proposal)
        now = self._writing.now
        found = await find_concerned(self._writing.rows, form, valid_from or now, now)
        _expected(found, proposal.payload["expect"])
        rows = [
            _event(each.dossier_id, each.provider_id, ConsentKind.INVALIDATED, form, each.at)
            for each in found
        ]
        for first in range(0, len(rows), BATCH):
            await self._writing.extend(tables.consent_event, rows[first : first + BATCH])
        self._writing.deeds.add(Done(Action.CONSENT_INVALIDATED, form.version))
        return len(rows)

    async def ask_again(self, version: str, *, with_version: str, expect: str) -> int:
        """Put on record that everybody who has to be asked anew is asked, with another form.

        Refuses a form that the catalogue does not hold, or that does not count any more.
        """
        found = [
            each
            for each in await find_to_ask(self._writing.rows, version, self._writing.now)
            if each.asked_at is None
        ]
        _expected(found, expect)
        form = self._writing.form(with_version)
        await form_counts(self._writing, form.version, form.language)
        rows = [
            _event(
                each.dossier_id,
                each.provider_id,
                ConsentKind.REQUESTED,
                Form(version=with_version, language="nl"),
                self._writing.now,
            )
            for each in found
        ]
        for first in range(0, len(rows), BATCH):
            await self._writing.extend(tables.consent_event, rows[first : first + BATCH])
        return len(rows)


class Looking:
    """What an invalidation would do, and who is to be asked again; changes nothing."""

    def __init__(self, rows: Rows, sent: SqlSentReports, vault: Vault, now: datetime) -> None:
        self._rows = rows
        self._sent = sent
        self._vault = vault
        self._now = now

    async def counts(self, form: Form, valid_from: datetime | None = None) -> Counts:
        """Persons, consents and reports that an invalidation of this form would concern now."""
        found = await find_concerned(self._rows, form, valid_from or self._now, self._now)
        people = sorted({each.dossier_id for each in found})
        released = held = disclosures = 0
        for first in range(0, len(people), BATCH):
            batch = people[first : first + BATCH]
            unsent = await self._sent.unsent(batch)
            released, held = released + unsent["released"], held + unsent["held"]
            disclosures += await self._disclosed(batch, form)
        return Counts(
            persons=len(people),
            consents=len({(each.dossier_id, each.provider_id) for each in found}),
            per_provider=per_provider(found),
            released=released,
            held=held,
            disclosures=disclosures,
            token=token(found),
        )

    async def _disclosed(self, people: Sequence[str], form: Form) -> int:
        histories = {
            history.dossier_id: history for history, _ in await read_consents(self._rows, people)
        }
        since = min(each.event.valid_from for own in histories.values() for each in own.consents)
        left = await self._sent.about(people, since)
        return sum(
            rested_on(each, histories[each.dossier_id], form.version, self._now)
            for each in left
            if each.sent_at is not None
        )

    async def left(self, incident: Incident) -> tuple[tuple[Uncovered, str], ...]:
        """The disclosures of an incident as they stand by now, each with its outbox state."""
        found = await self._sent.left([each.span_id for each in incident.disclosures])
        states = [found.get(each.span_id, ("gone", None)) for each in incident.disclosures]
        return tuple(
            (each.left_at(sent_at), state)
            for each, (state, sent_at) in zip(incident.disclosures, states, strict=True)
        )

    async def to_ask(self, version: str = "") -> Sequence[ToAsk]:
        """Who has to be asked again, by dossierkenmerk, provider by provider."""
        found = await find_to_ask(self._rows, version, self._now)
        kenmerken: dict[str, str] = {}
        people = sorted({each.dossier_id for each in found})
        for first in range(0, len(people), BATCH):
            kenmerken |= await self._kenmerken(people[first : first + BATCH])
        named = [replace(each, dossierkenmerk=kenmerken[each.dossier_id]) for each in found]
        return sorted(named, key=lambda each: (each.provider_id, each.dossierkenmerk))

    async def _kenmerken(self, people: Sequence[str]) -> dict[str, str]:
        secrets = await self._rows.among(tables.dossier_secret, "dossier_id", people)
        sealed = grouped(
            await self._rows.among(tables.dossier_identity, "dossier_id", people), "dossier_id"
        )
        found = {}
        for row in secrets:
            dossier_id = row["dossier_id"]
            only = {"dossier_identity": sealed[dossier_id]}
            history = dossier_from(dossier_id, row["wrapped_key"], _NOTHING | only)
            identity = open_identity(self._vault, history, self._now)
            found[dossier_id] = identity.dossierkenmerk if identity else ""
        return found


async def find_concerned(rows: Rows, form: Form, start: datetime, now: datetime) -> list[Concerned]:
    """The consents that rest on this form at `start` or since, by what is known `now`."""
    signed = {
        row["dossier_id"]
        for row in await rows.select(tables.consent_event, form_version=form.version)
        if row["kind"] in PERMITTING
    }
    found: list[Concerned] = []
    for batch in _batches(signed):
        for history, languages in await read_consents(rows, batch):
            found += concerned(history, form, languages, start, now)
    return found


async def find_to_ask(rows: Rows, version: str, now: datetime) -> list[ToAsk]:
    """Who has to be asked again, by id."""
    invalidated = {
        row["dossier_id"]
        for row in await rows.select(tables.consent_event, kind=ConsentKind.INVALIDATED.value)
    }
    found: list[ToAsk] = []
    for batch in _batches(invalidated):
        for history, _ in await read_consents(rows, batch):
            found += to_ask(history, version, now)
    return found


async def named_version(
    writing: Writing, dossier_id: str, provider_id: str, version: str, at: datetime
) -> None:
    """Refuses to invalidate another version than the one that consent rests on at `at`.

    It would end nothing, and look as if it had.
    """
    ((history, _),) = await read_consents(writing.rows, [dossier_id])
    events = [each.event for each in history.consents if each.provider_id == provider_id]
    resting = granting(events, valid_at=at, known_at=writing.now)
    if resting and all(event.form_version != version for event in resting):
        raise RegisterError(Refusal.OTHER_FORM)


async def form_counts(
    writing: Writing, version: str, language: str, *, before: datetime | None = None
) -> None:
    """Refuses a form whose consents were all invalidated, and names those that count.

    Whatever the date on the paper: what was wrong with its text was wrong from the
    beginning.  With `before` it is refused only when it was invalidated by that instant.
    """
    since = await _invalidated_since(writing.rows, version, language)
    if since is None or (before is not None and before < since):
        return
    catalogue = writing.forms().versions(language) if writing.forms else ()
    counting = [
        each for each in catalogue if await _invalidated_since(writing.rows, each, language) is None
    ]
    raise RegisterError(Refusal.FORM_INVALIDATED, ", ".join(counting))


async def _invalidated_since(rows: Rows, version: str, language: str) -> datetime | None:
    kind = ProposalKind.INVALIDATION.value
    since = [
        terms_of(each)[1] or each.decided_at
        for each in await read_proposals(rows, kind=kind, subject=version)
        if each.verdict is Verdict.APPROVED and each.payload["language"] in {"", language}
    ]
    return min((each for each in since if each is not None), default=None)


def terms_of(proposal: Proposal) -> tuple[Form, datetime | None]:
    """Which form a proposal is about, and from when; None for the moment of approval."""
    form = Form(version=proposal.subject, language=proposal.payload["language"])
    given = proposal.payload["valid_from"]
    return form, moment(given) if given else None


def _expected(found: Sequence[Concerned] | Sequence[ToAsk], expect: str) -> None:
    if not found:
        raise RegisterError(Refusal.NOBODY_CONCERNED)
    if token(found) != expect:
        raise RegisterError(Refusal.PROPOSAL_STALE)


def _event(
    dossier_id: str, provider_id: str, kind: ConsentKind, form: Form, at: datetime
) -> dict[str, object]:
    return {
        "dossier_id": dossier_id,
        "valid_from": stamp(at),
        "provider_party_id": provider_id,
        "kind": kind.value,
        "categories": "",
        "extra": "",
        "form_version": form.version,
        "form_language": form.language or "mul",  # ISO 639: several languages
        "expressed_by": "gemeente",
        "interpreter": False,
        "proof_sha256": None,
    }


def _batches(people: set[str]) -> list[list[str]]:
    ordered = sorted(people)
    return [ordered[first : first + BATCH] for first in range(0, len(ordered), BATCH)]
