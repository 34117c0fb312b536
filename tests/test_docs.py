"""Documents do not lie about what can be looked up: links, commands, codes, files, settings."""

from __future__ import annotations

import re
import shlex
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import typer

from gateway import config as configuration
from gateway.cli.main import app
from gateway.config import outward, smime
from gateway.config.breaches import BreachesSection
from gateway.config.erasure import ErasureSection
from gateway.config.keys import KeysSection
from gateway.config.letters import LettersSection
from gateway.domain.stops import Reason
from tests import ahead
from tests.house_files import ROOT, listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "docker/*.md", "policies/*.md", "schemas/*.md")
    for path in ROOT.glob(pattern)
)
DOCS = ROOT / "docs"
SYSTEMD = DOCS / "systemd"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def anchors(text: str) -> set[str]:
    """What can be linked to within a page, as GitHub and GitLab name its headings."""
    titles = re.findall(r"^#+ (.*)$", without_code(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


# --- links --------------------------------------------------------------------


@each_document
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code(read(document))):
        if re.match(r"https?:|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path) if path else document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(read(target)), link


# --- commands -----------------------------------------------------------------

ROOT_COMMAND = typer.main.get_command(app)


def subcommands(command: Any) -> dict[str, Any]:
    return dict(getattr(command, "commands", {}))


def all_commands() -> set[str]:
    """Each command with its verbs, where it has verbs."""
    return set(below(ROOT_COMMAND))


def below(command: Any) -> Iterator[str]:
    for name, inner in subcommands(command).items():
        verbs = list(below(inner))
        yield from [f"{name} {verb}" for verb in verbs] or [name]


def test_the_overview_of_the_readme_is_every_command_there_is() -> None:
    overview = read(ROOT / "README.md").partition("## Every command\n")[2].partition("\n## ")[0]
    named = [
        f"{noun} {verb}".strip()
        for noun, verbs in re.findall(r"^\| `gateway ([\w-]+) ?([^`]*)` \|", overview, re.MULTILINE)
        for verb in verbs.split("\\|")
    ]
    assert len(named) == len(set(named))
    assert set(named) == all_commands()


def uses(text: str) -> Iterator[list[str]]:
    """The words of every use of the command, in code blocks and in the midst of a sentence."""
    lines = re.sub(r"\\\n\s*", "", text)
    blocks = re.findall(r"^```\w*\n(.*?)^```$", lines, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", without_code(lines))
    nouns = "|".join(name for name, each in subcommands(ROOT_COMMAND).items() if subcommands(each))
    for block in blocks:
        for found in re.findall(
            r"(?:^|\$\()(?:gateway|taalpoort) ([^|)\n>&]*)", block, re.MULTILINE
        ):
            yield shlex.split(found)
    for span in spans:
        if "\\|" not in span and "..." not in span:
            if found := re.match(r"(?:\.venv/bin/|sudo )?(?:gateway|taalpoort) (.+)", span):
                yield shlex.split(found[1])
            elif re.match(rf"({nouns}) [a-z]", span):
                yield shlex.split(span)


def unknown(words: list[str]) -> list[str]:
    """What of a use the command line would not understand."""
    command, rest = ROOT_COMMAND, list(words)
    while rest and rest[0] in subcommands(command):
        command = subcommands(command)[rest.pop(0)]
    if subcommands(command):
        return [] if rest and rest[0] == "--help" else rest[:1] or []
    options = {name for each in command.params for name in each.opts} | {"--help"}
    return [word for word in rest if word.startswith("--") and word.split("=")[0] not in options]


@each_document
def test_every_command_in_a_document_is_understood(document: Path) -> None:
    assert [words for words in uses(read(document)) if unknown(words)] == []


def test_commands_are_found_and_wrong_ones_noticed() -> None:
    """The guard above bites: on a use in a block, in a sentence, and under the service's name."""
    text = (
        "`gateway held list` and `contact change ID --key F`\n```sh\nx=$(gateway key show)\n```\n"
    )
    assert list(uses(text)) == [
        ["key", "show"],
        ["held", "list"],
        ["contact", "change", "ID", "--key", "F"],
    ]
    assert unknown(["held", "list"]) == []
    assert unknown(["held", "drop"]) == ["drop"]
    assert unknown(["contact", "change", "ID", "--kay", "F"]) == ["--kay"]
    assert unknown(["vanish"]) == ["vanish"]


@each_document
def test_every_target_of_make_in_a_document_is_there(document: Path) -> None:
    makefile = read(ROOT / "Makefile")
    for target in re.findall(r"(?:^|`)make ([a-z]+)", read(document), re.MULTILINE):
        assert re.search(rf"^{target}:.* ## ", makefile, re.MULTILINE), target


# --- reasons ------------------------------------------------------------------

CODES = {str(reason) for reason in Reason}
CODE = re.compile(r"`((?:art-[\d.]+|mail|gateway|policy)/[a-z-]+)`")


def reasons_table() -> str:
    """The table in ``docs/reasons.md``, from the catalogue."""
    catalogue = tomllib.loads(read(ROOT / "policies" / "reasons.toml"))["reasons"]
    rows = [
        f"| `{code}` | {text['acts']} | {text['en']} | {text['advice_en']} |"
        for code, text in catalogue.items()
    ]
    return "\n".join(
        ["| code | who acts | what is the matter | what to do |", "|---|---|---|---|", *rows]
    )


def test_the_table_of_reasons_is_the_catalogue() -> None:
    """Written anew by ``python -m tests.test_docs``."""
    text = read(DOCS / "reasons.md")
    assert text.endswith(f"\n{reasons_table()}\n")
    assert set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)) == CODES


@each_document
def test_every_reason_in_a_document_is_in_the_catalogue(document: Path) -> None:
    assert set(CODE.findall(read(document))) <= CODES


# --- threat model, decisions, glossary -------------------------------------------


def test_the_threat_model_names_reasons_and_tests_that_are_there() -> None:
    text = read(DOCS / "threat-model.md")
    named = set(re.findall(r"`(tests/[\w/.-]+)`", text))
    assert len(set(CODE.findall(text))) > 30
    assert len(named) > 10
    assert [path for path in sorted(named) if path not in listed("tests")] == []


def test_every_threat_names_the_test_that_shows_it() -> None:
    text = read(DOCS / "threat-model.md")
    shown = re.findall(r"^\|.*\|[^|]*\|[^|]*\|([^|]*)\|$", text, re.MULTILINE)
    shown = [cell for cell in shown if "shown by" not in cell and not cell.startswith("-")]
    assert len(shown) > 40
    assert [cell for cell in shown if "`tests/" not in cell] == []


def test_the_list_of_decisions_is_the_decisions() -> None:
    """Each numbered page stands in the list with its title, and nothing else does."""
    folder = DOCS / "adr"
    row = re.compile(r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \| (\w+) \|$", re.MULTILINE)
    listed_ = row.findall(read(folder / "README.md"))
    assert [number for number, *_ in listed_] == [f"{n:04}" for n in range(1, len(listed_) + 1)]
    assert {name for _, name, *_ in listed_} == {page.name for page in folder.glob("[0-9]*.md")}
    for number, name, title, status in listed_:
        text = read(folder / name)
        assert text.partition("\n")[0].lower() == f"# {number}: {title}".lower()
        assert f"Status: {status}" in text
        for heading in ("Why a decision was needed", "What we decided", "What we did not choose"):
            assert f"\n## {heading}\n" in text, name


def glossary() -> dict[str, str]:
    rows = [line.split("|")[1:-1] for line in read(DOCS / "glossary.md").splitlines()]
    cells = [[cell.strip() for cell in row] for row in rows if len(row) == 4]
    found = [row for row in cells if row[0] != "term" and not row[0].startswith("-")]
    assert len(found) == len({row[0] for row in found})
    return {row[0]: row[1] for row in found}


def test_each_term_of_the_glossary_is_explained_and_used() -> None:
    terms = glossary()
    assert len(terms) > 40
    assert all(terms.values())
    places = [*listed("gateway"), *listed("docs"), "README.md", "CONTRIBUTING.md"]
    kinds = (".py", ".md", ".po", ".toml")
    used = "\n".join(
        read(ROOT / name) for name in places if name.endswith(kinds) and name != "docs/glossary.md"
    ).casefold()
    assert [
        term
        for term in terms
        for word in term.split(", ")
        if not re.search(rf"\b{re.escape(word.casefold())}", used)
    ] == []


def test_the_guide_for_the_provider_uses_the_words_of_the_receipt() -> None:
    guide = read(DOCS / "nl" / "aanbieder.md").partition("| er staat |")[2].partition("\n\n")[0]
    words = re.findall(r"^\| ([a-z ]+) \|", guide, re.MULTILINE)
    catalogue = read(ROOT / "gateway" / "locale" / "nl" / "LC_MESSAGES" / "letters.po")
    assert len(words) == 5
    assert [word for word in words if f'msgstr "{word}"' not in catalogue] == []


# --- conformance ------------------------------------------------------------------


def test_every_field_and_rule_of_ldv_names_tests_that_are_there() -> None:
    """A row without a test, or with one that was renamed, would claim what nobody sees."""
    rows = re.findall(r"^\| (.+) \|$", read(DOCS / "ldv.md"), re.MULTILINE)
    shown = [row.rpartition(" | ")[2] for row in rows if not row.endswith("shown by")]
    assert len(shown) > 30
    for cell in shown:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", cell)
        assert named, cell
        for file, name in named:
            assert re.search(rf"^(async )?def {name}\(", read(ROOT / file), re.MULTILINE), name


# --- changelog, service and examples ----------------------------------------------


def test_the_changelog_says_what_it_means_for_each_of_the_people() -> None:
    version = read(ROOT / "CHANGELOG.md").partition("## [0.1.0]")[2].partition("\n[")[0]
    for who in ("provider", "casemanager", "privacy officer", "functional administrator"):
        assert f"**For the {who}**" in version


def test_the_service_gets_every_secret_that_its_configuration_names() -> None:
    unit = read(SYSTEMD / "taalpoort.service")
    given = set(re.findall(r"^LoadCredential=([\w-]+):/etc/taalpoort/secrets/\1$", unit, re.M))
    text = re.sub(r"^# (?=url|password)", "#", read(SYSTEMD / "gateway.toml"), flags=re.M)
    named = set(re.findall(r'^\w+ = "credential:([\w-]+)"', text, re.M))
    assert given == named
    assert len(given) == 4


def test_the_service_of_the_read_interface_is_bound_as_the_gateway_is() -> None:
    bounds = [
        read(SYSTEMD / name).partition("NoNewPrivileges=")[2].partition("MemoryMax=")[0]
        for name in ("taalpoort.service", "taalpoort-api.service")
    ]
    assert bounds[0] == bounds[1] != ""
    given = re.findall(r"^LoadCredential=([\w-]+):", read(SYSTEMD / "taalpoort-api.service"), re.M)
    assert given == ["master-key", "api-key"]


def settings() -> Iterator[tuple[str, Any]]:
    """Each setting with its default; None where there is none, or it differs by machine."""
    sections: dict[str, tuple[Any, ...]] = {
        "gateway": (configuration.GatewaySection,),
        "database": (configuration.DatabaseSection,),
        "keys": (KeysSection,),
        "smime": (smime.SmimeSection,),
        "mailbox": (configuration.ImapSection, configuration.MaildirSection),
        "relay": (configuration.RelaySection,),
        "policy": (configuration.PolicySection,),
        "consent": (configuration.ConsentSection,),
        "letters": (LettersSection,),
        "breaches": (BreachesSection,),
        "log": (configuration.LogSection,),
        "siem": (configuration.SiemSection,),
        "otlp": (outward.OtlpSection,),
        "api": (outward.ApiSection,),
        "run": (configuration.RunSection,),
        "erasure": (ErasureSection,),
        "sender": (configuration.SenderSection,),
    }
    assert set(sections) == set(configuration.Config.model_fields)
    inner: dict[str, tuple[Any, ...]] = {
        "log.timestamp": (configuration.TimestampSection,),
        "log.witness": (configuration.WitnessSection,),
        "smime.older": (smime.SmimeKeySection,),
    }
    sections |= inner
    for name, models in sections.items():
        for model in models:
            for field, facts in model.model_fields.items():
                called = facts.alias or field
                if f"{name}.{called}" in inner:
                    continue
                yield f"{name}.{called}", None if facts.is_required() else facts.default
    for field in outward.ApiTokenSection.model_fields:
        yield f"api.token.{field}", None


def test_every_setting_is_explained_with_its_default() -> None:
    table = read(DOCS / "operating.md").partition("## Settings\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (.*?) ?\|", table, re.MULTILINE))
    known = dict(settings())
    assert set(rows) == set(known)
    for name, default in known.items():
        if isinstance(default, str | int | float) and name != "log.register":
            number = f"{default:g}" if isinstance(default, int | float) else default
            written = str(default).lower() if isinstance(default, bool) else number
            assert rows[name].strip("`") == written, name


def test_the_configuration_of_the_service_is_one() -> None:
    loaded = configuration.load(SYSTEMD / "gateway.toml")
    assert loaded.database is not None
    assert loaded.database.url.startswith(f"sqlite:///{loaded.gateway.state_dir}/")


@pytest.mark.parametrize(
    "line",
    [
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "MemoryDenyWriteExecute=yes",
        "SystemCallFilter=@system-service",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "UMask=0077",
        "User=taalpoort",
    ],
)
def test_the_service_may_do_no_more_than_it_needs(line: str) -> None:
    assert line in read(SYSTEMD / "taalpoort.service").splitlines()


def test_the_examples_for_import_are_taken_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    keys = 'secret_key_file = "k.sec"\npublic_key_file = "k.asc"\nmaster_key_file = "m.key"\n'
    (tmp_path / "gateway.toml").write_text(
        '[gateway]\naddress = "a@gemeente.example"\nmunicipality = "G"\ncontact = "c"\n'
        f'state_dir = "s"\n[database]\nurl = "sqlite:///g.db"\n[keys]\n{keys}'
    )
    text = read(DOCS / "operating.md")
    kinds = re.findall(r"\[(\w+)\]\(examples/register/\1\.csv\)", text)
    assert len(kinds) == 5
    succeeds("init")
    for who, name in (("test", "Tess Testpersoon"), ("another", "Pim Proefpersoon")):
        succeeds("operator", "add", who, "--name", name, "--by", "test")
    for kind in kinds:
        succeeds(
            "import", kind, str(DOCS / "examples" / "register" / f"{kind}.csv"), "--by", "test"
        )


def succeeds(*arguments: str) -> None:
    """``gateway ...`` in the folder where we are."""
    ended = ahead.run(*arguments)
    assert ended.returncode == 0, ended.stderr


if __name__ == "__main__":
    page = DOCS / "reasons.md"
    start = read(page).partition("| code |")[0]
    page.write_text(f"{start}{reasons_table()}\n", encoding="utf-8")
