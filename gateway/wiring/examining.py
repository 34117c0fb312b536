"""What `gateway doctor` looks at: every part by itself, each with its own verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.adapters.certificates import describe_certificate
from gateway.adapters.database_sent_mail import returned_since
from gateway.adapters.imap import ImapMailbox
from gateway.adapters.own_key_book import recorded_keys
from gateway.adapters.workers import SealerUnavailableError
from gateway.config import ConfigError
from gateway.domain.audit import Action, DeedResult
from gateway.domain.own_keys import OwnKeys
from gateway.domain.policy import Policy
from gateway.domain.stops import Stop
from gateway.ledger.verdict import BrokenLogError
from gateway.wiring import keys, parts
from gateway.wiring.api import api_checked
from gateway.wiring.deeds import recording
from gateway.wiring.errors import NotReadyError
from gateway.wiring.export import collector_reached
from gateway.wiring.logbook import logbook
from gateway.wiring.processing import checked
from gateway.wiring.readiness import ready, ready_database
from gateway.wiring.register import register
from gateway.wiring.ruling import first_text, policy_in_force
from gateway.wiring.smime import own_smime, smime_secrets, trust_material
from gateway.wiring.trusting import proxy_reached, revocation_state

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gateway.config import Config

WARN_BEFORE = timedelta(days=60)
RETURNED_IN = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part: in order or not, and what to know about it."""

    part: str
    good: bool
    text: str


async def examine(config: Config, *, quick: bool = False) -> Sequence[Finding]:
    """Look at every part, or with `quick` only at those that cost nothing to look at.

    Nothing is changed or sent.  That somebody looked at all parts, the log among them, goes
    on record where that can be written (BIO2 8.15.06); the quick look is for timers.
    """
    looks: list[tuple[str, Callable[[Config], Awaitable[str]]]] = [
        ("policy", _policy),
        ("gateway key", _key),
        ("S/MIME key", _smime),
        ("revocation", revocation_state),
        ("master key", _vault),
        ("database", _database),
        ("processing activities", checked),
        ("operators", _operators),
        ("mail that came back", _returned),
        ("read interface", api_checked),
    ]
    if not quick:
        looks += [
            ("older keys", _older_keys),
            ("opening processes", _sealer),
            ("log", _log),
            ("mailboxes", _mailboxes),
            ("relay", _relay),
            ("collector", collector_reached),
            ("revocation proxy", proxy_reached),
        ]
    found = [await _finding(part, look, config) for part, look in looks]
    return found if quick else [*found, *await _on_record(config, found)]


async def _on_record(config: Config, found: Sequence[Finding]) -> Sequence[Finding]:
    """The look itself, with the first part that is not in order.

    Told only where it cannot be written and nothing above says why.
    """
    wrong = next((each.part.replace(" ", "-") for each in found if not each.good), "")

    async def record(config: Config) -> str:
        async with recording(config) as deeds:
            await deeds.record(
                Action.EXAMINED,
                config.gateway.instance,
                detail=wrong,
                result=DeedResult.FAILED if wrong else DeedResult.DONE,
            )
        return ""

    written = await _finding("audit trail", record, config)
    return () if written.good or wrong else (written,)


async def _finding(part: str, look: Callable[[Config], Awaitable[str]], config: Config) -> Finding:
    try:
        return Finding(part=part, good=True, text=await look(config))
    except (ConfigError, NotReadyError) as error:
        return Finding(part=part, good=False, text=str(error))
    except BrokenLogError as error:
        return Finding(part=part, good=False, text=f"log: {error.where}")
    except Stop as stop:
        notes = ", ".join(getattr(stop, "__notes__", []))
        return Finding(part=part, good=False, text=notes or ", ".join(stop.reasons))


async def _policy(config: Config) -> str:
    policy = await policy_in_force(config)
    text = f"{len(policy.rows)} rows, sha256 {policy.digest}"
    if Policy(first_text(config)).digest == policy.digest:
        return text
    return f"{text}; not the table that is configured or shipped: gateway policy history"


async def _key(config: Config) -> str:
    where = keys.where_it_is(config)
    facts = describe_certificate(keys.certificate(config))
    named = f"{facts.fingerprint}, {where}" if where else facts.fingerprint
    if facts.expires is None:
        return f"{named}, does not expire"
    left = facts.expires - datetime.now(UTC)
    hint = "; gateway key make, rotate, and send it to all partners" if left < WARN_BEFORE else ""
    return f"{named}, {left.days} days left{hint}"


async def _recorded(config: Config) -> OwnKeys:
    async with ready_database(config, parts.vault(config)) as database:
        return await recorded_keys(database)


async def _older_keys(config: Config) -> str:
    """Whether what is on record is what lies here, and what of it can go."""
    recorded, now = await _recorded(config), datetime.now(UTC)
    here = keys.available(config)
    keys.own_secrets(config, recorded, now)
    published = describe_certificate(keys.certificate(config)).fingerprint
    if recorded.current is not None and recorded.current.fingerprint != published:
        raise NotReadyError("keys.public_key_file: not the key in use; see gateway key list")
    said = [
        f"{key.fingerprint} {key.state(now)} until {key.closes:%Y-%m-%d}"
        for key in recorded.keys
        if key.closes and key.opens(now)
    ]
    said += [
        f"{key.fingerprint} opens no more, its secret half is still here: gateway key prune"
        for key in recorded.keys
        if not key.opens(now) and key.fingerprint in here
    ]
    return "; ".join(said) or "none"


async def _smime(config: Config) -> str:
    facts = own_smime(config)
    if config.smime is None or facts is None:
        return "not configured"
    smime_secrets(config)
    material = trust_material(config.smime)
    left = facts.expires - datetime.now(UTC)
    hint = "; ask your authority for a new certificate" if left < WARN_BEFORE else ""
    old = f", {len(config.smime.older)} older" if config.smime.older else ""
    roots = f"{len(material.roots)} roots, {len(material.crls)} lists from files"
    return f"{facts.fingerprint}, {left.days} days left{hint}{old}; {roots}"


async def _vault(config: Config) -> str:
    return f"key id {parts.vault(config).key_id}"


async def _sealer(config: Config) -> str:
    try:
        recorded = await _recorded(config)
    except NotReadyError:
        recorded = OwnKeys()  # told of the database itself
    sealer = parts.sealer(config, keys.own_secrets(config, recorded, datetime.now(UTC)))
    try:
        await sealer.start()
        return f"{len(sealer.process_ids)} started"
    except SealerUnavailableError as error:
        raise NotReadyError(str(error)) from None
    finally:
        await sealer.close()


async def _database(config: Config) -> str:
    database = parts.database(config)  # first, so that it is this part that its fault is told under
    try:
        await ready(database, parts.vault(config))
        return f"{database.dialect}, tables of this version"
    finally:
        await database.close()


async def _operators(config: Config) -> str:
    async with register(config) as opened:
        active = [each for each in await opened.operators() if each.active]
    without = [each.operator_id for each in active if each.login is None]
    if not without:
        return f"{len(active)} active, each with an account of their own"
    hint = "without an account of their own, so one person may act as all of these"
    return f"{len(active)} active; {hint}: {', '.join(without)}"


async def _returned(config: Config) -> str:
    async with ready_database(config) as database:
        found = await returned_since(database, datetime.now(UTC) - RETURNED_IN)
    days = f"in {RETURNED_IN.days} days"
    if not found:
        return f"no report {days}"
    return f"{days}, by recipient: " + ", ".join(f"{who} {times}" for who, times in found.items())


async def _log(config: Config) -> str:
    async with logbook(config) as book:
        verdict = await book.verify()
    if not verdict.whole:
        raise NotReadyError(f"{len(verdict.findings)} findings; {verdict.findings[0]}")
    return f"{verdict.size} entries, verified, {verdict.covered} under the newest checkpoint"


async def _mailboxes(config: Config) -> str:
    found, without = parts.mailboxes(config), 0
    for mailbox in found:
        try:
            await mailbox.fetch_new(1)
            without += isinstance(mailbox, ImapMailbox) and not await mailbox.can_remove()
        finally:
            await mailbox.close()
    stays = f"; without UIDPLUS, so mail of who is erased stays: {without}" if without else ""
    return f"{len(found)} reached{stays}"


async def _relay(config: Config) -> str:
    relay = parts.relay(config)
    try:
        await relay.check()
        return "reached over TLS"
    finally:
        await relay.close()
