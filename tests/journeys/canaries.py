"""Canaries: made-up values, looked for where nothing of a mail, a person or a secret may be.

Everything that is planted holds one of `MARKS`, in whatever case; `sightings` finds
them in bytes, also the way that mail, JSON, addresses and dumps encode them.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from email.header import decode_header, make_header
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, unquote_to_bytes

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from gateway.domain.wire import Json

# Eight figures stand in a random reference now and then, twelve do not.
KENMERK, PHONE = "KANARIE-773177317731", "06 773177317731"
PERSON: dict[str, Json] = {
    "dossierkenmerk": KENMERK,
    "voornamen": "Kwikstaart",
    "geslachtsnaam": "Kanariëvogel",
    "geboortedatum": "1973-08-29",
    "email": "kwikstaart@kanarie.example",
    "telefoonnummer": PHONE,
}
FREE_TEXT = "Kanarie zingt niet meer en Kwikstaart is ziek"
MARKS = (
    "kanari",
    "kwikstaart",
    "1973-08-29",
    "19730829",
    "29-08-1973",
    "29 augustus 1973",
    "773177317731",
)


def spellings(mark: str) -> set[bytes]:
    """A mark in lower case, with a capital and in capitals, each encoded in every way."""
    found: set[bytes] = set()
    for text in {mark, mark.capitalize(), mark.upper()}:
        for plain in (text.encode(), text.encode("utf-16-le")):
            found |= {plain, plain.hex().encode(), plain.hex().upper().encode()}
            found |= set(in_base64(plain))
    return found


def in_base64(content: bytes) -> tuple[bytes, ...]:
    """What of these bytes shows in base64, wherever in a text they begin."""
    found = []
    for before in range(3):
        code = base64.b64encode(b"\0" * before + content)
        first, last = -(-before * 8 // 6), (before + len(content)) * 8 // 6
        found.append(code[first:last])
    return tuple(found)


# A day without dashes may stand inside an id, a digest or an instant by chance.
_EIGHT_FIGURES = b"19730829"
_LONG_RUN = re.compile(rb"[0-9a-fA-F]{13,}")
_SPELLINGS = {mark: spellings(mark) - {_EIGHT_FIGURES} for mark in MARKS}


def sightings(content: bytes, more: Iterable[bytes] = ()) -> set[str]:
    """The marks, and those of `more`, that stand in it; see the head of this module."""
    views = {content, *_decoded(content)}
    found = {mark for mark, forms in _SPELLINGS.items() for view in views if _any_of(forms, view)}
    if any(_EIGHT_FIGURES in _LONG_RUN.sub(b"", view) for view in views):
        found.add(_EIGHT_FIGURES.decode())
    wanted = {each for secret in more for each in (secret, secret.hex().encode())}
    wanted |= {each for secret in more for each in in_base64(secret) if len(secret) > 8}
    found |= {"a secret" for view in views if _any_of(wanted, view)}
    return found


def _any_of(needles: Iterable[bytes], content: bytes) -> bool:
    return any(needle in content for needle in needles)


def _decoded(content: bytes) -> set[bytes]:
    together = re.sub(rb"\s+", b"", content)  # folded headers, broken base64
    text = content.decode("utf-8", "replace")
    views = {
        together,
        re.sub(rb"=\r?\n", b"", content),  # quoted-printable's soft line ends
        unquote_to_bytes(content),
        re.sub(rb"=([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), content),
        re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text).encode(),
    }
    for word in set(re.findall(rb"=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=", content)):
        views.add(str(make_header(decode_header(word.decode("ascii", "replace")))).encode())
    return views


def disguises(text: str) -> dict[str, bytes]:
    """A text as somebody may come upon it; to see that `sightings` sees through it."""
    padded = f"x {text} y"
    folded = re.sub("(.{5})", "\\1=\r\n", padded)
    code = base64.encodebytes(padded.encode()).decode()
    return {
        "plain": padded.encode(),
        "capitals": padded.upper().encode(),
        "base64": base64.b64encode(padded.encode()),
        "base64, moved": base64.b64encode(b"z" + padded.encode()),
        "base64, moved twice": base64.b64encode(b"zz" + padded.encode()),
        "base64, broken": re.sub("(.{7})", "\\1\r\n ", code).encode(),
        "quoted-printable": folded.encode(),
        "quoted-printable, all": "".join(f"={byte:02X}" for byte in padded.encode()).encode(),
        "encoded word, b": f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?=".encode(),
        "encoded word, q": ("=?utf-8?q?" + text.replace(" ", "_") + "?=").encode("utf-8"),
        "percent": quote(text, safe="").encode(),
        "percent, all": "".join(f"%{byte:02x}" for byte in padded.encode()).encode(),
        "json": json.dumps(padded).encode(),
        "json, all": "".join(f"\\u{ord(letter):04x}" for letter in padded).encode(),
        "hexadecimal": padded.encode().hex().encode(),
        "utf-16": padded.encode("utf-16"),
    }


class Watch:
    """Everything that lies in these folders, and how processes are called, as long as it lasts.

    `files` has each version of each file that was seen, by name; `calls` the argument
    lists of the process and all below it.  Looked at a hundred times a second, so what
    lives shorter may be missed.
    """

    def __init__(self, *folders: Path) -> None:
        self.folders = folders
        self.files: dict[tuple[str, int, int], bytes] = {}
        self.names: set[str] = set()
        self.calls: set[str] = set()
        self.process: psutil.Process | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join(300)
        assert not self._thread.is_alive()

    def _look_on(self) -> None:
        turn = 0
        while not self._ended.is_set():
            for folder in self.folders:
                for path in folder.rglob("*"):
                    self._look_at(path)
            if turn % 10 == 0:
                self._look_at_processes()
            turn += 1
            time.sleep(0.01)

    def _look_at(self, path: Path) -> None:
        try:
            self.names.add(str(path))
            state = path.stat()
            version = (str(path), state.st_mtime_ns, state.st_size)
            if path.is_file() and version not in self.files:
                self.files[version] = path.read_bytes()
        except OSError:  # gone meanwhile, or a socket
            return

    def _look_at_processes(self) -> None:
        if self.process is None:
            return
        try:
            for each in (self.process, *self.process.children(recursive=True)):
                self.calls.add(" ".join(each.cmdline()))
        except psutil.Error:
            return
