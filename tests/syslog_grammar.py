"""A strict reader of syslog messages, written from the grammar of RFC 5424, 6, and RFC 5425, 4.3.

It takes nothing that the grammar does not, and shares no code with what writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

NIL = "-"
_NOT_IN_NAMES = '= ]"'


class NotSyslogError(ValueError):
    """The bytes are no message of the grammar; says where."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message; `data` has the parameters of each element by its SD-ID."""

    facility: int
    severity: int
    timestamp: datetime
    hostname: str
    app_name: str
    procid: str
    msgid: str
    data: dict[str, dict[str, str]]
    msg: str


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.rest = content

    def take(self, expected: bytes) -> None:
        if not self.rest.startswith(expected):
            raise NotSyslogError(f"{expected!r} expected at {self.rest[:20]!r}")
        self.rest = self.rest[len(expected) :]

    def digits(self, least: int, most: int) -> str:
        count = 0
        while count < len(self.rest) and self.rest[count : count + 1] in b"0123456789":
            count += 1
        if not least <= count <= most:
            raise NotSyslogError(f"{least} to {most} digits expected at {self.rest[:20]!r}")
        found, self.rest = self.rest[:count], self.rest[count:]
        return found.decode("ascii")

    def printable(self, most: int, without: str = "") -> str:
        """1*most PRINTUSASCII (%d33-126), but for some of them."""
        count = 0
        while count < len(self.rest):
            octet = self.rest[count]
            if not 33 <= octet <= 126 or chr(octet) in without:
                break
            count += 1
        if not 1 <= count <= most:
            raise NotSyslogError(f"1 to {most} characters expected at {self.rest[:20]!r}")
        found, self.rest = self.rest[:count], self.rest[count:]
        return found.decode("ascii")


def frames(stream: bytes) -> list[bytes]:
    """SYSLOG-FRAMEs of RFC 5425, 4.3; nothing may be left over."""
    found = []
    while stream:
        reader = _Reader(stream)
        length = reader.digits(1, 10)
        if length.startswith("0"):
            raise NotSyslogError("MSG-LEN begins with a zero")
        reader.take(b" ")
        if len(reader.rest) < int(length):
            raise NotSyslogError("a frame is cut off")
        found.append(reader.rest[: int(length)])
        stream = reader.rest[int(length) :]
    return found


def read(content: bytes) -> Message:
    """One SYSLOG-MSG, to its last byte."""
    reader = _Reader(content)
    reader.take(b"<")
    value = reader.digits(1, 3)
    if int(value) > 191 or (value != "0" and value.startswith("0")):
        raise NotSyslogError("PRIVAL")
    reader.take(b">1 ")
    timestamp = _timestamp(reader)
    header = []
    for most in (255, 48, 128, 32):
        reader.take(b" ")
        header.append(reader.printable(most))
    reader.take(b" ")
    data = _structured_data(reader)
    return Message(
        facility=int(value) // 8,
        severity=int(value) % 8,
        timestamp=timestamp,
        hostname=header[0],
        app_name=header[1],
        procid=header[2],
        msgid=header[3],
        data=data,
        msg=_message(reader),
    )


def _timestamp(reader: _Reader) -> datetime:
    """FULL-DATE "T" FULL-TIME; letters in upper case, up to six digits of a second, no leap."""
    text = reader.digits(4, 4)
    for mark in (b"-", b"-", b"T", b":", b":"):
        reader.take(mark)
        text += mark.decode() + reader.digits(2, 2)
    if reader.rest.startswith(b"."):
        reader.take(b".")
        text += "." + reader.digits(1, 6).ljust(6, "0")
    if reader.rest.startswith(b"Z"):
        reader.take(b"Z")
        text += "+00:00"
    else:
        sign = "-" if reader.rest.startswith(b"-") else "+"
        reader.take(sign.encode())
        text += sign + reader.digits(2, 2)
        reader.take(b":")
        text += ":" + reader.digits(2, 2)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise NotSyslogError("TIMESTAMP") from None


def _structured_data(reader: _Reader) -> dict[str, dict[str, str]]:
    if reader.rest.startswith(NIL.encode()):
        reader.take(b"-")
        return {}
    found: dict[str, dict[str, str]] = {}
    reader.take(b"[")
    while True:
        name = reader.printable(32, _NOT_IN_NAMES)
        if name in found:
            raise NotSyslogError("an SD-ID stands twice")
        if "@" in name and not name.rpartition("@")[2].replace(".", "").isdigit():
            raise NotSyslogError("no private enterprise number")
        found[name] = _parameters(reader)
        if not reader.rest.startswith(b"["):
            return found
        reader.take(b"[")


def _parameters(reader: _Reader) -> dict[str, str]:
    found: dict[str, str] = {}
    while reader.rest.startswith(b" "):
        reader.take(b" ")
        name = reader.printable(32, _NOT_IN_NAMES)
        reader.take(b'="')
        found[name] = _value(reader)
    reader.take(b"]")
    return found


def _value(reader: _Reader) -> str:
    """PARAM-VALUE with its closing mark; the three characters stand behind a backslash."""
    value = bytearray()
    while True:
        if not reader.rest:
            raise NotSyslogError("a PARAM-VALUE does not end")
        octet, reader.rest = reader.rest[:1], reader.rest[1:]
        if octet == b'"':
            break
        if octet == b"]":
            raise NotSyslogError("a bracket without backslash")
        if octet == b"\\" and reader.rest[:1] in {b'"', b"\\", b"]"}:
            octet, reader.rest = reader.rest[:1], reader.rest[1:]
        value += octet
    text = value.decode("utf-8")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise NotSyslogError("a control character")
    return text


def _message(reader: _Reader) -> str:
    if not reader.rest:
        return ""
    reader.take(b" ")
    marked = reader.rest.startswith(b"\xef\xbb\xbf")
    text = reader.rest.removeprefix(b"\xef\xbb\xbf").decode("utf-8" if marked else "ascii")
    if any(ord(letter) < 32 for letter in text):
        raise NotSyslogError("a control character in MSG")
    return text
