"""``gateway breach contain``: stop a leak, and undo that once it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.breach import app
from gateway.cli.breach_scope import (
    ContactOption,
    DigestOption,
    FormOption,
    MailboxOption,
    MailOption,
    PartyOption,
    PersonOption,
    ScopeKeyOption,
    asked_for,
)
from gateway.cli.breach_shown import is_breach
from gateway.cli.common import ByOption, ConfigOption, JsonOption, fail, loaded, print_json
from gateway.cli.register_common import SinceOption, UntilOption, done, now_or, print_many
from gateway.domain.holding import Over
from gateway.domain.moments import moment
from gateway.wiring import containing

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from gateway.config import Config
    from gateway.domain.holding import QueueHold
    from gateway.wiring.containing import Contained

WhyOption = Annotated[str, typer.Option("--reason", help="Why, for the record; no personal data.")]
ReferenceArgument = Annotated[
    str, typer.Argument(help="The reference that `contain --restrict` was given.")
]


@app.command()
def contain(
    *,
    suspend_contact: Annotated[
        str, typer.Option("--suspend-contact", help="No contact any more; their mail waits.")
    ] = "",
    revoke_key: Annotated[
        str, typer.Option("--revoke-key", help="The key of this contact is refused; mail waits.")
    ] = "",
    hold_queue: Annotated[
        str,
        typer.Option(
            "--hold-queue", help="Mail waits: all, contact:ID, party:ID or key:FINGERPRINT."
        ),
    ] = "",
    reason: WhyOption,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Nothing more goes to or comes from there.  What waits in the outbox waits on.

    Undo it with `gateway breach lift` (by another operator), and a contact with `gateway
    contact change`, a key with a new one: `gateway contact change --key`.
    """
    given = [name for name in (suspend_contact, revoke_key, hold_queue) if name]
    if len(given) != 1:
        fail("say one of --suspend-contact, --revoke-key and --hold-queue", 2)
    settings = loaded(config)
    if suspend_contact:
        work = containing.suspend_contact(settings, suspend_contact, reason=reason, by=by)
    elif revoke_key:
        work = containing.revoke_key(settings, revoke_key, reason=reason, by=by)
    else:
        work = _hold(settings, hold_queue, reason, by)
    _print(done(work), "held back from leaving", json=json)


def _hold(settings: Config, given: str, reason: str, by: str) -> Coroutine[Any, Any, Contained]:
    kind, _, subject = given.partition(":")
    if kind not in set(Over) or (kind == Over.ALL.value) == bool(subject):
        fail("--hold-queue: all, contact:ID, party:ID or key:FINGERPRINT", 2)
    if kind == Over.KEY.value:
        subject = "".join(subject.split()).upper()
    return containing.hold_queue(settings, Over(kind), subject, reason=reason, by=by)


@app.command()
def holds(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Lifted ones too.")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What is held back from leaving, since when, why, and how many letters wait for it."""
    found, waiting = done(containing.queue_holds(loaded(config)))
    shown = [_hold_json(each) for each in found if everything or each.in_force]
    if json:
        print_json({"holds": shown, "letters": waiting})
        return
    print_many(shown, json=False)
    typer.echo(f"{waiting} letters held back from leaving")


@app.command()
def lift(
    hold: Annotated[str, typer.Argument(help="As `gateway breach holds` shows it.")],
    *,
    reason: WhyOption,
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """What it held goes again; by another operator than who placed it."""
    found = done(containing.lift_hold(loaded(config), hold, reason=reason, by=by))
    _print(found, "still held back from leaving", json=json)


@app.command()
def restrict(
    reference: Annotated[
        str, typer.Argument(help="Of the breach, such as b-1a2b3c4d; it lifts them together.")
    ],
    *,
    contact: ContactOption = "",
    key: ScopeKeyOption = "",
    mailbox: MailboxOption = "",
    party: PartyOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    policy: DigestOption = "",
    mail: MailOption = "",
    form: FormOption = "",
    person: PersonOption = "",
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Nothing more about the people of this scope is passed on, until it is lifted (AVG 18).

    With the number of a breach of the register alone: about everybody in it; once it was extended
    the same again adds who was added.
    """
    given = (contact, key, mailbox, party, policy, mail, form, person)
    if is_breach(reference) and not (any(given) or since or until):
        work = containing.restrict_breach(loaded(config), reference, by=by)
    else:
        asked = asked_for(given, since, until)
        work = containing.restrict_people(loaded(config), asked, reference=reference, by=by)
    count = done(work)
    _counted(count, "people restricted", json=json)


@app.command()
def unrestrict(
    reference: ReferenceArgument,
    *,
    told_at: Annotated[
        str, typer.Option("--told-at", help="When they were told that it ends (18(3)); now.")
    ] = "",
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Reports about these people are passed on again; what was held goes by itself.

    By another operator than who restricted them.
    """
    told = now_or(moment(told_at) if told_at else None)
    work = containing.lift_restrictions(loaded(config), reference, told_at=told, by=by)
    found = done(work)
    if json:
        print_json({"done": True, "people": found.people, "left": found.left})
        return
    typer.echo(f"{found.people} restrictions lifted")
    if found.left:
        typer.echo(f"{found.left} are your own: another operator lifts them")


def _print(found: Contained, what: str, *, json: bool) -> None:
    if json:
        print_json({"done": True, "hold": found.hold_id, "letters": found.held_back})
        return
    typer.echo(f"hold {found.hold_id}")
    typer.echo(f"{found.held_back} letters {what}")


def _counted(count: int, what: str, *, json: bool) -> None:
    if json:
        print_json({"done": True, "people": count})
        return
    typer.echo(f"{count} {what}")


def _hold_json(hold: QueueHold) -> dict[str, object]:
    return {
        "hold": hold.hold_id,
        "over": hold.over.value,
        "subject": hold.subject,
        "since": hold.placed_at.isoformat(timespec="seconds"),
        "placed_by": hold.placed_by,
        "reason": hold.reason,
        "lifted_at": hold.lifted_at.isoformat(timespec="seconds") if hold.lifted_at else None,
        "lifted_by": hold.lifted_by,
    }
