"""The gateway's own OpenPGP keys: which signs, which still open, and until when.

A history of events, of which each key's state follows.  One key is current: it
signs, and it is what partners get.  The ones before it open for a while longer,
for partners who have not got the new certificate yet; a next one opens already,
so that every gateway can have it before the first mail to it comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MOST_REMARK = 80


class KeyEventKind(StrEnum):
    """What happens to a key; `until` of the event is when an older key closes."""

    MADE = "made"
    CURRENT = "current"  # from now on this one signs; the one before it opens until `until`
    CLOSES = "closes"
    CERTIFIED = "certified"  # a new certificate of the same key, such as one that lasts longer
    REVOKED = "revoked"
    DESTROYED = "destroyed"  # its secret half was taken away


class OwnKeyState(StrEnum):
    """How a key stands at an instant."""

    NEXT = "next"
    CURRENT = "current"
    OLDER = "older"
    CLOSED = "closed"
    REVOKED = "revoked"


class WhyRevoked(StrEnum):
    """Reasons of RFC 9580, section 5.2.3.31, with GnuPG's numbers for them."""

    COMPROMISED = "compromised"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


class OwnKeyRefusal(StrEnum):
    """Why nothing is done to a key."""

    UNKNOWN = "unknown-own-key"
    IS_CURRENT = "own-key-is-current"
    REVOKED = "own-key-is-revoked"
    ALREADY = "own-key-stands-so-already"
    OPENS = "own-key-still-opens"
    TWO_NEXT = "next-own-key-is-there"
    PERIOD = "own-key-period"
    NOT_HERE = "own-key-not-here"
    NOT_OURS = "not-our-revocation"


_TEXTS: dict[OwnKeyRefusal, tuple[str, str]] = {
    OwnKeyRefusal.UNKNOWN: (
        "No key of this gateway has this fingerprint; see gateway key list.",
        "Geen sleutel van dit uitwisselpunt heeft deze vingerafdruk; zie gateway key list.",
    ),
    OwnKeyRefusal.IS_CURRENT: (
        "This is the key that signs; make another current first: gateway key rotate.",
        "Met deze sleutel wordt ondertekend; wissel eerst: gateway key rotate.",
    ),
    OwnKeyRefusal.REVOKED: (
        "This key is revoked, for good.",
        "Deze sleutel is ingetrokken, voorgoed.",
    ),
    OwnKeyRefusal.ALREADY: (
        "The key stands so already; nothing was done.",
        "De sleutel staat al zo; er is niets gedaan.",
    ),
    OwnKeyRefusal.OPENS: (
        "This key still opens mail; its overlap has not ended.",
        "Met deze sleutel wordt nog mail geopend; de overlap is nog niet voorbij.",
    ),
    OwnKeyRefusal.TWO_NEXT: (
        "A next key is there already; make it current, or revoke it: gateway key list.",
        "Er is al een volgende sleutel; neem die in gebruik of trek hem in: gateway key list.",
    ),
    OwnKeyRefusal.PERIOD: (
        "Say a moment that lies in the future.",
        "Noem een moment dat in de toekomst ligt.",
    ),
    OwnKeyRefusal.NOT_HERE: (
        "The secret half of this key is not in keys.secret_key_file here.",
        "De geheime helft van deze sleutel staat hier niet in keys.secret_key_file.",
    ),
    OwnKeyRefusal.NOT_OURS: (
        "This is no revocation of that key.",
        "Dit is geen intrekking van die sleutel.",
    ),
}


class OwnKeyError(Exception):
    """Nothing was done; `code` says why, `text` and `nl` in words."""

    def __init__(self, code: OwnKeyRefusal) -> None:
        super().__init__(code.value)
        self.code = code.value
        self.text, self.nl = _TEXTS[code]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEvent:
    """One line of the history; `fingerprint` of the primary key, upper-case hex.

    `certificate` is the public one from now on, binary, where it changed; `remark`
    why a key was revoked.
    """

    fingerprint: str
    kind: KeyEventKind
    at: datetime
    until: datetime | None = None
    certificate: bytes = b""
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """One key as the history has it; `closes` is when it opens no more, None for no end yet."""

    fingerprint: str
    certificate: bytes
    made: datetime
    current_from: datetime | None = None
    current: bool = False
    closes: datetime | None = None
    revoked: datetime | None = None
    why_revoked: str = ""
    destroyed: datetime | None = None

    def state(self, at: datetime) -> OwnKeyState:
        """How it stands; a revoked key that still opens is revoked all the same."""
        if self.revoked is not None:
            return OwnKeyState.REVOKED
        if self.current:
            return OwnKeyState.CURRENT
        if self.closes is not None and self.closes <= at:
            return OwnKeyState.CLOSED
        return OwnKeyState.NEXT if self.current_from is None else OwnKeyState.OLDER

    def opens(self, at: datetime) -> bool:
        """Whether mail to it is opened."""
        return self.destroyed is None and (self.closes is None or self.closes > at)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKeys:
    """All keys that ever were, newest first; `revision` counts the events."""

    keys: tuple[OwnKey, ...] = ()
    revision: int = 0

    @property
    def current(self) -> OwnKey | None:
        """The one that signs; None before the first."""
        return next((key for key in self.keys if key.current), None)

    def opening(self, at: datetime) -> tuple[OwnKey, ...]:
        """Those that open at that instant: the current one, then the newest."""
        found = [key for key in self.keys if key.opens(at)]
        return (*(key for key in found if key.current), *(key for key in found if not key.current))

    def next_change(self, at: datetime) -> datetime | None:
        """When the next key closes."""
        return min(
            (key.closes for key in self.keys if key.closes and key.closes > at), default=None
        )

    def named(self, fingerprint: str) -> OwnKey:
        """By its fingerprint, or the end of it, eight digits or more; raises `OwnKeyError`."""
        asked = fingerprint.replace(" ", "").upper()
        found = [key for key in self.keys if len(asked) >= 8 and key.fingerprint.endswith(asked)]
        if len(found) != 1:
            raise OwnKeyError(OwnKeyRefusal.UNKNOWN)
        return found[0]

    def waiting(self, at: datetime) -> OwnKey | None:
        """The next key, made and not yet current."""
        return next((key for key in self.keys if key.state(at) is OwnKeyState.NEXT), None)

    # What may happen; each gives the event, or raises `OwnKeyError`.

    def make(self, fingerprint: str, certificate: bytes, at: datetime) -> KeyEvent:
        """A new key, the next one."""
        if self.waiting(at) is not None:
            raise OwnKeyError(OwnKeyRefusal.TWO_NEXT)
        if any(key.fingerprint == fingerprint for key in self.keys):
            raise OwnKeyError(OwnKeyRefusal.ALREADY)
        kind = KeyEventKind.MADE
        return KeyEvent(fingerprint=fingerprint, kind=kind, at=at, certificate=certificate)

    def turn_to(self, key: OwnKey, at: datetime, until: datetime) -> KeyEvent:
        """This one is current from now on; the one before it opens until then."""
        if key.revoked is not None or key.destroyed is not None:
            raise OwnKeyError(OwnKeyRefusal.REVOKED)
        if key.current:
            raise OwnKeyError(OwnKeyRefusal.ALREADY)
        if until < at:
            raise OwnKeyError(OwnKeyRefusal.PERIOD)
        kind = KeyEventKind.CURRENT
        return KeyEvent(fingerprint=key.fingerprint, kind=kind, at=at, until=until)

    def close(self, key: OwnKey, at: datetime, until: datetime) -> KeyEvent:
        """An older key opens until another moment, such as now."""
        if key.current:
            raise OwnKeyError(OwnKeyRefusal.IS_CURRENT)
        if until < at or not key.opens(at):
            raise OwnKeyError(OwnKeyRefusal.PERIOD if until < at else OwnKeyRefusal.ALREADY)
        kind = KeyEventKind.CLOSES
        return KeyEvent(fingerprint=key.fingerprint, kind=kind, at=at, until=until)

    def certify(self, key: OwnKey, certificate: bytes, at: datetime) -> KeyEvent:
        """A new certificate of the same key."""
        if key.revoked is not None:
            raise OwnKeyError(OwnKeyRefusal.REVOKED)
        kind = KeyEventKind.CERTIFIED
        return KeyEvent(fingerprint=key.fingerprint, kind=kind, at=at, certificate=certificate)

    def revoke(self, key: OwnKey, certificate: bytes, why: WhyRevoked, at: datetime) -> KeyEvent:
        """Never the current one.  Of one that is not compromised the overlap stands."""
        if key.current:
            raise OwnKeyError(OwnKeyRefusal.IS_CURRENT)
        if key.revoked is not None:
            raise OwnKeyError(OwnKeyRefusal.ALREADY)
        return KeyEvent(
            fingerprint=key.fingerprint,
            kind=KeyEventKind.REVOKED,
            at=at,
            until=at if why is WhyRevoked.COMPROMISED or key.closes is None else key.closes,
            certificate=certificate,
            remark=why.value,
        )

    def destroy(self, key: OwnKey, at: datetime) -> KeyEvent:
        """The secret half goes; only of a key that opens no more."""
        if key.current:
            raise OwnKeyError(OwnKeyRefusal.IS_CURRENT)
        if key.opens(at):
            raise OwnKeyError(OwnKeyRefusal.OPENS)
        return KeyEvent(fingerprint=key.fingerprint, kind=KeyEventKind.DESTROYED, at=at)


def own_keys(events: Iterable[KeyEvent]) -> OwnKeys:
    """The keys as their history leaves them; events in the order in which they were recorded."""
    found: dict[str, _Draft] = {}
    count = 0
    for event in events:
        count += 1
        if event.kind is KeyEventKind.MADE:
            found[event.fingerprint] = _Draft(event.fingerprint, event.certificate, event.at)
        elif event.kind is KeyEventKind.CURRENT:
            _turn(found, event)
        else:
            found[event.fingerprint].take(event)
    return OwnKeys(keys=tuple(each.key() for each in reversed(found.values())), revision=count)


def _turn(found: dict[str, _Draft], event: KeyEvent) -> None:
    for each in found.values():
        if each.current:
            each.current, each.closes = False, event.until
    draft = found[event.fingerprint]
    draft.current, draft.closes, draft.current_from = True, None, event.at


@dataclass(slots=True)
class _Draft:
    """A key while its history is read."""

    fingerprint: str
    certificate: bytes
    made: datetime
    current_from: datetime | None = None
    current: bool = False
    closes: datetime | None = None
    revoked: datetime | None = None
    why_revoked: str = ""
    destroyed: datetime | None = None

    def take(self, event: KeyEvent) -> None:
        """An event of this key alone."""
        self.certificate = event.certificate or self.certificate
        if event.kind is KeyEventKind.CLOSES:
            self.closes = event.until
        elif event.kind is KeyEventKind.REVOKED:
            self.revoked, self.why_revoked = event.at, event.remark
            self.closes = event.until
        elif event.kind is KeyEventKind.DESTROYED:
            self.destroyed = event.at

    def key(self) -> OwnKey:
        """As it stands."""
        return OwnKey(
            fingerprint=self.fingerprint,
            certificate=self.certificate,
            made=self.made,
            current_from=self.current_from,
            current=self.current,
            closes=self.closes,
            revoked=self.revoked,
            why_revoked=self.why_revoked,
            destroyed=self.destroyed,
        )
