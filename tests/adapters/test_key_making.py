"""The gateway's own keys as GnuPG makes, extends and revokes them, and the file they lie in."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest
from pysequoia import Cert, Tsk

from gateway.adapters import own_key_file
from gateway.adapters.certificates import (
    CertificateRefusedError,
    components,
    describe_certificate,
)
from gateway.adapters.key_making import (
    MadeKey,
    extended,
    made_key,
    minimal,
    public_half,
    revocation_of,
    revoked,
)
from gateway.adapters.openpgp import SequoiaEngine
from gateway.adapters.own_key_file import OwnKeyFileError, keys_in, replace_keys
from gateway.domain.mail import SignatureState
from gateway.domain.own_keys import WhyRevoked
from tests.people import GpgHome, gnupg_message, person, sequoia_message

if TYPE_CHECKING:
    from pathlib import Path

USER_ID = "Taalpoort <poort@gemeente.example>"
NOW = datetime.now(UTC).replace(microsecond=0)
UNTIL = NOW + timedelta(days=400)


@cache
def made(*, post_quantum: bool = True) -> MadeKey:
    return made_key(USER_ID, until=UNTIL, post_quantum=post_quantum)


def test_a_new_key_expires_as_a_whole_and_has_what_was_asked_for() -> None:
    facts = describe_certificate(made().certificate)
    assert (facts.can_sign, facts.can_encrypt, facts.post_quantum) == (True, True, True)
    ends = [each.expires for each in components(made().certificate)]
    assert len(ends) == 3
    assert set(ends) == {UNTIL}  # to the second, however long GnuPG took to begin
    plain = made(post_quantum=False).certificate
    assert [each.algorithm for each in components(plain)] == ["EdDSA", "ECDH"]
    assert "secret" not in repr(made())


def test_extended_it_is_the_same_key_for_longer() -> None:
    later = UNTIL + timedelta(days=700)
    longer = public_half(extended(made().secret, later))
    before = components(made().certificate)
    assert [each.fingerprint for each in components(longer)] == [e.fingerprint for e in before]
    assert {each.expires for each in components(longer)} == {later}


def test_an_expired_key_comes_back_to_life() -> None:
    """Somebody forgot; partners may go on with the key that they know."""
    gone = made_key(USER_ID, until=datetime.now(UTC) - timedelta(hours=1), post_quantum=False)
    with GpgHome() as home:
        home.add(gone.certificate)
    # GnuPG makes it expire a second after it was made.
    longer = public_half(extended(gone.secret, UNTIL))
    assert describe_certificate(longer).expires == UNTIL


@pytest.mark.parametrize("why", [None, *WhyRevoked])
def test_what_revokes_it_counts_for_sequoia_and_gnupg(why: WhyRevoked | None) -> None:
    secret = made().secret
    revocation = made().revocation if why is None else revocation_of(secret, why)
    certificate = revoked(made().certificate, revocation)
    assert describe_certificate(certificate).revoked
    assert [each.fingerprint for each in components(certificate)] == [
        each.fingerprint for each in components(made().certificate)
    ]
    with GpgHome() as home:
        home.add(made().certificate)
        home.add(certificate)
        listing = home.run("--with-colons", "--with-sig-list", "--list-keys").stdout.decode()
    pub = next(line for line in listing.splitlines() if line.startswith("pub:"))
    assert pub.split(":")[1] == "r"
    code = {None: "00", "compromised": "02", "superseded": "01", "retired": "03"}[why]
    rev = next(line for line in listing.splitlines() if line.startswith("rev:"))
    assert rev.split(":")[10] == f"20x,{code}"


def test_the_file_that_gnupg_keeps_with_its_colon_is_taken() -> None:
    kept = b"This is a revocation certificate ...\n\n:" + made().revocation
    assert describe_certificate(revoked(made().certificate, kept)).revoked


@pytest.mark.parametrize("what", ["nothing", "certificate", "of another"])
def test_what_does_not_revoke_this_key(what: str) -> None:
    other = made(post_quantum=False)
    given = {
        "nothing": b"niets",
        "certificate": str(Cert.from_bytes(made().certificate)).encode(),
        "of another": other.revocation,
    }
    with pytest.raises(CertificateRefusedError) as refused:
        revoked(made().certificate, given[what])
    assert refused.value.kind == ("other-key" if what == "of another" else "no-revocation")


def test_only_the_asked_address_is_handed_out() -> None:
    tsk = Tsk.from_bytes(made().secret)
    more = Cert.from_bytes(made().certificate).add_user_id(
        value="Beheer <beheer@gemeente.example>", certifier=tsk.certifier()
    )
    handed = minimal(bytes(more), "POORT@gemeente.example")
    assert describe_certificate(handed).emails == ("poort@gemeente.example",)
    assert describe_certificate(handed).post_quantum
    with pytest.raises(CertificateRefusedError):
        minimal(made().certificate, "ander@gemeente.example")


def test_gnupg_and_sequoia_users_write_to_a_rotated_pair_in_both_directions() -> None:
    """GnuPG 2.2's own reading and writing, of a key without and one with the further subkey."""
    noor = person(made_by="gnupg")
    for key in (made(post_quantum=False), made()):
        engine = SequoiaEngine([key.secret])
        engine.set_keyring([noor.cert])
        messages = (
            gnupg_message(noor, key.certificate, b"woorden", "--sign"),
            sequoia_message(noor, key.certificate, b"woorden"),
        )
        for message in messages:
            read = engine.decrypt(message, datetime.now(UTC))
            assert [each.state for each in read.signatures] == [SignatureState.VALID]


def test_several_keys_lie_in_one_file(tmp_path: Path) -> None:
    old, new = made(post_quantum=False), made()
    file = tmp_path / "gateway.sec"
    file.write_bytes(old.secret)
    file.chmod(0o600)
    replace_keys(file, {**keys_in(file.read_bytes()), "new": new.secret})
    found = keys_in(file.read_bytes())
    names = [describe_certificate(each.certificate).fingerprint for each in (old, new)]
    assert list(found) == names
    assert [public_half(each) for each in found.values()] == [old.certificate, new.certificate]
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("cut", ["write", "fsync", "replace"])
def test_cut_off_at_any_moment_the_old_file_stands(
    cut: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gateway.sec"
    file.write_bytes(made().secret)

    def broken(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    target = {"write": (os, "fdopen"), "fsync": (os, "fsync"), "replace": (type(file), "replace")}
    monkeypatch.setattr(*target[cut], broken)
    with pytest.raises(OwnKeyFileError, match="No space left"):
        own_key_file.replace_keys(file, {"a": made(post_quantum=False).secret})
    assert file.read_bytes() == made().secret
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no secret key|cannot be read"),
        (b"woorden", "cannot be read"),
        (made().certificate, "no secret key"),
        (made().revocation + made().revocation, "several armored"),
    ],
    ids=["empty", "words", "public", "armored"],
)
def test_what_is_no_file_of_keys(content: bytes, why: str) -> None:
    with pytest.raises(OwnKeyFileError, match=why):
        keys_in(content)
