"""Keys, keyrings and what to trust arrive in an opener as they were sent, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.frames import MalformedFrameError
from gateway.adapters.gateway_secrets import (
    AgentSecrets,
    GatewaySecrets,
    OwnNames,
    SmimeSecrets,
)
from gateway.adapters.start_frames import (
    keyring_frame,
    keyring_from,
    secrets_from,
    start_frame,
    trust_frame,
    trust_from,
)
from gateway.adapters.trust_material import TrustMaterial
from gateway.ports import Keyring
from tests.adapters.test_frames import received

MANY = st.lists(st.binary(max_size=3), max_size=3).map(tuple)
SOME = st.lists(st.binary(max_size=3), min_size=1, max_size=3).map(tuple)
SMIME = st.builds(SmimeSecrets, secrets=SOME, certificate=st.binary(max_size=3))


NAMES = st.frozensets(st.text("0123456789ABCDEF", max_size=4), max_size=3)
OTHERS = st.builds(OwnNames, closed=NAMES, absent=NAMES)
AGENT = st.builds(
    AgentSecrets,
    home=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
    certificates=SOME,
    pin=st.none() | st.binary(min_size=1, max_size=3),
)


@given(
    st.builds(
        GatewaySecrets,
        openpgp=MANY,
        agent=st.none() | AGENT,
        smime=st.none() | SMIME,
        others=OTHERS,
    )
)
def test_secrets_arrive_in_their_order(secrets: GatewaySecrets) -> None:
    header, blobs = received(start_frame({"engine": "sequoia"}, secrets))
    assert secrets_from(header, blobs) == secrets
    with pytest.raises(MalformedFrameError):
        secrets_from(header, [*blobs, b"x"])
    with pytest.raises(MalformedFrameError):
        secrets_from({**header, "openpgp": -1}, blobs)
    with pytest.raises(MalformedFrameError):
        secrets_from({**header, "closed": [1]}, blobs)
    for wrong in (-1, 1, 2, len(blobs) + 1, None):
        with pytest.raises(MalformedFrameError):
            secrets_from({**header, "agent": wrong}, blobs)


@given(MANY, MANY)
def test_a_keyring_arrives_with_each_certificate_of_its_own_kind(
    certificates: tuple[bytes, ...], x509: tuple[bytes, ...]
) -> None:
    keyring = Keyring(revision=0, certificates=certificates, x509=x509)
    header, blobs = received(keyring_frame(keyring))
    assert keyring_from(header, blobs) == keyring
    for wrong in (-1, len(blobs) + 1, None):
        with pytest.raises(MalformedFrameError):
            keyring_from({**header, "x509": wrong}, blobs)


@given(st.builds(TrustMaterial, roots=MANY, intermediates=MANY, crls=MANY, ocsp=MANY))
def test_what_to_trust_arrives_with_each_thing_of_its_own_kind(material: TrustMaterial) -> None:
    header, blobs = received(trust_frame(material))
    assert trust_from(header, blobs) == material
    counts = material.counts()
    for wrong in (
        counts[1:],
        [counts[0] + 1, *counts[1:]],
        [True] * 4,
        "1",
        [len(blobs), -1, 1, 0],
    ):
        with pytest.raises(MalformedFrameError):
            trust_from({**header, "counts": wrong}, blobs)


def test_secrets_and_trust_do_not_print() -> None:
    secret = b"a secret key"
    held = SmimeSecrets(secrets=(secret,), certificate=secret)
    kept = AgentSecrets(home="x", certificates=(), pin=secret)
    for silent in (kept, held, GatewaySecrets(openpgp=(secret,), smime=held), TrustMaterial()):
        assert repr(silent) == str(silent) == f"<{type(silent).__name__}>"
