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
DOCUMENT = frozenset({b"00", b"01"})  # signature types (RFC 9580, 5.2.1): of a document, no other
CODE_MASK = 0xFFFF  # of gpg-error's numbers: the error without who reports it


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
    """One run of gpg.

    `opened_by` is the fingerprint of the key that the session key came from, hex, upper
    case, empty without one (BEGIN_DECRYPTION comes also where there is none);
    `key_failures` are gpg-error's numbers for each that was tried in vain.
    """

    returncode: int
    output: bytes
    status: bytes
    verdicts: list[Verdict] = field(init=False, default_factory=list)
    keywords: set[bytes] = field(init=False, default_factory=set)
    opened_by: str = field(init=False, default="")
    key_failures: list[int] = field(init=False, default_factory=list)

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
        if keyword == b"DECRYPTION_KEY":
            self.opened_by = _hex(words, 0)
        if keyword == b"ERROR" and words[:1] == [b"pkdecrypt_failed"]:
            self.key_failures.append(_number(words, 1) & CODE_MASK)
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
    def signed(self) -> bool:
        """Whether a signature was made and the message encrypted to its end."""
        return self.returncode == 0 and {b"SIG_CREATED", b"END_ENCRYPTION"} <= self.keywords

    @property
    def failed_to_sign(self) -> bool:
        """Whether a signature was wanted, of a key that could not make it."""
        asked = self.keywords & {b"BEGIN_SIGNING", b"INV_SGNR"}
        return bool(asked) and b"SIG_CREATED" not in self.keywords


def _take_valid(verdict: Verdict, words: list[bytes]) -> None:
    if len(words) < 10 or verdict.primary or words[8] not in DOCUMENT:
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
