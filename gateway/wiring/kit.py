"""The school's kit: forms, certificates, fingerprints and a guide, for one provider.

Nobody's personal data is in it: it names the school and the gateway, and no person.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.adapters import pem_files
from gateway.adapters.certificates import armored, describe_certificate
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.kit_guide import guide
from gateway.adapters.kit_readme import readme
from gateway.adapters.kit_words import CERTIFICATE, GUIDE, README, SHEET, SUMS, KitFacts, KitWords
from gateway.adapters.own_key_book import recorded_keys
from gateway.adapters.typeset import UnprintableError
from gateway.adapters.words import Words
from gateway.domain.audit import Action
from gateway.domain.bijsluiter import VERSIE
from gateway.domain.kits import begins, reach_of, takes_part
from gateway.domain.parties import Side, Standing
from gateway.domain.register import Refusal, RegisterError
from gateway.resources import installed_version
from gateway.wiring import parts
from gateway.wiring.deeds import covering
from gateway.wiring.errors import NotReadyError
from gateway.wiring.key_life import entered
from gateway.wiring.key_papers import handed, sheet_of
from gateway.wiring.kit_forms import blank_forms
from gateway.wiring.readiness import ready_database
from gateway.wiring.register import administration
from gateway.wiring.smime import smime_pem, usable_smime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.config import Config
    from gateway.domain.histories import Roster
    from gateway.domain.kits import Reach
    from gateway.domain.own_keys import OwnKeys
    from gateway.domain.parties import Party
    from gateway.domain.texts import Language

_ZONE = ZoneInfo("Europe/Amsterdam")
_AT_MOST = timedelta(days=365)  # what programs are called and where their menus are changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """A kit: its files by name, slashes making folders; `until` is when something in it ends."""

    name: str
    version: str
    made: datetime
    until: datetime
    reach: Reach
    files: Mapping[str, bytes]


async def school_kit(config: Config, party_id: str, *, by: str, language: Language) -> Kit:
    """The kit as of now, for a provider that takes part; that `by` had it made is on record.

    Raises `RegisterError` for any other party, and `NotReadyError` where the gateway has
    no key that can be used or something cannot be set.
    """
    now, vault = datetime.now(UTC), parts.vault(config)
    async with ready_database(config, vault) as database, covering(config, database):
        register = await administration(config, database, vault)
        roster = await register.roster()
        party = _partner(roster, party_id, now)
        dossiers = await DatabaseRegistry(database, vault).dossiers_of(party_id)
        await entered(config, database, vault)
        keys = await recorded_keys(database)
        reach = reach_of(roster, dossiers, party_id, now)
        made = _kit(config, party, keys, reach=reach, language=language, at=now)
        await register.consulted(by=by, action=Action.KIT_MADE, ids=[party_id])
    return made


def _partner(roster: Roster, party_id: str, at: datetime) -> Party:
    found = roster.parties.get(party_id)
    if found is None:
        raise RegisterError(Refusal.UNKNOWN_PARTY)
    if found.side is not Side.PROVIDER:
        raise RegisterError(Refusal.NOT_A_PROVIDER)
    party = found.at(at)
    if not takes_part(party, at):
        raise RegisterError(Refusal.NOT_TAKING_PART)
    return party


def _kit(
    config: Config, party: Party, keys: OwnKeys, *, reach: Reach, language: Language, at: datetime
) -> Kit:
    files, ends = _certificates(config, keys, at)
    _, sheet = sheet_of(config, keys, language, at)
    until = min(end for end in (*ends, party.term.end, at + _AT_MOST) if end is not None)
    facts = _facts(config, party, keys, reach=reach, at=at, until=until)
    words = KitWords(words=Words(language, "kit"), facts=facts, zone=_ZONE)
    files |= {SHEET: sheet, GUIDE: _guide(words), **blank_forms(party, language, at)}
    files[README] = readme(words, sorted(files)).encode()
    files[SUMS] = _sums(files)
    return Kit(
        name=f"pakket-{party.instellingsnummer}-{at.astimezone(_ZONE):%Y%m%d}",
        version=facts.version,
        made=at,
        until=until,
        reach=reach,
        files=files,
    )


def _facts(
    config: Config, party: Party, keys: OwnKeys, *, reach: Reach, at: datetime, until: datetime
) -> KitFacts:
    gateway = config.gateway
    return KitFacts(
        school=party.name,
        number=party.instellingsnummer,
        gateway=gateway.name,
        address=gateway.address,
        municipality=gateway.municipality,
        contact=gateway.contact,
        fingerprint=keys.current.fingerprint if keys.current else "",
        smime=config.smime is not None,
        version=f"{installed_version()}, bijsluiter {VERSIE}",
        made=at,
        until=until,
        begins=begins(party, at),
        aspirant=party.standing is Standing.ASPIRANT,
        reach=reach,
    )


def _certificates(
    config: Config, keys: OwnKeys, at: datetime
) -> tuple[dict[str, bytes], list[datetime]]:
    """What a school imports, and when each of it ends; raises `NotReadyError`."""
    current, smime = keys.current, usable_smime(config)
    if current is None:
        raise NotReadyError("gateway key: none is in use")
    ends = [end for end in (describe_certificate(current.certificate).expires,) if end]
    files = {f"{CERTIFICATE}.asc": armored(handed(config, current)).encode()}
    if smime is not None:
        ends.append(smime.expires)
        chain = pem_files.certificates(smime_pem(config).encode())
        files |= {CERTIFICATE + end: held for end, held in pem_files.for_programs(chain).items()}
    if any(end <= at for end in ends):
        raise NotReadyError("gateway key: expired; a school could not use this kit")
    return files, ends


def _guide(words: KitWords) -> bytes:
    try:
        return guide(words)
    except UnprintableError:
        pass
    # Outside: the error shows the text that could not be set.
    raise NotReadyError("guide: a name in it has characters that cannot be printed here")


def _sums(files: Mapping[str, bytes]) -> bytes:
    """A line for each file, as ``sha256sum -c`` reads them."""
    lines = [f"{hashlib.sha256(held).hexdigest()}  {name}" for name, held in sorted(files.items())]
    return "\n".join([*lines, ""]).encode()
