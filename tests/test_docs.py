"""Documents do not lie about what can be looked up: links, codes, files, numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.domain.stops import Reason

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "docker/*.md", "policies/*.md", "schemas/*.md")
    for path in ROOT.glob(pattern)
)


def without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    text = without_code(document.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"https?:|mailto:|#", target):
            assert (document.parent / target.partition("#")[0]).exists(), target


def test_every_reason_in_the_threat_model_is_in_the_catalogue() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:art-[\d.]+|mail|gateway|policy)/[a-z-]+)`", text))
    assert len(named) > 30
    assert named <= {str(reason) for reason in Reason}


def test_every_test_in_the_threat_model_is_there() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[\w/.-]+)`", text))
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_the_list_of_decisions_is_the_decisions() -> None:
    """Each numbered page stands in the list with its title, and nothing else does."""
    folder = ROOT / "docs" / "adr"
    listed = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| ", (folder / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert sorted(name for _, name in listed) == sorted(
        page.name for page in folder.glob("[0-9]*.md")
    )
    for number, name in listed:
        assert (folder / name).read_text("utf-8").startswith(f"# {number}: ")


def test_each_term_of_the_glossary_has_one_entry() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| ")]
    terms = [row[0].strip() for row in rows if row[0].strip() != "term"]
    assert len(terms) > 40
    assert len(terms) == len(set(terms))
    assert all(len(row) == 4 and row[1].strip() for row in rows)
