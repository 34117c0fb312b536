"""Bearer tokens (RFC 6750): who calls, and what they may do.

A token is 32 random bytes, so its SHA-256 gives nothing away and cannot be
guessed back; only that stands in the configuration.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.config.outward import ApiTokenSection

PREFIX: Final = "taalpoort_"  # so that a token that leaked is recognised for what it is
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]{1,200}=*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose token it is, by the name in the configuration."""

    name: str
    scopes: frozenset[str]


class Tokens:
    """Those of the configuration."""

    def __init__(self, sections: Iterable[ApiTokenSection]) -> None:
        self._known = tuple(
            (each.sha256, Caller(name=each.name, scopes=frozenset(each.scopes)))
            for each in sections
        )

    def caller(self, authorization: str | None) -> Caller | None:
        """Whose token stands in this header; None for nobody's.

        Looks at every token to the end, whichever fits.
        """
        shown = _BEARER.fullmatch(authorization or "")
        digest = digest_of(shown[1] if shown is not None else "")
        found = None
        for sha256, caller in self._known:
            if hmac.compare_digest(sha256, digest):
                found = caller
        return found if shown is not None else None


def new_token() -> str:
    """A new one, to be shown once."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What the configuration holds of a token, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()
