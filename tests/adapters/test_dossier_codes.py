"""No code of the bijsluiter stands in a dossier without what it means (AVG 12(1))."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.dossier_reports import ReportSections
from gateway.adapters.dossier_saying import Saying
from gateway.adapters.words import Words
from gateway.domain.bijsluiter import Regime
from gateway.domain.consent import ConsentCategory
from gateway.domain.texts import Language, Texts
from gateway.resources import schema_text, texts_text

if TYPE_CHECKING:
    from collections.abc import Iterator

# A level is called what its code is, and a group of people is written out on the wire.
_SAID = frozenset({"A0", "A1", "A2", "B1", "B2", "PIP", "POP"})


def coded() -> Iterator[tuple[str, str]]:
    """Every code that the schema knows, with the wire path of its field in a report."""
    schema = json.loads(schema_text())
    yield from _walk(_report(schema), schema["$defs"], "")


def _report(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["properties"]["berichten"]["items"]
    return found


def _walk(node: dict[str, Any], defs: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    if "$ref" in node:
        node = defs[node["$ref"].rpartition("/")[2]]
    for code in node.get("enum", ()):
        yield path, code
    for name, child in node.get("properties", {}).items():
        yield from _walk(child, defs, f"{path}.{name}" if path else name)
    if "items" in node:
        yield from _walk(node["items"], defs, f"{path}[0]")
    for child in node.get("anyOf", ()):
        yield from _walk(child, defs, path)


@pytest.mark.parametrize("language", Language)
def test_every_code_is_written_out_with_itself_in_brackets(language: Language) -> None:
    sections = ReportSections(
        Words(language, "dossier"),
        Words(language),
        Words(language, "explanations"),
        Texts(texts_text()),
        ZoneInfo("Europe/Amsterdam"),
    )
    found = list(coded())
    assert len(found) > 40
    for path, code in found:
        content: Any = code
        for part in reversed(path.split(".")):
            content = {part.removesuffix("[0]"): [content] if part.endswith("[0]") else content}
        ((_, said),) = sections._leaves(content, "")
        if " " not in code and code not in _SAID and path != "doelgroep":
            assert said.endswith(f" ({code})"), (path, code, said)
        else:
            assert code in said


@pytest.mark.parametrize("language", Language)
def test_rows_of_the_form_and_acts_are_written_out(language: Language) -> None:
    words = Words(language, "dossier")
    saying = Saying(words, ZoneInfo("Europe/Amsterdam"))
    for kind, codes in (("row", ConsentCategory), ("act", Regime)):
        for each in codes:
            said = saying._written_out(words, kind, each.value)
            assert said.endswith(f" ({each.value})"), said
