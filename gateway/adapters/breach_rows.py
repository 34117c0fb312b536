"""What a breach concerns, as rows: written when it is opened and each time it is extended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.adapters import tables_breaches as tables
from gateway.adapters.incident_rows import disclosure_columns, disclosure_values
from gateway.adapters.tables_register import optional_instant, stamp
from gateway.domain.affected import Affected
from gateway.domain.breach_extending import standing
from gateway.domain.breach_terms import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.adapters.register_rows import Row, Rows
    from gateway.adapters.register_writing import Writing

# What only a row about somebody has, as it reads where it is about nobody known.
_OF_SOMEBODY: Final[Mapping[str, object]] = {
    "dossier_id": "",
    "reference": "",
    "sent_at": None,
    "recipient_contact_id": "",
    "sealed_to": "",
}


async def append_affected(writing: Writing, breach_id: str, affected: Sequence[Affected]) -> None:
    """Each a row of the breach: under whom it is about, or apart where nobody knows."""
    await writing.extend(
        tables.breach_disclosure,
        [{"breach_id": breach_id, **_columns(each)} for each in affected if each.dossier_id],
    )
    await writing.extend(
        tables.breach_unnamed,
        [{"breach_id": breach_id, **_unnamed(each)} for each in affected if not each.dossier_id],
    )


async def read_affected(rows: Rows, breach_id: str) -> Sequence[Affected]:
    """All that it concerns, each once; last what is about nobody known."""
    found = await read_rows(rows, breach_id)
    # What it was opened with is one scope or one proposal: each once, and in that order.
    return list(standing(found)) if any(each.extension for each in found) else found


async def read_rows(rows: Rows, breach_id: str) -> Sequence[Affected]:
    """Every row, in the order of recording: several may be of one report; see `standing`."""
    steps = await rows.select(tables.breach_step, breach_id=breach_id, step=Step.EXTENDED.value)
    extensions = {int(row["revision"]): number for number, row in enumerate(steps, 1)}
    named = await rows.select(tables.breach_disclosure, breach_id=breach_id)
    unnamed = await rows.select(tables.breach_unnamed, breach_id=breach_id)
    whole = (*named, *({**_OF_SOMEBODY, **row} for row in unnamed))
    found = [_affected(row, extensions) for row in whole]
    return sorted(found, key=lambda each: each.extension)


def _affected(row: Row, extensions: Mapping[int, int]) -> Affected:
    return Affected(
        **disclosure_values(row),
        fields=tuple(row["fields"].split()),
        sealed_to=row["sealed_to"],
        state=row["state"],
        sure=row["sure"],
        received_at=optional_instant(row["received_at"]),
        extension=extensions.get(int(row["revision"]), 0),
    )


def _columns(each: Affected) -> Mapping[str, object]:
    return {
        **disclosure_columns(each),
        "fields": " ".join(each.fields),
        "sealed_to": each.sealed_to,
        "state": each.state,
        "sure": each.sure,
        "received_at": stamp(each.received_at),
    }


def _unnamed(each: Affected) -> Mapping[str, object]:
    """What is kept of what is about nobody known."""
    return {name: said for name, said in _columns(each).items() if name not in _OF_SOMEBODY}
