"""What gpg says on its status descriptor (GnuPG's doc/DETAILS), read as bytes.

Lines end with a line feed and nothing else; only the keywords below are read,
and of a signature nothing but VALIDSIG identifies its maker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

PREFIX = b"[GNUPG:] "
WEAK_HASHES = frozenset({1, 2, 3})  # MD5, SHA-1, RIPEMD-160 (RFC 9580, section 9.5)
FITS = frozenset({b"GOODSIG", b"EXPKEYSIG"})  # an expired key is judged by our own dates
RESULTS = FITS | {b"EXPSIG", b"REVKEYSIG", b"BADSIG", b"ERRSIG"}


@dataclass(slots=True)
class Verdict:
    """What gpg said of one signature; `primary` is empty unless VALIDSIG named it.

    `issuer` is the signing key's fingerprint or, without VALIDSIG, its key id;
    hex, upper case.
    """

    issuer: str = ""
    primary: str = ""
    created: datetime | None = None
    result: bytes = b""
    weak_hash: bool = False

    @property
    def fits(self) -> bool:
        return self.result in FITS and bool(self.primary)


@dataclass(slots=True, repr=False)
class Report:
    """One run of gpg."""

    returncode: int
    output: bytes
    status: bytes
    verdicts: list[Verdict] = field(init=False, default_factory=list)
    keywords: set[bytes] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        for line in self.status.split(b"\n"):
            if line.startswith(PREFIX):
                keyword, *words = line[len(PREFIX) :].split(b" ")
                self.keywords.add(keyword)
                self._take(keyword, words)

    def _take(self, keyword: bytes, words: list[bytes]) -> None:
        if keyword == b"NEWSIG":
            self.verdicts.append(Verdict())
            return
        if keyword not in RESULTS and keyword != b"VALIDSIG":
            return
        if not self.verdicts:
            self.verdicts.append(Verdict())
        verdict = self.verdicts[-1]
        if keyword == b"VALIDSIG":
            _take_valid(verdict, words)
            return
        if verdict.result:  # a second result for one signature is none
            verdict.result = b"BADSIG"
            return
        verdict.result = keyword
        verdict.issuer = verdict.issuer or _hex(words, 0)
        if keyword == b"ERRSIG":
            verdict.weak_hash = _number(words, 2) in WEAK_HASHES

    @property
    def decrypted(self) -> bool:
        """Whether the whole message was decrypted and its integrity held."""
        return b"DECRYPTION_OKAY" in self.keywords and b"GOODMDC" in self.keywords

    @property
    def failed_otherwise(self) -> bool:
        """Whether gpg failed for another reason than a signature."""
        return self.returncode != 0 and not self.verdicts


def _take_valid(verdict: Verdict, words: list[bytes]) -> None:
    if len(words) < 10 or verdict.primary:
        verdict.result = b"BADSIG"
        return
    verdict.issuer, verdict.primary = _hex(words, 0), _hex(words, 9)
    verdict.created = _moment(_number(words, 2))
    verdict.weak_hash = _number(words, 7) in WEAK_HASHES


def _moment(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _hex(words: list[bytes], at: int) -> str:
    try:
        return bytes.fromhex(words[at].decode("ascii")).hex().upper()
    except (IndexError, ValueError):
        return ""


def _number(words: list[bytes], at: int) -> int:
    try:
        return int(words[at])
    except (IndexError, ValueError):
        return 0
