"""``gateway kit``: what a school gets, who gets none, and that the guide's commands work."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.key_sheet import grouped
from gateway.adapters.kit_words import OWN_CERTIFICATE
from gateway.adapters.words import Words
from gateway.domain.kits import Reach
from gateway.domain.texts import Language
from tests import world
from tests.installations import ADDRESS
from tests.kits import set_up_gnupg, text_of
from tests.people import GpgHome
from tests.pki import START
from tests.smime_people import ISSUING, openssl

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from tests.installations import Installation

BY = ("--by", world.BY)
J = "--json"
PLAIN = {
    "README.txt",
    "SHA256SUMS.txt",
    "formulieren/voorbeeld.json",
    "handleiding.pdf",
    "sleutelblad.pdf",
    "uitwisselpunt.asc",
}


def done(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def make(installation: Installation, folder: Path, *more: str) -> dict[str, Any]:
    made = installation.run("kit", "--for", world.SCHOOL_1, "--out", folder, *BY, J, *more)
    return dict(done(made))


def test_a_school_gets_all_it_needs_and_nothing_of_anybody(
    installation: Installation, tmp_path: Path
) -> None:
    folder = tmp_path / "pakket"
    made = make(installation, folder)
    assert made["reach"] == Reach.READY.value
    found = {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}
    assert found == set(made["files"]) >= PLAIN
    checked = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS.txt"],
        cwd=folder,
        check=True,
        text=True,
        capture_output=True,
    )
    assert checked.stdout.count(": OK\n") == len(found) - 1
    readme = (folder / "README.txt").read_text()
    assert [name for name in found - {"README.txt", "SHA256SUMS.txt"} if name not in readme] == []
    shown = done(installation.run("key", "show", J))
    sheet, guide = text_of(folder / "sleutelblad.pdf"), text_of(folder / "handleiding.pdf")
    assert grouped(shown["fingerprint"]).split()[3] in sheet
    assert f"gpg --quick-lsign-key {shown['fingerprint']}" in " ".join(guide.split())
    until = datetime.fromisoformat(made["until"]).astimezone(ZoneInfo("Europe/Amsterdam")).date()
    for text in (readme, " ".join(guide.split())):
        assert f"versie {made['version']}" in text
        assert f"tot {Words(Language.NL).date(until)}" in text
    everything = readme + sheet + guide + (folder / "uitwisselpunt.asc").read_text()
    for person in world.PEOPLE:
        assert person.name not in everything
        assert person.address not in everything
    assert "DEMO-" not in everything


def test_the_example_is_this_schools_and_no_other_kits(
    installation: Installation, tmp_path: Path
) -> None:
    make(installation, tmp_path / "een")
    make(installation, tmp_path / "twee")
    one, two = (
        json.loads((tmp_path / name / "formulieren" / "voorbeeld.json").read_text())
        for name in ("een", "twee")
    )
    party = done(installation.run("party", "show", world.SCHOOL_1, J))
    assert one["aanbieder"] == {"instellingsnummer": party["instellingsnummer"]}
    assert one["documentId"] != two["documentId"]
    assert one["berichten"][0]["berichtId"] != two["berichten"][0]["berichtId"]
    out = tmp_path / "mail.eml"
    file = tmp_path / "een" / "formulieren" / "voorbeeld.json"
    built = installation.run("send", file, "--as", world.SAAR, "--out", out)
    assert built.exit_code == 0, built.output
    looked = done(installation.run("inspect", out, J))
    assert (looked["outcome"], looked["sender"]) == ("forward", world.SAAR)


def test_the_commands_of_the_guide_do_what_it_says(
    installation: Installation, tmp_path: Path
) -> None:
    """Typed in a shell in the unpacked kit, in their order; only the passphrase is left out."""
    make(installation, tmp_path / "pakket")
    shown = done(installation.run("key", "show", J))
    with GpgHome() as home:
        printed = set_up_gnupg(tmp_path / "pakket", home)
        assert shown["fingerprint"] in re.sub(r"\s", "", printed)
        by_trust = ("--trust-model", "pgp")
        listed = home.run(*by_trust, "--with-colons", "--list-keys", ADDRESS).stdout.decode()
        assert re.search(r"^pub:f:", listed, re.MULTILINE), "not valid to the clerk"
        own = (tmp_path / "pakket" / OWN_CERTIFICATE).read_bytes()
        assert b"BEGIN PGP PUBLIC KEY BLOCK" in own
        sealed = home.run(*by_trust, "--encrypt", "--recipient", ADDRESS, given=b"proef")
        assert sealed.stdout


def test_it_goes_on_record_by_whom_and_for_which_school(
    installation: Installation, tmp_path: Path
) -> None:
    make(installation, tmp_path / "pakket")
    (deed,) = done(installation.run("log", "audit", "--action", "party.kit-made", *BY, J))
    assert (deed["about"], deed["actor"]) == (world.SCHOOL_1, world.BY)
    refused = installation.run(
        "kit", "--for", world.SCHOOL_1, "--by", "Iemand Anders", "--out", tmp_path / "nee"
    )
    assert (refused.exit_code, "unknown-operator" in refused.stderr) == (1, True)
    assert not (tmp_path / "nee").exists()


def test_nothing_is_ever_overwritten(installation: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "pakket"
    make(installation, folder)
    before = {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    for there in (folder, folder / "README.txt"):
        again = installation.run("kit", "--for", world.SCHOOL_1, "--out", there, *BY)
        assert again.exit_code == 1
        assert "is there already" in again.stderr
    assert {each: each.read_bytes() for each in folder.rglob("*") if each.is_file()} == before
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_folder_that_cannot_be_written_leaves_no_half(
    installation: Installation, tmp_path: Path
) -> None:
    (tmp_path / "bestand").write_text("in de weg")
    refused = installation.run(
        "kit", "--for", world.SCHOOL_1, "--out", tmp_path / "bestand" / "pakket", *BY
    )
    assert refused.exit_code == 1
    assert sorted(each.name for each in tmp_path.iterdir() if "pakket" in each.name) == []


@pytest.mark.parametrize("standing", ["suspended", "excluded", "left"])
def test_who_takes_no_part_gets_none(
    installation: Installation, tmp_path: Path, standing: str
) -> None:
    change = ("party", "change", world.SCHOOL_1, "--standing", standing, *BY)
    assert installation.run(*change).exit_code == 0
    refused = installation.run("kit", "--for", world.SCHOOL_1, "--out", tmp_path / "nee", *BY)
    assert refused.exit_code == 1
    assert "not-taking-part" in refused.stderr
    assert not (tmp_path / "nee").exists()


@pytest.mark.parametrize(
    ("party", "code"), [(world.MUNICIPALITY, "not-a-provider"), ("nergens", "unknown-party")]
)
def test_only_providers_get_one(
    installation: Installation, tmp_path: Path, party: str, code: str
) -> None:
    refused = installation.run("kit", "--for", party, "--out", tmp_path / "nee", *BY)
    assert (refused.exit_code, code in refused.stderr) == (1, True)


def test_a_school_that_cannot_send_yet_is_told_why(
    installation: Installation, tmp_path: Path
) -> None:
    """One step after the other: nobody, somebody without key, nobody designated."""
    today = str(datetime.now(UTC).date())
    add = (
        "party",
        "add",
        "--id",
        "nieuw",
        "--side",
        "provider",
        "--name",
        "Nieuwe Taalschool",
        "--instellingsnummer",
        "00VB000009",
        "--term-start",
        today,
        "--term-end",
        "2099-01-01",
    )
    assert installation.run(*add, *BY).exit_code == 0
    made = installation.run("kit", "--for", "nieuw", "--out", tmp_path / "1", *BY, J)
    assert done(made)["reach"] == Reach.NO_CONTACT.value
    assert "nog niemand als contactpersoon" in (tmp_path / "1" / "README.txt").read_text()
    contact = (
        "contact",
        "add",
        "--id",
        "nina",
        "--party",
        "nieuw",
        "--role",
        "contactpersoon",
        "--name",
        "Nina Nieuweling",
        "--address",
        "nina@nieuw.example",
    )
    assert installation.run(*contact, *BY).exit_code == 0
    made = installation.run("kit", "--for", "nieuw", "--out", tmp_path / "2", *BY, J)
    assert done(made)["reach"] == Reach.NOT_READY.value
    own = tmp_path / "2" / "nina"
    key = installation.run("key", "new", "Nina <nina@nieuw.example>", "--to", own)
    assert key.exit_code == 0, key.output
    change = ("contact", "change", "nina", "--bound-start", today, "--key", f"{own}.asc")
    pending = done(installation.run(*change, *BY, J))["fingerprint"]
    confirm = ("contact", "confirm-key", "nina", "--channel", "telephone", "--fingerprint", pending)
    assert installation.run(*confirm, "--by", world.BY_ANOTHER).exit_code == 0
    made = installation.run("kit", "--for", "nieuw", "--out", tmp_path / "3", *BY, J)
    assert done(made)["reach"] == Reach.NOT_DESIGNATED.value


def test_with_smime_there_is_what_outlook_imports(with_smime: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "pakket"
    made = make(with_smime, folder)
    shown = done(with_smime.run("key", "show", J))["smime"]
    assert {"uitwisselpunt.crt", "uitwisselpunt.p7c", "uitwisselpunt.pem"} <= set(made["files"])
    printed = openssl(
        "x509",
        "-inform",
        "DER",
        "-in",
        folder / "uitwisselpunt.crt",
        "-noout",
        "-fingerprint",
        "-sha256",
    )
    assert shown["fingerprint"] in printed.decode().replace(":", "")
    subjects = openssl(
        "pkcs7", "-inform", "DER", "-in", folder / "uitwisselpunt.p7c", "-print_certs", "-noout"
    ).decode()
    assert subjects.count("subject=") == 2
    assert (folder / "uitwisselpunt.pem").read_text().count("BEGIN CERTIFICATE") == 2
    sheet = " ".join(text_of(folder / "sleutelblad.pdf").split())
    assert grouped(shown["fingerprint"]).split()[-1] in sheet
    assert "uitwisselpunt.p7c" in text_of(folder / "handleiding.pdf")
    assert "PRIVATE" not in "".join(
        each.read_bytes().decode("latin-1") for each in folder.rglob("*") if each.is_file()
    )
    assert datetime.fromisoformat(made["until"]) <= datetime.fromisoformat(shown["expires"])


def test_a_certificate_that_no_school_could_use_makes_no_kit(
    with_smime: Installation, tmp_path: Path
) -> None:
    own = with_smime.folder / "smime.pem"
    for made, said in (
        (ISSUING.issue(ADDRESS, not_after=START.replace(year=2025)), "expired"),
        (ISSUING.issue(ADDRESS, usage=("digital_signature",)), "both signing and encrypting"),
    ):
        own.write_bytes(made.pem)
        refused = with_smime.run("kit", "--for", world.SCHOOL_1, "--out", tmp_path / "nee", *BY)
        assert (refused.exit_code, said in refused.stderr) == (1, True)
        assert not (tmp_path / "nee").exists()
