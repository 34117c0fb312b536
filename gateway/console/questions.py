"""The draft read interface of LDV 1.0 in JSON: what is asked and what is answered, in camelCase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from gateway.console.problems import ProblemError
from gateway.ledger.reading import Sought

if TYPE_CHECKING:
    from gateway.ledger.reading import Page, Shown

MOST_BYTES: Final = 10_000
_NAMES: Final = {
    "trace_id": "traceId",
    "span_id": "spanId",
    "parent_span_id": "parentSpanId",
    "status": "status",
    "name": "name",
    "start_time": "startTime",
    "end_time": "endTime",
    "resource": "resource",
    "attributes": "attributes",
}


class _Words(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        strict=True,
    )


class Question(_Words):
    """At least one of the first three; all that is given must hold."""

    trace_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = Field(
        default=None, description="the trace of one mail, 32 hexadecimal digits"
    )
    processing_activity_id: (
        Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$", max_length=500)] | None
    ) = Field(default=None, description="a URI of the register of processing activities")
    data_subject_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None, description="a pseudonym, as it stands in a record"
    )
    limit: int = Field(default=100, ge=1, le=500, description="how many at most")
    cursor: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")] | None = Field(
        default=None, description="the nextCursor of the page before"
    )


class Resource(_Words):
    """Which application did it."""

    name: str
    version: str


class Processing(_Words):
    """One record; of what was erased, no more than its first three and `attributes`."""

    trace_id: str
    span_id: str
    end_time: int = Field(description="milliseconds since 1970")
    attributes: dict[str, str] = Field(description="dpl.core.*, by the names of LDV 1.0")
    parent_span_id: str | None = None
    status: str | None = Field(default=None, description="Unset, Ok or Error")
    name: str | None = None
    start_time: int | None = Field(default=None, description="milliseconds since 1970")
    resource: Resource | None = None
    erased: bool | None = Field(default=None, description="the person's key was destroyed")


class Answer(_Words):
    """A page; it may hold nothing and still have a `nextCursor`."""

    processing_activities: list[Processing]
    next_cursor: str | None = None


def question(content: bytes) -> Question:
    """What was asked; raises `ProblemError` that names places, never what stood there."""
    try:
        asked = Question.model_validate_json(content)
    except ValidationError as error:
        found = [
            _at(detail["loc"], detail["type"])
            for detail in error.errors(
                include_url=False, include_context=False, include_input=False
            )
        ]
    else:
        if asked.trace_id or asked.processing_activity_id or asked.data_subject_id:
            return asked
        found = []
    if found:
        raise ProblemError(400, "the question is not of the form that it should be", errors=found)
    raise ProblemError(400, "give traceId, processingActivityId or dataSubjectId")


def sought(asked: Question) -> Sought:
    """The same, as the log is asked."""
    return Sought(
        trace=asked.trace_id or "",
        activity=asked.processing_activity_id or "",
        person=asked.data_subject_id or "",
        after=int(asked.cursor) if asked.cursor is not None else -1,
        limit=asked.limit,
    )


def answer(page: Page) -> dict[str, Any]:
    """A page, as it is written."""
    said: dict[str, Any] = {"processingActivities": [_written(each) for each in page.entries]}
    if page.after is not None:
        said["nextCursor"] = str(page.after)
    return said


def _written(shown: Shown) -> dict[str, Any]:
    if shown.content is not None:
        record = shown.content["record"]
        return {camel: record[name] for name, camel in _NAMES.items() if name in record}
    head = shown.head
    return {
        "traceId": head.trace_id,
        "spanId": head.span_id,
        "endTime": head.at,
        "attributes": {"dpl.core.processing_activity_id": head.activity_id},
        "erased": True,
    }


def _at(place: tuple[int | str, ...], code: str) -> dict[str, Any]:
    """Where in the body; a name that the caller made up is not repeated."""
    known = {field.alias for field in Question.model_fields.values()}
    pointer = "#" + "".join(f"/{each}" for each in place if each in known)
    return {"in": "body", "location": {"pointer": pointer}, "code": code}
