"""The parts of a workbook's archive, inflated within bounds; the rest of it is left behind.

XLSX (ECMA-376, part 2) and ODS (ODF 1.3, part 2) are ZIP archives of XML.  What is read
afterwards is an archive made anew of the parts that were looked at here: macros, pictures,
embedded files and links to elsewhere are not in it.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING
from xml.parsers import expat

from gateway.adapters.form_table import unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_ENTRIES = 400
MOST_INFLATED = 48 * 1024 * 1024  # bytes; a thousand full rows in ODS take 15 MB
MOST_RATIO = 400  # of one part: rows that repeat an example compress two hundredfold
MOST_DEPTH = 64  # elements, one inside another; a cell lies nine deep
_KEPT = re.compile(r"(mimetype|.+\.(xml|rels))", re.IGNORECASE)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what a workbook with a password is, and an .xls
_UNLINKED = re.compile(r"(^|/)(externalLinks|connections|queryTables)[/.]", re.IGNORECASE)
_MACROS = re.compile(r"(vbaProject\.bin$|^Basic/|^Scripts/|/macrosheets/)", re.IGNORECASE)

# Of attributes in XLSX: none, and that of relations, transitional and strict (ECMA-376, 3 and 4).
_OWN = frozenset(
    {
        "",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://purl.oclc.org/ooxml/officeDocument/relationships",
    }
)


class Parts:
    """What was kept of an archive, by name, and what of it was not, in a person's words."""

    def __init__(self, content: bytes) -> None:
        """Raises `Reject` for what is no archive, or one that is larger than it looks."""
        if content.startswith(_OLE):
            raise unreadable("bestand-met-wachtwoord")
        self.kept: dict[str, bytes] = {}
        self.withheld: tuple[str, ...] = ()
        fault = "bestand-beschadigd"
        try:
            fault = self._inflate(content)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, EOFError, OSError):
            pass
        except RuntimeError:
            fault = "bestand-met-wachtwoord"
        if fault:
            raise unreadable(fault)

    def _inflate(self, content: bytes) -> str:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = [each.filename for each in entries]
            if len(entries) > MOST_ENTRIES or len(set(map(str.casefold, names))) != len(names):
                return "bestand-te-groot" if len(entries) > MOST_ENTRIES else "bestand-beschadigd"
            self.withheld = _left(names)
            kept = [each for each in entries if each.file_size and _KEPT.fullmatch(each.filename)]
            if sum(each.file_size for each in kept) > MOST_INFLATED:
                return "bestand-te-groot"
            for each in kept:
                if each.file_size > MOST_RATIO * max(each.compress_size, 100):
                    return "bestand-te-groot"
                if _MACROS.search(each.filename) or _UNLINKED.search(each.filename):
                    continue
                with archive.open(each) as part:
                    data = part.read(each.file_size + 1)
                if len(data) != each.file_size:
                    return "bestand-beschadigd"
                self.kept[each.filename] = data
        return ""

    def anew(self) -> bytes:
        """An archive of the kept parts alone."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
            for name, data in self.kept.items():
                archive.writestr(name, data)
        return made.getvalue()


def _left(names: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    if any(_MACROS.search(name) for name in names):
        found.append("macro's in het bestand")
    if any(_UNLINKED.search(name) for name in names):
        found.append("koppelingen naar andere bestanden")
    return tuple(found)


class Watching:
    """Follows one part's elements by their local names; refuses what has no business in it.

    Names are without their prefix, attributes too: no two of those that count in these
    formats differ by namespace alone.  One of `counting` that is of another namespace than
    `_OWN` is refused: whoever reads the values might take the other of two for it.
    """

    counting: frozenset[str] = frozenset()

    def __init__(self, part: bytes) -> None:
        self._part = part
        self._depth = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Characters, a whole run of them."""

    def read(self) -> None:
        """Through to the end; raises `Reject` for a DOCTYPE, and for what is no XML in UTF-8."""
        # The encoding that a part declares might have another reader read other letters.
        parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.XmlDeclHandler = _declared
        parser.StartDoctypeDeclHandler = _doctype
        parser.StartElementHandler = self._opened
        parser.EndElementHandler = self._closed
        parser.CharacterDataHandler = self.text
        broken = False
        try:
            parser.Parse(self._part, True)  # noqa: FBT003 - expat takes no name for it
        except expat.ExpatError:
            broken = True
        if broken:
            raise unreadable("bestand-beschadigd")

    def _opened(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise unreadable("bestand-beschadigd")
        for key in attributes:
            if _local(key) in self.counting and key.rpartition(" ")[0] not in _OWN:
                raise unreadable("bestand-beschadigd")
        self.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def _closed(self, name: str) -> None:
        self._depth -= 1
        self.end(_local(name))


def _declared(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.casefold() not in {"utf-8", "utf8", "us-ascii"}:
        raise unreadable("bestand-beschadigd")


def _doctype(*_declared: object) -> None:
    raise unreadable("bestand-met-dtd")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
