"""A provider is excluded (15, 16): which inburgeraars need another one, and who is told.

The registered letter to the provider itself (15.5) is the municipality's own to send.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.parties import Role, Side, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from gateway.domain.histories import DossierHistory, PartyHistory, Roster

_PARTNERS = frozenset({Standing.ASPIRANT, Standing.ACTIVE, Standing.SUSPENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message without content about any inburgeraar (16.1); `to` is whom it is for.

    `partner` is the party's id; None for the two who are no partners: Blik op Werk
    and the Inspectie SZW, whose contacts the register does not hold.
    """

    name: str
    to: str
    partner: str | None


def needing_another(
    dossiers: Iterable[DossierHistory], party_id: str, instant: datetime
) -> tuple[str, ...]:
    """The ids of the dossiers whose provider this party is, while their duty has not ended."""
    return tuple(
        history.dossier_id
        for history in dossiers
        if _with_provider(history, party_id, instant) and not _over(history, instant)
    )


def notices(roster: Roster, excluded: PartyHistory, instant: datetime) -> tuple[Notice, ...]:
    """Whom the municipality tells (16.1): every other partner, Blik op Werk, the Inspectie SZW."""
    others = (each.at(instant) for each in roster.parties.values())
    partners = [
        Notice(name=party.party_id, to=party.name, partner=party.party_id)
        for party in others
        if party.side is Side.PROVIDER
        and party.party_id != excluded.party_id
        and party.standing in _PARTNERS
        and party.term.holds(instant)
    ]
    return (
        *partners,
        Notice(name="blik-op-werk", to="Blik op Werk", partner=None),
        Notice(name="inspectie-szw", to="Inspectie SZW", partner=None),
    )


def since(excluded: PartyHistory, instant: datetime) -> datetime | None:
    """Since when this party is excluded; None while it is not."""
    if excluded.at(instant).standing is not Standing.EXCLUDED:
        return None
    return excluded.standings.began(instant)


def addressees(roster: Roster, notice: Notice, instant: datetime) -> tuple[str, ...]:
    """Names of the partner's contacts, to whom the notice can be sent."""
    return tuple(
        contact.name
        for contact in roster.present(instant)
        if contact.party.party_id == notice.partner and contact.role is Role.CONTACTPERSOON
    )


def _with_provider(history: DossierHistory, party_id: str, instant: datetime) -> bool:
    designation = history.designated(Side.PROVIDER, instant)
    return designation is not None and designation.party_id == party_id


def _over(history: DossierHistory, instant: datetime) -> bool:
    circumstance = history.circumstances.as_of(instant)
    return circumstance is not None and circumstance.duty.behind(instant)
