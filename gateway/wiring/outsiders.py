"""Who outside vouches for the log: a timestamp authority, and witnesses that sign checkpoints."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.adapters.channel import client_context
from gateway.adapters.log_outside import Outsiders
from gateway.adapters.log_timestamping import LogTimestamping
from gateway.adapters.timestamp_authority import Roots, TimestampAuthority, TimestampError
from gateway.ledger.notes import Algorithm, NoteError, VerifierKey
from gateway.wiring.errors import NotReadyError
from gateway.wiring.log import log_key

if TYPE_CHECKING:
    from gateway.adapters.database import Database
    from gateway.config import Config, TimestampSection


def outsiders(config: Config) -> Outsiders:
    """Whose word counts; raises `NotReadyError` naming a setting."""
    section = config.log.timestamp
    witnesses = [_witness(each.vkey, at) for at, each in enumerate(config.log.witness)]
    roots = None if section is None else _roots(section)
    return Outsiders(roots=roots, witnesses=tuple(witnesses))


def log_timestamping(config: Config, database: Database) -> LogTimestamping | None:
    """What asks for timestamps, where an authority is configured; raises `NotReadyError`."""
    section = config.log.timestamp
    if section is None:
        return None
    try:
        tls = client_context(section.tls_ca_file)
    except OSError:
        raise NotReadyError("log.timestamp.tls_ca_file: no certificates of authorities") from None
    authority = TimestampAuthority(
        url=section.url,
        roots=_roots(section),
        tls=tls,
        timeout_seconds=section.timeout_seconds,
    )
    every = timedelta(hours=section.hours)
    return LogTimestamping(database, log_key(config).public, authority, every)


def _roots(section: TimestampSection) -> Roots:
    try:
        return Roots.from_file(section.ca_file)
    except TimestampError as error:
        raise NotReadyError(f"log.timestamp.ca_file: {section.ca_file}: {error}") from None


def _witness(text: str, at: int) -> VerifierKey:
    problem = "not a key of cosignatures"
    try:
        key = VerifierKey.parse(text)
        if key.algorithm is Algorithm.COSIGNATURE:
            return key
    except NoteError as error:
        problem = str(error)
    raise NotReadyError(f"log.witness[{at}].vkey: {problem}")
