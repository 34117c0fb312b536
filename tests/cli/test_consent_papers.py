"""``gateway consent`` as a privacy officer types it: forms with a scan, receipts, what is due."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters.origin import account
from tests import papers
from tests.deeds import deeds_of, looks

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

    from tests.installations import Installation

BY = ("--by", "Tess Testpersoon")
TO_SCHOOL = ("--provider", "school-1")
SEVEN, ONE = "DEMO-0007", "DEMO-0001"
ROWS = ("--row", "T1", "--row", "T4")
SECRETS = (papers.WORDS, papers.INTERPRETER)


def done(result: Result) -> Any:
    """What a command printed as JSON; it must have succeeded."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def recorded(installation: Installation, folder: Path) -> None:
    """A form of the seventh inburgeraar with everything that a form can show."""
    scan = folder / "scan.pdf"
    scan.write_bytes(papers.PDF)
    done(
        installation.run(
            "consent", "record", SEVEN, "given", *TO_SCHOOL, *ROWS, *BY, "--json",
            "--partner", "signed", "--interpreter", papers.INTERPRETER,
            "--added", f"{papers.WORDS}=P4", "--scan", scan,
        )
    )  # fmt: skip


def consulted(installation: Installation) -> list[tuple[str, str]]:
    """Who looked at what."""
    return [(by, what) for by, what, _ in looks(deeds_of(installation.config()))]


def test_words_on_the_form_show_only_to_who_says_who_they_are(
    installation: Installation, tmp_path: Path
) -> None:
    recorded(installation, tmp_path)
    listed = installation.run("consent", "list", SEVEN)
    assert [secret for secret in SECRETS if secret in listed.output] == []
    (shown,) = done(installation.run("consent", "list", SEVEN, "--json"))
    assert (shown["partner"], shown["rows"], shown["extra"]) == ("signed", "T1 T4", "P4")
    assert shown["scan"] == f"application/pdf, {len(papers.PDF)} bytes"
    assert installation.run("consent", "list", SEVEN, "--reveal").exit_code == 2
    assert consulted(installation) == []
    revealed = installation.run("consent", "list", SEVEN, "--reveal", *BY)
    assert [secret for secret in SECRETS if secret not in revealed.output] == []
    assert consulted(installation) == [("test", "register.consent-looked")]


def test_show_says_what_held_at_one_moment_as_known_at_another(
    installation: Installation, tmp_path: Path
) -> None:
    recorded(installation, tmp_path)
    show = ("consent", "show", SEVEN, *TO_SCHOOL, "--json")
    now = done(installation.run(*show))
    assert (now["state"], now["rows"], now["partner"]) == ("given", ["T1", "T4"], "signed")
    assert (now["form_version"], now["form_language"]) == ("bijlage-2", "nl")
    early = done(installation.run(*show, "--known-at", "2020-01-01"))
    assert (early["state"], early["given_from"]) == ("none", None)
    installation.run("consent", "withdraw", SEVEN, *TO_SCHOOL, *BY, "--row", "T4")
    assert done(installation.run(*show))["rows"] == ["T1"]
    ahead = done(installation.run(*show, "--valid-at", "2095-01-01"))
    assert ahead["state"] == "expired"  # with the duty


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "partner-unstated"),
        (("--partner", "missing"), "partner-did-not-sign"),
        (("--partner", "none", "--form-version", "bijlage-9"), "unknown-form"),
        (("--partner", "none", "--form-language", "ar"), "unknown-form"),
        (("--partner", "none", "--added", "alles=P9"), "bad-added-row"),
        (("--partner", "none", "--scan", "NOTES"), "bad-scan"),
        (("--partner", "none", "--scan", "HUGE"), "bad-scan"),
    ],
)
def test_a_form_that_shows_no_consent_is_refused_in_both_languages(
    installation: Installation, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "notes").write_text("geen scan")
    with (tmp_path / "huge").open("wb") as huge:
        huge.write(papers.PDF)
        huge.truncate(11 * 1024 * 1024)
    given = [str(tmp_path / a.lower()) if a in {"NOTES", "HUGE"} else a for a in arguments]
    result = installation.run("consent", "record", SEVEN, "given", *TO_SCHOOL, *ROWS, *BY, *given)
    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr
    assert len(result.stderr.strip().splitlines()) == 2
    assert done(installation.run("consent", "list", SEVEN, "--json")) == []


def test_a_receipt_is_signed_and_names_nobody_and_the_letter_is_for_its_reader(
    installation: Installation, tmp_path: Path
) -> None:
    recorded(installation, tmp_path)
    folder = tmp_path / "out"
    folder.mkdir()
    made = done(
        installation.run("consent", "receipt", SEVEN, *TO_SCHOOL, "--to", folder, *BY, "--json")
    )
    files = {path.name.partition(".")[2]: path for path in folder.iterdir()}
    assert sorted(map(str, files.values())) == sorted(made["files"])
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    document = files["jsonld"].read_bytes()
    signature, certificate = files["jsonld.asc"].read_bytes(), installation.state / "gateway.asc"
    said = papers.gpg_verifies(document, signature, certificate.read_bytes(), tmp_path)
    assert said == json.loads(installation.run("key", "show", "--json").stdout)["fingerprint"]
    assert (
        papers.gpg_verifies(document + b" ", signature, certificate.read_bytes(), tmp_path) is None
    )
    _names_nobody(installation, document.decode())
    letter = files["txt"].read_text(encoding="utf-8")
    assert papers.WORDS in letter
    assert papers.INTERPRETER not in letter
    assert files["pdf"].read_bytes().startswith(b"%PDF-1.7")
    assert consulted(installation)[0] == ("test", "register.consent-receipt")


def _names_nobody(installation: Installation, document: str) -> None:
    shown = done(installation.run("dossier", "show", SEVEN, "--reveal", *BY, "--json"))
    for secret in (shown["geslachtsnaam"], shown["geboortedatum"], *SECRETS):
        assert secret not in document
    assert SEVEN in document


def test_the_receipt_follows_what_happened(installation: Installation, tmp_path: Path) -> None:
    """After a withdrawal it says that nothing is shared; an earlier one is never overwritten."""
    installation.run("consent", "withdraw", ONE, *TO_SCHOOL, *BY)
    made = done(
        installation.run("consent", "receipt", ONE, *TO_SCHOOL, "--to", tmp_path, *BY, "--json")
    )
    letter = next(tmp_path.glob("toestemming-*.txt")).read_text(encoding="utf-8")
    assert "U hebt uw toestemming gestopt." in letter
    found = json.loads(next(tmp_path.glob("toestemming-*.jsonld")).read_bytes())
    record = found["dpv:hasRecordOfActivity"]
    assert record["dpv:hasConsentStatus"] == {"@id": "dpv:ConsentWithdrawn"}
    assert record["dct:identifier"] == made["record"]
    assert [each["dpv:hasConsentStatus"]["@id"] for each in record["taalpoort:event"]] == [
        "dpv:ConsentGiven",
        "dpv:ConsentWithdrawn",
    ]


def test_every_term_of_the_receipt_is_explained_by_its_own_context(
    installation: Installation, tmp_path: Path
) -> None:
    """JSON-LD without anything to fetch: each prefix is declared inside, each value typed."""
    installation.run("consent", "receipt", ONE, *TO_SCHOOL, "--to", tmp_path, *BY)
    found = json.loads(next(tmp_path.glob("toestemming-*.jsonld")).read_bytes())
    prefixes = found.pop("@context")
    assert all(isinstance(iri, str) and iri[-1] in "/#:" for iri in prefixes.values())

    def terms(value: Any) -> list[str]:
        if isinstance(value, list):
            return [term for each in value for term in terms(each)]
        if not isinstance(value, dict):
            return []
        named = [key for key in value if not key.startswith("@")]
        typed = [value["@type"]] if "@type" in value else []
        pointed = [value["@id"]] if set(value) == {"@id"} else []
        inside = [term for key in named for term in terms(value[key])]
        return [*named, *typed, *pointed, *inside]

    used = terms(found)
    assert len(used) > 60
    assert [t for t in used if t.partition(":")[0] not in {*prefixes, "https", "urn"}] == []


def test_there_is_no_receipt_where_nothing_is_on_record(
    installation: Installation, tmp_path: Path
) -> None:
    for arguments in ((SEVEN, *TO_SCHOOL), (ONE, "--provider", "school-2"), ("X-1", *TO_SCHOOL)):
        result = installation.run("consent", "receipt", *arguments, "--to", tmp_path, *BY)
        assert result.exit_code == 1, arguments
    assert list(tmp_path.glob("toestemming-*")) == []
    assert consulted(installation) == []


def test_the_scan_comes_back_whole_and_that_is_on_record(
    installation: Installation, tmp_path: Path
) -> None:
    recorded(installation, tmp_path)
    to = tmp_path / "terug.pdf"
    done(installation.run("consent", "scan", SEVEN, *TO_SCHOOL, "--to", to, *BY, "--json"))
    assert to.read_bytes() == papers.PDF
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert consulted(installation) == [("test", "register.scan-looked")]
    again = installation.run("consent", "scan", SEVEN, *TO_SCHOOL, "--to", to, *BY)
    assert (again.exit_code, "is there already" in again.stderr) == (1, True)
    assert consulted(installation) == [("test", "register.scan-looked")]
    none = installation.run("consent", "scan", ONE, *TO_SCHOOL, "--to", tmp_path / "x", *BY)
    assert (none.exit_code, "no-scan" in none.stderr) == (1, True)
    stranger = ("--to", tmp_path / "y", "--by", "Iemand Anders")
    assert installation.run("consent", "scan", SEVEN, *TO_SCHOOL, *stranger).exit_code == 1
    assert not (tmp_path / "y").exists()


def test_due_lists_who_ends_who_refused_and_who_did_not_answer(
    installation: Installation,
) -> None:
    ask = ("consent", "record", SEVEN, "requested", *TO_SCHOOL, *BY)
    assert installation.run(*ask).exit_code == 0
    found = done(installation.run("consent", "due", "--days", "1", "--json"))
    listed = {(each["dossierkenmerk"], each["what"]) for each in found}
    assert {(SEVEN, "no-answer"), ("DEMO-0008", "refused")} <= listed
    assert "ends" not in {what for _, what in listed}
    ending = done(installation.run("consent", "due", "--days", "40000", "--json"))
    assert (ONE, "ends") in {(each["dossierkenmerk"], each["what"]) for each in ending}
    # One for each person of each list, whatever else of theirs is due.
    people = [len({each["dossier"] for each in listed}) for listed in (found, ending)]
    assert consulted(installation) == [(f"account {account()}", "register.dossiers-listed")] * sum(
        people
    )


def test_another_catalogue_of_forms_is_used_when_it_can_be_relied_on(
    installation: Installation, tmp_path: Path
) -> None:
    """A municipality's own text in its own folder, compared with its digest each time."""
    import hashlib

    folder = tmp_path / "eigen"
    (folder / "forms").mkdir(parents=True)
    text = b"Verzonnen formulier, tweede versie.\n"
    (folder / "forms" / "twee.txt").write_bytes(text)
    rows = "\n".join(f'T{number} = "Rij {number}."' for number in range(1, 5))
    catalogue = (
        'current = "twee"\n[[form]]\nversion = "twee"\nlanguage = "nl"\nsource = "Verzonnen"\n'
        f'text = "forms/twee.txt"\nsha256 = "{hashlib.sha256(text).hexdigest()}"\n'
        f'purpose = "Proef."\n[form.rows]\n{rows}\n[form.plain]\n{rows}\n'
    )
    (folder / "forms.toml").write_text(catalogue, encoding="utf-8")
    with installation.file.open("a") as file:
        file.write(f'[consent]\nforms = "{folder / "forms.toml"}"\n')
    give = ("consent", "record", SEVEN, "given", *TO_SCHOOL, *ROWS, *BY, "--partner", "none")
    old = installation.run(*give, "--form-version", "bijlage-2")
    assert (old.exit_code, "unknown-form" in old.stderr) == (1, True)
    assert installation.run(*give).exit_code == 0
    shown = done(installation.run("consent", "show", SEVEN, *TO_SCHOOL, "--json"))
    assert (shown["form_version"], shown["notice_sha256"]) == (
        "twee",
        hashlib.sha256(text).hexdigest(),
    )
    (folder / "forms" / "twee.txt").write_bytes(text + b"later bijgeschreven")
    changed = installation.run(*give)
    assert (changed.exit_code, "not the text" in changed.stderr) == (1, True)
    withdraw = ("consent", "withdraw", SEVEN, *TO_SCHOOL, *BY)
    assert installation.run(*withdraw).exit_code == 0  # a damaged catalogue stops nobody's no
    (folder / "forms.toml").write_text(catalogue.replace("forms/twee", "../buiten"))
    outside = installation.run(*give)
    assert (outside.exit_code, "outside" in outside.stderr) == (1, True)
