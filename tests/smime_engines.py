"""An S/MIME engine of the gateway's, with people it knows and an authority it trusts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.smime import SmimeEngine
from gateway.adapters.trust_material import TrustMaterial
from tests.people import entity
from tests.smime_people import GATEWAY, ISSUING, NOOR, ROOT, holder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.adapters.unsealing import Decrypted
    from tests.pki import Leaf

DOCUMENT = b'{"bijsluiterVersie": 1}'
INNER = entity([("bijsluiter.json", "application/json", DOCUMENT)])


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def gateway() -> Leaf:
    """The gateway's own key and certificate."""
    return holder(GATEWAY, "rsa2048")


def noor() -> Leaf:
    """The registered sender's."""
    return holder(NOOR, "p256")


def trust(*, revoked: Sequence[Leaf] = (), lists: Sequence[bytes] | None = None) -> TrustMaterial:
    """Our root, and a current list of each authority, unless told otherwise."""
    usual = (ROOT.crl(), ISSUING.crl(revoked=revoked))
    return TrustMaterial(roots=(ROOT.certificate,), crls=usual if lists is None else tuple(lists))


def engine(
    *pinned: Leaf, own: Sequence[Leaf] = (), material: TrustMaterial | None = None
) -> SmimeEngine:
    """The first of `own` signs; Noor is registered, where nobody else is."""
    keys = own or [gateway()]
    made = SmimeEngine([each.key + each.pem for each in keys], keys[0].pem + ISSUING.pem)
    made.set_keyring([each.certificate for each in pinned or [noor()]])
    made.set_trust(material or trust())
    return made


def states(opened: Decrypted) -> list[str]:
    """Of each signature; where they are not one valid one, nothing else came out."""
    found = [each.state.value for each in opened.signatures]
    if found != ["valid"]:
        assert opened.content == b""
    return found
