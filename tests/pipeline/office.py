"""The outside world of one walk, said in one line: what an engine found, what a register says.

The steps get these instead of cryptography and a database, so that a test can
say what no honest engine or register would ever answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.adapters.letters import LetterSettings, LetterWriter
from gateway.domain.form_reading import FormRead
from gateway.domain.mail import (
    Attachment,
    Headers,
    Letter,
    Protection,
    SealedMail,
    Signature,
    SignatureState,
    Unsealed,
)
from gateway.domain.plans import PlanFile, rewritten
from gateway.domain.stages import Known
from gateway.domain.stops import Reason, Retry
from gateway.domain.texts import Texts
from gateway.pipeline.gate import Gate
from gateway.ports import Keyring
from gateway.resources import texts_text
from tests import corridor, generators, world
from tests.generators import CASEMANAGER, INSTANT, OFFICER, SENDER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from gateway.domain.facts import Facts
    from gateway.domain.parties import Contact
    from gateway.domain.policy import Policy
    from gateway.domain.stages import Checked, RawMail

assert SENDER.key is not None
FINGERPRINT = SENDER.key.fingerprint
GOOD = Signature(state=SignatureState.VALID, fingerprint=FINGERPRINT, created=INSTANT)
OWN = "uitwisselpunt@gemeente.example"
OUTER = Headers(from_=(SENDER.address,), to=(OWN,), message_id="<mail@taalschool.example>")


def found(
    *attachments: bytes,
    signatures: tuple[Signature, ...] = (GOOD,),
    outer: Headers = OUTER,
    protected: Headers | None = None,
) -> Unsealed:
    """What an engine finds in an honest mail of the school's contact, but for what is said."""
    return Unsealed(
        protection=Protection.OPENPGP,
        outer=outer,
        protected=protected,
        signatures=signatures,
        attachments=tuple(
            Attachment(name="bijsluiter.json", media_type="application/json", content=content)
            for content in attachments or (generators.document_json(),)
        ),
    )


@dataclass
class Engine:
    """A sealer that finds what it is told, and remembers what it sealed."""

    finds: Unsealed | Exception = field(default_factory=found)
    reads: FormRead | Exception = field(
        default_factory=lambda: FormRead(document=generators.document_json())
    )
    cannot_seal: dict[str, Exception] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)

    async def open(
        self, content: bytes, keyring: Keyring, *, at: datetime | None = None
    ) -> Unsealed:
        if isinstance(self.finds, Exception):
            raise self.finds
        return self.finds

    async def read(self, attachment: Attachment) -> FormRead:
        if isinstance(self.reads, Exception):
            raise self.reads
        return self.reads

    async def cleaned(self, attachment: Attachment) -> PlanFile:
        if isinstance(self.reads, Exception):
            raise self.reads
        return rewritten(attachment, b"%PDF-1.5 anew")

    async def sealed(self, letter: Letter) -> SealedMail:
        if letter.recipient in self.cannot_seal:
            raise self.cannot_seal[letter.recipient]
        self.letters.append(letter)
        return SealedMail(mail=b"sealed", by="OURS", to="THEIRS")

    async def close(self) -> None:
        return None


@dataclass
class Register:
    """A register that says what it is told."""

    people: Sequence[Contact] = (SENDER, CASEMANAGER)
    facts: Callable[[Checked], Facts] = lambda checked: generators.facts(
        number_of(checked), sender=checked.opened.sender
    )
    down: bool = False
    seen: frozenset[str] = frozenset()

    async def keyring(self) -> Keyring:
        if self.down:
            raise Retry(Reason.UNREACHABLE)
        return Keyring(revision=1, certificates=())

    async def holders(self, fingerprint: str, instant: datetime) -> Sequence[Contact]:
        return [each for each in self.people if each.key and each.key.fingerprint == fingerprint]

    async def opened_before(self, signed: str, raw: RawMail) -> bool:
        return signed in self.seen

    async def addressee(self, raw: RawMail) -> Contact | None:
        return SENDER

    async def officers(self, instant: datetime) -> Sequence[Contact]:
        return (OFFICER,)

    async def contact(self, contact_id: str, instant: datetime) -> Contact | None:
        return next((each for each in self.people if each.contact_id == contact_id), None)

    async def look_up(self, checked: Checked) -> Known:
        if self.down:
            raise Retry(Reason.UNREACHABLE)
        return Known(checked=checked, facts=self.facts(checked))

    async def policy(self, known: Known) -> Policy:
        return corridor.policy()


def number_of(checked: Checked) -> int:
    """Which inburgeraar a report is about."""
    return int(checked.bericht.betrokkene.dossierkenmerk.rpartition("-")[2])


def gate(engine: Engine | None = None, register: Register | None = None) -> Gate:
    """A gate with the covenant's own table and the gateway's own letters."""
    settings = LetterSettings(
        address=OWN,
        name="Uitwisselpunt",
        municipality="Gemeente Voorbeeldstad",
        contact="Bel 070 000 00 00.",
    )
    sealer = engine or Engine()
    return Gate(
        sealer=sealer,
        forms=sealer,
        registry=register or Register(),
        letters=LetterWriter(
            settings, texts=Texts(texts_text()), report_name=world.vault().report_name
        ),
        addresses=(settings.address,),
    )
