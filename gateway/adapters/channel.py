"""What every mail connection has in common: checked TLS, and one kind of failure."""

from __future__ import annotations

import ssl
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.stops import Reason, Retry

if TYPE_CHECKING:
    from pathlib import Path


class Security(StrEnum):
    """When TLS begins; there is no third way (RFC 8314, section 3)."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"


def client_context(ca_file: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or later, the chain and the host name checked, and an end that was said.

    A connection that ends without a goodbye is an error (RFC 8446, 6.1: it may have been
    cut), also where Python would take it for an end: that of Debian 12 does.
    `ca_file` (PEM) replaces the machine's authorities; None uses those.
    Raises OSError when the file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    return context


def unreachable(what: str) -> Retry:
    """The stop for a server that cannot be used now.

    `what` is a word of ours for the operator, carried as a note of the
    exception.  Never the server's or the library's text: a reply may quote an
    address or a piece of mail.
    """
    stop = Retry(Reason.UNREACHABLE)
    stop.add_note(what)
    return stop
