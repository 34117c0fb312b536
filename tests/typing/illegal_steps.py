"""Calls that must never type-check.  Nothing here is run.

Each line is a way to leave a step out, to do one twice, or to go back.  mypy is
told to expect the error; the day one of them turns legal, the comment is unused
and that is the error.  `tests/typing/test_illegal_steps.py` sees to both.

The way there is: raw -> opened -> checked -> known -> judged -> permitted ->
disclosure -> addressed -> sealed -> released.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.outcomes import Handled
from gateway.pipeline.checking import check
from gateway.pipeline.forward import carry
from gateway.pipeline.opening import opening
from gateway.pipeline.permitting import judge, permit
from gateway.pipeline.redacting import redact
from gateway.pipeline.routing import route
from gateway.pipeline.sealing import seal
from tests.corridor import policy

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.stages import (
        Addressed,
        Checked,
        Disclosure,
        Judged,
        Known,
        Opened,
        Permitted,
        RawMail,
        Released,
        Sealed,
    )
    from gateway.pipeline.gate import Gate
    from gateway.ports import Outbox


async def raw_mail_is_not_yet_anybodys(raw: RawMail, gate: Gate) -> None:
    check(raw)  # type: ignore[arg-type]  # nobody has proven who sent it
    await carry(raw, gate)  # type: ignore[arg-type]  # nobody has proven who sent it
    await gate.registry.look_up(raw)  # type: ignore[arg-type]  # not opened, not checked
    judge(raw, policy())  # type: ignore[arg-type]  # no facts to decide on
    permit(raw)  # type: ignore[arg-type]  # no facts to decide on
    redact(raw)  # type: ignore[arg-type]  # nothing was permitted
    route(raw)  # type: ignore[arg-type]  # nothing was left out
    await seal(raw, gate)  # type: ignore[arg-type]  # it has no recipient
    gate.letters.report(raw)  # type: ignore[arg-type]  # it has no recipient


async def an_opened_mail_is_not_yet_a_report(opened: Opened, gate: Gate) -> None:
    await opening(opened, gate)  # type: ignore[arg-type]  # it was opened before
    await carry(opened, gate)  # type: ignore[arg-type]  # its document was not checked
    await gate.registry.look_up(opened)  # type: ignore[arg-type]  # not one report, but a mail
    judge(opened, policy())  # type: ignore[arg-type]  # no facts to decide on
    permit(opened)  # type: ignore[arg-type]  # no facts to decide on
    redact(opened)  # type: ignore[arg-type]  # nothing was permitted
    route(opened)  # type: ignore[arg-type]  # nothing was left out
    await seal(opened, gate)  # type: ignore[arg-type]  # it has no recipient
    gate.letters.report(opened)  # type: ignore[arg-type]  # it has no recipient


async def a_checked_report_is_not_yet_allowed(checked: Checked, gate: Gate) -> None:
    await opening(checked, gate)  # type: ignore[arg-type]  # there is no way back
    check(checked)  # type: ignore[arg-type]  # it was checked before
    judge(checked, policy())  # type: ignore[arg-type]  # register and consent were not asked
    permit(checked)  # type: ignore[arg-type]  # register and consent were not asked
    redact(checked)  # type: ignore[arg-type]  # nothing was permitted
    route(checked)  # type: ignore[arg-type]  # nothing was left out
    await seal(checked, gate)  # type: ignore[arg-type]  # it has no recipient
    gate.letters.report(checked)  # type: ignore[arg-type]  # it has no recipient


async def known_is_not_yet_permitted(known: Known, gate: Gate) -> None:
    await opening(known, gate)  # type: ignore[arg-type]  # there is no way back
    check(known)  # type: ignore[arg-type]  # there is no way back
    await carry(known, gate)  # type: ignore[arg-type]  # facts are looked up by the walk itself
    await gate.registry.look_up(known)  # type: ignore[arg-type]  # it was looked up before
    permit(known)  # type: ignore[arg-type]  # the policy was not asked
    redact(known)  # type: ignore[arg-type]  # the policy was not asked
    route(known)  # type: ignore[arg-type]  # nothing was left out
    await seal(known, gate)  # type: ignore[arg-type]  # it has no recipient
    gate.letters.report(known)  # type: ignore[arg-type]  # it has no recipient


async def judged_is_not_yet_permitted(judged: Judged, gate: Gate) -> None:
    await opening(judged, gate)  # type: ignore[arg-type]  # there is no way back
    check(judged)  # type: ignore[arg-type]  # there is no way back
    await carry(judged, gate)  # type: ignore[arg-type]  # there is no way back
    await gate.registry.look_up(judged)  # type: ignore[arg-type]  # there is no way back
    judge(judged, policy())  # type: ignore[arg-type]  # it was judged before
    redact(judged)  # type: ignore[arg-type]  # the table may have said no
    route(judged)  # type: ignore[arg-type]  # nothing was left out
    await seal(judged, gate)  # type: ignore[arg-type]  # it has no recipient
    gate.letters.report(judged)  # type: ignore[arg-type]  # it has no recipient


async def permitted_is_not_yet_filtered(permitted: Permitted, gate: Gate) -> None:
    await opening(permitted, gate)  # type: ignore[arg-type]  # there is no way back
    check(permitted)  # type: ignore[arg-type]  # there is no way back
    await carry(permitted, gate)  # type: ignore[arg-type]  # there is no way back
    await gate.registry.look_up(permitted)  # type: ignore[arg-type]  # there is no way back
    judge(permitted, policy())  # type: ignore[arg-type]  # it was decided before
    permit(permitted)  # type: ignore[arg-type]  # it was decided before
    route(permitted)  # type: ignore[arg-type]  # what is withheld is still in it
    await seal(permitted, gate)  # type: ignore[arg-type]  # what is withheld is still in it
    gate.letters.report(permitted)  # type: ignore[arg-type]  # what is withheld is still in it


async def a_disclosure_has_no_recipient_yet(disclosure: Disclosure, gate: Gate) -> None:
    await opening(disclosure, gate)  # type: ignore[arg-type]  # there is no way back
    check(disclosure)  # type: ignore[arg-type]  # there is no way back
    await carry(disclosure, gate)  # type: ignore[arg-type]  # there is no way back
    await gate.registry.look_up(disclosure)  # type: ignore[arg-type]  # there is no way back
    judge(disclosure, policy())  # type: ignore[arg-type]  # there is no way back
    permit(disclosure)  # type: ignore[arg-type]  # there is no way back
    redact(disclosure)  # type: ignore[arg-type]  # it was filtered before
    await seal(disclosure, gate)  # type: ignore[arg-type]  # it is not clear for whom
    gate.letters.report(disclosure)  # type: ignore[arg-type]  # it is not clear for whom


async def addressed_is_not_yet_sealed(
    addressed: Addressed, raw: RawMail, gate: Gate, outbox: Outbox, now: datetime
) -> None:
    await opening(addressed, gate)  # type: ignore[arg-type]  # there is no way back
    check(addressed)  # type: ignore[arg-type]  # there is no way back
    await carry(addressed, gate)  # type: ignore[arg-type]  # there is no way back
    await gate.registry.look_up(addressed)  # type: ignore[arg-type]  # there is no way back
    judge(addressed, policy())  # type: ignore[arg-type]  # there is no way back
    permit(addressed)  # type: ignore[arg-type]  # there is no way back
    redact(addressed)  # type: ignore[arg-type]  # there is no way back
    route(addressed)  # type: ignore[arg-type]  # it has its recipient
    await outbox.sent([addressed], now)  # type: ignore[list-item]  # plain text, and not on record
    Handled(
        raw=raw,
        sender=None,
        protection=None,
        outcomes=(addressed,),  # type: ignore[arg-type]  # plain text must not be put on record
        mailed=(),
    )


async def sealed_is_not_yet_on_record(
    sealed: Sealed, gate: Gate, outbox: Outbox, now: datetime
) -> None:
    await opening(sealed, gate)  # type: ignore[arg-type]  # there is no way back
    check(sealed)  # type: ignore[arg-type]  # there is no way back
    await carry(sealed, gate)  # type: ignore[arg-type]  # there is no way back
    await gate.registry.look_up(sealed)  # type: ignore[arg-type]  # there is no way back
    judge(sealed, policy())  # type: ignore[arg-type]  # there is no way back
    permit(sealed)  # type: ignore[arg-type]  # there is no way back
    redact(sealed)  # type: ignore[arg-type]  # there is no way back
    route(sealed)  # type: ignore[arg-type]  # there is no way back
    await seal(sealed, gate)  # type: ignore[arg-type]  # it was sealed before
    gate.letters.report(sealed)  # type: ignore[arg-type]  # it was sealed before
    await outbox.still_stands([sealed], now)  # type: ignore[list-item]  # it is not on record
    await outbox.sent([sealed], now)  # type: ignore[list-item]  # it is not on record
    await outbox.postpone(sealed, now)  # type: ignore[arg-type]  # it is not on record


async def released_goes_nowhere_but_out(released: Released, gate: Gate) -> None:
    await opening(released, gate)  # type: ignore[arg-type]  # there is no way back
    check(released)  # type: ignore[arg-type]  # there is no way back
    redact(released)  # type: ignore[arg-type]  # there is no way back
    route(released)  # type: ignore[arg-type]  # there is no way back
    await seal(released, gate)  # type: ignore[arg-type]  # there is no way back
    gate.letters.report(released)  # type: ignore[arg-type]  # there is no way back


def unfiltered_data_ends_at_the_disclosure(disclosure: Disclosure, addressed: Addressed) -> None:
    disclosure.permitted  # type: ignore[attr-defined]  # noqa: B018 - the predecessor is dropped
    disclosure.known  # type: ignore[attr-defined]  # noqa: B018 - the predecessor is dropped
    disclosure.checked  # type: ignore[attr-defined]  # noqa: B018 - the predecessor is dropped
    disclosure.sent  # type: ignore[attr-defined]  # noqa: B018 - the document as it was sent
    addressed.permitted  # type: ignore[attr-defined]  # noqa: B018 - the predecessor is dropped


def a_stage_is_never_changed(opened: Opened, permitted: Permitted, released: Released) -> None:
    opened.sender = permitted.known.facts.sender  # type: ignore[misc]  # a stage is frozen
    permitted.ground = permitted.ground  # type: ignore[misc]  # a stage is frozen
    released.recipient = "somebody@else.example"  # type: ignore[misc]  # a stage is frozen


def a_dictionary_is_no_stage(parsed: dict[str, Any], gate: Gate) -> None:
    judge(parsed, policy())  # type: ignore[arg-type]  # made by nobody
    permit(parsed)  # type: ignore[arg-type]  # made by nobody
    redact(parsed)  # type: ignore[arg-type]  # made by nobody
    route(parsed)  # type: ignore[arg-type]  # made by nobody
