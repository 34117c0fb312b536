"""Whether a letter can be encrypted to somebody's certificate, and to which of its keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pysequoia import Cert

from gateway.adapters.certificates import (
    CertificateRefusedError,
    components,
    weak,
    without_subkeys,
)
from gateway.domain.stops import Hold, Reason

if TYPE_CHECKING:
    from gateway.adapters.certificates import Component

REMEMBERED = 1000  # certificates


class Recipients:
    """Parses each certificate once; its keys are looked at every time, since they expire."""

    def __init__(self, *, post_quantum: bool = False) -> None:
        """`post_quantum` for an engine that writes to ML-KEM keys."""
        self._post_quantum = post_quantum
        self._components: dict[bytes, tuple[Component, ...]] = {}
        self._trimmed: dict[tuple[bytes, frozenset[str]], Cert] = {}

    def certificate(self, data: bytes) -> Cert:
        """The recipient's certificate with nothing but usable encryption keys.

        Sequoia encrypts to an expired subkey without a word, so those are taken
        out.  And to all of a certificate's at once: a session key that lies beside
        its post-quantum copy in one of elliptic curves is kept no longer than that,
        so where there are post-quantum keys, only those stay.  Raises `Hold`:
        RECIPIENT_KEY_EXPIRED, RECIPIENT_KEY_REVOKED, RECIPIENT_NO_KEY.
        """
        now = datetime.now(UTC)
        found = self._parsed(data)
        refuse_unusable(found, now)
        dropped = self._dropped(found, now)
        key = (data, frozenset(dropped))
        if key not in self._trimmed:
            _make_room(self._trimmed)
            self._trimmed[key] = Cert.from_bytes(without_subkeys(data, dropped))
        return self._trimmed[key]

    def _dropped(self, found: tuple[Component, ...], now: datetime) -> set[str]:
        encrypting = [each for each in found if each.encrypts]
        usable = [each for each in encrypting if each.usable(now)]
        if self._post_quantum and any(each.post_quantum for each in usable):
            usable = [each for each in usable if each.post_quantum]
        return {each.fingerprint for each in encrypting} - {each.fingerprint for each in usable}

    def _parsed(self, data: bytes) -> tuple[Component, ...]:
        found = self._components.get(data)
        if found is None:
            try:
                found = components(data)
            except (CertificateRefusedError, RuntimeError):
                raise Hold(Reason.RECIPIENT_NO_KEY) from None
            _make_room(self._components)
            self._components[data] = found
        return found


def refuse_unusable(found: tuple[Component, ...], now: datetime) -> None:
    """Raises `Hold` unless a strong key of a living certificate can be encrypted to."""
    encrypting = [each for each in found if each.encrypts and not weak(each)]
    for concerned in ([found[0]], encrypting):
        if any(each.usable(now) for each in concerned):
            continue
        if not concerned:
            raise Hold(Reason.RECIPIENT_NO_KEY)
        if all(each.revoked for each in concerned):
            raise Hold(Reason.RECIPIENT_KEY_REVOKED)
        raise Hold(Reason.RECIPIENT_KEY_EXPIRED)


def _make_room(
    remembered: dict[bytes, tuple[Component, ...]] | dict[tuple[bytes, frozenset[str]], Cert],
) -> None:
    if len(remembered) >= REMEMBERED:
        remembered.clear()
