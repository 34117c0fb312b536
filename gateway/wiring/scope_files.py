"""Scopes as files and as JSON: by reference and the register's own ids, and people apart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.domain.scope import digest_line, digest_over
from gateway.domain.together import together
from gateway.wiring.folders import new_folder, private_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.domain.received import Received, ReceivedCounts
    from gateway.domain.scope import Counts, Disclosed, Scope
    from gateway.domain.together import Together
    from gateway.wiring.scopes import Concerned


def frozen(scope: Scope, folder: Path, people: Sequence[Concerned] = ()) -> Sequence[Path]:
    """A scope as files in a new folder: ``scope.json``, and whom it concerns where they are given.

    Raises `NotReadyError` where the folder is there already or cannot be made.
    """
    files = {"scope.json": scope_json(scope) | {"digest": scope.digest}}
    if people:
        files["people.json"] = {"digest": scope.digest, "people": [_person(e) for e in people]}
    new_folder(folder)
    for name, said in files.items():
        text = json.dumps(said, ensure_ascii=False, indent=2)
        private_file(folder / name, text.encode() + b"\n")
    return [folder / name for name in files]


def criterion_of(content: bytes) -> Mapping[str, str]:
    """What a scope of `frozen` asked for, by name.

    Raises `ValueError`, `KeyError`, `TypeError` or `AttributeError` where it is no such scope, or
    was changed by somebody who did not make its digest anew.
    """
    try:
        said: Any = json.loads(content)
    except RecursionError:
        raise ValueError("lists in lists, without end") from None
    met = [_line(each, each["state"]) for each in said["disclosures"]]
    met += [_line(each, each["state"], each["sureness"]) for each in said["received"]]
    asked = {str(name): _text(value) for name, value in said["criterion"].items()}
    if digest_over(asked, _text(said["at"]), met) != said["digest"]:
        raise ValueError("changed since")
    return asked


def _line(each: Mapping[str, Any], *said: str) -> str:
    return digest_line(each["span"] or "", each["trace"], (each["report"] or 0) - 1, *said)


def _text(value: object) -> str:
    """Of one line, and nothing that a terminal would obey or a database refuses."""
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("no text")
    return value


def scope_json(scope: Scope) -> dict[str, object]:
    """Everything but who the people are: by reference and the register's own ids."""
    return {
        "criterion": dict(scope.criterion.given()),
        "at": scope.at.isoformat(),
        **together_json(together(scope)),
        "disclosures": [_disclosure(each) for each in scope.disclosures],
        "received": [_received(each) for each in scope.received],
    }


def together_json(found: Together) -> dict[str, object]:
    """The counts: of what was disclosed, of what was only received, and of people once."""
    return {
        "counts": counts_json(found.counts),
        "not_passed_on": received_json(found.received),
        "together": {
            "people": found.people,
            "only_received": found.only_received,
            "everybody_known": found.received.is_whole and not found.counts.erased,
        },
    }


def received_json(counts: ReceivedCounts) -> dict[str, object]:
    """The counts of what came in and was not passed on."""
    return {
        "reports": counts.reports,
        "people": counts.people,
        "about_nobody_known": counts.nobody,
        "messages": counts.messages,
        "contents_unknown": counts.unread,
        "first": counts.first.isoformat() if counts.first else None,
        "last": counts.last.isoformat() if counts.last else None,
        "states": dict(counts.states),
        "reasons": dict(counts.reasons),
        "categories": dict(counts.categories),
        "senders": dict(counts.senders),
        "possible": dict(counts.possible),
    }


def counts_json(counts: Counts) -> dict[str, object]:
    """The counts of a scope."""
    return {
        "disclosures": counts.disclosures,
        "left": counts.left,
        "people": counts.people,
        "erased": counts.erased,
        "messages": counts.messages,
        "first": counts.first.isoformat() if counts.first else None,
        "last": counts.last.isoformat() if counts.last else None,
        "states": dict(counts.states),
        "sureness": dict(counts.sureness),
        "categories": dict(counts.categories),
        "fields": dict(counts.paths),
        "recipients": dict(counts.recipients),
        "senders": dict(counts.senders),
        "keys": dict(counts.keys),
        "in_part": counts.in_part,
        "withheld": dict(counts.withheld),
        "part_unknown": counts.part_unknown,
    }


def _disclosure(each: Disclosed) -> Mapping[str, object]:
    return {
        "dossier": each.dossier_id or None,
        "trace": each.trace,
        "report": each.number + 1,
        "span": each.span_id,
        "reference": each.reference,
        "recorded_at": each.recorded_at.isoformat(),
        "sent_at": each.sent_at.isoformat() if each.sent_at else None,
        "sender": each.sender_id,
        "recipient": each.recipient_id,
        "categories": sorted(category.value for category in each.categories),
        "fields": list(each.fields),
        "policy": each.policy,
        "ground": each.ground,
        "sealed_to": each.sealed_to or None,
        "sealed_by": each.sealed_by or None,
        "opened_by": each.opened_by or None,
        "protection": each.protection.value if each.protection else None,
        "state": each.state.value,
        "sureness": each.sureness.value,
        "withheld": None if each.withheld is None else list(each.withheld),
    }


def _received(each: Received) -> Mapping[str, object]:
    return {
        "dossier": each.dossier_id or None,
        "trace": each.trace,
        "report": each.number + 1 or None,
        "span": each.span_id or None,
        "received_at": each.received_at.isoformat(),
        "mailbox": each.mailbox,
        "sender": each.sender_id or None,
        "party": each.sender_party or None,
        "opened_by": each.opened_by or None,
        "state": each.state.value,
        "reasons": list(each.reasons),
        "categories": None
        if each.categories is None
        else sorted(category.value for category in each.categories),
        "fields": list(each.fields),
        "original": each.original.value,
        "stored": each.stored,
        "sureness": each.sureness.value,
    }


def _person(each: Concerned) -> Mapping[str, object]:
    held = {name for one in each.disclosures for name in one.categories}
    held |= {name for one in each.received for name in one.categories or ()}
    return {
        "dossierkenmerk": each.kenmerk or None,
        "dossier": each.dossier_id,
        "disclosures": len(each.disclosures),
        "received": len(each.received),
        "states": each.states,
        "categories": sorted(name.value for name in held),
    }
