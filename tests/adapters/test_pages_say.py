"""What people read says in words what is not there: no lone dash, and no heading over nothing.

A dash is read aloud as a dash, or not at all; and a person cannot tell "nobody" from "not known".
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TypeGuard

import pytest

import gateway
from gateway.adapters.letter_reasons import Places, report_heading
from gateway.adapters.words import Words
from gateway.domain.texts import Language

ADAPTERS = Path(gateway.__file__).parent / "adapters"
# A page made only to see whether a font and a logo can be set.
TRIED = {"typeset.py"}
BARE = {"-", "–", "—", "None"}
SETS_OUT = {"Page", "Section", "Table"}


def papers() -> list[Path]:
    """Every module that sets out what people read, and those that words pass through."""
    found = [each for each in sorted(ADAPTERS.glob("*.py")) if each.name not in TRIED]
    return [each for each in found if SETS_OUT & imported(each) or each.name == "letter_reasons.py"]


def imported(module: Path) -> set[str]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "gateway.adapters.page"
        for name in node.names
    }


def dashes(source: str) -> list[int]:
    """Where a value is a lone dash, or the name of nothing; what joins or mends a text is none."""
    tree = ast.parse(source)
    mended = {id(each) for node in ast.walk(tree) if mends(node) for each in node.args}
    mended |= {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for each in node.values
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in BARE and id(node) not in mended
    ]


def mends(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"sub", "replace"}
    )


def test_no_paper_has_a_lone_dash_to_print() -> None:
    assert len(papers()) > 20
    places = {each.name: dashes(each.read_text(encoding="utf-8")) for each in papers()}
    assert {name: found for name, found in places.items() if found} == {}


def test_the_guard_finds_one() -> None:
    assert dashes('x = kenmerk or "-"') == [1]
    assert dashes('x = "a-b"; y = z.sub("-", f"{x}-{x}")') == []


@pytest.mark.parametrize("language", list(Language))
def test_what_nobody_could_read_is_not_a_heading_with_a_hole(language: Language) -> None:
    words = Words(language)
    assert report_heading(words, 0, "").endswith(" 1")
    assert report_heading(words, 0, "D-1").endswith(" 1: D-1")
    assert Places(words, {}).of("") == words.say("De hele bijsluiter")
    assert words.say("niet vermeld") != "-"
