"""Timestamps of an authority, RFC 3161: asked for over HTTPS, and held against configured roots.

What is kept is the whole answer (TimeStampResp), so that ``openssl ts -verify`` takes it.
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampRequest

_MOST_BYTES = 100_000
_ASKED, _ANSWERED = "application/timestamp-query", "application/timestamp-reply"


class TimestampError(Exception):
    """There is no timestamp to believe; says why, and repeats nothing of what came."""


class Roots:
    """Whose timestamps count."""

    def __init__(self, certificates: Sequence[Certificate]) -> None:
        """At least one certificate of an authority's root; raises `TimestampError`."""
        if not certificates:
            raise TimestampError("no certificate of a root")
        self._certificates = list(certificates)

    @classmethod
    def from_file(cls, path: Path) -> Roots:
        """The certificates in this PEM file; raises `TimestampError`."""
        try:
            return cls(load_pem_x509_certificates(path.read_bytes()))
        except OSError as error:
            problem = error.strerror or type(error).__name__
        except ValueError:
            problem = "no certificates in PEM"
        raise TimestampError(problem)

    def verified(
        self, token: bytes, content: bytes, request: TimeStampRequest | None = None
    ) -> datetime:
        """When the authority saw this content; raises `TimestampError`.

        With the `request`, the token also has to answer it (nonce and policy).
        """
        builder = VerifierBuilder.from_request(request) if request else VerifierBuilder()
        for each in self._certificates:
            builder = builder.add_root_certificate(each)
        try:
            answer = decode_timestamp_response(token)
            builder.build().verify_message(answer, content)
        except VerificationError:
            raise TimestampError("the token is not of this authority over this content") from None
        except ValueError:
            raise TimestampError("not a timestamp") from None
        return answer.tst_info.gen_time


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampAuthority:
    """Asks one authority; `tls` says whom its server is believed by."""

    url: str
    roots: Roots
    tls: ssl.SSLContext
    timeout_seconds: float = 20.0

    def stamp(self, content: bytes) -> tuple[bytes, datetime]:
        """A token over this content, verified, and its time; raises `TimestampError`.

        Waits for the network: for a thread of its own.
        """
        request = (
            TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
        )
        token = self._ask(request.as_bytes())
        return token, self.roots.verified(token, content, request)

    def _ask(self, request: bytes) -> bytes:
        parts = urlsplit(self.url)
        connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=self.timeout_seconds, context=self.tls
        )
        try:
            target = parts.path or "/"
            connection.request("POST", target, request, {"Content-Type": _ASKED})
            answer = connection.getresponse()
            body = answer.read(_MOST_BYTES + 1)
        except (OSError, http.client.HTTPException):
            raise TimestampError("the authority cannot be reached over TLS") from None
        finally:
            connection.close()
        kind = answer.headers.get_content_type()
        if answer.status != http.client.OK or kind != _ANSWERED or len(body) > _MOST_BYTES:
            raise TimestampError("the authority answered something else than a timestamp")
        return body
