"""Circumstances and judgement as text in one spelling, and back: nothing but codes passes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gateway.domain.bijsluiter import Category
from gateway.domain.judgement import Circumstances, Judgement
from gateway.domain.parties import Standing
from gateway.domain.policy import Effect, Verdict
from gateway.domain.situation import (
    Claim,
    ConsentGate,
    Duty,
    GateSituation,
    Ground,
    Person,
    Recipient,
    Scope,
    Sender,
    Term,
    Text,
    YesNo,
)
from gateway.domain.stops import Outcome, Reason
from gateway.ledger.records import canonical

if TYPE_CHECKING:
    from gateway.ledger.records import Plain

_ROWS = ("t1", "t2", "t3", "t4")
# Decisions repeat themselves: a gateway sees a few hundred different ones.
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Both texts, and the SHA-256 in hex by which the log's entry vouches for them."""

    circumstances: str
    judgement: str
    digest: str


@lru_cache(maxsize=_REMEMBERED)
def written(judgement: Judgement) -> Written:
    """A judgement as it is kept."""
    circumstances = canonical(_circumstances(judgement.circumstances)).decode()
    said = canonical(_judgement(judgement)).decode()
    return Written(
        circumstances=circumstances, judgement=said, digest=digest_of(circumstances, said)
    )


def digest_of(circumstances: str, judgement: str) -> str:
    """What the log's entry says of these two texts; neither holds a line end."""
    return sha256(f"{circumstances}\n{judgement}".encode()).hexdigest()


@lru_cache(maxsize=_REMEMBERED)
def read(circumstances: str, judgement: str, policy_digest: str) -> Judgement | None:
    """The judgement again; None for what this gateway did not write, or does not know all of."""
    try:
        found = _read(json.loads(circumstances), json.loads(judgement), policy_digest)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    again = written(found)
    same = (again.circumstances, again.judgement) == (circumstances, judgement)
    return found if same else None


def _circumstances(of: Circumstances) -> Plain:
    return {
        "gate": {name: str(value) for name, value in of.gate.attributes().items()},
        "disclosed_before": of.disclosed_before.value,
        "own_document": of.own_document.value,
        "rows": [name for name, row in zip(_ROWS, _rows(of), strict=True) if row is YesNo.YES],
        "extra": [category.value for category in of.extra],
        "texts": [[category.value, text.value] for category, text in of.texts],
    }


def _rows(of: Circumstances) -> tuple[YesNo, ...]:
    return (of.t1, of.t2, of.t3, of.t4)


def _judgement(of: Judgement) -> Plain:
    return {
        "outcome": of.outcome.value,
        "reasons": [reason.value for reason in of.reasons],
        "gate": _verdict(of.gate) if of.gate is not None else None,
        "categories": [[name.value, _verdict(verdict)] for name, verdict in of.categories],
    }


def _verdict(of: Verdict) -> Plain:
    return {
        "effect": of.effect.value,
        "rows": list(of.rows),
        "articles": list(of.articles),
        "reasons": [reason.value for reason in of.reasons],
        "ground": of.ground.value if of.ground is not None else None,
    }


def _read(circumstances: Any, said: Any, policy_digest: str) -> Judgement:
    gate = said["gate"]
    return Judgement(
        circumstances=_read_circumstances(circumstances),
        policy_digest=policy_digest,
        outcome=Outcome(said["outcome"]),
        reasons=tuple(Reason(reason) for reason in said["reasons"]),
        gate=None if gate is None else _read_verdict(gate),
        categories=tuple(
            (Category(name), _read_verdict(verdict)) for name, verdict in said["categories"]
        ),
    )


def _read_circumstances(found: Any) -> Circumstances:
    rows = {name: YesNo.YES if name in found["rows"] else YesNo.NO for name in _ROWS}
    return Circumstances(
        gate=_read_gate(found["gate"]),
        disclosed_before=YesNo(found["disclosed_before"]),
        own_document=YesNo(found["own_document"]),
        t1=rows["t1"],
        t2=rows["t2"],
        t3=rows["t3"],
        t4=rows["t4"],
        extra=tuple(Category(name) for name in found["extra"]),
        texts=tuple((Category(name), Text(text)) for name, text in found["texts"]),
    )


def _read_gate(found: Any) -> GateSituation:
    return GateSituation(
        scope=Scope(found["scope"]),
        claim=Claim(found["claim"]),
        person=Person(found["person"]),
        term=Term(found["term"]),
        standing=Standing(found["standing"]),
        duty=Duty(found["duty"]),
        sender=Sender(found["sender"]),
        sender_bound=YesNo(found["sender_bound"]),
        recipient=Recipient(found["recipient"]),
        recipient_bound=YesNo(found["recipient_bound"]),
        consent=ConsentGate(found["consent"]),
    )


def _read_verdict(found: Any) -> Verdict:
    ground = found["ground"]
    return Verdict(
        effect=Effect(found["effect"]),
        rows=tuple(str(row) for row in found["rows"]),
        articles=tuple(str(article) for article in found["articles"]),
        reasons=tuple(Reason(reason) for reason in found["reasons"]),
        ground=None if ground is None else Ground(ground),
    )
