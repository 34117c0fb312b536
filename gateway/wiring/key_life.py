"""The life of the gateway's own keys: made, rotated, extended, revoked, destroyed.

Each in an order that can be cut off anywhere: first a file that holds more than
before, then the record, which is where it happens, then what follows from it.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.adapters.certificates import (
    CertificateRefusedError,
    armored,
    describe_certificate,
)
from gateway.adapters.key_making import extended, public_half, revocation_of, revoked
from gateway.adapters.origin import account
from gateway.adapters.own_key_book import OwnKeyBook, recorded_keys
from gateway.adapters.own_key_file import OwnKeyFileError, replace_keys, replaced
from gateway.adapters.pgp_container import UnsupportedKeyError
from gateway.domain.audit import Action
from gateway.domain.own_keys import OwnKeyError, OwnKeyRefusal
from gateway.wiring import keys, parts
from gateway.wiring.deeds import covering, deed_log
from gateway.wiring.errors import NotReadyError
from gateway.wiring.readiness import ready_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from gateway.adapters.database import Database
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.own_keys import KeyEvent, OwnKey, OwnKeys, WhyRevoked


@dataclass(frozen=True, slots=True)
class OwnKeyLife:
    """The gateway's keys over one open database; every change by an operator, on record.

    Every method raises `OwnKeyError`, `RegisterError`, `NotReadyError`, `Retry`, `BrokenLogError`.
    """

    config: Config
    database: Database
    book: OwnKeyBook

    async def keys(self) -> OwnKeys:
        """As they are on record."""
        return await recorded_keys(self.database)

    async def make(self, until: datetime, *, by: str, post_quantum: bool) -> tuple[OwnKey, Path]:
        """The next key, and where what revokes it lies; it opens from now on, and does not sign.

        In the gateway's secret key file beside the others.
        """
        await self.book.check_operator(by)
        (await self.keys()).make("", b"", datetime.now(UTC))
        _later(until)
        if post_quantum and parts.needed(self.config.keys, "keys").engine != "sequoia":
            raise NotReadyError("keys.engine: only sequoia opens what is encrypted to such a key")
        made = keys.new_own_key(self.config, until, post_quantum=post_quantum)
        certificate = made.certificate
        fingerprint = describe_certificate(certificate).fingerprint
        kept = keys.keep_revocation(self.config, fingerprint, made.revocation)
        self._write({**keys.keys_here(self.config), fingerprint: made.secret})
        await self._change(
            lambda found, now: found.make(fingerprint, certificate, now), Action.KEY_MADE, by=by
        )
        return (await self.keys()).named(fingerprint), kept

    async def rotate(self, *, to: str, overlap: timedelta, by: str) -> KeyEvent:
        """Another key signs from now on: the next one, or the one named; the last still opens."""

        def decide(found: OwnKeys, now: datetime) -> KeyEvent:
            key = found.named(to) if to else found.waiting(now)
            if key is None:
                raise OwnKeyError(OwnKeyRefusal.UNKNOWN)
            if key.fingerprint not in keys.available(self.config):
                raise OwnKeyError(OwnKeyRefusal.NOT_HERE)
            return found.turn_to(key, now, now + overlap)

        await _known(self, to, by)
        return await self._change(decide, Action.OWN_KEY_ROTATED, by=by)

    async def close(self, fingerprint: str, until: datetime, *, by: str) -> KeyEvent:
        """An older key opens until then; a moment that has passed means now."""

        def decide(found: OwnKeys, now: datetime) -> KeyEvent:
            return found.close(found.named(fingerprint), now, max(now, until))

        return await self._change(decide, Action.OWN_KEY_CLOSED, by=by)

    async def expire(self, fingerprint: str, until: datetime, *, by: str) -> KeyEvent:
        """The same key with another end; partners need its certificate anew."""
        await self.book.check_operator(by)
        _later(until)
        found = await self.keys()
        key = found.named(fingerprint) if fingerprint else _needed(found.current)
        secret = _extended(self._here(key), until)
        certificate = public_half(secret)
        found.certify(key, certificate, datetime.now(UTC))
        self._write({**keys.keys_here(self.config), key.fingerprint: secret})
        return await self._change(
            lambda now_found, now: now_found.certify(
                now_found.named(key.fingerprint), certificate, now
            ),
            Action.OWN_KEY_CERTIFIED,
            by=by,
        )

    async def revoke(
        self, fingerprint: str, why: WhyRevoked, kept: bytes | None, *, by: str
    ) -> KeyEvent:
        """For good.  With `kept`, what was put away at its making; else by the key itself."""
        await self.book.check_operator(by)
        key = (await self.keys()).named(fingerprint)
        revocation = kept if kept is not None else revocation_of(self._here(key), why)
        problem = ""
        try:
            certificate = revoked(key.certificate, revocation)
        except CertificateRefusedError as error:
            problem = error.kind
        if problem:
            raise OwnKeyError(OwnKeyRefusal.NOT_OURS)
        return await self._change(
            lambda found, now: found.revoke(found.named(key.fingerprint), certificate, why, now),
            Action.OWN_KEY_REVOKED,
            by=by,
            detail=why.value,
        )

    async def prune(self, *, by: str) -> tuple[OwnKey, ...]:
        """Take the secret halves away of keys that open no more; which they were.

        On record first: whoever is cut off has said so, and does it the next time.
        """
        await self.book.check_operator(by)
        now = datetime.now(UTC)
        done = [key for key in (await self.keys()).keys if not key.opens(now)]
        for key in (each for each in done if each.destroyed is None):
            await self._destroy(key.fingerprint, by)
        gone = {key.fingerprint for key in done}
        here = keys.keys_here(self.config)
        self._write({name: secret for name, secret in here.items() if name not in gone})
        return tuple(key for key in done if key.fingerprint in here)

    async def _change(
        self,
        decide: Callable[[OwnKeys, datetime], KeyEvent],
        action: Action,
        *,
        by: str,
        detail: str = "",
    ) -> KeyEvent:
        """On record, and keys.public_key_file the certificate of the key that is current then.

        Every change sees to the latter, also where the one before it was cut off.
        """
        event = await self.book.change(decide, action, by=by, detail=detail)
        current = _needed((await self.keys()).current)
        await asyncio.to_thread(_publish, self.config, current)
        return event

    async def _destroy(self, fingerprint: str, by: str) -> None:
        await self._change(
            lambda found, now: found.destroy(found.named(fingerprint), now),
            Action.OWN_KEY_DESTROYED,
            by=by,
        )

    def _here(self, key: OwnKey) -> bytes:
        found = keys.keys_here(self.config).get(key.fingerprint)
        if found is None:
            raise OwnKeyError(OwnKeyRefusal.NOT_HERE)
        return found

    def _write(self, secrets: Mapping[str, bytes]) -> None:
        path = keys.key_file(self.config)
        _written(lambda: replace_keys(path, secrets), f"keys.secret_key_file: {path}")


@asynccontextmanager
async def own_key_life(config: Config) -> AsyncIterator[OwnKeyLife]:
    """The life of the keys; the one in use is entered where none is on record yet.

    Raises `NotReadyError`.  What is put on record is covered at the end.
    """
    vault = parts.vault(config)
    async with ready_database(config, vault) as database, covering(config, database):
        yield OwnKeyLife(config, database, await entered(config, database, vault))


async def entered(config: Config, database: Database, vault: Vault) -> OwnKeyBook:
    """The history of the keys, begun with the one of keys.public_key_file where there is none."""
    log = await deed_log(config, database, vault)
    book = OwnKeyBook(database, log, account(), lambda: datetime.now(UTC))
    if not (await recorded_keys(database)).keys:
        certificate = keys.own_public(config)
        await book.adopt(describe_certificate(certificate).fingerprint, certificate)
    return book


async def _known(life: OwnKeyLife, fingerprint: str, by: str) -> None:
    """A key that GnuPG made and the settings name is entered when it is first asked for."""
    asked = fingerprint.replace(" ", "").upper()
    if len(asked) < 8 or parts.needed(life.config.keys, "keys").gnupg_home is None:
        return
    recorded = {key.fingerprint for key in (await life.keys()).keys}
    for name, certificate in keys.available(life.config).items():
        if name.endswith(asked) and name not in recorded:
            made = partial(_made, name, certificate)
            await life.book.change(made, Action.OWN_KEY_ENTERED, by=by)


def _made(name: str, certificate: bytes, found: OwnKeys, now: datetime) -> KeyEvent:
    return found.make(name, certificate, now)


def _publish(config: Config, current: OwnKey) -> None:
    if parts.needed(config.keys, "keys").gnupg_home is not None:
        return  # there the settings name it
    path = Path(parts.needed(config.keys, "keys").public_key_file)
    text = armored(current.certificate).encode()
    with suppress(OSError):
        if path.read_bytes() == text:
            return
    _written(lambda: replaced(path, text, mode=0o644), f"keys.public_key_file: {path}")


def _needed(key: OwnKey | None) -> OwnKey:
    if key is None:
        raise OwnKeyError(OwnKeyRefusal.UNKNOWN)
    return key


def _later(until: datetime) -> None:
    if until <= datetime.now(UTC):
        raise OwnKeyError(OwnKeyRefusal.PERIOD)


def _extended(secret: bytes, until: datetime) -> bytes:
    problem = ""
    try:
        return extended(secret, until)
    except UnsupportedKeyError as error:
        problem = str(error)
    except CertificateRefusedError as error:
        problem = error.kind
    raise NotReadyError(f"keys.secret_key_file: {problem}")


def _written(write: Callable[[], None], where: str) -> None:
    problem = ""
    try:
        write()
    except OwnKeyFileError as error:
        problem = str(error)
    if problem:
        raise NotReadyError(f"{where}: {problem}")
