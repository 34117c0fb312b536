"""The life of one message, top to bottom.

`await` marks the outside world, a plain call is pure reasoning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.distinct import distinct
from gateway.domain.form_reading import FormRead
from gateway.domain.outcomes import Carried, Ended, Handled, Settled
from gateway.domain.sparing import Occasion
from gateway.domain.stages import Standing
from gateway.domain.stops import WHOLE_MAIL, Hold, Ignore, Outcome, Reason, Reject, Retry, Stop
from gateway.pipeline.checking import check
from gateway.pipeline.comparing import compared
from gateway.pipeline.confirming import confirming
from gateway.pipeline.correcting import to_correct
from gateway.pipeline.opening import opening
from gateway.pipeline.permitting import judge, permit
from gateway.pipeline.recalling import recalled
from gateway.pipeline.recognising import recognise
from gateway.pipeline.redacting import redact
from gateway.pipeline.replacing import told_replaced
from gateway.pipeline.returning import recognised, told_of_returns
from gateway.pipeline.routing import route
from gateway.pipeline.sealing import seal
from gateway.pipeline.telling import Answer, mailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.facts import Facts
    from gateway.domain.parties import Contact
    from gateway.domain.stages import Addressed, Checked, Judged, Known, Opened, RawMail
    from gateway.pipeline.gate import Gate


_UNPROVEN = frozenset({Reason.PERSON_DIFFERS, Reason.SENDER_NOT_DESIGNATED})
_AS_THE_FIRST_TIME = frozenset(
    {Reason.DUPLICATE_REPORT, Reason.REPORT_CHANGED, Reason.REPORT_WAITS}
)


async def handle(raw: RawMail, gate: Gate) -> Handled:
    """One mail to its end: every report sealed or stopped, and the answers to those concerned."""
    opened, carried = await walk(raw, gate)
    complete = await recalled(carried, gate)  # levels and hours that the recipient had before
    outcomes = tuple([await _sealed(each, gate) for each in complete])
    try:
        handled = await _answered(raw, opened, outcomes, gate)
        return await told_of_returns(handled, gate)
    except Retry as stop:
        # Nothing is on record yet: better all of it again than an outcome that nobody hears of.
        return _unanswered(raw, stop)


async def end(raw: RawMail, stop: Stop, gate: Gate) -> Handled:
    """One mail that does not walk any more, with the answers to those concerned."""
    try:
        return await _answered(raw, None, (_whole(stop, raw),), gate)
    except Retry:
        return _unanswered(raw, stop)


async def walk(raw: RawMail, gate: Gate) -> tuple[Opened | None, tuple[Carried, ...]]:
    """Every report of one mail, each with its own outcome, and the mail as opened."""
    opened: Opened | None = None
    try:
        opened = await opening(raw, gate)  # 12.5 secured, and by whom
        if WHOLE_MAIL in raw.refused:
            return opened, (_whole(Reject(*raw.refused[WHOLE_MAIL]), raw),)
        reports = check(opened)  # 12.3 the bijsluiter, one inburgeraar each
        carried = [await carry(report, gate) for report in reports]
        return opened, tuple([_as_before(each, raw) for each in carried])
    except Stop as stop:
        found = await _no_report(stop, opened, raw, gate)  # an answer to us, or news of our mail
        return opened, (_whole(found, raw),)
    except Exception:  # noqa: BLE001 - a bug must never lose or leak a mail
        return opened, (_whole(Hold(Reason.UNEXPECTED), raw),)


async def _no_report(stop: Stop, opened: Opened | None, raw: RawMail, gate: Gate) -> Stop:
    if opened is None:
        return await recognised(stop, raw, gate)
    return await confirming(stop, opened, gate)


async def carry(report: Checked | Ended, gate: Gate) -> Carried:
    """One report from the register to its recipient, or to its stop."""
    if isinstance(report, Ended):
        return report
    if report.number in report.opened.raw.delivered:
        return _ended(report, None, None, Ignore(Reason.DELIVERED_BEFORE))
    if report.number in report.opened.raw.refused:
        return _ended(report, None, None, Reject(*report.opened.raw.refused[report.number]))
    known: Known | None = None
    judged: Judged | None = None
    try:
        # fmt: off
        known      = await gate.registry.look_up(report)  # register, consent: as of now
        policy     = await gate.registry.policy(known)    # the decision table in force
        judged     = judge(known, policy)         # 2.3, 12.1-12.4, 12.8, 15: what, and why
        judged     = recognise(judged)            # 12.3: unless it had an outcome before
        permitted  = permit(judged)               # or the stop that the table says
        disclosure = redact(permitted)            # 12.4: the rest ends here and never travels on
        addressed  = route(disclosure)            # 12.5: the one designated contact person
        return await compared(addressed, gate)    # AVG 16: what a correction changes
        # fmt: on
    except Stop as stop:
        return _ended(report, known, judged, stop)
    except Exception:  # noqa: BLE001 - a bug must never lose or leak a report
        return _ended(report, known, judged, Hold(Reason.UNEXPECTED))


async def _sealed(carried: Carried, gate: Gate) -> Settled:
    if isinstance(carried, Ended):
        return carried
    try:
        return await seal(carried, gate)
    except Stop as stop:
        return _unsealed(carried, stop)
    except Exception:  # noqa: BLE001 - a bug must never lose or leak a report
        return _unsealed(carried, Hold(Reason.UNEXPECTED))


def _as_before(carried: Carried, raw: RawMail) -> Carried:
    # What waits for a person is refused by itself, but never passed on by itself: nor does
    # it come to wait for something else instead, which might.
    if isinstance(carried, Ended):
        return _ended_as_before(carried, raw)
    waiting = _waiting(carried.disclosure.number, raw)
    return _unsealed(carried, Hold(*waiting)) if waiting else carried


def _ended_as_before(ended: Ended, raw: RawMail) -> Ended:
    number = WHOLE_MAIL if ended.number is None else ended.number
    # The sender was told so: a later walk says the same, whatever it found.
    refused = raw.refused.get(number)
    if refused is not None:
        again = ended.stop.outcome is Outcome.REJECT and ended.stop.reasons == refused
        return ended if again else ended.by(Reject(*refused))
    if ended.stop.outcome is not Outcome.HOLD:
        return ended
    reasons = (*_waiting(number, raw), *ended.stop.reasons)
    return ended.by(Hold(*reasons, faults=ended.stop.faults))


def _waiting(number: int, raw: RawMail) -> tuple[Reason, ...]:
    # What holds the whole mail holds each of its reports.
    return distinct((*raw.undecided.get(number, ()), *raw.undecided.get(WHOLE_MAIL, ())))


def _whole(stop: Stop, raw: RawMail) -> Ended:
    return _ended_as_before(Ended(stop=stop), raw)


def _ended(report: Checked, known: Known | None, judged: Judged | None, stop: Stop) -> Ended:
    # The log has a data subject only once name and birth date are proven.
    dossier = known.facts.dossier if known else None
    proven = not _UNPROVEN & set(stop.reasons)
    return Ended(
        stop=stop,
        number=report.number,
        bericht_id=report.bericht.bericht_id,
        dossierkenmerk=report.bericht.betrokkene.dossierkenmerk,
        dossier_id=dossier.dossier_id if dossier is not None and proven else "",
        policy_digest=known.facts.policy_digest if known else "",
        remarks=report.remarks,
        judgement=judged.judgement if judged else None,
        standing=_standing(known.facts, proven=proven) if known else None,
        first=known.first if known and _AS_THE_FIRST_TIME & set(stop.reasons) else None,
        mark=known.mark if known else "",
    )


def _standing(facts: Facts, *, proven: bool) -> Standing:
    known = facts if proven else facts.of_sender_alone()
    return Standing(revision=facts.revision, digest=known.digest(), until=facts.until)


def _unsealed(addressed: Addressed, stop: Stop) -> Ended:
    disclosure = addressed.disclosure
    return Ended(
        stop=stop,
        number=disclosure.number,
        bericht_id=disclosure.content.bericht_id,
        dossierkenmerk=disclosure.content.betrokkene.dossierkenmerk,
        dossier_id=disclosure.dossier_id,
        policy_digest=disclosure.policy_digest,
        rows=disclosure.rows,
        withheld=disclosure.withheld,
        remarks=disclosure.remarks,
        judgement=disclosure.judgement,
        standing=disclosure.standing,
        mark=disclosure.mark,
    )


async def _answered(
    raw: RawMail, opened: Opened | None, outcomes: tuple[Settled, ...], gate: Gate
) -> Handled:
    handled = Handled(
        raw=raw,
        sender=opened.sender if opened else None,
        protection=opened.protection if opened else None,
        outcomes=outcomes,
        mailed=(),
        signed=opened.signed if opened else "",
        opened_by=opened.opened_by if opened else "",
        places=_places(opened),
    )
    if not _calls_for_answers(handled):
        return handled
    sealed = [await mailed(each, gate) for each in await _answers(handled, opened, gate)]
    return Handled(
        raw=raw,
        sender=handled.sender,
        protection=handled.protection,
        outcomes=outcomes,
        mailed=tuple(each for each in sealed if each is not None),
        signed=handled.signed,
        opened_by=handled.opened_by,
        places=handled.places,
    )


def _places(opened: Opened | None) -> Mapping[str, str]:
    form = opened.form if opened else None
    return form.located if isinstance(form, FormRead) else {}


def _calls_for_answers(handled: Handled) -> bool:
    # That all went before is what the sender has not heard, or the mail would not walk again.
    if handled.outcome is Outcome.IGNORE:
        return Reason.DELIVERED_BEFORE in handled.reasons
    return handled.outcome is not Outcome.RETRY


def _unanswered(raw: RawMail, stop: Stop) -> Handled:
    return Handled(raw=raw, sender=None, protection=None, outcomes=(Ended(stop=stop),), mailed=())


async def _answers(handled: Handled, opened: Opened | None, gate: Gate) -> list[Answer]:
    """The sender's receipt, and the officers' notice of what waits for a decision.

    An answer that cannot be written stops nothing: what became of the reports is
    on record, and a receipt that is missing there shows as missing.
    """
    # RFC 3834, 2: one program's answer is not another's to answer.
    receipts = [] if opened and opened.reply else await _receipts(handled, opened, gate)
    return [*receipts, *await _notices(handled, gate), *await told_replaced(handled, gate)]


async def _receipts(handled: Handled, opened: Opened | None, gate: Gate) -> list[Answer]:
    try:
        to = handled.sender or await _claimed(handled, gate)
        if to is None:
            return []
        letter = gate.letters.receipt(
            handled, to, opened.message_id if opened else "", to_correct(handled, opened)
        )
        return [Answer(letter=letter, to=to, after_reports=True, occasion=_occasion(handled))]
    except Retry:
        raise
    except Exception:  # noqa: BLE001 - a bug in an answer must never lose a report
        return []


def _occasion(handled: Handled) -> Occasion | None:
    """Under which limit the sender hears of it; None where something went on now or before."""
    if handled.sender is None:
        return Occasion.UNPROVEN
    passed = any(not isinstance(each, Ended) for each in handled.outcomes)
    if passed or Reason.DELIVERED_BEFORE in handled.reasons:
        return None
    return Occasion.WAITING if handled.outcome is Outcome.HOLD else Occasion.REFUSED


async def _notices(handled: Handled, gate: Gate) -> list[Answer]:
    if handled.outcome is not Outcome.HOLD:
        return []
    try:
        officers = await gate.registry.officers(handled.raw.instant)
        return [
            Answer(letter=gate.letters.notice(handled, each), to=each, occasion=Occasion.WAITING)
            for each in officers
        ]
    except Retry:
        raise
    except Exception:  # noqa: BLE001 - as above
        return []


async def _claimed(handled: Handled, gate: Gate) -> Contact | None:
    # Who could not be proven gets no answer; the registered holder of the address
    # that was used gets a notice without content, sealed to the pinned key.
    return await gate.registry.addressee(handled.raw)
