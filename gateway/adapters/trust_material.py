"""What S/MIME certificates are judged by, as it travels to the openers: bytes, not yet read."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from gateway.domain.silent import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TrustMaterial(Silent):
    """Certificates and answers, each PEM or DER; what cannot be read vouches for nothing."""

    roots: tuple[bytes, ...] = ()
    intermediates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsp: tuple[bytes, ...] = ()

    def counts(self) -> list[int]:
        """How many there are of each kind, in the order of `blobs`."""
        return [len(getattr(self, each.name)) for each in fields(self)]

    def blobs(self) -> list[bytes]:
        """All of them in one row."""
        return [*self.roots, *self.intermediates, *self.crls, *self.ocsp]


def material_from(counts: Sequence[int], blobs: Sequence[bytes]) -> TrustMaterial:
    """The same again; raises ValueError where the counts are not those of the blobs."""
    names = [each.name for each in fields(TrustMaterial)]
    if len(counts) != len(names) or sum(counts) != len(blobs) or min(counts) < 0:
        raise ValueError("counts")
    found: dict[str, tuple[bytes, ...]] = {}
    rest = list(blobs)
    for name, count in zip(names, counts, strict=True):
        found[name], rest = tuple(rest[:count]), rest[count:]
    return TrustMaterial(**found)
