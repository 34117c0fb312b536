"""What a recipient had before, told again beside this report: levels and hours over time.

Nothing of an earlier report is kept for this.  Its sealed original is opened again, while it
is still there (`run.keep_days`), and walks under the register, the consent and the decision
table of now; what they would not share with this recipient today is not told.  Whatever is
missing, gone or in doubt, the report goes with its own period alone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gateway.domain.earlier import EarlierReport, told
from gateway.domain.outcomes import Ended
from gateway.domain.stops import Stop
from gateway.pipeline.routing import beside, route
from gateway.pipeline.walking_back import as_of_now, reports_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from gateway.domain.earlier import SentBefore
    from gateway.domain.outcomes import Carried
    from gateway.domain.stages import Addressed, Checked, RawMail
    from gateway.domain.whom import Whom
    from gateway.pipeline.gate import Gate

    # By whom it concerns, and the digest of the facts that it was judged by.
    Found: TypeAlias = dict[tuple[Whom, str], list[EarlierReport]]


async def recalled(carried: Sequence[Carried], gate: Gate) -> tuple[Carried, ...]:
    """The same reports, each with what its recipient had before; never fewer, never stopped."""
    try:
        found = await _found(carried, gate)
        return tuple([_with(each, found) for each in carried])
    except Exception:  # noqa: BLE001 - whatever it is, this period alone is never wrong
        return tuple(carried)


async def _found(carried: Sequence[Carried], gate: Gate) -> Found:
    found: Found = defaultdict(list)
    asking = [each for each in carried if not isinstance(each, Ended) and _tells(each)]
    if gate.earlier is None or gate.kept is None or not asking:
        return found
    wanted = frozenset(each.whom for each in asking)
    now = asking[0].disclosure
    for before in await gate.earlier.before(wanted, now.trace):
        original = await gate.kept.original(before.trace, now.instant)
        for addressed in await _again(original, before, gate):
            earlier = _progress(addressed)
            if addressed.whom in wanted and earlier is not None:
                # The same facts: what makes this report walk again takes these along.
                key = (addressed.whom, addressed.disclosure.standing.digest)
                found[key].append(earlier)
    return found


async def _again(original: RawMail | None, before: SentBefore, gate: Gate) -> list[Addressed]:
    """What today's rules leave of one mail's reports; nothing of a mail that they refuse."""
    here = [each for each in await reports_of(original, gate) if each.number in before.numbers]
    walked = [await _today(each, gate) for each in here]
    return [each for each in walked if each is not None]


async def _today(report: Checked, gate: Gate) -> Addressed | None:
    disclosure = await as_of_now(report, gate)
    if disclosure is None:
        return None
    try:
        return route(disclosure)
    except Stop:
        return None


def _with(carried: Carried, found: Found) -> Carried:
    if isinstance(carried, Ended):
        return carried
    disclosure = carried.disclosure
    earlier = found.get((carried.whom, disclosure.standing.digest), [])
    return beside(carried, told(disclosure.content, earlier))


def _tells(addressed: Addressed) -> bool:
    return addressed.disclosure.content.voortgang is not None


def _progress(addressed: Addressed) -> EarlierReport | None:
    disclosure = addressed.disclosure
    content = disclosure.content
    if content.voortgang is None:
        return None
    return EarlierReport(
        whom=addressed.whom,
        trace=disclosure.trace,
        number=disclosure.number,
        bericht_id=content.bericht_id,
        replaces=content.vervangt,
        voortgang=content.voortgang,
    )
