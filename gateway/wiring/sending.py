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
from gateway.domain.mail import Attachment, Letter
from gateway.domain.silent import Silent
from gateway.wiring.errors import NotReadyError
from gateway.wiring.keys import certificate
from gateway.wiring.parts import relay

if TYPE_CHECKING:
    from gateway.config import Config, SenderSection

SUBJECT = "Beveiligd bericht inburgering"
TEXT = "In de bijlage staat een bericht volgens de privacybijsluiter van het convenant.\n"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SealedBySender(Silent):
    """A mail as the sender's own mail program would have made it."""

    mail: bytes
    sender: str
    recipient: str
    message_id: str


async def sealed_by(config: Config, who: str, document: bytes) -> SealedBySender:
    """The document in a mail, signed by sender `who` (id or address), encrypted to the gateway.

    Raises `NotReadyError` when the sender has no section or no usable key here,
    and a `Stop` when the gateway's certificate cannot be used.
    """
    sender = _sender(config, who)
    letter = Letter(
        message_id=f"<{uuid.uuid4()}@{sender.address.rpartition('@')[2]}>",
        date=datetime.now(UTC),
        sender=sender.address,
        sender_name=sender.name,
        recipient=config.gateway.address,
        certificate=certificate(config),
        subject=SUBJECT,
        outer_subject=SUBJECT,
        text=TEXT,
        html="",
        attachments=(
            Attachment(name="bijsluiter.json", media_type="application/json", content=document),
        ),
        envelope_from=sender.address,
        automatic=False,
    )
    secret = read_secret(f"sender {sender.id}: secret_key_file", sender.secret_key_file)
    return SealedBySender(
        mail=await asyncio.to_thread(_sealed, secret, letter),
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


def _sealed(secret: bytes, letter: Letter) -> bytes:
    problem = ""
    try:
        engine = SequoiaEngine([secret])
        try:
            return engine.seal(letter)
        finally:
            engine.close()
    except UnsupportedKeyError as error:
        problem = str(error)
    raise NotReadyError(f"sender: secret key: {problem}")
