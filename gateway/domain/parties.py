"""Who takes part: parties with standing, contacts, confidentiality, designation, keys.

Time intervals are half open: valid at the start, not at the end (covenant 3.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.mail import Protection


class Side(StrEnum):
    """On which side of the exchange a party stands."""

    PROVIDER = "provider"
    MUNICIPALITY = "municipality"


class Standing(StrEnum):
    """Standing of a provider under the covenant (3.3, 4.4, 5.1, 15)."""

    ASPIRANT = "aspirant"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXCLUDED = "excluded"
    LEFT = "left"
    NONE = "none"


class Role(StrEnum):
    """What a contact does.  Only the first two ever receive personal data (covenant 1g, 1n)."""

    CONTACTPERSOON = "contactpersoon"
    CASEMANAGER = "casemanager"
    RELATIEBEHEERDER = "relatiebeheerder"
    PRIVACY_OFFICER = "privacy-officer"


class KeyState(StrEnum):
    """Whether mail can be sealed to a contact at an instant."""

    READY = "ready"
    NO_KEY = "no-key"
    EXPIRED = "key-expired"
    REVOKED = "key-revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Half open: `start` belongs to it, `end` does not; None means open on that side."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, instant: datetime) -> bool:
        """Whether `instant` lies inside."""
        return not self.ahead_of(instant) and not self.behind(instant)

    def ahead_of(self, instant: datetime) -> bool:
        """Whether the interval has yet to begin at `instant`."""
        return self.start is not None and instant < self.start

    def behind(self, instant: datetime) -> bool:
        """Whether the interval has ended at `instant`."""
        return self.end is not None and instant >= self.end

    def next_change(self, instant: datetime) -> datetime | None:
        """The first bound after `instant`, when the answer of `holds` changes by itself."""
        bounds = [bound for bound in (self.start, self.end) if bound is not None]
        return min((bound for bound in bounds if bound > instant), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A partner in the covenant as it stands at an instant.

    `instellingsnummer` is DUO's number of a provider, or the municipality's own.
    `term` is the covenant's term as signed by this party (3.1, 3.2).
    """

    party_id: str
    side: Side
    name: str
    instellingsnummer: str
    standing: Standing
    term: Interval


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Key(Silent):
    """A pinned public key: `fingerprint` in upper-case hex, `certificate` as imported.

    What is sent to its owner is sealed with `protection`.
    """

    protection: Protection
    fingerprint: str
    certificate: bytes
    valid: Interval
    revoked_at: datetime | None = None

    def state(self, instant: datetime) -> KeyState:
        """Usable at `instant`, or why not."""
        if self.revoked_at is not None and instant >= self.revoked_at:
            return KeyState.REVOKED
        return KeyState.READY if self.valid.holds(instant) else KeyState.EXPIRED


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Contact(Silent):
    """A person who sends or receives, as registered.

    `bound` is the period of the written confidentiality declaration (12.8);
    None when there is none on record.
    """

    contact_id: str
    party: Party
    name: str
    address: str
    role: Role
    bound: Interval | None
    key: Key | None

    def is_bound(self, instant: datetime) -> bool:
        """Whether the confidentiality declaration covers `instant`."""
        return self.bound is not None and self.bound.holds(instant)

    def key_state(self, instant: datetime) -> KeyState:
        """Whether this contact can receive sealed mail at `instant`."""
        return KeyState.NO_KEY if self.key is None else self.key.state(instant)
