"""The gateway's OpenPGP keys where GnuPG keeps them: what an opener needs to use them."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.silent import Silent


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AgentSecrets(Silent):
    """The agent of `home` has the secret keys, or knows the card that they are on.

    `certificates` are ours, newest first: the first signs, all of them open.  `pin` is
    the card's user PIN or the keys' passphrase; None where the agent needs to ask
    nobody, or somebody entered it before.
    """

    home: str
    certificates: tuple[bytes, ...]
    pin: bytes | None = None
