"""Everybody's certificate and the gateway's own keys, in each protection."""

from __future__ import annotations

from gateway.adapters.gateway_secrets import GatewaySecrets
from gateway.domain.mail import Protection
from tests.mails import smime
from tests.mails.openpgp import person
from tests.mails.scene import Who


def certificate(who: Who, protection: Protection) -> bytes:
    """As it is registered."""
    if protection is Protection.SMIME:
        return smime.leaf(who).certificate
    return person(who).cert


def secrets() -> GatewaySecrets:
    """A gateway has both."""
    return GatewaySecrets(openpgp=(person(Who.GATEWAY).tsk,), smime=smime.secrets())
