"""What the demonstration needs and nothing else may have: a mail server of its own, and the log.

Imported by ``gateway.demo`` only: the mail server's libraries come with the extra
``demo`` and are not there in an ordinary installation.
"""

from __future__ import annotations

from gateway.adapters import correspondents, embedded_mail, throwaway_tls
from gateway.adapters.embedded_mail import Account, Listening
from gateway.adapters.log_key import LogKey, new_log_key
from gateway.adapters.pgp_container import NotForUs
from gateway.adapters.pgp_packets import Damaged
from gateway.adapters.register_change import Change
from gateway.adapters.throwaway_smime import (
    Authority,
    Identity,
    opened_without_a_program,
    sealed_without_a_program,
)
from gateway.adapters.throwaway_tls import ThrowawayTls
from gateway.domain.stops import Stop
from gateway.wiring.log import log_key_file
from gateway.wiring.logbook import logbook

__all__ = [
    "UNREADABLE",
    "Account",
    "Authority",
    "Change",
    "Identity",
    "Listening",
    "LogKey",
    "ThrowawayTls",
    "fingerprint_of",
    "issue_tls",
    "log",
    "log_key_file",
    "mail_server",
    "new_log_key",
    "opened_without_a_program",
    "sealed_without_a_program",
]

# What reading somebody else's mail ends with.
UNREADABLE = (NotForUs, Damaged, Stop)
issue_tls = throwaway_tls.issue
mail_server = embedded_mail.serving
log = logbook


def fingerprint_of(certificate: bytes) -> str:
    """What its owner reads out: the fingerprint of their own key."""
    return correspondents.describe(certificate).fingerprint
