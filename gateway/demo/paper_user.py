"""Somebody who reads a PDF: every word on its pages, and every string beside them.

Nothing here uses the gateway's own code: this is the other side.  Fonts are read through
their ToUnicode maps (ISO 32000-1, 9.10.3), as a program that copies text does.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pikepdf

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEX = re.compile(r"<([0-9A-Fa-f]+)>")
_SECTION = re.compile(r"beginbf(char|range)(.*?)endbf", re.DOTALL)
_PAIR = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_RANGE = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(<[0-9A-Fa-f]+>|\[[^\]]*\])")
_BREAKS = frozenset({"BT", "ET", "Td", "TD", "Tm", "T*"})


def read_paper(content: bytes) -> str:
    """What its pages say, what is said of its pictures, and what it says of itself."""
    with pikepdf.open(io.BytesIO(content)) as file:
        said = ["".join(_written(page)) for page in file.pages]
        for held in file.objects:
            said += _strings(held)
        about = file.Root.get("/Metadata")
        if about is not None:
            said.append(about.read_bytes().decode("utf-8", "replace"))
    return "\n".join(said)


def _written(page: pikepdf.Page) -> Iterator[str]:
    maps: dict[str, dict[int, str]] = {}
    fonts = page.resources.get("/Font", pikepdf.Dictionary())
    for name, font in fonts.items():
        known = font.get("/ToUnicode")
        maps[name] = _mapped(known.read_bytes().decode("latin-1")) if known is not None else {}
    now: dict[int, str] = {}
    for step in pikepdf.parse_content_stream(page):
        name, operands = str(step.operator), step.operands
        if name == "Tf":
            now = maps[str(operands[0])]
        elif name in _BREAKS:
            yield "\n"
        elif name in {"Tj", "TJ"}:
            shown = operands[0] if name == "TJ" else operands
            for each in shown:
                if isinstance(each, pikepdf.String):
                    yield _decoded(bytes(each), now)


def _decoded(codes: bytes, known: dict[int, str]) -> str:
    pairs = (int.from_bytes(codes[at : at + 2], "big") for at in range(0, len(codes), 2))
    return "".join(known.get(code, "?") for code in pairs)


def _mapped(cmap: str) -> dict[int, str]:
    """Characters by their code in a font."""
    found: dict[int, str] = {}
    for kind, body in _SECTION.findall(cmap):
        if kind == "char":
            found |= {int(code, 16): _characters(said) for code, said in _PAIR.findall(body)}
            continue
        for first, last, said in _RANGE.findall(body):
            listed = _HEX.findall(said)
            for number, code in enumerate(range(int(first, 16), int(last, 16) + 1)):
                if said[0] == "[":
                    found[code] = _characters(listed[number])
                else:
                    begin = _characters(listed[0])
                    found[code] = begin[:-1] + chr(ord(begin[-1]) + number)
    return found


def _characters(said: str) -> str:
    return bytes.fromhex(said).decode("utf-16-be")


def _strings(held: object) -> Iterator[str]:
    """Strings of one object and of what lies directly inside it."""
    waiting = [held]
    while waiting:
        each = waiting.pop()
        if getattr(each, "is_indirect", False) and each is not held:
            continue
        if isinstance(each, pikepdf.String):
            yield str(each)
        elif isinstance(each, pikepdf.Dictionary):
            waiting += list(each.values())
        elif isinstance(each, pikepdf.Array):
            waiting += list(each)
