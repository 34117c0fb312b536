"""A Web Key Directory: where mail programs look for the gateway's certificate by its address.

draft-koch-openpgp-webkey-service, section 3.1.  Files for both methods, so that it does
not matter which of the two names the web server answers to.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from gateway.adapters.key_making import minimal

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALPHABET: Final = "ybndrfg8ejkmcpqxot1uwisza345h769"
_ROOT: Final = ".well-known/openpgpkey"


def hashed_name(local_part: str) -> str:
    """The local part of an address as it stands in the path: Z-Base-32 of a SHA-1."""
    lower = "".join(chr(ord(each) | 0x20) if "A" <= each <= "Z" else each for each in local_part)
    digest = hashlib.sha1(lower.encode(), usedforsecurity=False).digest()
    bits = int.from_bytes(digest, "big")
    return "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(155, -1, -5))


def directory(address: str, certificates: Sequence[bytes]) -> dict[str, bytes]:
    """Paths and contents: the certificates, the one in use first, for this address alone.

    Revoked ones may stand behind it, as the draft has it.  Raises
    `CertificateRefusedError` where one does not bear the address.
    """
    local, _, domain = address.rpartition("@")
    handed = b"".join(minimal(each, address) for each in certificates)
    name = hashed_name(local)
    found: dict[str, bytes] = {}
    for folder in (f"{_ROOT}/{domain.lower()}", _ROOT):  # the advanced method, the direct one
        found[f"{folder}/hu/{name}"] = handed
        found[f"{folder}/policy"] = b""
    return found
