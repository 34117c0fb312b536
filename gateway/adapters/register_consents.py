"""Consent: what may be put on record about it, and reading back what its forms showed."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.adapters import tables_consent as forms
from gateway.adapters import tables_register as tables
from gateway.adapters.register_invalidating import form_counts, named_version
from gateway.adapters.register_rows import consent_of, read_consents
from gateway.adapters.tables_register import stamp
from gateway.domain.bijsluiter import Category
from gateway.domain.consent import (
    ENDING,
    PERMITTING,
    ConsentCategory,
    ConsentEvent,
    ConsentKind,
    coming,
    effective,
)
from gateway.domain.consent_forms import (
    AddedRow,
    OnRecord,
    Paper,
    Partner,
    check_paper,
    scan_type,
)
from gateway.domain.parties import Side
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from gateway.adapters.register_rows import Row, Rows
    from gateway.adapters.register_writing import Writing
    from gateway.adapters.vault import PersonKey, Vault
    from gateway.domain.consent_forms import Form

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_SHORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# What needs no form: withdrawing is as easy as giving (art. 7(3) AVG), the rest happens to it.
WITHOUT_FORM = frozenset({ConsentKind.WITHDRAWN, ConsentKind.EXPIRED, ConsentKind.INVALIDATED})
NO_FORM = "none"
_WRITTEN, _SCAN = "words on a consent form", "scan of a consent form"
_EMPTY = Paper()


class Consents:
    """What an inburgeraar allowed, and to whom (12.2).  Raises `RegisterError`."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    async def record(
        self,
        dossier_id: str,
        provider_id: str,
        kind: ConsentKind,
        *,
        valid_from: datetime | None = None,
        categories: Iterable[ConsentCategory] = (),
        extra: Iterable[Category] = (),
        form_version: str | None = None,
        form_language: str = "nl",
        expressed_by: str = "inburgeraar",
        interpreter: bool = False,
        proof_sha256: str | None = None,
        paper: Paper = _EMPTY,
    ) -> None:
        """One event, on record for good, with what its form showed.

        `form_version` None is the catalogue's current form, or for what needs no form
        that of the consent that it is about.  `proof_sha256` is the digest of a scan
        that lies elsewhere, or of the one in `paper`.  `extra` comes on top of what
        the added rows of `paper` cover.  An ending is put on record for grants that
        are still to come too.
        """
        start = self._writing.moment(valid_from)
        await self._provider(dossier_id, provider_id)
        rows = frozenset(categories)
        _check_given(kind, rows, paper, ahead=start > self._writing.now)
        proof = _proof(paper, proof_sha256)
        named = NO_FORM if form_version is None else form_version
        _check_form(named, form_language, expressed_by, proof)
        form = await self._form(kind, form_version, form_language, start)
        version = form.version if form else form_version
        version = version or await self._last_form(dossier_id, provider_id)
        if kind is ConsentKind.INVALIDATED:
            await named_version(self._writing, dossier_id, provider_id, version, start)
        event = self._event(kind, start, version, rows, _covered(paper, extra))
        events = await self._events(dossier_id, provider_id) if kind in ENDING else ()
        for at in (start, *coming(event, events)):
            await self._append(
                dossier_id,
                provider_id,
                replace(event, valid_from=at),
                form_language=form_language,
                expressed_by=expressed_by,
                interpreter=interpreter or bool(paper.interpreter),
                proof_sha256=proof,
            )
            if at == start and (form is not None or paper.written or paper.scan is not None):
                await self._keep(dossier_id, form, paper)

    async def withdraw(
        self,
        dossier_id: str,
        provider_id: str,
        *,
        categories: Iterable[ConsentCategory] = (),
        extra: Iterable[Category] = (),
        valid_from: datetime | None = None,
    ) -> None:
        """All of it, or only these rows; no form is needed (art. 7(3) AVG).

        Refuses where nothing of it holds at that moment or is still to come, so that a
        withdrawal for the wrong provider is not taken for one that was done.
        """
        await self._writing.person_known(dossier_id)
        start = self._writing.moment(valid_from)
        event = self._event(
            ConsentKind.WITHDRAWN, start, NO_FORM, frozenset(categories), frozenset(extra)
        )
        events = await self._events(dossier_id, provider_id)
        if not _holds(event, events) and not coming(event, events):
            raise RegisterError(Refusal.NOTHING_TO_WITHDRAW)
        await self.record(
            dossier_id,
            provider_id,
            event.kind,
            valid_from=start,
            categories=event.categories,
            extra=event.extra,
        )

    async def _events(self, dossier_id: str, provider_id: str) -> Sequence[ConsentEvent]:
        ((history, _),) = await read_consents(self._writing.rows, [dossier_id])
        return [each.event for each in history.consents if each.provider_id == provider_id]

    def _event(
        self,
        kind: ConsentKind,
        start: datetime,
        version: str,
        categories: frozenset[ConsentCategory],
        extra: frozenset[Category],
    ) -> ConsentEvent:
        return ConsentEvent(
            kind=kind,
            valid_from=start,
            recorded_at=self._writing.now,
            form_version=version,
            categories=categories,
            extra=extra,
        )

    async def _append(
        self, dossier_id: str, provider_id: str, event: ConsentEvent, **signed: object
    ) -> None:
        await self._writing.append(
            tables.consent_event,
            dossier_id=dossier_id,
            valid_from=stamp(event.valid_from),
            provider_party_id=provider_id,
            kind=event.kind.value,
            categories=" ".join(sorted(event.categories)),
            extra=" ".join(sorted(event.extra)),
            form_version=event.form_version,
            **signed,
        )

    async def _provider(self, dossier_id: str, provider_id: str) -> None:
        await self._writing.person_known(dossier_id)
        if (await self._writing.party(provider_id)).side is not Side.PROVIDER:
            raise RegisterError(Refusal.NOT_A_PROVIDER)

    async def _form(
        self, kind: ConsentKind, version: str | None, language: str, start: datetime
    ) -> Form | None:
        if kind in WITHOUT_FORM:
            return None
        form = self._writing.form(version, language)
        if kind in PERMITTING:
            await form_counts(self._writing, form.version, language)
        elif kind is ConsentKind.REQUESTED:
            await form_counts(self._writing, form.version, language, before=start)
        return form

    async def _last_form(self, dossier_id: str, provider_id: str) -> str:
        found = await self._writing.rows.select(
            tables.consent_event, dossier_id=dossier_id, provider_party_id=provider_id
        )
        named = [str(row["form_version"]) for row in found if row["kind"] in PERMITTING]
        return named[-1] if named else NO_FORM

    async def _keep(self, dossier_id: str, form: Form | None, paper: Paper) -> None:
        """What the form of the event just recorded showed."""
        events = await self._writing.rows.select(tables.consent_event, dossier_id=dossier_id)
        event_id = events[-1]["id"]
        partner = paper.partner or Partner.NONE
        await self._writing.append(
            forms.consent_form,
            event_id=event_id,
            dossier_id=dossier_id,
            partner=partner.value,
            notice_sha256=form.digest if form else None,
            scan_type=None if paper.scan is None else scan_type(paper.scan),
            scan_bytes=None if paper.scan is None else len(paper.scan),
            **(await self._sealed(dossier_id, _WRITTEN, _words(paper)) if paper.written else {}),
        )
        if paper.scan is not None:
            sealed = await self._sealed(dossier_id, _SCAN, paper.scan)
            await self._writing.append(forms.consent_scan, event_id=event_id, **sealed)

    async def _sealed(self, dossier_id: str, purpose: str, content: bytes) -> dict[str, object]:
        person = await _person(self._writing.rows, self._writing.vault, dossier_id)
        if person is None:
            raise RegisterError(Refusal.PERSON_ERASED)
        context = secrets.token_hex(16)
        return {"context": context, "sealed": person.seal(purpose, context, content)}


def _check_given(
    kind: ConsentKind, rows: frozenset[ConsentCategory], paper: Paper, *, ahead: bool
) -> None:
    check_paper(paper)
    if kind not in PERMITTING:
        return
    if not rows:
        raise RegisterError(Refusal.CONSENT_WITHOUT_ROWS)
    if ahead:
        raise RegisterError(Refusal.SIGNED_IN_FUTURE)
    if paper.partner is None:
        raise RegisterError(Refusal.PARTNER_UNSTATED)
    if paper.partner is Partner.MISSING:
        raise RegisterError(Refusal.PARTNER_DID_NOT_SIGN)


def _covered(paper: Paper, extra: Iterable[Category]) -> frozenset[Category]:
    added = (each.covers for each in paper.added if each.covers is not None)
    return frozenset(added).union(extra)


def _holds(ending: ConsentEvent, events: Iterable[ConsentEvent]) -> bool:
    """Whether something of what this withdrawal names holds at that moment."""
    found = effective(events, valid_at=ending.valid_from, known_at=ending.recorded_at)
    named = found.categories & ending.categories or found.extra & ending.extra
    everything = not (ending.categories or ending.extra)
    return bool(found.categories) and (everything or bool(named))


def _check_form(version: str, language: str, expressed_by: str, proof: str | None) -> None:
    if (
        not _SHORT.fullmatch(version)
        or not _LANGUAGE.fullmatch(language)
        or expressed_by not in {"inburgeraar", "partner", "voogd", "gemachtigde"}
        or (proof is not None and not _SHA256.fullmatch(proof))
    ):
        raise RegisterError(Refusal.BAD_FORM)


def _proof(paper: Paper, given: str | None) -> str | None:
    if paper.scan is None:
        return given
    digest = hashlib.sha256(paper.scan).hexdigest()
    if given not in {None, digest}:
        raise RegisterError(Refusal.SCAN_DIFFERS)
    return digest


def _words(paper: Paper) -> bytes:
    added = [{"text": each.text, "covers": each.covers} for each in paper.added]
    content = {"interpreter": paper.interpreter, "added": added}
    return json.dumps(content, ensure_ascii=False).encode()


async def read_papers(rows: Rows, vault: Vault, dossier_id: str) -> Sequence[OnRecord]:
    """Every consent event of a dossier with what its form showed, in the order of recording."""
    events = await rows.select(tables.consent_event, dossier_id=dossier_id)
    kept = await rows.select(forms.consent_form, dossier_id=dossier_id)
    by_event = {row["event_id"]: row for row in kept}
    person = await _person(rows, vault, dossier_id)
    return [
        _on_record(number, row, by_event.get(row["id"]), person)
        for number, row in enumerate(events, start=1)
    ]


async def read_scan(rows: Rows, vault: Vault, dossier_id: str, number: int) -> bytes:
    """The scan of the form of event `number`, counted from 1; `RegisterError` where there is none.

    PERSON_ERASED once the key of this person was destroyed.
    """
    events = await rows.select(tables.consent_event, dossier_id=dossier_id)
    chosen = events[number - 1 : number] if number > 0 else []
    found = [
        row for each in chosen for row in await rows.select(forms.consent_scan, event_id=each["id"])
    ]
    if not found:
        raise RegisterError(Refusal.NO_SCAN)
    person = await _person(rows, vault, dossier_id)
    if person is None:
        raise RegisterError(Refusal.PERSON_ERASED)
    return person.open(_SCAN, found[0]["context"], found[0]["sealed"])


async def _person(rows: Rows, vault: Vault, dossier_id: str) -> PersonKey | None:
    secrets_ = await rows.select(tables.dossier_secret, dossier_id=dossier_id)
    wrapped = secrets_[0]["wrapped_key"] if secrets_ else None
    return None if wrapped is None else vault.person(dossier_id, wrapped)


def _on_record(number: int, row: Row, form: Row | None, person: PersonKey | None) -> OnRecord:
    consent = consent_of(row)
    return OnRecord(
        number=number,
        record_id=person.pseudonym(f"consent record {consent.provider_id}")[:32]
        if person
        else None,
        provider_id=consent.provider_id,
        event=consent.event,
        language=row["form_language"],
        expressed_by=row["expressed_by"],
        recorded_by=row["recorded_by"],
        interpreter=bool(row["interpreter"]),
        proof=row["proof_sha256"],
        partner=Partner(form["partner"]) if form else None,
        notice=form["notice_sha256"] if form else None,
        scan_type=form["scan_type"] if form else None,
        scan_bytes=form["scan_bytes"] if form else None,
        paper=_paper(form, person),
    )


def _paper(form: Row | None, person: PersonKey | None) -> Paper | None:
    if form is None or person is None:
        return None
    partner = Partner(form["partner"])
    if form["sealed"] is None:
        return Paper(partner=partner)
    words = json.loads(person.open(_WRITTEN, form["context"], form["sealed"]))
    return Paper(
        partner=partner,
        interpreter=words["interpreter"],
        added=tuple(
            AddedRow(
                text=each["text"],
                covers=Category(each["covers"]) if each["covers"] else None,
            )
            for each in words["added"]
        ),
    )
