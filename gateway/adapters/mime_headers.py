"""Header fields as they stand in the original bytes (RFC 5322, 2045, 2047, 2231).

Strict where a lenient reading could differ from another program's: what cannot
be read in one way only raises `Broken`, or shows as a value that matches nothing.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from gateway.adapters.automatic import is_automatic, is_list, is_reply
from gateway.domain.mail import Headers

ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
LABEL = r"[A-Za-z0-9\u0080-\U0010ffff_-]+"
QUOTED = r'"(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])*"'
ADDR_SPEC = re.compile(
    rf"(?:{ATEXT}(?:\.{ATEXT})*|{QUOTED})@(?:{LABEL}(?:\.{LABEL})*|\[[^\[\]\\\s]*\])"
)
ADDRESS_TOKEN = re.compile(rf"\s+|{QUOTED}|<[^<>]*>|[,:;]|[^\s\"<>,:;()\[\]\\]+")
FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\0]*)", re.DOTALL)
LINE_END = re.compile(rb"\r?\n")
FOLD = re.compile(rb"\r?\n(?=[ \t])")
BARE_CR = re.compile(rb"\r(?!\n|\Z)")
COMMENT = re.compile(r"\([^()\\]*\)")
MEDIA_TYPE = re.compile(r"\s*([\w.+-]+/[\w.+-]+|[\w.+-]+)\s*", re.ASCII)
PARAMETER = re.compile(
    r";\s*(?:([A-Za-z0-9!#$%&'*+.^_`{|}~-]+)\s*=\s*"
    r'(?:"((?:[^"\\]|\\.)*)"|([^\s;"(),<>@\[\]]+))\s*)?',
    re.DOTALL,
)
ENCODED_WORD = re.compile(r"=\?([\w.:-]+)(?:\*[\w-]+)?\?([bBqQ])\?([!->@-~]*)\?=", re.ASCII)
DATE = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),)?\s*(\d{1,2})\s+([A-Z][a-z]{2})\s+(\d{4})\s+"
    r"(\d\d):(\d\d)(?::(\d\d))?\s+(?:([+-])(\d\d)(\d\d)|GMT|UTC?)\s*",
    re.ASCII,
)
# Python knows codecs that are no charsets, and slow ones; a mail may name those that
# people's programs write. Whatever else it names is read as ASCII with marks for the rest.
CHARSETS = frozenset(
    {"utf-8", "us-ascii", "ascii", "koi8-r", "koi8-u", "gb2312", "gbk", "gb18030", "big5"}
    | {"shift_jis", "euc-jp", "iso-2022-jp", "euc-kr", "utf-16", "utf-16le", "utf-16be"}
    | {f"iso-8859-{number}" for number in range(1, 17)}
    | {f"windows-{number}" for number in range(1250, 1259)}
)
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}@[!-;=?-~]{1,250}>")
MOST_ANSWERED = 5
NAME_LIMIT = 2000  # characters of a file name that are looked at
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Broken(Exception):  # noqa: N818 - becomes a Reject(MALFORMED) one floor up
    """The mail cannot be read in one way only."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A value with parameters, such as Content-Type; names and `value` in lower case."""

    value: str
    parameters: dict[str, str]


class Fields:
    """The header fields of one entity, in order, names in lower case, values unfolded."""

    __slots__ = ("_fields",)

    def __init__(self, block: bytes) -> None:
        if BARE_CR.search(block):
            raise Broken
        self._fields = [_field(line) for line in _unfolded(block)]

    def all(self, name: str) -> list[bytes]:
        return [value for found, value in self._fields if found == name]

    def text(self, name: str) -> str:
        """The one value, decoded as UTF-8 where it is; empty when absent, `Broken` when double."""
        values = self.all(name)
        if len(values) > 1:
            raise Broken
        return values[0].decode("utf-8", "replace").strip() if values else ""

    def typed(self, name: str) -> Typed | None:
        text = self.text(name)
        return typed(text) if text else None


def _unfolded(block: bytes) -> list[bytes]:
    if block[:1] in (b" ", b"\t"):
        raise Broken
    return [line for line in LINE_END.split(FOLD.sub(b"", block)) if line]


def _field(line: bytes) -> tuple[str, bytes]:
    match = FIELD.fullmatch(line)
    if match is None:
        raise Broken
    return match[1].decode("ascii").lower(), match[2].strip()


def typed(text: str) -> Typed:
    """Read ``value; name=value; ...`` with RFC 2231 continuations and charsets."""
    text = COMMENT.sub("", text) if '"' not in text else text
    start = MEDIA_TYPE.match(text)
    if start is None:
        raise Broken
    raw: dict[str, str] = {}
    position = start.end()
    while position < len(text):
        match = PARAMETER.match(text, position)
        if match is None:
            raise Broken
        position = match.end()
        if match[1] is not None:
            name = match[1].lower()
            if name in raw:
                raise Broken
            raw[name] = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
    return Typed(start[1].lower(), _joined(raw))


def _joined(raw: dict[str, str]) -> dict[str, str]:
    """RFC 2231, sections 3 and 4: ``name*0``, ``name*1*``, ``name*`` become ``name``."""
    plain = {name: value for name, value in raw.items() if "*" not in name}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for name, value in raw.items():
        base, star, rest = name.partition("*")
        if not star:
            continue
        number, _, _ = rest.partition("*")
        if number and not (number.isascii() and number.isdigit() and len(number) < 4):
            raise Broken
        pieces.setdefault(base, []).append((int(number or 0), name.endswith("*"), value))
    for base, found in pieces.items():
        found.sort()
        if [number for number, _, _ in found] != list(range(len(found))):
            raise Broken
        value = _extended(found)
        # Old programs get a plain name beside the true one; nothing else may differ.
        if base not in {"name", "filename"} and plain.get(base, value) != value:
            raise Broken
        plain[base] = value
    return plain


def _extended(pieces: list[tuple[int, bool, str]]) -> str:
    charset = "utf-8"
    data = b""
    for number, encoded, value in pieces:
        text = value
        if number == 0 and encoded:
            charset, _, text = text.partition("'")
            _, _, text = text.partition("'")
        data += _percent_decoded(text) if encoded else text.encode()
    return in_charset(data, charset or "utf-8")


def _percent_decoded(text: str) -> bytes:
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), text.encode())


def in_charset(data: bytes, charset: str) -> str:
    """Text in a charset that people use, else as ASCII; what does not fit becomes a mark."""
    known = charset.lower() in CHARSETS
    try:
        return data.decode(charset if known else "ascii", "replace")
    except LookupError:  # there is no iso-8859-12
        return data.decode("ascii", "replace")


def decoded_words(text: str) -> str:
    """RFC 2047: encoded words become text; white space between two of them goes."""
    joined = re.sub(r"(\?=)\s+(?==\?)", r"\1", text)
    return ENCODED_WORD.sub(_decoded_word, joined)


def _decoded_word(found: re.Match[str]) -> str:
    charset, encoding, payload = found[1], found[2].lower(), found[3].encode()
    try:
        if encoding == "b":
            return in_charset(binascii.a2b_base64(payload), charset)
        return in_charset(binascii.a2b_qp(payload, header=True), charset)
    except binascii.Error:
        return found[0]


def harmless(text: str) -> str:
    """Without control, format and surrogate characters."""
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})


def file_name(text: str) -> str:
    """A name to show and compare, never a path; at most 200 characters, possibly empty.

    Of a longer one only the end is read: putting 30,000 accents in order takes seconds.
    """
    name = harmless(unicodedata.normalize("NFC", decoded_words(text)[-NAME_LIMIT:]))
    return re.split(r"[/\\]", name)[-1].strip(" .")[-200:]


def addresses(field: bytes) -> tuple[str, ...]:
    """Every address of one From field, as written; ``("",)`` when it cannot be read strictly.

    Display names are skipped, group names too; their members count.
    """
    try:
        tokens = _address_tokens(_without_comments(field.decode()))
        found = tuple(_mailboxes(tokens))
    except (Broken, UnicodeDecodeError):
        return ("",)
    return found or ("",)


def _without_comments(text: str) -> str:
    if any(unicodedata.category(char) == "Cc" and char != "\t" for char in text):
        raise Broken
    if "(" not in text:
        return text
    kept, depth, quoted, previous = [], 0, False, ""
    for char in text:
        escaped, previous = previous == "\\", "" if previous == "\\" else char
        if char == '"' and depth == 0 and not escaped:
            quoted = not quoted
        if char == "(" and not quoted and not escaped:
            depth += 1
        if depth == 0:
            kept.append(char)
        elif char == ")" and not escaped:
            depth -= 1
            kept.append(" ")
    if depth or quoted:
        raise Broken
    return "".join(kept)


def _address_tokens(text: str) -> list[str]:
    tokens, position = [], 0
    while position < len(text):
        match = ADDRESS_TOKEN.match(text, position)
        if match is None:
            raise Broken
        tokens.append(match[0])
        position = match.end()
    return tokens


def _mailboxes(pieces: list[str]) -> list[str]:
    """RFC 5322, section 3.4: mailboxes and groups, separated by commas."""
    found: list[str] = []
    current: list[str] = []
    in_group = False
    for piece in [*pieces, ","]:
        if piece == ":":
            if in_group or not "".join(current).strip():
                raise Broken
            in_group, current = True, []
        elif piece in {",", ";"}:
            if "".join(current).strip():
                found.append(_address(current))
            if piece == ";":
                if not in_group:
                    raise Broken
                in_group = False
            current = []
        else:
            current.append(piece)
    if in_group:
        raise Broken
    return found


def _address(tokens: list[str]) -> str:
    words = [token for token in tokens if not token.isspace()]
    angles = [token for token in words if token.startswith("<")]
    if angles:
        claimed_twice = any("@" in word and word[0] != '"' for word in words[:-1])
        if len(angles) > 1 or words[-1] is not angles[0] or claimed_twice:
            raise Broken
        address = angles[0][1:-1].strip()
    else:
        address = "".join(tokens).strip()
    if not ADDR_SPEC.fullmatch(address):
        raise Broken
    return address


def date(text: str) -> datetime | None:
    """RFC 5322, section 3.3, without the obsolete zones; None when it is no such date."""
    match = DATE.fullmatch(COMMENT.sub("", text).strip())
    if match is None or match[2] not in MONTHS:
        return None
    offset = timedelta(hours=int(match[8] or 0), minutes=int(match[9] or 0))
    zone = timezone(-offset if match[7] == "-" else offset) if offset < timedelta(days=1) else UTC
    numbers = (int(match[3]), MONTHS.index(match[2]) + 1, int(match[1]), int(match[4]))
    try:
        return datetime(*numbers, int(match[5]), int(match[6] or 0), tzinfo=zone)
    except ValueError:
        return None


def headers(fields: Fields) -> Headers:
    """The headers that count; a Date, Message-ID or Subject given twice is none at all."""
    return Headers(
        from_=_every(fields, "from"),
        sender=_every(fields, "sender"),
        to=(*_every(fields, "to"), *_every(fields, "cc")),
        date=date(_single(fields, "date")),
        message_id=_single(fields, "message-id"),
        subject=harmless(decoded_words(_single(fields, "subject"))),
        automatic=is_automatic(fields) or is_list(fields),
        reply=is_reply(fields),
        answers=tuple(MESSAGE_ID.findall(_single(fields, "in-reply-to"))[:MOST_ANSWERED]),
    )


def _every(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(address for field in fields.all(name) for address in addresses(field))


def _single(fields: Fields, name: str) -> str:
    values = fields.all(name)
    return values[0].decode("utf-8", "replace") if len(values) == 1 else ""
