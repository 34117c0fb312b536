"""The consent receipt for machines: ISO/IEC TS 27560 in W3C DPV terms, as JSON-LD.

It names the dossier and the record, and neither the person nor what somebody
wrote on the form.  Its context is inside, so that nothing has to be fetched to
read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.consent import PERMITTING, ConsentKind, ConsentState
from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.consent import Consent
    from gateway.domain.consent_forms import AddedRow, Form, OnRecord
    from gateway.domain.wire import Json

_SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#"
_CONTEXT: dict[str, Json] = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "taalpoort": "urn:taalpoort:term:",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_STATUS = {
    ConsentState.GIVEN: "dpv:ConsentGiven",
    ConsentState.NONE: "dpv:ConsentUnknown",
    ConsentState.REFUSED: "dpv:ConsentRefused",
    ConsentState.WITHDRAWN: "dpv:ConsentWithdrawn",
    ConsentState.EXPIRED: "dpv:ConsentExpired",
    ConsentState.INVALIDATED: "dpv:ConsentInvalidated",
}
_EVENT = {
    ConsentKind.REQUESTED: "dpv:ConsentRequested",
    ConsentKind.GIVEN: "dpv:ConsentGiven",
    ConsentKind.RENEWED: "dpv:RenewedConsentGiven",
    ConsentKind.REFUSED: "dpv:ConsentRefused",
    ConsentKind.WITHDRAWN: "dpv:ConsentWithdrawn",
    ConsentKind.EXPIRED: "dpv:ConsentExpired",
    ConsentKind.INVALIDATED: "dpv:ConsentInvalidated",
}
# Withdrawing, access, rectification, erasure, restriction, portability, complaint (AVG).
_RIGHTS = ("A7-3", "A15", "A16", "A17", "A18", "A20", "A77")
UNTIL = "afronding inburgerplicht"  # annex 2


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Receipt(Silent):
    """What one person allowed one provider and the municipality, as of `made_at`.

    `since` is when the consent that counts began, None where none ever was given;
    `until` the end of the duty where it is known.  `form` is the one it was given
    on; `added` are the hand-added rows that hold.
    """

    record_id: str
    made_at: datetime
    dossierkenmerk: str
    municipality: str
    contact: str
    provider_id: str
    provider: str
    consent: Consent
    since: datetime | None
    until: datetime | None
    form: Form | None
    notice: str | None
    added: tuple[AddedRow, ...]
    events: tuple[OnRecord, ...]


def governing(
    events: Sequence[OnRecord], provider_id: str, *, valid_at: datetime, known_at: datetime
) -> OnRecord | None:
    """The latest form on which consent was given to this provider, valid and known then."""
    grants = [
        each
        for each in events
        if each.provider_id == provider_id
        and each.event.kind in PERMITTING
        and each.event.valid_from <= valid_at
        and each.event.recorded_at <= known_at
    ]
    return max(grants, key=_position, default=None)


def _position(event: OnRecord) -> tuple[datetime, int]:
    return event.event.valid_from, event.number


def as_json_ld(receipt: Receipt) -> dict[str, Json]:
    """The receipt as one JSON-LD document."""
    made = receipt.made_at.strftime("%Y%m%dT%H%M%SZ")
    return {
        "@context": _CONTEXT,
        "@id": f"urn:taalpoort:consent-receipt:{receipt.record_id}:{made}",
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": f"{receipt.record_id}-{made}",
        "dct:conformsTo": _iri(f"{_SCHEMA}receipt-record"),
        "dct:created": _moment(receipt.made_at),
        "dct:publisher": _municipality(receipt),
        "dpv:hasRecordOfActivity": _record(receipt),
    }


def _record(receipt: Receipt) -> Json:
    return {
        "@id": f"urn:taalpoort:consent-record:{receipt.record_id}",
        "@type": "dpv:ConsentRecord",
        "dct:identifier": receipt.record_id,
        "dct:conformsTo": _iri(f"{_SCHEMA}record-eu-gdpr"),
        "dpv:hasDataSubject": {
            "@type": "dpv:DataSubject",
            "dct:identifier": receipt.dossierkenmerk,
        },
        "dpv:hasDataController": [_municipality(receipt), _provider(receipt)],
        "dpv:hasJurisdiction": _iri("loc:NL"),
        "dpv:hasApplicableLaw": _iri("eu-gdpr:GDPR"),
        "dpv:hasLegalBasis": _iri("eu-gdpr:A6-1-a"),
        "dpv:hasConsentStatus": _iri(_STATUS[receipt.consent.state]),
        "dpv:hasNotice": _notice(receipt),
        "dpv:hasProcess": _process(receipt),
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": receipt.contact,
        },
        "dpv:hasRight": [_iri(f"eu-gdpr:{right}") for right in _RIGHTS],
        "taalpoort:event": [_event(each) for each in receipt.events],
    }


def _process(receipt: Receipt) -> Json:
    duration: dict[str, Json] = {"@type": "dpv:UntilEventDuration", "dct:description": UNTIL}
    if receipt.until is not None:
        duration["dct:valid"] = _moment(receipt.until)
    rows = sorted(receipt.consent.categories)
    process: dict[str, Json] = {
        "@type": "dpv:Process",
        "dpv:hasRecipient": [_municipality(receipt), _provider(receipt)],
        "dpv:hasPersonalData": [
            *(_data(row.value, receipt.form.rows[row] if receipt.form else None) for row in rows),
            *(_data(extra.value, None) for extra in sorted(receipt.consent.extra)),
        ],
        "dpv:hasDuration": duration,
    }
    if receipt.form is not None:
        purpose = {"@value": receipt.form.purpose, "@language": receipt.form.language}
        process["dpv:hasPurpose"] = {"@type": "dpv:Purpose", "dct:description": {**purpose}}
    return process


def _data(code: str, words: str | None) -> Json:
    found: dict[str, Json] = {"@type": "dpv:PersonalData", "dct:identifier": code}
    return found if words is None else found | {"dct:description": words}


def _notice(receipt: Receipt) -> Json:
    found: dict[str, Json] = {"@type": "dpv:ConsentNotice"}
    if receipt.form is not None:
        found["dct:identifier"] = receipt.form.version
        found["dct:language"] = receipt.form.language
        found["dct:source"] = receipt.form.source
    if receipt.notice is not None:
        found["taalpoort:sha256"] = receipt.notice
    return found


def _event(recorded: OnRecord) -> Json:
    event = recorded.event
    found: dict[str, Json] = {
        "@type": "taalpoort:ConsentEvent",
        "dct:identifier": str(recorded.number),
        "dpv:hasConsentStatus": _iri(_EVENT[event.kind]),
        "dpv:isIndicatedAtTime": _moment(event.valid_from),
        "dct:dateSubmitted": _moment(event.recorded_at),
        "dpv:isIndicatedBy": recorded.expressed_by,
        "taalpoort:row": [row.value for row in sorted(event.categories)],
        "taalpoort:form": event.form_version,
        "taalpoort:interpreter": recorded.interpreter,
    }
    if recorded.partner is not None:
        found["taalpoort:partner"] = recorded.partner.value
    if recorded.proof is not None:
        found["taalpoort:proof"] = recorded.proof
    return found


def _municipality(receipt: Receipt) -> Json:
    return {
        "@id": "urn:taalpoort:party:municipality",
        "@type": "dpv:DataController",
        "dct:title": receipt.municipality,
    }


def _provider(receipt: Receipt) -> Json:
    return {
        "@id": f"urn:taalpoort:party:{receipt.provider_id}",
        "@type": "dpv:DataController",
        "dct:title": receipt.provider,
    }


def _iri(name: str) -> Json:
    return {"@id": name}


def _moment(instant: datetime) -> Json:
    return {"@type": "xsd:dateTime", "@value": instant.isoformat()}
