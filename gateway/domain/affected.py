"""One disclosure that a breach concerns, whether a scope or a proposal says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.domain.bijsluiter import Category
    from gateway.domain.incidents import Uncovered
    from gateway.domain.scope import Disclosed


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Affected(Silent):
    """One disclosure that a breach concerns, by reference; never a name or a value.

    `fields` are paths as the bijsluiter names them, empty where they are not known.
    `sealed_to` is the key that protected it, `sure` how sure it is that it belongs here.
    """

    dossier_id: str
    trace: str
    number: int
    span_id: str
    reference: str
    sent_at: datetime | None
    sender_id: str
    recipient_id: str
    categories: frozenset[Category]
    fields: tuple[str, ...] = ()
    sealed_to: str = ""
    state: str = ""
    sure: str = ""

    @classmethod
    def by(
        cls,
        each: Disclosed | Uncovered,
        *,
        fields: Iterable[str],
        sealed_to: str,
        state: str,
        sure: str,
    ) -> Affected:
        """A disclosure of a scope or of a proposal, with what is known of it beside."""
        return cls(
            dossier_id=each.dossier_id,
            trace=each.trace,
            number=each.number,
            span_id=each.span_id,
            reference=each.reference,
            sent_at=each.sent_at,
            sender_id=each.sender_id,
            recipient_id=each.recipient_id,
            categories=each.categories,
            fields=tuple(fields),
            sealed_to=sealed_to,
            state=state,
            sure=sure,
        )
