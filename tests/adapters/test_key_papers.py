"""What partners get of the gateway's keys: a directory for the web, a sheet, a statement."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters import key_sheet
from gateway.adapters.certificates import CertificateRefusedError, describe_certificate
from gateway.adapters.key_making import MadeKey, made_key, revoked
from gateway.adapters.key_sheet import KeySheet, Whose, clear_signed, grouped, statement
from gateway.adapters.page import Press
from gateway.adapters.typeset import pdf
from gateway.adapters.web_key_directory import directory, hashed_name
from gateway.adapters.words import Words, sentences
from gateway.domain.own_keys import OwnKey
from gateway.domain.texts import Language
from tests.people import GpgHome

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ADDRESS = "Poort@Gemeente.example"
WHOSE = Whose(
    name="Uitwisselpunt",
    address=ADDRESS,
    municipality="Gemeente Voorbeeldstad",
    contact="070 000 00 00",
)
WKS_CLIENT = Path("/usr/lib/gnupg/gpg-wks-client")


@cache
def made(number: int) -> MadeKey:
    until = datetime.now(UTC) + timedelta(days=300 + number)
    return made_key(f"Poort <{ADDRESS}>", until=until, post_quantum=number == 1)


def key(number: int) -> OwnKey:
    certificate = made(number).certificate
    fingerprint = describe_certificate(certificate).fingerprint
    return OwnKey(fingerprint=fingerprint, certificate=certificate, made=NOW)


def test_the_drafts_own_example_of_a_name() -> None:
    """draft-koch-openpgp-webkey-service, section 3.1."""
    assert hashed_name("Joe.Doe") == "iy9q119eutrkn8s1mk4r39qejnbu3n5q"


@pytest.mark.parametrize("address", [ADDRESS, "inburgering+taal@gemeente.example"])
def test_gnupg_finds_the_same_place(address: str) -> None:
    done = subprocess.run(
        [WKS_CLIENT, "--print-wkd-hash", address], capture_output=True, check=True, timeout=60
    )
    local = address.rpartition("@")[0]
    assert done.stdout.decode().lower().split() == [hashed_name(local), address.lower()]


def test_the_tree_for_both_methods_holds_what_gnupg_imports() -> None:
    tree = directory(ADDRESS, [made(1).certificate])
    name, root = hashed_name("poort"), ".well-known/openpgpkey"
    assert set(tree) == {
        f"{root}/hu/{name}",
        f"{root}/policy",
        f"{root}/gemeente.example/hu/{name}",
        f"{root}/gemeente.example/policy",
    }
    assert tree[f"{root}/hu/{name}"] == tree[f"{root}/gemeente.example/hu/{name}"]
    with GpgHome() as home:
        home.add(tree[f"{root}/hu/{name}"])
        listing = home.run("--with-wkd-hash", "--list-keys").stdout.decode()
    assert f"{name}@gemeente.example" in listing.lower()
    assert key(1).fingerprint in listing


def test_a_revoked_key_stands_behind_the_one_in_use() -> None:
    gone = revoked(made(2).certificate, made(2).revocation)
    handed = directory(ADDRESS, [made(1).certificate, gone])
    with GpgHome() as home:
        home.add(next(content for content in handed.values() if content))
        listing = home.run("--with-colons", "--list-keys").stdout.decode().splitlines()
    assert [line.split(":")[1] for line in listing if line[:4] == "pub:"] == ["-", "r"]


def test_a_key_for_another_address_is_not_handed_out() -> None:
    with pytest.raises(CertificateRefusedError):
        directory("ander@gemeente.example", [made(1).certificate])


@pytest.mark.parametrize("language", Language)
def test_the_sheet_names_each_key_and_what_to_do_with_it(language: Language) -> None:
    current = replace(key(1), current=True, current_from=NOW)
    older = replace(key(2), current_from=NOW, closes=NOW + timedelta(days=90))
    gone = replace(key(3), revoked=NOW)
    sheet = KeySheet(Words(language, "keys"), WHOSE, ZoneInfo("Europe/Amsterdam"))
    keys = [(gone, None), (older, NOW), (current, NOW + timedelta(days=300))]
    page = sheet.page(keys, ["AB" * 32], NOW)
    text = Press().text(page)
    for each in (current, older, gone):
        assert grouped(each.fingerprint) in text
    places = [text.index(grouped(each.fingerprint)) for each in (current, older, gone)]
    assert places == sorted(places)
    assert WHOSE.contact in text
    assert pdf(page, author=WHOSE.name, at=NOW).startswith(b"%PDF-")


def test_days_are_those_of_a_dutch_clock() -> None:
    night = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    sheet = KeySheet(Words(Language.NL, "keys"), WHOSE, ZoneInfo("Europe/Amsterdam"))
    current = replace(key(1), current=True, current_from=NOW)
    gone = replace(key(2), revoked=night)
    text = Press().text(sheet.page([(current, night), (gone, None)], [], NOW))
    assert text.count("1 januari 2027") == 2
    assert "31 december" not in text


def test_a_fingerprint_as_it_is_read_out() -> None:
    assert grouped("0123456789abcdef" * 2 + "01234567") == (
        "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567"
    )


def test_every_sentence_stands_in_both_catalogues() -> None:
    source = Path(key_sheet.__file__).read_text()
    said = set(re.findall(r"""say\(\s*["']([^"']+)["']""", source))
    assert len(said) > 20
    for language in Language:
        known = dict(sentences(language, "keys"))
        assert said <= set(known)
        assert all(known.values())


def test_the_statement_is_signed_by_the_key_that_partners_have() -> None:
    old, new = key(2), key(1)
    words = Words(Language.NL, "keys")
    text = statement(words, WHOSE, old=old, new=new, until="1 maart 2027 om 12:00 uur")
    signed = clear_signed(made(2).secret, text)
    with GpgHome() as home:
        home.add(made(2).certificate)
        status = home.path / "status"
        done = home.run("--status-file", status, "--decrypt", given=signed)
        [valid] = [line for line in status.read_bytes().split(b"\n") if b" VALIDSIG " in line]
        assert valid.split()[-1].decode() == old.fingerprint
        assert grouped(new.fingerprint) in done.stdout.decode()
