"""AVG 15: everything about one person put together, others left out, gaps named.

Pure: what was read comes in, a dossier goes out.  Whoever calls it has established who
asks, has put on record who looks, and has refused where the log is not whole.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.domain.dossier import (
    Asked,
    AskedStep,
    ConsentShown,
    Dossier,
    File,
    Gap,
    Kept,
    LeftOut,
    Missing,
    Omission,
    Report,
)
from gateway.domain.dossier_weighing import Mark, weighed, without
from gateway.domain.silent import Silent
from gateway.duties.dossier_doubt import doubted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.annotations import Kind
    from gateway.domain.cases import Case, Taken
    from gateway.domain.consent_forms import OnRecord
    from gateway.domain.dossier_reading import Came, Read
    from gateway.domain.dossier_terms import Controller, Purpose, Term
    from gateway.domain.dossier_weighing import Choice

# By which name a step says what was weighed.
WEIGHED, CHOICE = "weighed", "choice"
_SCAN, _INTERPRETER, _ADDED, _PLAN = "scan", "interpreter", "added", "persoonlijkPlan.document"
_ENDINGS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Material(Silent):
    """All that a dossier is made of.

    `came` are the kept mails by trace, None for one that does not open; `providers` names by
    id; `pointed` is what the scanner points at in a text about this person.
    """

    read: Read
    came: Mapping[str, Sequence[Came] | None]
    providers: Mapping[str, str]
    activities: tuple[Purpose, ...]
    terms: tuple[Term, ...]
    controller: Controller
    pointed: Callable[[str], tuple[Kind, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Draft(Silent):
    """Before anything was weighed: the reports with all they say, and what is to be weighed."""

    material: Material
    reports: tuple[Report, ...]
    plans: tuple[File, ...]
    marks: tuple[Mark, ...]
    unproven: tuple[str, ...]
    missing: tuple[Missing, ...]


def draft(material: Material) -> Draft:
    """What an officer previews; nothing that a third person may stand in is decided yet."""
    read = material.read
    proven, unproven = doubted(material.read, material.came)
    everything = sorted((*read.reports, *proven), key=lambda each: each.decided_at)
    last = {each.place: each.round for each in sorted(everything, key=lambda each: each.round)}
    filled = [
        _filled(each, material.came) if each.round == last[each.place] else (each, None)
        for each in everything
    ]
    reports = tuple(report for report, _ in filled)
    marks = [mark for report, came in filled for mark in _report_marks(report, came, material)]
    marks += [mark for each in read.consents for mark in _consent_marks(each, material)]
    marks += [mark for each in read.cases for mark in _request_marks(each, material)]
    marks += [
        Mark(where=each.place, path="words", text=each.words, pointed=material.pointed(each.words))
        for each in read.rights
        if each.words
    ]
    missing = [*read.missing, *(_unread(each, material) for each in _unreadable(reports))]
    missing += [
        Missing(gap=Gap.SCAN, where=f"consent/{number}")
        for number, content in read.scans.items()
        if content is None
    ]
    return Draft(
        material=material,
        reports=reports,
        plans=tuple(
            file
            for report, came in filled
            if came is not None and (file := _plan(report, came)) is not None
        ),
        marks=tuple({each.mark_id: each for each in marks}.values()),
        unproven=tuple(unproven),
        missing=tuple(missing),
    )


def assembled(
    found: Draft,
    choices: Mapping[str, Choice],
    rest: Choice | None,
    *,
    case: str,
    edition: int,
    made_at: datetime,
) -> Dossier:
    """The dossier; raises `DossierError` where something waits to be weighed."""
    marks = weighed(found.marks, choices, rest)
    gone = frozenset((each.where, each.path) for each in marks if not each.included)
    read = found.material.read
    scans = tuple(_scans(read, gone))
    plans = tuple(each for each in found.plans if (_where_of(each), _PLAN) not in gone)
    named = frozenset(each.name for each in (*scans, *plans))
    return Dossier(
        case=case,
        edition=edition,
        made_at=made_at,
        controller=found.material.controller,
        identities=read.identities,
        circumstances=read.circumstances,
        assigned=read.assigned,
        consents=tuple(_shown(each, found.material, gone, named) for each in read.consents),
        reports=tuple(_told(each, gone, named) for each in found.reports),
        processing=read.processing,
        consultations=read.consultations,
        activities=found.material.activities,
        terms=found.material.terms,
        suspected=read.suspected,
        requests=tuple(_asked(each, read, gone) for each in read.cases),
        rights=tuple(
            replace(each, words="") if (each.place, "words") in gone else each
            for each in read.rights
        ),
        files=(*scans, *plans),
        marks=marks,
        left_out=tuple(_left_out(found, marks)),
        missing=found.missing,
        on_hold=read.on_hold,
    )


# --- reports --------------------------------------------------------------------


def _filled(
    report: Report, came: Mapping[str, Sequence[Came] | None]
) -> tuple[Report, Came | None]:
    """A report with what its mail says of it, where that is kept and opens."""
    if report.kept is not Kept.HERE:
        return report, None
    mail = came.get(report.trace)
    at_its_place = [each for each in mail or () if each.number == report.number]
    if not at_its_place:
        return replace(report, kept=Kept.UNREADABLE), None
    found = at_its_place[0]
    plan = f"plan-{report.trace}-{report.number}.pdf" if found.plan is not None else ""
    return replace(report, content=found.sent, plan=plan), found


def _unreadable(reports: Sequence[Report]) -> list[Report]:
    found = {each.place: each for each in reports if each.kept is Kept.UNREADABLE}
    return list(found.values())


def _unread(report: Report, material: Material) -> Missing:
    gap = Gap.MAIL if material.came.get(report.trace) is None else Gap.REPORT
    return Missing(gap=gap, where=report.place, at=report.received_at)


def _report_marks(report: Report, came: Came | None, material: Material) -> Iterator[Mark]:
    for path, text in came.texts if came is not None else ():
        yield Mark(where=report.place, path=path, text=text, pointed=material.pointed(text))


def _plan(report: Report, came: Came) -> File | None:
    if came.plan is None:
        return None
    return File(
        name=report.plan,
        media_type="application/pdf",
        content=came.plan.content,
        sha256=came.plan.sha256,
        at=report.received_at or report.decided_at,
    )


def _where_of(plan: File) -> str:
    """The place of the report that a plan belongs to, by the name that it was given."""
    return plan.name.removeprefix("plan-").removesuffix(".pdf").replace("-", "/")


def _told(report: Report, gone: frozenset[tuple[str, str]], files: frozenset[str]) -> Report:
    paths = [path for where, path in gone if where == report.place]
    plan = report.plan if report.plan in files else ""
    return replace(report, content=without(report.content, paths), plan=plan)


# --- consent forms ----------------------------------------------------------------


def _consent_marks(record: OnRecord, material: Material) -> Iterator[Mark]:
    where, paper = f"consent/{record.number}", record.paper
    if paper is not None and paper.interpreter:
        yield Mark(where=where, path=_INTERPRETER, text=paper.interpreter)
    for number, row in enumerate(paper.added if paper is not None else ()):
        pointed = material.pointed(row.text)
        yield Mark(where=where, path=f"{_ADDED}[{number}]", text=row.text, pointed=pointed)
    if material.read.scans.get(record.number) is not None:
        yield Mark(where=where, path=_SCAN, text="")


def _scans(read: Read, gone: frozenset[tuple[str, str]]) -> Iterator[File]:
    for record in read.consents:
        content = read.scans.get(record.number)
        if content is None or (f"consent/{record.number}", _SCAN) in gone:
            continue
        media_type = record.scan_type or "application/octet-stream"
        yield File(
            name=_scan_name(record),
            media_type=media_type,
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            at=record.event.recorded_at,
        )


def _scan_name(record: OnRecord) -> str:
    return f"toestemming-{record.number}.{_ENDINGS.get(record.scan_type or '', 'bin')}"


def _shown(
    record: OnRecord,
    material: Material,
    gone: frozenset[tuple[str, str]],
    files: frozenset[str],
) -> ConsentShown:
    where, paper, scan = f"consent/{record.number}", record.paper, _scan_name(record)
    interpreter = paper.interpreter if paper and (where, _INTERPRETER) not in gone else ""
    rows = enumerate(paper.added if paper else ())
    return ConsentShown(
        record=record,
        provider=material.providers.get(record.provider_id, record.provider_id),
        scan=scan if scan in files else "",
        interpreter=interpreter,
        added=tuple(
            (row.text, row.covers.value if row.covers else "")
            for number, row in rows
            if (where, f"{_ADDED}[{number}]") not in gone
        ),
    )


# --- requests -----------------------------------------------------------------------


def is_weighing(step: Taken) -> bool:
    """Whether its words say why something about a third person stays or goes."""
    return WEIGHED in step.detail


def _request_marks(case: Case, material: Material) -> Iterator[Mark]:
    for step in case.steps:
        text = material.read.words.get(step.number, "")
        if text and not is_weighing(step):
            where = f"request/{case.case_id}"
            pointed = material.pointed(text)
            yield Mark(where=where, path=f"step/{step.number}", text=text, pointed=pointed)


def _asked(case: Case, read: Read, gone: frozenset[tuple[str, str]]) -> Asked:
    where = f"request/{case.case_id}"
    return Asked(
        reference=case.reference,
        kind=case.kind.value,
        received_at=case.received_at,
        steps=tuple(
            AskedStep(
                step=step.step.value,
                at=step.at,
                detail=tuple(sorted(step.detail.items())),
                words=""
                if is_weighing(step) or (where, f"step/{step.number}") in gone
                else read.words.get(step.number, ""),
            )
            for step in case.steps
        ),
    )


# --- what is left out ---------------------------------------------------------------


def _left_out(found: Draft, marks: Sequence[Mark]) -> Iterator[LeftOut]:
    if _shared_mail(found):
        yield LeftOut(what=Omission.OTHERS)
    yield LeftOut(what=Omission.STAFF)
    places = [f"{each.where} {each.field}" for each in marks if not each.included]
    if places:
        yield LeftOut(what=Omission.THIRD_PERSON, where=tuple(places), count=len(places))
    if any(is_weighing(step) for case in found.material.read.cases for step in case.steps):
        yield LeftOut(what=Omission.CONSIDERED)
    if found.unproven:
        yield LeftOut(what=Omission.UNPROVEN, where=found.unproven, count=len(found.unproven))


def _shared_mail(found: Draft) -> bool:
    """Whether a mail that is kept holds a report about somebody else too."""
    ours = {each.place for each in found.reports}
    traces = {each.trace for each in found.reports}
    return any(
        f"{trace}/{each.number}" not in ours
        for trace, reports in found.material.came.items()
        if trace in traces
        for each in reports or ()
    )
