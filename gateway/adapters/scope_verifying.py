"""Disclosures of a scope, each held against what the log says of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from gateway.adapters.among import among
from gateway.adapters.evidence import milliseconds
from gateway.adapters.log_reading import ENTRIES, LogOpener
from gateway.adapters.tables_log import log_entries, log_pruned
from gateway.domain.scope import Left
from gateway.domain.sureness import Sureness, weakest
from gateway.ledger.envelope import UnopenedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from gateway.adapters.vault import Vault
    from gateway.domain.scope import Disclosed

_BATCH = 500
_KINDS = ("mail", "report", "sent", "returned", "undeliverable")
# Of these the log says that the next server took it.
_TAKEN = frozenset({Left.SENT, Left.RETURNED})


def verified(connection: Connection, vault: Vault, found: Sequence[Disclosed]) -> list[Disclosed]:
    """The same disclosures, with how sure each is once its entries in the log were read.

    What was erased, or was taken away at the end of its term, cannot be read: it stays as
    sure as it was.  An entry that is not there, was altered or says otherwise makes it disputed.
    """
    pruned = connection.execute(select(log_pruned.c.first).limit(1)).first() is not None
    opener = LogOpener(vault)
    checked: list[Disclosed] = []
    for first in range(0, len(found), _BATCH):
        batch = found[first : first + _BATCH]
        said = _said(connection, opener, [each.trace for each in batch])
        checked += [_checked(each, said, pruned=pruned) for each in batch]
    return checked


_Said = "Mapping[tuple[str, str], dict[str, Any] | None]"


def _said(
    connection: Connection, opener: LogOpener, traces: Sequence[str]
) -> Mapping[tuple[str, str], dict[str, Any] | None]:
    """By kind and span what each entry says; None where its key is destroyed."""
    rows = connection.execute(
        ENTRIES.where(among(log_entries.c.trace_id, set(traces)), log_entries.c.kind.in_(_KINDS))
    )
    said: dict[tuple[str, str], dict[str, Any] | None] = {}
    for row in rows:
        try:
            content = opener.open(row).content
        except UnopenedError:
            said[row.kind, row.span_id] = {}
            continue
        said[row.kind, row.span_id] = content
        if content is not None and row.kind not in {"mail", "report"}:
            said[row.kind, str(content["record"].get("parent_span_id"))] = content
    return said


def _checked(
    each: Disclosed, said: Mapping[tuple[str, str], dict[str, Any] | None], *, pruned: bool
) -> Disclosed:
    own = ("report", each.span_id)
    if own not in said:
        sureness = each.sureness if pruned else Sureness.DISPUTED
    elif said[own] is None:
        sureness = each.sureness
    else:
        agrees = _agrees(each, said[own] or {}) and _left_as_said(each, said)
        agrees = agrees and _opened_as_said(each, said, said[own] or {})
        sureness = _upgraded(each) if agrees else Sureness.DISPUTED
    return replace(each, sureness=sureness)


def _upgraded(each: Disclosed) -> Sureness:
    if each.sureness is Sureness.RECORDED:
        return Sureness.VERIFIED
    return weakest(each.sureness, Sureness.VERIFIED)


def _agrees(each: Disclosed, content: Mapping[str, Any]) -> bool:
    evidence = content.get("evidence", {})
    paths = tuple(dict.fromkeys(said["path"] for said in evidence.get("withheld", ())))
    if each.withheld not in {None, paths}:
        return False
    return {
        "number": each.number,
        "outcome": "forward",
        "sender": each.sender_id,
        "recipient": each.recipient_id,
        "policy": each.policy,
        "ground": each.ground,
        "sealed_to": each.sealed_to or None,
        "sealed_by": each.sealed_by or None,
        "message_id": f"<{each.reference}" if each.reference.endswith(">") else each.reference,
        "categories": sorted(category.value for category in each.categories),
        "disclosed": list(each.fields),
    } == {
        **{
            name: evidence.get(name)
            for name in (
                "number",
                "outcome",
                "sender",
                "recipient",
                "policy",
                "ground",
                "sealed_to",
                "sealed_by",
                "message_id",
                "disclosed",
            )
        },
        "categories": sorted(evidence.get("categories", ())),
    }


def _left_as_said(each: Disclosed, said: Mapping[tuple[str, str], dict[str, Any] | None]) -> bool:
    sent = said.get(("sent", each.span_id))
    if each.state not in _TAKEN:
        return sent is None
    if sent is None or each.sent_at is None:
        return False
    told: object = sent.get("record", {}).get("end_time")
    returned = ("returned", each.span_id) in said
    return told == milliseconds(each.sent_at) and returned == (each.state is Left.RETURNED)


def _opened_as_said(
    each: Disclosed,
    said: Mapping[tuple[str, str], dict[str, Any] | None],
    report: Mapping[str, Any],
) -> bool:
    mail = said.get(("mail", str(report.get("record", {}).get("parent_span_id"))))
    if mail is None:
        return False
    told: object = mail.get("evidence", {}).get("opened_by")
    return told == (each.opened_by or None)
