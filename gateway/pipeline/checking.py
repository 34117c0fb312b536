"""12.3: is it a bijsluiter?  One document, its envelope, and each report judged on its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from gateway.domain import plausibility, wire
from gateway.domain.bijsluiter import VERSIE, Bericht, Berichttype, Envelop
from gateway.domain.deadlines import day_of
from gateway.domain.faults import faults_of
from gateway.domain.form_reading import (
    WITHHELD,
    FormKind,
    FormRead,
    as_filled_in,
    completed,
    form_kind,
    forms_among,
)
from gateway.domain.mail import is_winmail
from gateway.domain.outcomes import Ended
from gateway.domain.parties import Side
from gateway.domain.plans import declared_in, digest, plan_of, undeclared, with_digests
from gateway.domain.stages import Checked
from gateway.domain.stops import Fault, Ignore, Reason, Reject, Stop

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.domain.mail import Attachment
    from gateway.domain.stages import Opened
    from gateway.domain.wire import Json

MAX_REPORTS = 1000
# Three times what a thousand full reports take.  A parsed value takes many times its
# bytes, and a small mail can inflate to many bytes: this is read in the gateway itself.
MAX_BYTES = 5 * 1024 * 1024
MAX_VALUES = 150_000
JSON_TYPES = frozenset({"application/json", "text/json"})
# What mail programs add by themselves, and what therefore deserves no remark.
_OWN_PARTS = frozenset({"application/pgp-keys", "application/pgp-signature"})


def check(opened: Opened) -> tuple[Checked | Ended, ...]:
    """Every report of the document, well-formed and plausible, or ended with its faults.

    Raises `Reject` when the document as a whole cannot be judged, and `Ignore` for
    a program's answer: two gateways must not go on answering each other's receipts.
    """
    content = _content(opened)
    _one_form(opened.form)
    envelop = _envelop(content)
    _speaks_for_itself(opened, envelop)
    reports = wire.member(content, "berichten")
    if not isinstance(reports, list) or not 1 <= len(reports) <= MAX_REPORTS:
        raise Reject(
            Reason.FAULTY_DOCUMENT, faults=(Fault(path="berichten", kind=_count(reports)),)
        )
    left_out = _left_out(opened, declared_in(reports))
    checked: list[Checked | Ended] = []
    seen: set[UUID] = set()
    replaced: set[UUID] = set()
    for number, sent in enumerate(reports):
        report = _report(opened, envelop, wire.without_empties(sent), number, left_out)
        if isinstance(report, Checked):
            report = _once(report, seen, replaced)
        checked.append(report)
    return tuple(checked)


def document_of(opened: Opened) -> Json:
    """The one document of this mail, as written; raises the `Stop` of one that cannot be read."""
    return _the_document(opened)


def _once(report: Checked, seen: set[UUID], replaced: set[UUID]) -> Checked | Ended:
    """A report is sent once, and replaced once; the first of a document counts."""
    bericht = report.bericht
    if bericht.bericht_id in seen:
        return _twice(report, "berichtId", Reason.NUMBER_TWICE)
    seen.add(bericht.bericht_id)
    if bericht.vervangt is not None:
        if bericht.vervangt in replaced:
            return _twice(report, "vervangt", Reason.CORRECTS_REPLACED)
        replaced.add(bericht.vervangt)
    return report


def is_document(attachment: Attachment) -> bool:
    """Whether this attachment is meant as the bijsluiter, by media type or file name."""
    return attachment.media_type in JSON_TYPES or attachment.name.casefold().endswith(".json")


def _content(opened: Opened) -> Json:
    refused: Stop | None = None
    content: Json = None
    try:
        content = _the_document(opened)
    except Stop as stop:
        refused = stop
    if opened.automatic and wire.member(content, "bijsluiterVersie") is None:
        raise Ignore(Reason.AUTOMATIC)
    if refused is not None:
        raise refused
    return content


def _the_document(opened: Opened) -> Json:
    attachments = opened.attachments
    forms = forms_among(attachments)
    documents = [attachment for attachment in attachments if is_document(attachment)]
    if opened.form is None and len(documents) + len(_workbooks(forms, documents)) > 1:
        raise Reject(Reason.SEVERAL_DOCUMENTS)
    if forms and not documents:
        return _from_form(opened)
    if not documents and any(is_winmail(each.media_type, each.name) for each in attachments):
        raise Reject(Reason.WINMAIL)
    if not documents:
        raise Reject(Reason.NO_DOCUMENT)
    return parsed(documents[0].content)


def _workbooks(
    forms: tuple[Attachment, ...], documents: list[Attachment]
) -> tuple[Attachment, ...]:
    # A PDF beside a document is what belongs to it; beside another PDF it is a second form.
    return tuple(each for each in forms if not documents or form_kind(each) is not FormKind.PDF)


def _from_form(opened: Opened) -> Json:
    form, party = opened.form, opened.sender.party
    if form is None:
        raise Reject(Reason.NO_DOCUMENT)
    if isinstance(form, Stop):
        raise form
    return completed(
        with_digests(parsed(form.document), opened.attachments),
        party_id=party.party_id,
        aanbieder=party.instellingsnummer if party.side is Side.PROVIDER else "",
        verzonden=opened.signed_at.isoformat(),
    )


def parsed(content: bytes) -> Json:
    """What a document says; raises `Reject` for what is no JSON, or more than is looked into."""
    if len(content) > MAX_BYTES or wire.values_at_most(content) > MAX_VALUES:
        raise Reject(Reason.TOO_LARGE)
    try:
        return wire.read(content)
    except wire.NotJsonError:
        pass
    raise Reject(Reason.NOT_JSON, faults=(Fault(path="", kind="niet-na-te-lezen"),))


def _one_form(form: FormRead | Stop | None) -> None:
    """A form of which not one report can be trusted to be what somebody meant."""
    if isinstance(form, FormRead):
        faults = tuple(each for each in form.faults if not each.path.startswith("berichten["))
        if faults:
            raise Reject(Reason.FAULTY_DOCUMENT, faults=faults)


def _envelop(content: Json) -> Envelop:
    version = wire.member(content, "bijsluiterVersie")
    if isinstance(version, str) and version != VERSIE:
        raise Reject(
            Reason.UNKNOWN_VERSION,
            faults=(Fault(path="bijsluiterVersie", kind="onbekende-versie"),),
        )
    faults: tuple[Fault, ...] = ()
    try:
        return Envelop.model_validate_json(
            json.dumps(_without_reports(content)), by_alias=True, by_name=False
        )
    except ValidationError as error:
        faults = faults_of(error)
    raise Reject(Reason.FAULTY_DOCUMENT, faults=faults)


def _without_reports(content: Json) -> Json:
    if not isinstance(content, dict):
        return content
    return {key: value for key, value in content.items() if key != "berichten"}


def _speaks_for_itself(opened: Opened, envelop: Envelop) -> None:
    party = opened.sender.party
    if (
        party.side is Side.PROVIDER
        and party.instellingsnummer != envelop.aanbieder.instellingsnummer
    ):
        raise Reject(
            Reason.OTHER_PROVIDER,
            faults=(Fault(path="aanbieder.instellingsnummer", kind="verkeerde-waarde"),),
        )


def _count(reports: Json) -> str:
    if not isinstance(reports, list):
        return "ontbreekt" if reports is None else "geen-lijst"
    return "te-veel" if reports else "leeg"


def _report(
    opened: Opened, envelop: Envelop, sent: Json, number: int, left_out: tuple[Fault, ...]
) -> Checked | Ended:
    path = f"berichten[{number}]"
    bericht = _bericht(sent, path)
    unread = _unread(opened.form, path)
    if unread or not isinstance(bericht, Bericht):
        wrong = () if isinstance(bericht, Bericht) else _as_it_came(opened, sent, bericht)
        faults = (*unread, *wrong)
        return _ended(sent, number, Reject(Reason.FAULTY_REPORT, faults=_first_of_each(faults)))
    if bericht.berichttype is Berichttype.ELIP_SIGNAAL and _is_municipality(opened):
        return _ended(sent, number, Reject(Reason.SIGNAL_BY_MUNICIPALITY))
    faults = _at(path, plausibility.implausible(bericht, day_of(opened.raw.received_at)))
    if faults:
        return _ended(sent, number, Reject(Reason.IMPLAUSIBLE, faults=faults))
    try:
        plan_of(bericht, opened.plans)
    except Reject as stop:
        return _ended(sent, number, Reject(*stop.reasons, faults=_at(path, stop.faults)))
    except Stop as stop:
        return _ended(sent, number, stop)
    return Checked(
        opened=opened,
        envelop=envelop,
        bericht=bericht,
        sent=sent,
        number=number,
        remarks=_at(path, plausibility.remarkable(bericht))
        + (() if number else left_out),  # said once a mail
    )


def _bericht(sent: Json, path: str) -> Bericht | tuple[Fault, ...]:
    try:
        return Bericht.model_validate_json(json.dumps(sent), by_alias=True, by_name=False)
    except ValidationError as error:
        return faults_of(error, path)


def _unread(form: FormRead | Stop | None, path: str) -> tuple[Fault, ...]:
    if not isinstance(form, FormRead):
        return ()
    return tuple(
        each for each in form.faults if each.path == path or each.path.startswith(f"{path}.")
    )


def _as_it_came(opened: Opened, sent: Json, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """The faults of a report in the words of what the sender filled in or wrote."""
    if not isinstance(opened.form, FormRead):
        return faults
    return tuple(undeclared(as_filled_in(each), opened.attachments, sent) for each in faults)


def _first_of_each(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    # What could not be read is missing from the document too, and that says less.
    found: dict[str, Fault] = {}
    for each in faults:
        found.setdefault(each.path, each)
    return tuple(found.values())


def _at(path: str, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    return tuple(Fault(path=f"{path}.{fault.path}", kind=fault.kind) for fault in faults)


def _left_out(opened: Opened, declared: frozenset[str]) -> tuple[Fault, ...]:
    form = opened.form if isinstance(opened.form, FormRead) else None
    return tuple(
        Fault(path=f"bijlage[{place}]", kind="bijlage-niet-doorgegeven")
        for place, attachment in enumerate(opened.attachments)
        if not is_document(attachment)
        and attachment is not opened.form_file
        and attachment.media_type not in _OWN_PARTS
        and digest(attachment.content) not in declared
    ) + tuple(
        Fault(path=WITHHELD.format(number=place), kind="formulier-niet-gelezen")
        for place in range(len(form.withheld) if form else 0)
    )


def _is_municipality(opened: Opened) -> bool:
    return opened.sender.party.side is Side.MUNICIPALITY


def _twice(report: Checked, field: str, reason: Reason) -> Ended:
    # Whoever filled in a form never saw a number.
    in_form = isinstance(report.opened.form, FormRead) and reason is Reason.NUMBER_TWICE
    kind = "rij-staat-dubbel" if in_form else "dubbel-bericht"
    fault = Fault(path=f"berichten[{report.number}].{field}", kind=kind)
    return _ended(report.sent, report.number, Reject(reason, faults=(fault,)))


def _ended(sent: Json, number: int, stop: Stop) -> Ended:
    kenmerk = wire.member(wire.member(sent, "betrokkene"), "dossierkenmerk")
    readable = isinstance(kenmerk, str) and len(kenmerk) <= 40 and kenmerk.isprintable()
    return Ended(stop=stop, number=number, dossierkenmerk=str(kenmerk) if readable else "")
