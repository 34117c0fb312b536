"""``gateway contact``: through whom parties exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.common import (
    ByOption,
    ConfigOption,
    JsonOption,
    RevealOption,
    fail,
    loaded,
    print_json,
)
from gateway.cli.register_common import (
    AddressOption,
    AsOfOption,
    BoundEndOption,
    BoundStartOption,
    IdOption,
    KeyOption,
    NameOption,
    OperatorOption,
    RoleOption,
    ValidFromOption,
    done,
    masked,
    masked_address,
    needed_to_reveal,
    now_or,
    period,
    print_contact,
    print_done,
    print_many,
    print_one,
    shown,
)
from gateway.domain.audit import Action
from gateway.domain.parties import Role
from gateway.domain.proposals import Channel, ProposalKind, same_fingerprint
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.histories import Roster
    from gateway.domain.parties import Contact, Key
    from gateway.domain.proposals import Proposal

app = typer.Typer(help="Contacts, their declarations and keys.", no_args_is_help=True)

ContactId = Annotated[str, typer.Argument(help="The contact's id.")]
NotBound = Annotated[bool, typer.Option("--not-bound", help="Declaration taken back.")]
OtherAddress = Annotated[
    bool, typer.Option("--other-address", help="The key names other addresses, and is meant.")
]


@app.command()
def add(
    *,
    party: Annotated[str, typer.Option("--party", help="The party's id.")],
    name: Annotated[str, typer.Option("--name")],
    address: Annotated[str, typer.Option("--address", help="One person's own mail address.")],
    role: Annotated[Role, typer.Option("--role", help="What the contact does.")],
    by: ByOption,
    bound_start: BoundStartOption = None,
    bound_end: BoundEndOption = None,
    key: KeyOption = None,
    valid_from: ValidFromOption = None,
    id_: IdOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """A new contact; prints the id, and the proposal of the key that another has to approve."""

    async def work() -> tuple[str, Proposal | None]:
        async with wiring.register(loaded(config)) as register:
            async with register.change(by=by) as change:
                added = await change.contacts.add(
                    party_id=party,
                    name=name,
                    address=address,
                    role=role,
                    bound=period(bound_start, bound_end),
                    certificate=key.read_bytes() if key else None,
                    valid_from=valid_from,
                    contact_id=id_,
                )
            return added, _pending(await register.proposals(), added) if key else None

    added, proposal = done(work())
    print_contact(added, proposal, json=json)


@app.command("list")
def list_(
    *,
    at: AsOfOption = None,
    reveal: RevealOption = False,
    by: OperatorOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Everybody who is a contact."""
    operator = needed_to_reveal(by, reveal=reveal)
    instant = now_or(at)

    async def work() -> Roster:
        async with wiring.register(loaded(config)) as register:
            roster = await register.roster()
            if reveal:
                ids = [contact.contact_id for contact in roster.present(instant)]
                await register.consulted(by=operator, action=Action.CONTACT_LISTED, ids=ids)
            return roster

    found = done(work()).present(instant)
    print_many([_as_json(contact, reveal=reveal) for contact in found], json=json)


@app.command()
def show(
    contact: ContactId,
    *,
    at: AsOfOption = None,
    reveal: RevealOption = False,
    by: OperatorOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """One contact, with what changes next."""
    operator = needed_to_reveal(by, reveal=reveal)
    instant = now_or(at)

    async def work() -> Roster:
        async with wiring.register(loaded(config)) as register:
            roster = await register.roster()
            if reveal and contact in roster.contacts:
                await register.consulted(by=operator, action=Action.CONTACT_LOOKED, ids=[contact])
            return roster

    roster = done(work())
    found = roster.contact(contact, instant)
    if found is None:
        fail("there is no such contact at that moment")
    coming = roster.contacts[contact].next_change(instant)
    details = {
        "bound": shown(found.bound),
        "key_state": found.key_state(instant).value,
        "key_valid": shown(found.key.valid) if found.key else None,
        **_of_the_key(found.key),
        "next_change": coming.isoformat() if coming else None,
    }
    print_one(_as_json(found, reveal=reveal) | details, json=json)


@app.command()
def change(
    contact: ContactId,
    *,
    by: ByOption,
    name: NameOption = None,
    address: AddressOption = None,
    role: RoleOption = None,
    bound_start: BoundStartOption = None,
    bound_end: BoundEndOption = None,
    not_bound: NotBound = False,
    key: KeyOption = None,
    other_address: OtherAddress = False,
    revoke_key: Annotated[bool, typer.Option("--revoke-key")] = False,
    unpin_key: Annotated[bool, typer.Option("--unpin-key")] = False,
    end: Annotated[bool, typer.Option("--end", help="No contact any more.")] = False,
    valid_from: ValidFromOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Another name, address, role or declaration from a moment on; or another key, proposed."""
    bound = period(bound_start, bound_end)
    renamed = name is not None or address is not None or role is not None
    if not any((renamed, bound, not_bound, key, revoke_key, unpin_key, end)):
        fail("say what changes; see --help", 2)

    async def work() -> Proposal | None:
        async with wiring.register(loaded(config)) as register:
            async with register.change(by=by) as change:
                contacts, since = change.contacts, valid_from
                if unpin_key:  # first: a certificate for the old address holds a new one back
                    await contacts.unpin(contact, valid_from=since)
                if renamed:
                    await contacts.change(
                        contact, name=name, address=address, role=role, valid_from=since
                    )
                if bound is not None or not_bound:
                    await contacts.declare(contact, bound, valid_from=since)
                if revoke_key:
                    await contacts.revoke(contact, at=since)
                if key is not None:
                    file = key.read_bytes()
                    await contacts.propose_key(contact, file, other_address=other_address)
                if end:
                    await contacts.end(contact, valid_from=since)
            return _pending(await register.proposals(), contact) if key else None

    proposal = done(work())
    if proposal is None:
        print_done(json=json)
    else:
        print_contact(contact, proposal, json=json)


@app.command("confirm-key")
def confirm_key(
    contact: ContactId,
    *,
    fingerprint: Annotated[
        str, typer.Option("--fingerprint", help="The whole fingerprint, as it was read out.")
    ],
    channel: Annotated[Channel, typer.Option("--channel", help="Over what it was read out.")],
    by: ByOption,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """The second person: the contact read out this fingerprint; from now on the key counts."""

    async def work() -> str:
        async with wiring.register(loaded(config)) as register:
            waiting = [
                each
                for each in await register.proposals()
                if _is_key_of(each, contact)
                and same_fingerprint(fingerprint, each.payload["fingerprint"])
            ]
            if not waiting:
                raise RegisterError(Refusal.FINGERPRINT_DIFFERS)
            async with register.change(by=by) as change:
                # Of proposals of the same key, one's own is not one's own to approve.
                waiting.sort(key=lambda each: each.proposed_by != change.proposals.by)
                found = await change.approve_key(waiting[-1].proposal_id, fingerprint, channel)
            return found.payload["fingerprint"]

    pinned = done(work())
    if json:
        print_json({"contact": contact, "fingerprint": pinned})
    else:
        typer.echo(f"this key counts from now on: {pinned}")


def _pending(proposals: Sequence[Proposal], contact_id: str) -> Proposal | None:
    """The newest key of this contact that waits for a second person."""
    return next((each for each in reversed(proposals) if _is_key_of(each, contact_id)), None)


def _is_key_of(proposal: Proposal, contact_id: str) -> bool:
    of_key = proposal.kind is ProposalKind.KEY and proposal.subject == contact_id
    return of_key and proposal.is_open


def _as_json(contact: Contact, *, reveal: bool) -> dict[str, object]:
    return {
        "contact": contact.contact_id,
        "party": contact.party.party_id,
        "role": contact.role.value,
        "name": masked(contact.name, reveal=reveal),
        "address": masked_address(contact.address, reveal=reveal),
        "protection": contact.key.protection.value if contact.key else None,
        "fingerprint": contact.key.fingerprint if contact.key else None,
    }


def _of_the_key(key: Key | None) -> dict[str, str]:
    found = wiring.described_key(key.certificate) if key else {}
    return {f"key_{name}": value for name, value in found.items()}
