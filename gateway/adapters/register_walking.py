"""What a walk asks of a register, once its rows are read: the same for every register."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.register_writing import open_identity
from gateway.adapters.vault import normalised
from gateway.domain.assembling import facts_of, facts_without_dossier
from gateway.domain.mail import Protection
from gateway.domain.parties import KeyState
from gateway.ports import Keyring

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from gateway.adapters.vault import Vault
    from gateway.domain.facts import Facts
    from gateway.domain.histories import DossierHistory, Roster
    from gateway.domain.parties import Contact
    from gateway.domain.replacing import Record


def keyring_of(roster: Roster) -> Keyring:
    """Every certificate that was ever pinned, by protection."""
    return Keyring(
        revision=roster.revision,
        certificates=roster.certificates(Protection.OPENPGP),
        x509=roster.certificates(Protection.SMIME),
    )


def facts_by_kenmerk(
    vault: Vault,
    roster: Roster,
    candidates: Iterable[DossierHistory],
    *,
    asked: str,
    sender: Contact,
    instant: datetime,
    disclosed_before: bool,
    replacing: tuple[UUID, Record] | None = None,
) -> Facts:
    """The facts about the candidate that has this dossierkenmerk at `instant`."""
    for history in candidates:
        identity = open_identity(vault, history, instant)
        if identity is not None and normalised(identity.dossierkenmerk) == normalised(asked):
            return facts_of(
                roster,
                history,
                identity,
                asked=asked,
                sender=sender,
                instant=instant,
                disclosed_before=disclosed_before,
                replacing=replacing,
            )
    return facts_without_dossier(roster, sender, asked, instant)


def facts_by_id(
    vault: Vault,
    roster: Roster,
    found: Iterable[DossierHistory],
    sender_id: str,
    instant: datetime,
) -> Facts:
    """The facts about one sender and dossier; raises LookupError for an unknown sender."""
    sender = roster.contacts[sender_id].even_if_gone(instant)
    for history in found:
        identity = open_identity(vault, history, instant)
        if identity is not None:
            asked = identity.dossierkenmerk
            return facts_of(roster, history, identity, asked=asked, sender=sender, instant=instant)
    return facts_without_dossier(roster, sender, "", instant)


def ready_at(roster: Roster, address: str, instant: datetime) -> Contact | None:
    """The one contact at this address, if mail can be sealed to them."""
    found = roster.at_address(address, instant)
    usable = len(found) == 1 and found[0].key_state(instant) is KeyState.READY
    return found[0] if usable else None


def ready_officers(roster: Roster, instant: datetime) -> tuple[Contact, ...]:
    """The municipality's own privacy officers to whom mail can be sealed."""
    return roster.officers(instant)
