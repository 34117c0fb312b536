"""What a walk asks of a register, once its rows are read: the same for every register."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.adapters.mime_headers import Broken, Fields, addresses, is_automatic
from gateway.adapters.mime_read import HEADER_LIMIT
from gateway.adapters.register_writing import open_identity
from gateway.adapters.vault import normalised
from gateway.domain.assembling import facts_of, facts_without_dossier
from gateway.domain.mail import Protection
from gateway.domain.parties import KeyState
from gateway.ports import Keyring

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.adapters.vault import Vault
    from gateway.domain.facts import Facts
    from gateway.domain.histories import DossierHistory, Roster
    from gateway.domain.parties import Contact

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


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


def claimed_address(content: bytes) -> str | None:
    """The one address of the outer From; None when there is not one, or nobody should answer.

    This reads a stranger's bytes in the gateway's own process: no more of them than
    an opener would take for a header, and no more of the header than is needed.
    """
    start = content[: HEADER_LIMIT + 4]
    end = _END_OF_HEADERS.search(start)
    if end is None and len(start) > HEADER_LIMIT:
        return None
    try:
        fields = Fields(start[: end.start()] if end else start)
    except Broken:
        return None
    found = [address for field in fields.all("from") for address in addresses(field)]
    return (found[0] or None) if len(found) == 1 and not is_automatic(fields) else None


def ready_at(roster: Roster, address: str, instant: datetime) -> Contact | None:
    """The one contact at this address, if mail can be sealed to them."""
    found = roster.at_address(address, instant)
    usable = len(found) == 1 and found[0].key_state(instant) is KeyState.READY
    return found[0] if usable else None


def ready_officers(roster: Roster, instant: datetime) -> tuple[Contact, ...]:
    """The municipality's own privacy officers to whom mail can be sealed."""
    return roster.officers(instant)
