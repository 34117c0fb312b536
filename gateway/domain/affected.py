"""What a breach concerns, one by one, whether a scope or a proposal says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent
from gateway.domain.stops import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.domain.bijsluiter import Category
    from gateway.domain.incidents import Uncovered
    from gateway.domain.received import Came, Received
    from gateway.domain.scope import Disclosed


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Affected(Silent):
    """One disclosure that a breach concerns, or what was never passed on; no name, no value.

    `fields` are paths as the bijsluiter names them, empty where they are not known.
    `sealed_to` is the key that protected it, `sure` how sure it is that it belongs here.

    What came in and was never passed on has no recipient: `received_at` says when it came in,
    `state` is one of `gateway.domain.received.Came`.  Its `dossier_id` is empty where nobody
    knows whom it is about, `sender_id` where nobody knows whose it is, and `categories` where
    it is not on record what it held.

    `extension` is the last of the breach by which more of it became known, 0 where all of it was
    known when the breach was opened; `person_since` that by which whom it is about was first in it.
    `differs` says of what is about nobody known that it is not about whom it seemed to be.
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
    received_at: datetime | None = None
    extension: int = 0
    person_since: int = 0
    differs: bool = False

    @property
    def passed_on(self) -> bool:
        """Whether it went to anybody."""
        return bool(self.recipient_id)

    @classmethod
    def came(cls, each: Received) -> Affected:
        """What came in and was not passed on, of a scope."""
        held, at = each.categories or frozenset(), each.received_at
        differs = Reason.PERSON_DIFFERS in each.reasons
        return cls._stayed(
            each, each.state, at, categories=held, fields=each.fields, differs=differs
        )

    @classmethod
    def kept_back(
        cls, each: Disclosed, state: Came, *, categories: frozenset[Category], fields: Iterable[str]
    ) -> Affected:
        """What was not passed on of a report that was released: all of it, or these fields."""
        return cls._stayed(each, state, each.recorded_at, categories=categories, fields=fields)

    @classmethod
    def _stayed(
        cls,
        each: Received | Disclosed,
        state: Came,
        at: datetime,
        *,
        categories: frozenset[Category],
        fields: Iterable[str],
        differs: bool = False,
    ) -> Affected:
        return cls(
            dossier_id=each.dossier_id,
            trace=each.trace,
            number=each.number,
            span_id=each.span_id,
            reference="",
            sent_at=None,
            sender_id=each.sender_id,
            recipient_id="",
            categories=categories,
            fields=tuple(fields),
            state=state.value,
            sure=each.sureness.value,
            received_at=at,
            differs=differs,
        )

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
