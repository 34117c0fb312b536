"""The consent form on paper (annex 2): the texts that count, and what was written on one of them.

A form is known by version and language, and its text by its SHA-256; a form
that the catalogue does not hold is refused.  What was written by hand, and the
name of an interpreter, are personal data.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from gateway.domain.bijsluiter import Category
from gateway.domain.consent import ConsentCategory
from gateway.domain.register import Refusal, RegisterError, check_name
from gateway.domain.silent import Silent
from gateway.domain.toml_text import parsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.domain.consent import ConsentEvent

MAX_SCAN = 10 * 1024 * 1024  # bytes; a form is two pages
MAX_ADDED = 4  # the form has four empty rows
_LONGEST = 200  # characters of one added row
# How each begins: ISO 32000-1, 7.5.2; ISO 10918-1, B.1.1.3; PNG, 5.2; TIFF 6.0, section 2.
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)


class FormsError(Exception):
    """The catalogue of forms cannot be used; names the form."""


class Partner(StrEnum):
    """The partner's signature on the form.

    MISSING: there is a partner, who did not sign; such a form gives no consent.
    """

    SIGNED = "signed"
    NONE = "none"
    MISSING = "missing"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)


class Form(_Strict):
    """One wording of the form; `digest` is the SHA-256 of its text in hex (27560: notice).

    `purpose` and `rows` say in the form's own language what it is for, and what
    each printed row covers; `plain` says the same as `rows` in plain words (A2).
    """

    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")
    language: str = Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$")
    source: str
    text: str
    digest: str = Field(alias="sha256", pattern=r"^[0-9a-f]{64}$")
    purpose: str
    rows: dict[ConsentCategory, str]
    plain: dict[ConsentCategory, str]


class _Catalogue(_Strict):
    current: str
    form: tuple[Form, ...]


class Forms:
    """The catalogue: every form on which a consent may have been given."""

    def __init__(self, text: str, read: Callable[[str], bytes]) -> None:
        """`read` gives the text of a form by its name in the catalogue.

        Raises `FormsError` when the catalogue is not well formed, when a text is
        not the one that the catalogue says it is, or when a row has no words.
        """
        catalogue = parsed(text, _Catalogue, FormsError)
        self.current = catalogue.current
        self._forms = {(form.version, form.language): form for form in catalogue.form}
        if len(self._forms) != len(catalogue.form):
            raise FormsError("a form is there twice")
        if self.current not in {form.version for form in catalogue.form}:
            raise FormsError(f"there is no form {self.current}")
        for form in catalogue.form:
            _check(form, read)

    def form(self, version: str, language: str) -> Form:
        """The form, or `RegisterError`: nobody can say what such a paper asked."""
        found = self.known(version, language)
        if found is None:
            raise RegisterError(Refusal.UNKNOWN_FORM)
        return found

    def versions(self, language: str) -> tuple[str, ...]:
        """Every version that there is in this language, the current one first."""
        found = [version for version, each in self._forms if each == language]
        current = [self.current] if self.current in found else []
        return (*current, *sorted(set(found) - {self.current}))

    def known(self, version: str, language: str) -> Form | None:
        """The form, if the catalogue holds it."""
        return self._forms.get((version, language))


def _check(form: Form, read: Callable[[str], bytes]) -> None:
    name = f"form {form.version} in {form.language}"
    if not set(form.rows) == set(form.plain) == set(ConsentCategory):
        raise FormsError(f"{name}: say what each of the rows covers")
    if hashlib.sha256(read(form.text)).hexdigest() != form.digest:
        raise FormsError(f"{name}: {form.text} is not the text with this SHA-256")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AddedRow(Silent):
    """One of the form's empty rows, as written; `covers` None permits nothing."""

    text: str
    covers: Category | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Paper(Silent):
    """What the signed form shows besides its ticks.

    `partner` None: nobody said whether there is one.  `interpreter` is the name
    under the interpreter's statement, empty where there was none.
    """

    partner: Partner | None = Partner.NONE
    interpreter: str = ""
    added: tuple[AddedRow, ...] = ()
    scan: bytes | None = None

    @property
    def written(self) -> bool:
        """Whether there are words on it that somebody wrote."""
        return bool(self.interpreter or self.added)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OnRecord(Silent):
    """One consent event with what was kept of its form (ISO/IEC TS 27560).

    `number` counts the events of a dossier from 1, in the order of recording;
    `record_id` is a pseudonym of person and provider together, None once erased.
    `partner`, `notice` and the rest are None where there was no form, or where it
    was recorded before they were asked for; `paper` is None once erased.
    """

    number: int
    record_id: str | None
    provider_id: str
    event: ConsentEvent
    language: str
    expressed_by: str
    recorded_by: str
    interpreter: bool
    partner: Partner | None
    notice: str | None
    proof: str | None
    scan_type: str | None
    scan_bytes: int | None
    paper: Paper | None


def check_paper(paper: Paper) -> None:
    """Refuses what no form can show: `RegisterError`."""
    if paper.interpreter:
        check_name(paper.interpreter, Refusal.BAD_NAME)
    if len(paper.added) > MAX_ADDED:
        raise RegisterError(Refusal.BAD_ADDED_ROW)
    for row in paper.added:
        check_name(row.text, Refusal.BAD_ADDED_ROW, _LONGEST)
    if paper.scan is not None:
        scan_type(paper.scan)


def scan_type(content: bytes) -> str:
    """The media type of a scan, by how it begins; `RegisterError` for anything else."""
    if len(content) <= MAX_SCAN:
        for start, media_type in _BEGINNINGS:
            if content.startswith(start):
                return media_type
    raise RegisterError(Refusal.BAD_SCAN)


def added_row(given: str) -> AddedRow:
    """``TEXT=P4``: the words as written, and the bijsluiter category that they cover.

    Without a category it stands on record and permits nothing.  Raises `RegisterError`.
    """
    text, equals, category = given.rpartition("=")
    if not equals:
        return AddedRow(text=given.strip(), covers=None)
    if category not in set(Category):
        raise RegisterError(Refusal.BAD_ADDED_ROW)
    return AddedRow(text=text.strip(), covers=Category(category))
