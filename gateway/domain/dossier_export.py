"""A dossier as one JSON object; ``schemas/access-dossier-1.schema.json`` says what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.domain.dossier import (
        Asked,
        Assigned,
        Circumstances,
        ConsentShown,
        Consulted,
        Dated,
        Dossier,
        File,
        Named,
        Processed,
        Report,
        RightDone,
        Suspected,
        Withholding,
    )
    from gateway.domain.dossier_terms import Purpose, Term
    from gateway.domain.dossier_weighing import Mark
    from gateway.domain.wire import Json

FORMAT: Final = "taalpoort-access-dossier/1"
# Codes for what the letter says in words.
RIGHTS: Final = (
    "AVG 16",
    "AVG 17",
    "AVG 18",
    "AVG 20",
    "AVG 21",
    "AVG 7(3)",
    "AVG 77",
)


def as_json(dossier: Dossier) -> Json:
    """Everything of it but the content of files."""
    return {
        "format": FORMAT,
        "case": dossier.case,
        "edition": dossier.edition,
        "madeAt": _time(dossier.made_at),
        "controller": {
            "name": dossier.controller.municipality,
            "contact": dossier.controller.contact,
            "dataProtectionOfficer": dossier.controller.officer or None,
        },
        "identities": [_dated(each) for each in dossier.identities],
        "circumstances": [_circumstances(each) for each in dossier.circumstances],
        "contactPersons": [_assigned(each) for each in dossier.assigned],
        "consents": [_consent(each) for each in dossier.consents],
        "reports": [_report(each) for each in dossier.reports],
        "processing": [_processed(each) for each in dossier.processing],
        "consultations": [_consulted(each) for each in dossier.consultations],
        "activities": [_purpose(each) for each in dossier.activities],
        "retention": [_term(each) for each in dossier.terms],
        "legalHold": dossier.on_hold,
        "incidents": [_suspected(each) for each in dossier.suspected],
        "requests": [_asked(each) for each in dossier.requests],
        "rightsCarriedOut": [_right(each) for each in dossier.rights],
        "files": [_file(each) for each in dossier.files],
        **_about_itself(dossier),
    }


def _processed(each: Processed) -> Json:
    return {
        "number": each.number,
        "at": _time(each.at),
        "kind": each.kind,
        "activity": each.activity_id,
        "keptUntil": _time(each.kept_until),
        "entry": each.entry,
    }


def _consulted(each: Consulted) -> Json:
    return {
        "number": each.number,
        "at": _time(each.at),
        "action": each.action,
        "activity": each.activity_id,
        "keptUntil": _time(each.kept_until),
    }


def _suspected(each: Suspected) -> Json:
    return {
        "incident": each.incident_id,
        "kind": each.kind,
        "occurredAt": _time(each.occurred_at),
        "detectedAt": _time(each.detected_at),
    }


def _file(each: File) -> Json:
    return {
        "name": each.name,
        "mediaType": each.media_type,
        "sha256": each.sha256,
        "at": _time(each.at),
    }


def _about_itself(dossier: Dossier) -> dict[str, Json]:
    return {
        "weighed": [_mark(each) for each in dossier.marks],
        "leftOut": [
            {
                "what": each.what.value,
                "article": each.article,
                "where": [*each.where],
                "count": each.count,
            }
            for each in dossier.left_out
        ],
        "missing": [
            {"gap": each.gap.value, "where": each.where, "at": _time(each.at)}
            for each in dossier.missing
        ],
        "automatedDecisions": {"article": "AVG 22", "taken": False},
        "thirdCountries": [
            *sorted({country for each in dossier.activities for country in each.third_countries})
        ],
        "rights": [*RIGHTS],
    }


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="milliseconds")


def _dated(each: Dated) -> Json:
    who = each.identity
    if who is None:
        return {"since": _time(each.since), "identity": None}
    return {
        "since": _time(each.since),
        "identity": {
            "dossierkenmerk": who.dossierkenmerk,
            "voornamen": who.voornamen,
            "voorvoegselGeslachtsnaam": who.voorvoegsel,
            "geslachtsnaam": who.geslachtsnaam,
            "geboortedatum": who.geboortedatum,
            "email": who.email,
            "telefoonnummer": who.telefoonnummer,
        },
    }


def _circumstances(each: Circumstances) -> Json:
    found = each.circumstance
    return {
        "since": _time(each.since),
        "regime": found.regime.value if found.regime else None,
        "doelgroep": found.doelgroep.value if found.doelgroep else None,
        "dutyStart": _time(found.duty.start),
        "dutyEnd": _time(found.duty.end),
    }


def _assigned(each: Assigned) -> Json:
    return {
        "since": _time(each.since),
        "until": _time(each.until),
        "side": each.side.value,
        "organisation": each.organisation,
        "name": each.contact.name if each.contact else None,
        "substitute": each.substitute,
    }


def _consent(shown: ConsentShown) -> Json:
    record, event = shown.record, shown.record.event
    return {
        "number": record.number,
        "record": record.record_id,
        "provider": shown.provider,
        "kind": event.kind.value,
        "validFrom": _time(event.valid_from),
        "recordedAt": _time(event.recorded_at),
        "formVersion": event.form_version,
        "formLanguage": record.language,
        "formSha256": record.notice,
        "rows": [*sorted(each.value for each in event.categories)],
        "extra": [*sorted(each.value for each in event.extra)],
        "expressedBy": record.expressed_by,
        "partner": record.partner.value if record.partner else None,
        "interpreter": record.interpreter,
        "interpreterName": shown.interpreter or None,
        "added": [{"text": text, "covers": covers or None} for text, covers in shown.added],
        "scanSha256": record.proof,
        "scanFile": shown.scan or None,
    }


def _report(each: Report) -> Json:
    return {
        "reference": each.reference or None,
        "trace": each.trace,
        "number": each.number,
        "round": each.round,
        "span": each.span_id,
        "berichtId": each.bericht_id or None,
        "receivedAt": _time(each.received_at),
        "decidedAt": _time(each.decided_at),
        "outcome": each.outcome,
        "reasons": _withholdings(each.reasons),
        "replacedByLaterRound": each.withdrawn,
        "delivery": each.state or None,
        "sentAt": _time(each.sent_at),
        "source": _named(each.sender),
        "recipient": _named(each.recipient),
        "ground": each.ground or None,
        "articles": [*each.articles],
        "categories": [*each.categories],
        "disclosed": [*each.disclosed],
        "withheld": _withholdings(each.withheld),
        "policy": each.policy or None,
        "decidedOn": each.decided_on,
        "values": each.kept.value,
        "content": each.content,
        "planFile": each.plan or None,
        "keptUntil": _time(each.kept_until),
    }


def _named(each: Named | None) -> Json:
    if each is None:
        return None
    return {"name": each.name, "organisation": each.organisation, "side": each.side.value}


def _withholdings(found: Iterable[Withholding]) -> Json:
    return [
        {"path": each.path or None, "reason": each.reason, "article": each.article or None}
        for each in found
    ]


def _purpose(each: Purpose) -> Json:
    return {
        "id": each.activity_id,
        "name": each.name,
        "purposes": [*each.purposes],
        "grounds": [*each.grounds],
        "recipients": [*each.recipients],
        "thirdCountries": [*each.third_countries],
    }


def _term(each: Term) -> Json:
    return {
        "what": each.what,
        "duration": each.duration,
        "from": each.since,
        "until": _time(each.until),
        "onHold": each.on_hold,
    }


def _asked(each: Asked) -> Json:
    return {
        "reference": each.reference,
        "kind": each.kind,
        "receivedAt": _time(each.received_at),
        "steps": [
            {
                "step": step.step,
                "at": _time(step.at),
                "detail": dict(step.detail),
                "words": step.words or None,
            }
            for step in each.steps
        ],
    }


def _right(each: RightDone) -> Json:
    return {
        "at": _time(each.at),
        "kind": each.kind.value,
        "code": each.code,
        "reference": each.reference,
        "field": each.field or None,
        "words": each.words or None,
        "who": _named(each.who),
        "sentAt": _time(each.sent_at),
    }


def _mark(each: Mark) -> Json:
    return {
        "where": each.where,
        "path": each.field,
        "included": each.included,
        "article": None if each.included else "AVG 15(4)",
    }
