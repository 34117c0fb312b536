"""The gateway's own keys as they go to the openers: newest first, all of them open mail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.domain.silent import Silent


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SmimeSecrets(Silent):
    """What the S/MIME engine needs.

    Each of `secrets` is PEM: an unprotected private key (PKCS#8), then its own
    certificate, by which a sender names it (RFC 5652, section 6.2.1).  `certificate`
    is PEM too: that of the first key, then its intermediates, sent with each signature.
    """

    secrets: tuple[bytes, ...]
    certificate: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNames:
    """Keys of the gateway's that open nothing here: fingerprints and key ids, upper-case hex.

    `closed` are of those whose overlap is over, `absent` of those that another gateway has
    and this one has not got yet.
    """

    closed: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AgentSecrets(Silent):
    """OpenPGP keys that stay in the agent of the GnuPG home `home`, or on the card it knows of.

    `certificates` are ours, newest first: the first signs, all of them open.  `pin` is
    the card's user PIN or the keys' passphrase; None where the agent needs to ask
    nobody, or somebody entered it before.
    """

    home: str
    certificates: tuple[bytes, ...]
    pin: bytes | None = None

    @property
    def path(self) -> Path:
        """The home's folder."""
        return Path(self.home)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class GatewaySecrets(Silent):
    """The first OpenPGP key (binary or armored, unprotected) and the first S/MIME key sign.

    OpenPGP keys that GnuPG keeps are named by `agent` instead.
    """

    openpgp: tuple[bytes, ...] = ()
    agent: AgentSecrets | None = None
    smime: SmimeSecrets | None = None
    others: OwnNames = OwnNames()
