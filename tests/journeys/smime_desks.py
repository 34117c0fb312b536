"""People of a town who use S/MIME, with OpenSSL for all that they send and read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests import generators, people
from tests.journeys.residents import Read
from tests.smime_people import ISSUING, ROOT, Desk, holder

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.domain.wire import Json
    from tests.journeys.residents import Household, Resident
    from tests.journeys.town import Town
    from tests.pki import Leaf


def gateway_leaf(household: Household) -> Leaf:
    """The gateway's own certificate."""
    return holder(household.gateway.address, "rsa3072")


def settings_for(household: Household, folder: Path) -> str:
    """The section [smime], and the files that it names: key, certificate, roots, lists."""
    own = gateway_leaf(household)
    secret = folder / "gateway-smime.key"
    secret.touch(mode=0o600)
    secret.write_bytes(own.key)
    (folder / "gateway-smime.pem").write_bytes(own.pem + ISSUING.pem)
    (folder / "roots.pem").write_bytes(ROOT.pem)
    (folder / "issuing.pem").write_bytes(ISSUING.pem)
    (folder / "root.crl").write_bytes(ROOT.crl())
    (folder / "issuing.crl").write_bytes(ISSUING.crl())
    return f"""
[smime]
secret_key_file = "{secret}"
certificate_file = "{folder}/gateway-smime.pem"
roots_file = "{folder}/roots.pem"
intermediates_file = "{folder}/issuing.pem"
crl_files = ["{folder}/root.crl", "{folder}/issuing.crl"]
fetch = false
"""


@dataclass(frozen=True)
class SmimeDesk:
    """Somebody of the town with a certificate of an authority and ``openssl cms``."""

    resident: Resident
    leaf: Leaf

    @classmethod
    def of(cls, town: Town, who: str) -> SmimeDesk:
        """Theirs, pinned in the town's register; the same one all through the process."""
        resident = town.resident(who)
        leaf = holder(resident.account.address)
        town.pin(who, leaf.pem)
        return cls(resident, leaf)

    def sealed(self, town: Town, *berichten: dict[str, Json]) -> bytes:
        """A mail with these reports, signed and then encrypted to the gateway."""
        document = generators.document_json(*berichten)
        inner = people.entity([("bijsluiter.json", "application/json", document)])
        with Desk() as desk:
            signed = desk.sign(inner, self.leaf)
            message = desk.encrypt(
                signed, gateway_leaf(town.household), options=["-outform", "SMIME"]
            )
        headers = {
            "From": self.resident.key.user_id,
            "To": town.household.gateway.address,
            "Date": format_datetime(datetime.now(UTC)),
            "Message-ID": people.new_message_id(),
            "Subject": "Voortgang",
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return head.encode() + message.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    def read(self, mail: bytes) -> Read:
        """Decrypt with their own key and verify up to the root; raises CalledProcessError."""
        with Desk() as desk:
            opened = desk.decrypt(mail, self.leaf)
            signer = desk.path / "signer.pem"
            content = desk.verify(opened, "-signer", str(signer))
            found = x509.load_pem_x509_certificates(signer.read_bytes())
        fingerprints = tuple(each.fingerprint(hashes.SHA256()).hex().upper() for each in found)
        return Read(
            outer=_parsed(mail),
            inner=_parsed(content),
            raw=mail,
            opened=content,
            signers=fingerprints,
        )


def _parsed(content: bytes) -> EmailMessage:
    parsed = message_from_bytes(content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed
