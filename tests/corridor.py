"""The stages of the corridor, made from fictitious reports without any outside world.

Each function walks as far as its name says with the gateway's own steps; only
what the outside world would give (an opened mail, a reading of the register) is
made here.
"""

from __future__ import annotations

import dataclasses
import json
from functools import cache
from typing import TYPE_CHECKING

from gateway.domain.mail import Attachment, Protection
from gateway.domain.outcomes import Ended, Handled
from gateway.domain.policy import Policy
from gateway.domain.stages import Addressed, Checked, Known, Opened, RawMail, Sealed
from gateway.pipeline.checking import check
from gateway.pipeline.permitting import judge, permit
from gateway.pipeline.redacting import redact
from gateway.pipeline.routing import route
from gateway.resources import policy_text
from tests import generators

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from gateway.domain.facts import Facts
    from gateway.domain.form_reading import FormRead
    from gateway.domain.judgement import Judgement
    from gateway.domain.outcomes import Settled
    from gateway.domain.parties import Contact
    from gateway.domain.stages import Disclosure
    from gateway.domain.stops import Stop
    from gateway.domain.wire import Json

TRACE = "fedcba98" * 4


@cache
def policy() -> Policy:
    """The covenant's table as it ships."""
    return Policy(policy_text())


def raw(
    *,
    instant: datetime = generators.INSTANT,
    trace: str = TRACE,
    approved: Sequence[UUID] = (),
    delivered: Sequence[int] = (),
) -> RawMail:
    """A stored mail."""
    return RawMail(
        trace=trace,
        content=b"sealed",
        size=6,
        received_at=instant,
        instant=instant,
        mailbox="INBOX",
        approved=frozenset(approved),
        delivered=frozenset(delivered),
    )


def opened(
    *attachments: bytes,
    sender: Contact = generators.SENDER,
    mail: RawMail | None = None,
    name: str = "bijsluiter.json",
    media_type: str = "application/json",
    form: FormRead | Stop | None = None,
) -> Opened:
    """A mail proven to come from `sender`, with these attachments; `form` as it was read."""
    stored = mail or raw()
    found = tuple(
        Attachment(name=name, media_type=media_type, content=content) for content in attachments
    )
    return Opened(
        raw=stored,
        sender=sender,
        protection=Protection.OPENPGP,
        signed_at=stored.received_at,
        message_id="<mail@taalschool.example>",
        attachments=found,
        form=form,
        form_file=found[0] if form is not None else None,
        plans={(generators.PLAN.original, generators.PLAN.name): generators.PLAN},
    )


def checks(
    *berichten: dict[str, Json],
    sender: Contact = generators.SENDER,
    mail: RawMail | None = None,
    instellingsnummer: str = generators.INSTELLINGSNUMMER,
) -> tuple[Checked | Ended, ...]:
    """Every report of one document, checked or ended."""
    content = generators.document_json(*berichten, instellingsnummer=instellingsnummer)
    return check(opened(content, sender=sender, mail=mail))


def checked(bericht: dict[str, Json], *, mail: RawMail | None = None) -> Checked:
    """One report that passes its checks."""
    report = checks(bericht, mail=mail)[0]
    if isinstance(report, Ended):
        raise AssertionError(f"{report.stop} {[(f.path, f.kind) for f in report.stop.faults]}")
    return report


def known(bericht: dict[str, Json], facts: Facts, *, mail: RawMail | None = None) -> Known:
    """The report with what the register says."""
    return Known(checked=checked(bericht, mail=mail), facts=facts)


def judgement(
    bericht: dict[str, Json],
    facts: Facts,
    table: Policy | None = None,
    *,
    mail: RawMail | None = None,
) -> Judgement:
    """What the table, the covenant's or another one, says of the report."""
    ruling = table or policy()
    reading = dataclasses.replace(facts, policy_digest=ruling.digest)
    return judge(known(bericht, reading, mail=mail), ruling).judgement


def disclosure(
    bericht: dict[str, Json], facts: Facts, *, mail: RawMail | None = None
) -> Disclosure:
    """What is left of the report; raises the `Stop` that ends it."""
    return redact(permit(judge(known(bericht, facts, mail=mail), policy())))


def addressed(bericht: dict[str, Json], facts: Facts, *, mail: RawMail | None = None) -> Addressed:
    """What is left of the report, with its recipient."""
    return route(disclosure(bericht, facts, mail=mail))


def onward(report: Checked | Ended, facts: Facts) -> Addressed:
    """A report already checked, with its recipient; raises the `Stop` that ends it."""
    if isinstance(report, Ended):
        raise report.stop
    return route(redact(permit(judge(Known(checked=report, facts=facts), policy()))))


def sealed(bericht: dict[str, Json], facts: Facts, *, mail: RawMail | None = None) -> Sealed:
    """As sealed, with bytes that stand for the mail."""
    return Sealed(
        addressed=addressed(bericht, facts, mail=mail), message_id="<1@gateway.example>", mail=b""
    )


def ended(stop: Stop, *, number: int | None = 0, **fields: object) -> Ended:
    """A report that `stop` ended."""
    return Ended(stop=stop, number=number, **fields)  # type: ignore[arg-type]  # fields of Ended by name


def handled(*outcomes: Settled, sender: Contact | None = generators.SENDER) -> Handled:
    """A mail walked to its end."""
    return Handled(
        raw=raw(),
        sender=sender,
        protection=Protection.OPENPGP if sender else None,
        outcomes=outcomes,
        mailed=(),
    )


def as_sent(disclosed: Disclosure) -> Json:
    """The disclosed report as JSON, for comparing with what was sent."""
    value: Json = json.loads(disclosed.content.model_dump_json(by_alias=True, exclude_none=True))
    return value
