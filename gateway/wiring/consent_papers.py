"""The consent receipt: gathered from the register, signed, and set as a letter."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.adapters.consent_letter import ConsentLetters
from gateway.adapters.detached import detached_signature
from gateway.adapters.page import Press
from gateway.adapters.typeset import UnprintableError, pdf
from gateway.adapters.words import Words
from gateway.domain.assembling import consent_for
from gateway.domain.audit import Action
from gateway.domain.consent_receipt import Receipt, as_json_ld, governing
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.silent import Silent
from gateway.domain.texts import Language
from gateway.wiring import keys, parts
from gateway.wiring.errors import NotReadyError
from gateway.wiring.register import register

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.adapters.database_register import Register
    from gateway.config import Config
    from gateway.domain.consent_forms import Form, Forms, OnRecord
    from gateway.domain.histories import DossierRecord, Identity

_ZONE = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReceiptFiles(Silent):
    """A receipt as files, by their endings: the document, its signature, the letter twice."""

    record_id: str
    made_at: datetime
    contents: Mapping[str, bytes]

    def named(self) -> dict[str, bytes]:
        """The files by name; nothing in a name tells whom they are about."""
        stem = f"toestemming-{self.record_id[:12]}-{self.made_at:%Y%m%dT%H%M%SZ}"
        return {f"{stem}{ending}": content for ending, content in self.contents.items()}


async def consent_receipt(
    config: Config, kenmerk: str, provider_id: str, *, by: str
) -> ReceiptFiles:
    """The receipt as of now; that `by` had it made goes on record first (BIO2 8.15).

    Raises `RegisterError`, or `NotReadyError` where it cannot be signed or set.
    """
    secret, forms = keys.own_key(config), parts.forms(config)
    now = datetime.now(UTC)
    async with register(config) as administration:
        record = await administration.dossier(kenmerk)
        if record is None:
            raise RegisterError(Refusal.UNKNOWN_DOSSIER)
        if record.identity is None:
            raise RegisterError(Refusal.PERSON_ERASED)
        receipt = await _receipt(
            config, administration, record, forms=forms, provider_id=provider_id, now=now
        )
        ids = [record.history.dossier_id]
        await administration.consulted(by=by, action=Action.CONSENT_RECEIPT, ids=ids)
    return _files(receipt, full_name(record.identity), secret)


async def _receipt(
    config: Config,
    administration: Register,
    record: DossierRecord,
    *,
    forms: Forms,
    provider_id: str,
    now: datetime,
) -> Receipt:
    history = record.history
    provider = (await administration.roster()).parties.get(provider_id)
    found = await administration.consents(history.dossier_id)
    events = tuple(each for each in found if each.provider_id == provider_id)
    if provider is None or not events:
        raise RegisterError(Refusal.NO_CONSENT_EVENT)
    consent = consent_for(history, provider_id, valid_at=now, known_at=now)
    grant = governing(events, provider_id, valid_at=now, known_at=now)
    circumstance = history.circumstances.as_of(now)
    papers = [grant.paper] if grant and grant.paper else []
    return Receipt(
        record_id=events[0].record_id or "",
        made_at=now,
        dossierkenmerk=record.identity.dossierkenmerk if record.identity else "",
        municipality=config.gateway.municipality,
        contact=config.consent.contact or config.gateway.contact,
        provider_id=provider_id,
        provider=provider.at(now).name,
        consent=consent,
        since=grant.event.valid_from if grant else None,
        until=circumstance.duty.end if circumstance else None,
        form=_form(forms, grant),
        notice=grant.notice if grant else None,
        added=tuple(row for paper in papers for row in paper.added if row.covers in consent.extra),
        events=events,
    )


def _form(forms: Forms, grant: OnRecord | None) -> Form | None:
    """The form it was given on, in Dutch where there is such a text: the letter is Dutch."""
    if grant is None:
        return None
    version = grant.event.form_version
    return forms.known(version, "nl") or forms.form(version, grant.language)


def _files(receipt: Receipt, name: str, secret: bytes) -> ReceiptFiles:
    document = json.dumps(as_json_ld(receipt), ensure_ascii=False, indent=2).encode() + b"\n"
    page = ConsentLetters(Words(Language.NL), _ZONE).page(receipt, name)
    try:
        letter = pdf(page, author=receipt.municipality, at=receipt.made_at)
    except UnprintableError:
        raise NotReadyError(
            "letter: a name in it has characters that cannot be printed here"
        ) from None
    return ReceiptFiles(
        record_id=receipt.record_id,
        made_at=receipt.made_at,
        contents={
            ".jsonld": document,
            ".jsonld.asc": detached_signature(secret, document),
            ".pdf": letter,
            ".txt": Press().text(page).encode(),
        },
    )


def full_name(identity: Identity) -> str:
    """First names, prefix and surname, as far as the register has them."""
    parts_of_it: Sequence[str] = (
        identity.voornamen,
        identity.voorvoegsel,
        identity.geslachtsnaam,
    )
    return " ".join(part for part in parts_of_it if part)
