"""Explanations as one JSON object; ``schemas/explanation.schema.json`` says what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway import wiring
from gateway.domain.articles import place_of
from gateway.domain.policy import Effect
from gateway.wiring.texts import texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.explaining import (
        Account,
        CategoryAccount,
        Decision,
        Direction,
        Explanation,
        Reception,
        RowAccount,
        TableAccount,
    )
    from gateway.domain.stops import Reason
    from gateway.pipeline.explaining import MailExplanation

_SENDS = {"provider": "provider-to-municipality", "municipality": "municipality-to-provider"}


def of_mail(found: MailExplanation, as_of: datetime) -> dict[str, Any]:
    """Every report of a mail; `stopped` is what ended the mail as a whole."""
    stopped = _decision(found.decision) if found.decision else None
    mail = {"sender": found.opened.sender.contact_id if found.opened else None, "stopped": stopped}
    return _whole({"mail": mail}, as_of, [_explanation(each) for each in found.reports])


def of_person(kenmerk: str, found: Sequence[Direction], as_of: datetime) -> dict[str, Any]:
    """Both directions about one inburgeraar."""
    return _whole({"person": kenmerk}, as_of, [_direction(each) for each in found])


def of_contact(kenmerk: str, found: Reception) -> dict[str, Any]:
    """The one direction in which this contact could receive; `receives` is empty unless designated.

    It lists what would reach them, by what free text the report has.
    """
    who, explanation = found.contact, found.direction.explanation
    decisions = explanation.decisions if explanation and found.designated else ()
    contact = {
        "id": who.contact_id,
        "party": who.party.party_id,
        "side": who.party.side.value,
        "role": who.role.value,
        "designated": found.designated,
        "bound": who.is_bound(found.as_of),
        "key": who.key_state(found.as_of).value,
        "receives": {str(each.text): [str(name) for name in each.shared] for each in decisions},
    }
    asked = {"about": kenmerk, "contact": contact}
    return _whole(asked, found.as_of, [_direction(found.direction)])


def _whole(
    asked: Mapping[str, Any], as_of: datetime, explanations: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    named = _articles(explanations)
    return {
        **asked,
        "as_of": as_of.isoformat(),
        "explanations": explanations,
        "articles": {number: wiring.article_text(number) for number in named},
    }


def _articles(explanations: Iterable[dict[str, Any]]) -> list[str]:
    found = {
        row["article"]
        for each in explanations
        for account in ([each["gate"]] if each["gate"] else []) + each["categories"]
        for row in account["rows"]
    }
    return sorted(found, key=place_of)


def _direction(direction: Direction) -> dict[str, Any]:
    if direction.explanation is not None:
        return _explanation(direction.explanation)
    return {
        "direction": _SENDS[direction.sending.value],
        "dossierkenmerk": None,
        "number": None,
        "sender": None,
        "recipient": None,
        "decisions": [],
        **_NOT_JUDGED,
        "disclosed": [],
        "withheld": [],
    }


_NOT_JUDGED: dict[str, Any] = {"table": None, "ground": None, "gate": None, "categories": []}


def _explanation(found: Explanation) -> dict[str, Any]:
    return {
        "direction": _SENDS[found.side.value] if found.side else None,
        "dossierkenmerk": found.dossierkenmerk,
        "number": found.number,
        "sender": found.sender_id,
        "recipient": found.recipient_id,
        "decisions": [_decision(each) for each in found.decisions],
        **(_judged(found, found.judged) if found.judged else _NOT_JUDGED),
        "disclosed": list(found.disclosed),
        "withheld": [{"path": each.path, "reason": each.reason.value} for each in found.withheld],
    }


def _judged(found: Explanation, judged: TableAccount) -> dict[str, Any]:
    ground = judged.ground_text
    return {
        "table": {"version": judged.version, "digest": judged.digest},
        "ground": {"ground": judged.ground, **ground.model_dump()} if ground else None,
        "gate": _account(judged.gate),
        "categories": [_category(each, found) for each in judged.categories],
    }


def _category(each: CategoryAccount, found: Explanation) -> dict[str, Any]:
    shared = any(
        each.category in decision.shared
        for decision in found.decisions
        if decision.text in {None, each.text}
    )
    return {
        "category": each.category.value,
        "free_text": each.text.value,
        "present": each.present,
        "shared": shared and each.account.verdict.effect is Effect.SHARE,
        **_account(each.account),
    }


def _account(account: Account) -> dict[str, Any]:
    return {
        "situation": {name: str(value) for name, value in account.attributes.items()},
        "effect": account.verdict.effect.value,
        "speaking": list(account.verdict.rows),
        "rows": [_row(each) for each in account.rows],
    }


def _row(found: RowAccount) -> dict[str, Any]:
    row = found.row
    return {
        "id": row.id,
        "article": row.article,
        "effect": row.effect.value,
        "reason": _reason(row.reason) if row.reason else None,
        "nl": row.nl,
        "en": row.en,
        "matched": found.matched,
        "differs": [
            {"attribute": each.attribute, "found": each.found, "wanted": list(each.wanted)}
            for each in found.differs
        ],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "free_text": decision.text.value if decision.text else None,
        "outcome": decision.outcome.value,
        "reasons": [_reason(each) for each in decision.reasons],
        "faults": [{"path": fault.path, "kind": fault.kind} for fault in decision.faults],
        "shared": [each.value for each in decision.shared],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    text = texts().reason(reason)
    return {
        "code": reason.value,
        "article": text.article or None,
        "acts": text.acts.value,
        "nl": text.nl,
        "en": text.en,
        "advies_nl": text.advies_nl,
        "advice_en": text.advice_en,
    }
