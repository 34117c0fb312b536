"""What an opener is told before its jobs: its keys, the keyring, what to trust; and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.frames import MalformedFrameError, Wire, frame, number
from gateway.adapters.gateway_secrets import (
    AgentSecrets,
    GatewaySecrets,
    OwnNames,
    SmimeSecrets,
)
from gateway.adapters.trust_material import TrustMaterial, material_from
from gateway.ports import Keyring

if TYPE_CHECKING:
    from collections.abc import Sequence


def start_frame(header: Wire, secrets: GatewaySecrets) -> list[bytes]:
    """The first frame: `header` with the limits and the engine's name, and all secrets."""
    smime = secrets.smime.secrets if secrets.smime else ()
    certificate = (secrets.smime.certificate,) if secrets.smime else ()
    counts = {"openpgp": len(secrets.openpgp), "smime": len(smime)}
    names = {"closed": sorted(secrets.others.closed), "absent": sorted(secrets.others.absent)}
    agent = _agent_blobs(secrets.agent)
    header = {**header, **counts, **names, "agent": len(agent)}
    return frame(header, [*agent, *secrets.openpgp, *smime, *certificate])


def _agent_blobs(agent: AgentSecrets | None) -> list[bytes]:
    """Home, PIN (empty for none), and at least one certificate; nothing for no agent."""
    return [agent.home.encode(), agent.pin or b"", *agent.certificates] if agent else []


def _agent_from(blobs: Sequence[bytes]) -> AgentSecrets | None:
    if not blobs:
        return None
    home, pin, *certificates = blobs
    return AgentSecrets(home=home.decode(), certificates=tuple(certificates), pin=pin or None)


def secrets_from(header: Wire, blobs: Sequence[bytes]) -> GatewaySecrets:
    """Raises `MalformedFrameError`."""
    openpgp, smime, agent = (number(header, each) for each in ("openpgp", "smime", "agent"))
    if agent < 0 or agent in {1, 2} or agent > len(blobs):
        raise MalformedFrameError("secrets")
    kept, blobs = blobs[:agent], blobs[agent:]
    if min(openpgp, smime) < 0 or openpgp + smime + (smime > 0) != len(blobs):
        raise MalformedFrameError("secrets")
    own = tuple(blobs[openpgp : openpgp + smime])
    return GatewaySecrets(
        openpgp=tuple(blobs[:openpgp]),
        agent=_agent_from(kept),
        smime=SmimeSecrets(secrets=own, certificate=blobs[-1]) if own else None,
        others=OwnNames(closed=_names(header, "closed"), absent=_names(header, "absent")),
    )


def _names(header: Wire, name: str) -> frozenset[str]:
    found = header.get(name)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise MalformedFrameError(name)
    return frozenset(found)


def keyring_frame(keyring: Keyring) -> list[bytes]:
    """Replaces the keyring of an opener; it is not answered."""
    header: Wire = {"do": "keyring", "x509": len(keyring.x509)}
    return frame(header, [*keyring.certificates, *keyring.x509])


def keyring_from(header: Wire, blobs: Sequence[bytes]) -> Keyring:
    """The same, but for the revision, which only tells one from another outside."""
    x509 = number(header, "x509")
    if not 0 <= x509 <= len(blobs):
        raise MalformedFrameError("keyring")
    cut = len(blobs) - x509
    return Keyring(revision=0, certificates=tuple(blobs[:cut]), x509=tuple(blobs[cut:]))


def trust_frame(material: TrustMaterial) -> list[bytes]:
    """Replaces what an opener judges S/MIME certificates by; it is not answered."""
    return frame({"do": "trust", "counts": material.counts()}, material.blobs())


def trust_from(header: Wire, blobs: Sequence[bytes]) -> TrustMaterial:
    """Raises `MalformedFrameError`."""
    counts = header.get("counts")
    if not isinstance(counts, list) or not all(type(each) is int for each in counts):
        raise MalformedFrameError("counts")
    try:
        return material_from(counts, blobs)
    except ValueError:
        raise MalformedFrameError("counts") from None
