"""One entry of the processing log: a record of Logboek Dataverwerkingen 1.0, and our evidence.

The record answers who processed what about whom, under which activity of the
register; the evidence answers why, and stands outside ``dpl.*``, in the same
entry, so that both carry the same trace and span.  Neither holds a name, a
value from a report, or free text: references, codes, digests and field paths.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Plain: TypeAlias = "str | int | bool | Sequence[Plain] | Mapping[str, Plain] | None"


class Status(StrEnum):
    """How a processing ended (LDV 1.0): ERROR is for technical faults; a refusal is OK."""

    UNSET = "Unset"
    OK = "Ok"
    ERROR = "Error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What every record says of where it comes from.

    `activity_id` is the URI of the processing activity in the register of
    article 30 AVG; `resource` and `version` name the application.
    """

    activity_id: str
    resource: str = "taalpoort"
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """LDV 1.0; one data subject at most, by pseudonym.  Times in milliseconds since 1970."""

    trace_id: str
    span_id: str
    name: str
    status: Status
    start_time: int
    end_time: int
    parent_span_id: str | None = None
    data_subject_id: str | None = None

    def fields(self, activity: Activity, pseudonym: str | None = None) -> dict[str, Plain]:
        """As it stands in the log; what is not known is left out.

        `pseudonym` is that of the data subject, where the record does not hold it yet.
        """
        subject = pseudonym or self.data_subject_id
        attributes: dict[str, Plain] = {"dpl.core.processing_activity_id": activity.activity_id}
        if subject is not None:
            attributes["dpl.core.data_subject_id"] = subject
            attributes["dpl.core.data_subject_id_type"] = "pseudoniem"
        found: dict[str, Plain] = {
            "trace_id": self.trace_id,
            "span_id": self.span_id,
            "status": self.status.value,
            "name": self.name,
            "start_time": self.start_time,
            "end_time": self.end_time,
            "resource": {"name": activity.resource, "version": activity.version},
            "attributes": attributes,
        }
        if self.parent_span_id is not None:
            found["parent_span_id"] = self.parent_span_id
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """By what an entry is found; beside the log, never hashed, and changed by an erasure.

    `subject` is the register's own id of the dossier, `sender` and `recipient`
    those of contacts, `outcome` what was decided.
    """

    subject: str | None = None
    sender: str | None = None
    recipient: str | None = None
    outcome: str | None = None


NOTHING = Found()
# For this a person has the pseudonym that records bear.
PURPOSE = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is to be put in the log: `kind` and `at` (milliseconds since 1970) stand in its head.

    `body` gives the content for the data subject's pseudonym, or for nobody's; which of
    their pseudonyms, `purpose` says.  What is `personal` is sealed under the data subject's
    own key and ends with it; all else stays readable when that key is destroyed.
    """

    kind: str
    at: int
    trace_id: str
    span_id: str
    activity_id: str
    body: Callable[[str | None], Mapping[str, Plain]]
    found: Found = NOTHING
    personal: bool = True
    purpose: str = PURPOSE

    def content(self, pseudonym: str | None) -> bytes:
        """Canonical bytes of what will be sealed."""
        return canonical(self.body(pseudonym))


def entry(
    kind: str,
    record: Record,
    activity: Activity,
    evidence: Mapping[str, Plain],
    found: Found = NOTHING,
) -> Entry:
    """The entry of one record; evidence that is None is left out.

    The record's `data_subject_id` is filled in when it is sealed.
    """

    def body(pseudonym: str | None) -> Mapping[str, Plain]:
        return {
            "record": record.fields(activity, pseudonym),
            "evidence": {name: value for name, value in evidence.items() if value is not None},
        }

    return Entry(
        kind=kind,
        at=record.end_time,
        trace_id=record.trace_id,
        span_id=record.span_id,
        activity_id=activity.activity_id,
        body=body,
        found=found,
    )


# Made once: putting an encoder together costs as much as using it.
_ENCODER = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,
)
_SCALARS = frozenset({type(None), str, int, bool})


def canonical(value: Plain) -> bytes:
    """The one way to write `value`: sorted names, no spaces, UTF-8, whole numbers only.

    For ASCII names this is RFC 8785.  Raises `TypeError` for what has more than
    one spelling, such as a float.
    """
    _plain(value)
    return _ENCODER.encode(value).encode()


def _plain(value: object) -> None:
    """Whether it can be written so; only what holds something is looked into."""
    if isinstance(value, dict):
        for name, inside in value.items():
            if type(name) is not str or not name.isascii():
                raise TypeError("a name in a log entry is ASCII text")
            if type(inside) not in _SCALARS:
                _plain(inside)
    elif isinstance(value, (list, tuple)):
        for inside in value:
            if type(inside) not in _SCALARS:
                _plain(inside)
    elif value is not None and not isinstance(value, (str, int)):
        raise TypeError(f"a log entry cannot hold {type(value).__name__}")
