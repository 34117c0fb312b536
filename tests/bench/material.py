"""What is sent through: fictitious people, a register that knows them, and sealed mails."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from gateway import wiring
from gateway.config import load
from tests import generators, world
from tests.people import Person, encrypt_mail, person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.config import Config

ADDRESS = "poort@gemeente.example"
DOSSIERS = 100
FIRST_DOSSIER = 101
_NAMESPACE = UUID("7c0d4e0a-6a55-5c43-9f0e-6f1d2b3c4d5e")


@dataclass
class Material:
    """Keys of one gateway and its people, made once and used by every part.

    `size` is of a whole mail on the wire, in bytes.
    """

    folder: Path
    size: int = 20_000
    dossiers: int = DOSSIERS

    @cached_property
    def people(self) -> dict[str, Person]:
        """Everybody of the small world, by contact id, with a Curve25519 key made by GnuPG."""
        return {
            each.contact_id: person(each.name, each.address, made_by="gnupg")
            for each in world.PEOPLE
        }

    @property
    def sender(self) -> Person:
        """Who reports."""
        return self.people[world.SAAR]

    @property
    def casemanager(self) -> Person:
        """Who receives."""
        return self.people[world.CASPER]

    @property
    def secret_key(self) -> bytes:
        """The gateway's own, once `prepared` has made it."""
        return (self.folder / "gateway.private").read_bytes()

    @property
    def certificate(self) -> bytes:
        """The gateway's own, once `prepared` has made it."""
        return (self.folder / "gateway.pgp").read_bytes()

    async def prepared(self, config: Config) -> None:
        """Tables, keys and a filled register for this configuration."""
        await wiring.prepare(config)
        async with wiring.register(config) as register:
            await self.filled(register, datetime.now(UTC))

    async def filled(self, register: world.AnyRegister, now: datetime) -> None:
        """The small world and the dossiers that the mails are about."""
        certificates = {name: each.cert for name, each in self.people.items()}
        await world.build(register, at=now, certificates=certificates)
        async with register.change(by=world.BY) as change:
            for number in range(FIRST_DOSSIER, FIRST_DOSSIER + self.dossiers):
                await world.add_dossier(change, number, at=now)

    def bericht_id(self, number: int) -> str:
        """Of the one report in mail `number`."""
        return str(uuid5(_NAMESPACE, str(number)))

    def document(self, number: int, size: int = 0) -> bytes:
        """A document with one report, about one of the dossiers in turn."""
        report = generators.bericht(
            FIRST_DOSSIER + number % self.dossiers,
            berichtId=self.bericht_id(number),
        )
        return generators.document_json(report, number=number, size=size)

    def mail(self, number: int, size: int = 0) -> bytes:
        """A mail of about `size` bytes, signed by the sender and encrypted to the gateway."""
        document = self.document(number, self._document_size(size or self.size))
        return encrypt_mail(self.sender, self.certificate, document, to=ADDRESS)

    def mail_with_scan(self, size: int) -> bytes:
        """An ordinary report with an attachment that makes the mail about `size` bytes."""
        scan = ("plan.pdf", "application/pdf", bytes(int((size - self._least) / 1.368 / 1.375)))
        return encrypt_mail(
            self.sender, self.certificate, self.document(0), to=ADDRESS, extra_attachments=(scan,)
        )

    def mails(self, count: int, first: int = 0) -> Iterator[bytes]:
        """This many, each with a report of its own; made once."""
        kept = self.folder / "mails"
        kept.mkdir(exist_ok=True)
        for number in range(first, first + count):
            file = kept / str(number)
            if not file.exists():
                file.write_bytes(self.mail(number))
            yield file.read_bytes()

    def _document_size(self, wanted: int) -> int:
        # Base64 within, base64 without, and both with line ends.
        return len(self.document(0)) + max(0, int((wanted - self._least) / 1.368 / 1.375))

    @cached_property
    def _least(self) -> int:
        return len(encrypt_mail(self.sender, self.certificate, self.document(0), to=ADDRESS))

    def close(self) -> None:
        """Keys and databases are gone."""
        shutil.rmtree(self.folder, ignore_errors=True)


def configured(file: Path) -> Config:
    """The configuration in `file`."""
    return load(file)
