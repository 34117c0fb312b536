"""A logo as a letter may carry it: a still picture that fetches nothing and runs nothing."""

from __future__ import annotations

import base64
import re
import struct
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST = 2000  # pixels: more than paper shows, and few enough to draw in every report
_SVG = "{http://www.w3.org/2000/svg}"
# What shapes, paints and reuses within the file; everything else is refused by name.
_ELEMENTS = frozenset(
    {
        "svg", "g", "defs", "title", "desc", "metadata", "path", "rect", "circle", "ellipse",
        "line", "polyline", "polygon", "clipPath", "mask", "linearGradient", "radialGradient",
        "stop", "use", "symbol", "pattern",
    }
)  # fmt: skip
_OUTSIDE = re.compile(r"(?i)url\(\s*['\"]?(?!#)|@import|javascript:|data:|expression\(|\\")


class LogoError(ValueError):
    """Why a picture cannot be a logo, in words for who chose it."""


def drawing(content: bytes) -> bytes:
    """An SVG or PNG file as SVG; raises `LogoError` for anything else, and for what is not still.

    A PNG is put into a drawing of its own size, because the typesetter takes text only.
    """
    if content.startswith(_PNG):
        return _framed(content)
    root = _parsed(content)
    if root.tag != f"{_SVG}svg":
        raise LogoError("neither PNG nor SVG")
    for fault in _faults(root):
        raise LogoError(fault)
    return content


def _framed(content: bytes) -> bytes:
    # PNG (third edition), 11.2.1: the header comes first, and begins with the size.
    wide, high = struct.unpack(">II", content[16:24].ljust(8, b"\0"))
    if content[12:16] != b"IHDR" or not 0 < wide <= _LARGEST or not 0 < high <= _LARGEST:
        raise LogoError(f"a PNG without a size, or wider or higher than {_LARGEST} pixels")
    data = base64.b64encode(content).decode("ascii")
    size = f'width="{wide}" height="{high}"'
    image = f'<image {size} href="data:image/png;base64,{data}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{image}</svg>'.encode()


def _parsed(content: bytes) -> ET.Element:
    try:
        # As text: an encoding of its own could hide what the next line looks for.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LogoError("neither PNG nor SVG in UTF-8") from None
    # Entities stand in a document type, and a picture needs none.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise LogoError("an SVG with a document type")
    if "<?" in text.removeprefix("<?xml "):
        raise LogoError("an SVG with a processing instruction")
    try:
        return ET.fromstring(text)  # noqa: S314 - no entities are left to expand
    except ET.ParseError:
        pass
    raise LogoError("neither PNG nor SVG")


def _faults(element: ET.Element) -> Iterator[str]:
    name = element.tag.rpartition("}")[2]
    if element.tag != f"{_SVG}{name}" or name not in _ELEMENTS:
        yield f"an SVG with <{name}>"
    for attribute, value in element.attrib.items():
        yield from _attribute_faults(attribute, value)
    # What drawing programs note about a file is shown nowhere.
    for child in () if name == "metadata" else element:
        yield from _faults(child)


def _attribute_faults(attribute: str, value: str) -> Iterator[str]:
    name = attribute.rpartition("}")[2]
    if name.lower().startswith("on"):
        yield f"an SVG with a script ({name})"
    if name == "href" and not value.startswith("#"):
        yield "an SVG that refers to something outside itself"
    if _OUTSIDE.search(value):
        yield f"an SVG that refers to something outside itself ({name})"
