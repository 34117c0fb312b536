"""What is sealed opens only with its key, at its place; and a weak master key is refused."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.vault import (
    MasterKeyError,
    PersonKey,
    Vault,
    VaultError,
    create_master_key,
    normalised,
)

if TYPE_CHECKING:
    from pathlib import Path

MASTER = sha256(b"one").digest()
OTHER = sha256(b"two").digest()
VAULT = Vault(MASTER)


def written(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


# --- the master key ------------------------------------------------------------


def test_a_new_master_key_is_its_owners_alone_and_opens_a_vault(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    before = os.umask(0)
    try:
        create_master_key(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_bytes()) == 32
    assert Vault.from_file(path).key_id == Vault(path.read_bytes()).key_id


def test_a_master_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    create_master_key(path)
    kept = path.read_bytes()
    with pytest.raises(MasterKeyError, match=r"master\.key.*never overwritten"):
        create_master_key(path)
    assert path.read_bytes() == kept


def test_a_master_key_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError, match=r"nowhere.*No such file"):
        create_master_key(tmp_path / "nowhere" / "master.key")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "exactly 32 bytes"),
        (MASTER[:31], "exactly 32 bytes"),
        (MASTER + b"\n", "exactly 32 bytes"),
        (bytes(32), "nothing but zeros"),
        (b"\x07\x9c" * 16, "too few different bytes"),
        (bytes(range(1, 17)) * 2, "too few different bytes"),
        (b"abcdefghijklmnopqrstuvwxyz012345", "is text"),
        (MASTER.hex()[:32].encode(), "too few different bytes"),
    ],
)
def test_a_weak_master_key_is_refused_by_name(tmp_path: Path, content: bytes, reason: str) -> None:
    path = written(tmp_path / "master.key", content)
    with pytest.raises(MasterKeyError, match=rf"master\.key: .*{reason}") as refused:
        Vault.from_file(path)
    assert not content or repr(content)[2:-1] not in str(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o777])
def test_a_master_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "master.key", MASTER, mode)
    with pytest.raises(MasterKeyError, match=r"master\.key: can be read or written by others"):
        Vault.from_file(path)


def test_a_credential_may_show_a_right_of_the_group_and_no_more(tmp_path: Path) -> None:
    """systemd lets the service in by an access list, of which `stat` shows the mask."""
    path = written(tmp_path / "master.key", MASTER, 0o440)
    assert Vault.from_file(path, credential=True).key_id == VAULT.key_id
    path.chmod(0o444)
    with pytest.raises(MasterKeyError, match="can be read or written by others"):
        Vault.from_file(path, credential=True)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_master_key_of_its_owner_alone_is_taken(tmp_path: Path, mode: int) -> None:
    assert Vault.from_file(written(tmp_path / "master.key", MASTER, mode)).key_id == VAULT.key_id


def test_a_missing_master_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError, match=r"absent\.key: No such file"):
        Vault.from_file(tmp_path / "absent.key")
    with pytest.raises(MasterKeyError, match=r"directory"):
        Vault.from_file(tmp_path)


def test_the_name_of_a_key_tells_keys_apart_and_nothing_else() -> None:
    assert VAULT.key_id == Vault(MASTER).key_id != Vault(OTHER).key_id
    assert VAULT.key_id not in MASTER.hex()


# --- what is sealed under a person's key ------------------------------------------


@given(content=st.binary(max_size=300), purpose=st.text(max_size=20), context=st.text(max_size=20))
def test_what_is_sealed_opens_again(content: bytes, purpose: str, context: str) -> None:
    person = VAULT.person("a", VAULT.new_person("a"))
    sealed = person.seal(purpose, context, content)
    assert person.open(purpose, context, sealed) == content
    blob = VAULT.seal_blob(purpose, context, content)
    assert VAULT.open_blob(purpose, context, blob) == content


def test_nothing_of_the_content_shows_and_no_two_ciphertexts_are_equal() -> None:
    person = VAULT.person("a", VAULT.new_person("a"))
    content = b"Voorbeeld, 1980-01-01"
    first, second = (person.seal("identity", "x", content) for _ in range(2))
    assert first != second
    assert b"Voorbeeld" not in first
    assert len({VAULT.seal_blob("mail", "1", b"") for _ in range(50)}) == 50


@pytest.mark.parametrize(
    ("purpose", "context"),
    [("identity", "y"), ("other", "x"), ("identityx", ""), ("", "identityx"), ("x", "identity")],
)
def test_a_ciphertext_moved_elsewhere_does_not_open(purpose: str, context: str) -> None:
    person = VAULT.person("a", VAULT.new_person("a"))
    sealed = person.seal("identity", "x", b"content")
    with pytest.raises(VaultError):
        person.open(purpose, context, sealed)
    blob = VAULT.seal_blob("identity", "x", b"content")
    with pytest.raises(VaultError):
        VAULT.open_blob(purpose, context, blob)


def test_another_person_or_another_master_key_opens_nothing() -> None:
    wrapped = VAULT.new_person("a")
    sealed = VAULT.person("a", wrapped).seal("identity", "x", b"content")
    another = VAULT.person("b", VAULT.new_person("b"))
    with pytest.raises(VaultError):
        another.open("identity", "x", sealed)
    for vault, subject in ((VAULT, "b"), (Vault(OTHER), "a")):
        with pytest.raises(VaultError):
            vault.person(subject, wrapped)
    with pytest.raises(VaultError):
        Vault(OTHER).open_blob("mail", "1", VAULT.seal_blob("mail", "1", b"content"))


@given(at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_one_changed_byte_is_noticed(at: int, flip: int) -> None:
    sealed = bytearray(VAULT.seal_blob("mail", "1", b"a mail as it came"))
    sealed[at % len(sealed)] ^= flip
    with pytest.raises(VaultError):
        VAULT.open_blob("mail", "1", bytes(sealed))


@pytest.mark.parametrize("length", [0, 1, 12, 13, 20])
def test_a_cut_off_ciphertext_is_noticed(length: int) -> None:
    sealed = VAULT.seal_blob("mail", "1", b"content")
    with pytest.raises(VaultError):
        VAULT.open_blob("mail", "1", sealed[:length])


def test_an_error_says_nothing() -> None:
    with pytest.raises(VaultError) as error:
        VAULT.open_blob("mail", "secret context", b"\x01" + bytes(40))
    assert str(error.value) == ""
    assert f"{VAULT!r} {VAULT.person('a', VAULT.new_person('a'))}" == "<Vault> <PersonKey>"


# --- being found, and being named in a log ------------------------------------------


def test_the_blind_index_finds_by_the_normalised_kenmerk_and_only_with_the_key() -> None:
    index = VAULT.blind_index("Demo-1 ")
    assert index == VAULT.blind_index("DEMO-1") != VAULT.blind_index("DEMO-2")
    assert index != Vault(OTHER).blind_index("DEMO-1")
    assert index != sha256(b"DEMO-1").digest()
    assert normalised(" demo-1") == "DEMO-1"


def test_a_pseudonym_is_of_one_person_and_one_purpose_and_dies_with_the_key() -> None:
    wrapped = VAULT.new_person("a")
    first = VAULT.person("a", wrapped).pseudonym("log")
    assert first == VAULT.person("a", wrapped).pseudonym("log")
    assert len(bytes.fromhex(first)) == 32
    others = {
        VAULT.person("a", wrapped).pseudonym("other"),
        VAULT.person("b", VAULT.new_person("b")).pseudonym("log"),
        # The same dossier under a new key is not linkable to the erased one.
        VAULT.person("a", VAULT.new_person("a")).pseudonym("log"),
    }
    assert len(others | {first}) == 4


def test_a_person_key_holds_key_and_salt_apart() -> None:
    secret = bytes(range(64))
    person = PersonKey("a", secret)
    same_key = PersonKey("a", secret[:32] + bytes(32))
    assert same_key.open("p", "c", person.seal("p", "c", b"x")) == b"x"
    assert same_key.pseudonym("log") != person.pseudonym("log")
