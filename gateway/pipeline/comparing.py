"""AVG 16: what a correction changes, where the earlier report may still be shown beside it.

The report that it replaces walks the same way again, as of now: what today's ground does not
carry is dropped from it as from any report.  Of what is left only that is shown which went
then too, in a category that goes now.  Free text is never repeated: only that it differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Category
from gateway.domain.replacing import Earlier, without_texts
from gateway.domain.stops import Stop
from gateway.pipeline.redacting import narrowed
from gateway.pipeline.walking_back import as_of_now, reports_of

if TYPE_CHECKING:
    from gateway.domain.bijsluiter import Bericht
    from gateway.domain.replacing import Replaced
    from gateway.domain.stages import Addressed, Disclosure
    from gateway.pipeline.gate import Gate


async def compared(addressed: Addressed, gate: Gate) -> Addressed:
    """A correction with what may be shown of the report before; without where nothing may."""
    disclosure = addressed.disclosure
    replaced = disclosure.replaced
    if replaced is None or not _same_reader(addressed, replaced):
        return addressed
    before = await _again(replaced, addressed, gate)
    earlier = None if before is None else shown(before, disclosure, replaced)
    return addressed if earlier is None else addressed.comparing(earlier)


def shown(before: Disclosure, now: Disclosure, replaced: Replaced) -> Earlier | None:
    """What of `before`, as it may be disclosed now, may stand beside `now`; None for nothing."""
    if before.dossier_id != now.dossier_id or not now.dossier_id:
        return None
    if before.standing.digest != now.standing.digest:
        # The same facts: what makes the correction walk again takes the old values along.
        return None
    both = frozenset(now.categories) & frozenset(before.categories) & replaced.shared
    if not both - {Category.IDENTITEIT}:
        return None
    return Earlier(
        content=without_texts(narrowed(before.content, both)),
        categories=both,
        texts_differ=_texts_differ(before.content, now.content) & both,
    )


def _texts_differ(before: Bericht, now: Bericht) -> frozenset[Category]:
    found: set[Category] = set()
    if before.bijzonderheden != now.bijzonderheden:
        found.add(Category.P4)
    plans = (before.persoonlijk_plan, now.persoonlijk_plan)
    changes = [plan.wijziging if plan else None for plan in plans]
    if changes[0] != changes[1]:
        found.add(Category.P1)
    return frozenset(found)


def _same_reader(addressed: Addressed, replaced: Replaced) -> bool:
    # Another school or the municipality's own people: what the others got is not theirs.
    mine = addressed.recipient.party.party_id
    return any(each.party.party_id == mine for each in replaced.recipients)


async def _again(replaced: Replaced, addressed: Addressed, gate: Gate) -> Disclosure | None:
    """The earlier report as it would be disclosed now, from its sealed original; None if not."""
    if gate.kept is None:
        return None
    try:
        original = await gate.kept.original(replaced.trace, addressed.disclosure.instant)
    except Stop:
        # What cannot be read now is not waited for: then the correction stands by itself.
        return None
    for report in await reports_of(original, gate):
        if (report.number, report.bericht.bericht_id) == (replaced.number, replaced.bericht_id):
            return await as_of_now(report, gate)
    return None
