"""A sender's own side: one report, sealed to the gateway with the sender's key."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.openpgp import SequoiaEngine
from gateway.adapters.pgp_container import UnsupportedKeyError
from gateway.config import read_secret
from gateway.domain.mail import Letter, Protection
from gateway.domain.silent import Silent
from gateway.wiring.errors import NotReadyError
from gateway.wiring.keys import certificate
from gateway.wiring.parts import relay
from gateway.wiring.smime import key_pair, own_smime, trust_material

if TYPE_CHECKING:
    from gateway.adapters.unsealing import Engine
    from gateway.config import Config, SenderSection
    from gateway.domain.mail import Attachment

SUBJECT = "Beveiligd bericht inburgering"
TEXT = "In de bijlage staat een bericht volgens de privacybijsluiter van het convenant.\n"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SealedBySender(Silent):
    """A mail as the sender's own mail program would have made it."""

    mail: bytes
    sender: str
    recipient: str
    message_id: str


async def sealed_by(
    config: Config, who: str, attachments: tuple[Attachment, ...]
) -> SealedBySender:
    """These files in a mail, signed by sender `who` (id or address), encrypted to the gateway.

    Protected as the sender's own key is.  Raises `NotReadyError` when the sender has no
    section or no usable key here, and a `Stop` when the gateway's certificate cannot be used.
    """
    sender = _sender(config, who)
    protection = Protection.SMIME if sender.certificate_file else Protection.OPENPGP
    engine = await asyncio.to_thread(_engine, config, sender)
    letter = Letter(
        message_id=f"<{uuid.uuid4()}@{sender.address.rpartition('@')[2]}>",
        date=datetime.now(UTC),
        sender=sender.address,
        sender_name=sender.name,
        recipient=config.gateway.address,
        certificate=_of_the_gateway(config, protection),
        protection=protection,
        subject=SUBJECT,
        outer_subject=SUBJECT,
        text=TEXT,
        html="",
        attachments=attachments,
        envelope_from=sender.address,
        automatic=False,
    )
    return SealedBySender(
        mail=await asyncio.to_thread(_sealed, engine, letter),
        sender=sender.address,
        recipient=letter.recipient,
        message_id=letter.message_id,
    )


async def submit(config: Config, sealed: SealedBySender) -> None:
    """Hand it to the mail server; raises `Retry` or `Hold` when it does not take it."""
    hop = relay(config)
    try:
        await hop.send(sealed.mail, envelope_from=sealed.sender, recipient=sealed.recipient)
    finally:
        await hop.close()


def _sender(config: Config, who: str) -> SenderSection:
    found = [each for each in config.sender if who in {each.id, each.address}]
    if len(found) != 1:
        raise NotReadyError(f"sender: no [[sender]] section for {who}")
    return found[0]


def _of_the_gateway(config: Config, protection: Protection) -> bytes:
    """The certificate that the mail is encrypted to; of a sender's own configuration too."""
    if protection is Protection.OPENPGP:
        return certificate(config)
    facts = own_smime(config)
    if facts is None:
        raise NotReadyError("smime: this section is missing")
    return facts.kept


def _engine(config: Config, sender: SenderSection) -> Engine:
    where, problem = f"sender {sender.id}", ""
    try:
        if sender.certificate_file is None:
            secret = read_secret(f"{where}: secret_key_file", sender.secret_key_file)
            return SequoiaEngine([secret])
        return _smime_engine(
            config, key_pair(where, sender.secret_key_file, sender.certificate_file)
        )
    except UnsupportedKeyError as error:
        problem = str(error)
    raise NotReadyError(f"{where}: secret key: {problem}")


def _smime_engine(config: Config, pair: bytes) -> Engine:
    from gateway.adapters.smime import SmimeEngine  # noqa: PLC0415 - every other command is quicker without

    engine = SmimeEngine([pair], pair)
    if config.smime is not None:
        engine.set_trust(trust_material(config.smime))
    return engine


def _sealed(engine: Engine, letter: Letter) -> bytes:
    try:
        return engine.seal(letter)
    finally:
        engine.close()
