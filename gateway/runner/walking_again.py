"""Walking again: held mail looks at the register, and goes when what it waits for has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.stops import Retry
from gateway.domain.walking_again import Looked, walks
from gateway.pipeline.permitting import outlook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.walking_again import Resting
    from gateway.runner.work import Work
    from gateway.wiring.running import Watch

LOOK_AT_ONCE = 200


class WalkingAgain:
    """What is held, looked at whenever the register changed or one of its dates came."""

    def __init__(self, work: Work, watch: Watch) -> None:
        self._work = work
        self._watch = watch

    async def turn(self) -> None:
        """Everything that is to be looked at, or a rest."""
        now = self._work.parts.clock()
        revision = await self._watch.view.revision()
        resting = await self._watch.desk.doubtful(revision, now, LOOK_AT_ONCE)
        if resting:
            await self._look(resting, revision)
        if len(resting) < LOOK_AT_ONCE:
            await self._work.rest(self._watch.walk_again_seconds)

    async def _look(self, resting: Sequence[Resting], revision: int) -> None:
        looks = [await self._seen(each, revision) for each in resting]
        going = [looked.resting for looked, goes in looks if goes]
        # First what goes: who dies in between looks again, and loses nothing.
        traces = await self._watch.desk.walk_again(going, self._work.parts.clock())
        await self._watch.desk.looked([looked for looked, _ in looks])
        for trace in traces:
            self._work.parts.events("mail.walks_again", trace=trace)
        if traces:
            self._work.mail.set()

    async def _seen(self, resting: Resting, revision: int) -> tuple[Looked, bool]:
        try:
            now = self._work.parts.clock()
            facts = await self._watch.view.facts_for(resting.sender_id, resting.dossier_id, now)
            table = await self._watch.view.table(facts.policy_digest)
            looked = Looked(resting=resting, revision=facts.revision, until=facts.until)
            return looked, walks(resting, facts.digest(), outlook(facts, table))
        except Retry:
            raise
        except Exception as error:  # noqa: BLE001 - one report's bug must not keep the others waiting
            self._work.bug("look", error, resting.trace)
            return Looked(resting=resting, revision=revision, until=None), False
