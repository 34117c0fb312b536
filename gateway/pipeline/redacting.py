"""12.4: the rest is dropped here, field by field, and never travels on."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from gateway.domain import wire
from gateway.domain.bijsluiter import (
    Bericht,
    Berichttype,
    Category,
    GevolgdeUren,
    Inburgeringstraject,
    Voortgang,
)
from gateway.domain.categories import category_of, present, says_anything, tells_hours
from gateway.domain.plans import as_it_leaves, plan_of
from gateway.domain.policy import Effect
from gateway.domain.stages import Disclosure, Standing, Withheld
from gateway.domain.stops import Fault, Reason, Reject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.plans import PlanFile
    from gateway.domain.policy import Verdict
    from gateway.domain.stages import Checked, Permitted

_PROGRESS = frozenset(
    {
        Category.P3_TAALNIVEAU,
        Category.P3_VERZUIM,
        Category.P3_FORMEEL,
        Category.P3_NON_FORMEEL,
    }
)
_EXAM = re.compile(r"^(inburgeringstraject\.behaaldeExamens\[(\d+)\])(?:\.|\[|$)")
_NUMBER = re.compile(r"behaaldeExamens\[\d+\]")
_PERIOD = "voortgang.periode"


class FilterError(Exception):
    """Two independent accounts of what is disclosed disagree; nothing may be sent."""


def redact(permitted: Permitted) -> Disclosure:
    """Only what may be shared, and a full account of what was not.

    What goes out is built field by field; what is reported as disclosed is worked
    out by path.  The two must agree, or nothing goes out.
    """
    known = permitted.known
    checked, facts = known.checked, known.facts
    sent, modelled = wire.leaves(checked.sent), frozenset(_paths(checked.bericht))
    doubtful = _doubtful_exams(sent, modelled)
    plan = plan_of(checked.bericht, checked.opened.plans)
    content = _content(checked.bericht, permitted.categories, doubtful, plan)
    left = present(content)
    disclosed, withheld = _account(permitted, sent, modelled, doubtful)
    if left == {Category.IDENTITEIT}:
        raise Reject(Reason.NOTHING_LEFT, *(each.reason for each in withheld))
    if _shape(disclosed) != _shape(_paths(content)):
        raise FilterError
    return Disclosure(
        trace=checked.opened.raw.trace,
        instant=checked.opened.raw.instant,
        number=checked.number,
        signed_at=checked.opened.signed_at,
        document_id=checked.envelop.document_id,
        content=content,
        disclosed=disclosed,
        withheld=withheld,
        categories=tuple(name for name in _shared(permitted.categories) if name in left),
        remarks=(*checked.remarks, *_unsignalled(checked, content)),
        ground=permitted.ground,
        ground_text=permitted.ground_text,
        articles=_articles(permitted),
        rows=_rows(permitted),
        policy_digest=permitted.policy_digest,
        dossier_id=facts.dossier.dossier_id if facts.dossier else "",
        sender=facts.sender,
        recipient=facts.recipient,
        standing=Standing(revision=facts.revision, digest=facts.digest(), until=facts.until),
        judgement=permitted.judgement,
        mark=known.mark,
        plan=plan if _declares(content) else None,
        replaced=facts.replaced,
    )


def _declares(content: Bericht) -> bool:
    plan = content.persoonlijk_plan
    return plan is not None and plan.document is not None


def _unsignalled(checked: Checked, content: Bericht) -> tuple[Fault, ...]:
    # The rest goes on without a word of the signal, and the sender thinks that it was made.
    sent = checked.bericht.berichttype
    if sent is not Berichttype.ELIP_SIGNAAL or content.berichttype is sent:
        return ()
    path = f"berichten[{checked.number}].berichttype"
    return (Fault(path=path, kind="signaal-zonder-toestemming"),)


def _content(
    bericht: Bericht,
    verdicts: Mapping[Category, Verdict],
    doubtful: frozenset[int],
    plan: PlanFile | None,
) -> Bericht:
    return narrowed(bericht, frozenset(_shared(verdicts)), doubtful, plan)


def narrowed(
    bericht: Bericht,
    shared: frozenset[Category],
    doubtful: frozenset[int] = frozenset(),
    plan: PlanFile | None = None,
) -> Bericht:
    """The report with these categories alone, without the exams of these numbers."""
    persoonlijk = as_it_leaves(bericht, plan) if Category.P1 in shared else None
    traject = _traject(bericht, doubtful) if Category.P2 in shared else None
    voortgang = _voortgang(bericht, shared)
    bijzonderheden = bericht.bijzonderheden if Category.P4 in shared else None
    carried = {
        Berichttype.VOORTGANG: voortgang is not None,
        Berichttype.TRAJECTINFO: traject is not None,
        Berichttype.PLAN: persoonlijk is not None,
        Berichttype.BIJZONDERHEID: bijzonderheden is not None,
    }
    return Bericht(
        bericht_id=bericht.bericht_id,
        berichttype=_type(bericht.berichttype, carried, signals=Category.P2 in shared),
        wettelijk_regime=bericht.wettelijk_regime,
        doelgroep=bericht.doelgroep,
        vervangt=bericht.vervangt,
        betrokkene=bericht.betrokkene,
        persoonlijk_plan=persoonlijk,
        inburgeringstraject=traject,
        voortgang=voortgang,
        bijzonderheden=bijzonderheden,
    )


def _type(sent: Berichttype, carried: Mapping[Berichttype, bool], *, signals: bool) -> Berichttype:
    # A type that names what was left out would tell the recipient that something was.
    if sent is Berichttype.CORRECTIE or carried.get(sent, signals):
        return sent
    other = Berichttype.TRAJECTINFO if sent is Berichttype.ELIP_SIGNAAL else sent
    return next((name for name, is_carried in carried.items() if is_carried), other)


def _traject(bericht: Bericht, doubtful: frozenset[int]) -> Inburgeringstraject | None:
    traject = bericht.inburgeringstraject
    if traject is None:
        return None
    exams = enumerate(traject.behaalde_examens or ())
    left = Inburgeringstraject(
        inburgeringstermijn=traject.inburgeringstermijn,
        behaalde_examens=tuple(exam for number, exam in exams if number not in doubtful) or None,
        inburgeringsuren=traject.inburgeringsuren,
        duo_lening=traject.duo_lening,
    )
    return left if says_anything(left) else None


def _voortgang(bericht: Bericht, shared: frozenset[Category]) -> Voortgang | None:
    voortgang = bericht.voortgang
    if voortgang is None or not shared & _PROGRESS:
        return None
    level, absence = Category.P3_TAALNIVEAU in shared, Category.P3_VERZUIM in shared
    return Voortgang(
        periode=voortgang.periode,
        taalniveaus=(voortgang.taalniveaus or None) if level else None,
        gevolgde_uren=_uren(voortgang.gevolgde_uren, shared),
        aangeboden_uren=voortgang.aangeboden_uren if absence else None,
        verzuim=voortgang.verzuim if absence and tells_hours(voortgang.verzuim) else None,
        verwachte_einddatum_opleiding=(voortgang.verwachte_einddatum_opleiding if level else None),
    )


def _uren(uren: GevolgdeUren | None, shared: frozenset[Category]) -> GevolgdeUren | None:
    if uren is None:
        return None
    formeel = uren.formeel if Category.P3_FORMEEL in shared else None
    non_formeel = uren.non_formeel if Category.P3_NON_FORMEEL in shared else None
    if formeel is None and non_formeel is None:
        return None
    return GevolgdeUren(formeel=formeel, non_formeel=non_formeel)


def _account(
    permitted: Permitted,
    sent: Sequence[str],
    modelled: frozenset[str],
    doubtful: frozenset[int],
) -> tuple[tuple[str, ...], tuple[Withheld, ...]]:
    disclosed: list[str] = []
    withheld: list[Withheld] = []
    for path in sent:
        reason = _reason(path, path in modelled, permitted.categories, doubtful)
        if reason is None:
            disclosed.append(path)
        else:
            withheld.append(Withheld(path=path, reason=reason))
    return tuple(disclosed), tuple(withheld)


def _reason(
    path: str,
    is_modelled: bool,  # noqa: FBT001 - a fact about the path, named at its only call
    verdicts: Mapping[Category, Verdict],
    doubtful: frozenset[int],
) -> Reason | None:
    exam = _EXAM.match(path)
    if not is_modelled or (exam is not None and int(exam.group(2)) in doubtful):
        return Reason.NOT_IN_BIJSLUITER
    category = category_of(path)
    if category is None:
        return None
    if path.startswith(_PERIOD):
        return _any_progress(verdicts)
    verdict = verdicts.get(category)
    if verdict is None:
        return Reason.NOT_PERMITTED
    return None if verdict.effect is Effect.SHARE else verdict.reasons[0]


def _any_progress(verdicts: Mapping[Category, Verdict]) -> Reason | None:
    # The period belongs to whatever progress is shared, and to nothing by itself.
    progress = [verdict for name, verdict in verdicts.items() if name in _PROGRESS]
    if any(verdict.effect is Effect.SHARE for verdict in progress):
        return None
    return progress[0].reasons[0] if progress else Reason.NOT_PERMITTED


def _doubtful_exams(sent: Sequence[str], modelled: frozenset[str]) -> frozenset[int]:
    # An exam that carries a field we do not know, such as a result, may be a failed one.
    found = (_EXAM.match(path) for path in sent if path not in modelled)
    return frozenset(int(match.group(2)) for match in found if match is not None)


def _shared(verdicts: Mapping[Category, Verdict]) -> tuple[Category, ...]:
    return tuple(name for name, verdict in verdicts.items() if verdict.effect is Effect.SHARE)


def _rows(permitted: Permitted) -> tuple[str, ...]:
    found = [*permitted.gate.rows]
    for verdict in permitted.categories.values():
        found += [row for row in verdict.rows if row not in found]
    return tuple(found)


def _articles(permitted: Permitted) -> tuple[str, ...]:
    found = [*permitted.gate.articles]
    for verdict in permitted.categories.values():
        found += [article for article in verdict.articles if article not in found]
    return tuple(found)


def _paths(bericht: Bericht) -> list[str]:
    return wire.leaves(wire.written(bericht.model_dump_json(by_alias=True, exclude_none=True)))


def _shape(paths: Sequence[str]) -> Counter[str]:
    # Dropping a doubtful exam renumbers the ones behind it.
    return Counter(_NUMBER.sub("behaaldeExamens[]", path) for path in paths)
