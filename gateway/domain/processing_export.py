"""The register of article 30 AVG for machines: JSON-LD in W3C DPV terms, where there are such.

DPV is a report of a community group.  What it has no term for is ``taalpoort:``: the
register itself, regimes, articles by name, the digest.  The context is inside, so that
nothing has to be fetched to read it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.wire import written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.processing import Ground, Named, ProcessingActivity, Retention
    from gateway.domain.processing_record import Recorded
    from gateway.domain.wire import Json

_CONTEXT: dict[str, Json] = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "taalpoort": "urn:taalpoort:term:",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_BASIS = re.compile(r"AVG 6\(1\)\(([ace])\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One activity that holds now, and since when it stands under its id."""

    activity: ProcessingActivity
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleThirty:
    """The whole register as of `made_at` (article 30(1) AVG).

    `officer` is the data protection officer, None where none is configured;
    `earlier` are activities whose id was replaced.
    """

    made_at: datetime
    base: str
    municipality: str
    contact: str
    officer: str | None
    note: str
    entries: tuple[Entry, ...]
    earlier: tuple[Recorded, ...]


def as_json_ld(register: ArticleThirty) -> dict[str, Json]:
    """The register as one JSON-LD document."""
    return {
        "@context": _CONTEXT,
        "@id": register.base,
        "@type": "taalpoort:RegisterOfProcessingActivities",
        "dct:created": _moment(register.made_at),
        "dct:language": "nl",
        "dct:description": register.note,
        "dpv:hasDataController": _controller(register),
        "dpv:hasProcess": [_process(each) for each in register.entries],
        "taalpoort:replaced": [_replaced(each) for each in register.earlier],
    }


def _controller(register: ArticleThirty) -> Json:
    found: dict[str, Json] = {
        "@type": "dpv:DataController",
        "dct:title": register.municipality,
        "dpv:hasContact": register.contact,
    }
    if register.officer is not None:
        found["dpv:hasDataProtectionOfficer"] = {
            "@type": "dpv:DataProtectionOfficer",
            "dpv:hasContact": register.officer,
        }
    return found


def _process(entry: Entry) -> Json:
    activity = entry.activity
    return {
        "@id": activity.activity_id,
        "@type": "dpv:Process",
        "dct:identifier": activity.key.value,
        "dct:title": activity.name,
        "dct:issued": _moment(entry.since),
        "taalpoort:sha256": activity.digest,
        "dpv:hasPurpose": _described("dpv:Purpose", activity.purposes),
        "dpv:hasLegalBasis": [_basis(each) for each in activity.grounds],
        "dpv:hasDataSubject": _named("dpv:DataSubject", activity.subjects),
        "dpv:hasPersonalData": _named("dpv:PersonalData", activity.data),
        "dpv:hasRecipient": _named("dpv:Recipient", activity.recipients),
        "dpv:hasThirdCountry": _described("dpv:ThirdCountry", activity.third_countries),
        "dpv:hasStorageCondition": [_storage(each) for each in activity.retention],
        "dpv:hasTechnicalOrganisationalMeasure": _named(
            "dpv:TechnicalOrganisationalMeasure", activity.measures
        ),
        "dpv:hasJointDataControllers": _described("dpv:JointDataControllers", activity.joint),
        "dpv:hasDataProcessor": _described("dpv:DataProcessor", activity.processors),
        "taalpoort:role": activity.role,
        "taalpoort:otherControllers": activity.others,
    }


def _basis(ground: Ground) -> Json:
    letters = [found[1] for each in ground.articles if (found := _BASIS.fullmatch(each.code))]
    return {
        "@type": [f"eu-gdpr:A6-1-{letter}" for letter in letters],
        "dct:description": ground.text,
        "taalpoort:regime": [each.value for each in ground.regimes],
        "taalpoort:article": [
            {"dct:identifier": each.code, "dct:description": each.words} for each in ground.articles
        ],
    }


def _storage(term: Retention) -> Json:
    return {
        "@type": "dpv:StorageDuration",
        "dct:identifier": term.code,
        "dct:description": term.what,
        "taalpoort:regime": [each.value for each in term.regimes],
        "dpv:hasDuration": {"@type": "xsd:duration", "@value": term.duration},
        "taalpoort:from": term.since,
    }


def _replaced(recorded: Recorded) -> Json:
    found: dict[str, Json] = {
        "@id": recorded.activity_id,
        "dct:identifier": recorded.key,
        "dct:issued": _moment(recorded.since),
        "taalpoort:sha256": recorded.digest,
        "taalpoort:content": written(recorded.content),
    }
    if recorded.until is not None:
        found["taalpoort:until"] = _moment(recorded.until)
    return found


def _named(kind: str, found: Sequence[Named]) -> list[Json]:
    return [
        {"@type": kind, "dct:identifier": each.code, "dct:description": each.words}
        for each in found
    ]


def _described(kind: str, found: Sequence[str]) -> list[Json]:
    return [{"@type": kind, "dct:description": each} for each in found]


def _moment(instant: datetime) -> Json:
    return {"@type": "xsd:dateTime", "@value": instant.isoformat()}
