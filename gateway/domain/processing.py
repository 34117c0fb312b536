"""The activities of this gateway in the register of processing activities (article 30 AVG).

They come from ``policies/processing.toml``, or from a municipality's own file.
An activity's id is the URI that entries of the log bear (LDV 1.0,
``dpl.core.processing_activity_id``); a changed activity gets a new one, so what
stands under an id has a digest, and `processing_record` holds the one to the other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.actions import NATURES, DeedClass
from gateway.domain.audit import Action
from gateway.domain.bijsluiter import Category, Regime
from gateway.domain.processing_file import ActivityRow, ProcessingFile
from gateway.domain.toml_text import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.domain.articles import Articles
    from gateway.domain.processing_file import RetentionRow
    from gateway.domain.wire import Json


class ProcessingError(Exception):
    """The activities cannot be used; names the activity, the list and what is wrong."""


class Key(StrEnum):
    """An activity, as code names it; each has one entry in the file."""

    EXCHANGE = "exchange"
    ANSWERING = "answering"
    HELD = "held"
    REGISTER = "register"
    REMINDING = "reminding"
    CONSULTATION = "consultation"
    EXPORT = "export"
    INCIDENTS = "incidents"
    RIGHTS = "rights"
    ADMINISTRATION = "administration"


# Under which activity each kind of log entry falls; there is no other kind.
ACTIVITY_OF = {
    "mail": Key.EXCHANGE,
    "report": Key.EXCHANGE,
    "sent": Key.EXCHANGE,
    "undeliverable": Key.EXCHANGE,
    "returned": Key.EXCHANGE,
    "delivery": Key.EXCHANGE,
    "withdrawn": Key.EXCHANGE,
    "walk-again": Key.EXCHANGE,
    "released": Key.HELD,
    "refused": Key.HELD,
    "consulted": Key.CONSULTATION,
    "reminder": Key.REMINDING,
    "dossier": Key.CONSULTATION,
    "duty": Key.RIGHTS,
    "erased": Key.REGISTER,
    "pruned": Key.ADMINISTRATION,
}
# Of a deed by how its action begins, the most particular first; looks are apart.
_DEED = "audit"
_ACTIVITY_OF_DEED: Mapping[str, Key] = {
    "mail.": Key.EXCHANGE,
    "report.": Key.EXCHANGE,
    "letter.duty": Key.RIGHTS,
    "request.": Key.RIGHTS,
    "letter.": Key.ANSWERING,
    "held.": Key.HELD,
    "log.exported": Key.EXPORT,
    "contact.key-": Key.ADMINISTRATION,
    "register.": Key.REGISTER,
    "party.": Key.REGISTER,
    "contact.": Key.REGISTER,
    "breach.": Key.INCIDENTS,
}
# What happens to a letter falls under the activity that wrote it.
_HAPPENS_TO_A_LETTER = frozenset({"sent", "undeliverable", "returned", "delivery", "withdrawn"})
_WROTE = {
    "report": Key.EXCHANGE,
    "receipt": Key.ANSWERING,
    "notice": Key.ANSWERING,
    "reminder": Key.REMINDING,
    "duty": Key.RIGHTS,
}
_COVENANT = "convenant "
# The grounds of article 6(1) that a municipality has for its tasks; (f) is none of them.
_LAWFUL = re.compile(r"AVG 6\(1\)\([ace]\)")
_KEEP_DAYS = "{run.keep_days}"


def activity_for(kind: str, letter: str = "") -> Key:
    """The activity that an entry of this kind belongs to.

    `letter` is what was sent (`Post`), or of a deed its action.  Raises `ProcessingError`
    for a kind that has none: nothing is logged without one.
    """
    if kind == _DEED:
        return activity_of_deed(Action(letter))
    about_letter = letter and kind in _HAPPENS_TO_A_LETTER
    found = _WROTE.get(letter) if about_letter else ACTIVITY_OF.get(kind)
    if found is None:
        raise ProcessingError(f"no activity for log entries of kind {kind} {letter}".rstrip())
    return found


def activity_of_deed(action: Action) -> Key:
    """The activity that a deed belongs to: a look at people to looking, the rest to what it did."""
    if NATURES[action].kind is DeedClass.CONSULT:
        return Key.CONSULTATION
    for beginning, key in _ACTIVITY_OF_DEED.items():
        if action.startswith(beginning):
            return key
    return Key.ADMINISTRATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Something by its code, and its words in Dutch."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Why it is lawful under these regimes."""

    regimes: tuple[Regime, ...]
    articles: tuple[Named, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long what is kept (ISO 8601 duration), counted from when (article 30(1)(f)).

    `log` says that it is a term of entries in the log, counted from when they were made.
    """

    code: str
    what: str
    regimes: tuple[Regime, ...]
    duration: str
    since: str
    log: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingActivity:
    """One entry of the register, without what is the same for all: controller and contacts.

    `joint` are joint controllers, `processors` who processes for the municipality,
    `others` says what other controllers have to do with it.
    """

    key: Key
    version: int
    activity_id: str
    name: str
    purposes: tuple[str, ...]
    grounds: tuple[Ground, ...]
    subjects: tuple[Named, ...]
    data: tuple[Named, ...]
    recipients: tuple[Named, ...]
    third_countries: tuple[str, ...]
    retention: tuple[Retention, ...]
    measures: tuple[Named, ...]
    role: str
    joint: tuple[str, ...]
    processors: tuple[str, ...]
    others: str

    @property
    def content(self) -> str:
        """All but its id and version, in the one way to write it (RFC 8785 for these values)."""
        return json.dumps(self.fields(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def digest(self) -> str:
        """SHA-256 of `content`, in hex."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    def fields(self) -> dict[str, Json]:
        """The content by the names that the file has for its parts."""
        return {
            "key": self.key.value,
            "name": self.name,
            "purposes": [*self.purposes],
            "grounds": [_ground(each) for each in self.grounds],
            "subjects": _named(self.subjects),
            "data": _named(self.data),
            "recipients": _named(self.recipients),
            "third_countries": [*self.third_countries],
            "retention": [_retention(each) for each in self.retention],
            "measures": _named(self.measures),
            "role": self.role,
            "joint": [*self.joint],
            "processors": [*self.processors],
            "others": self.others,
        }


class Activities:
    """Every activity, each key once; iterates in the order of the file."""

    def __init__(self, text: str, *, articles: Articles, base: str, keep_days: int) -> None:
        """`base` is the URI below which the ids lie, `keep_days` how long a mail is kept.

        Raises `ProcessingError` where a field is unknown or missing, where a key is
        there twice or not at all, and where an activity names what is not there.
        """
        file = parsed(text, ProcessingFile, ProcessingError)
        self.note = file.note
        _whole(file)
        reading = _Reading(file, articles, base, keep_days)
        self._by_key = {row.key: reading.activity(row) for row in file.activity}

    def __iter__(self) -> Iterator[ProcessingActivity]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)

    def __getitem__(self, key: str) -> ProcessingActivity:
        return self._by_key[key]


def _whole(file: ProcessingFile) -> None:
    found = Counter(row.key for row in file.activity)
    known = {key.value for key in Key}
    for key, times in found.items():
        if key not in known:
            raise ProcessingError(f"activity {key}: not a key that this gateway knows")
        if times > 1:
            raise ProcessingError(f"activity {key}: there {times} times")
    for key in sorted(known - found.keys()):
        raise ProcessingError(f"activity {key}: missing")
    for category in Category:
        if category.value not in file.data:
            raise ProcessingError(f"data: category {category.value} of the bijsluiter has no words")


class _Reading:
    """One file, whose activities are given the words of what they name."""

    def __init__(self, file: ProcessingFile, articles: Articles, base: str, keep_days: int) -> None:
        self._file = file
        self._articles = articles
        self._base = base
        self._keep_days = keep_days

    def activity(self, row: ActivityRow) -> ProcessingActivity:
        file, place = self._file, f"activity {row.key}"
        return ProcessingActivity(
            key=Key(row.key),
            version=row.version,
            activity_id=f"{self._base}/{row.key}/{row.version}",
            name=row.name,
            purposes=row.purposes,
            grounds=self._grounds(row, place),
            subjects=_words(row.subjects, file.subjects, f"{place}: subjects"),
            data=_words(row.data, file.data, f"{place}: data"),
            recipients=_words(row.recipients, file.recipients, f"{place}: recipients"),
            third_countries=row.third_countries,
            retention=self._retention(row, place),
            measures=_words(row.measures, file.measures, f"{place}: measures"),
            role=row.role,
            joint=row.joint,
            processors=row.processors,
            others=row.others,
        )

    def _grounds(self, row: ActivityRow, place: str) -> tuple[Ground, ...]:
        place = f"{place}: grounds"
        found = tuple(
            Ground(
                regimes=each.regimes,
                articles=tuple(self._article(name, place) for name in each.articles),
                text=each.text,
            )
            for each in row.grounds
        )
        for ground in found:
            _once((each.code for each in ground.articles), place)
            if sum(bool(_LAWFUL.fullmatch(each.code)) for each in ground.articles) != 1:
                raise ProcessingError(f"{place}: one of AVG 6(1)(a), (c) and (e) for each ground")
        named = Counter(regime for ground in found for regime in ground.regimes)
        for regime in Regime:
            if named[regime] != 1:
                raise ProcessingError(f"{place}: {named[regime]} grounds for {regime.value}")
        return found

    def _article(self, name: str, place: str) -> Named:
        if name.startswith(_COVENANT):
            number = name.removeprefix(_COVENANT)
            if number in self._articles:
                return Named(code=name, words=self._articles.title(number))
        elif name in self._file.articles:
            return Named(code=name, words=self._file.articles[name])
        raise ProcessingError(f"{place}: unknown article {name}")

    def _retention(self, row: ActivityRow, place: str) -> tuple[Retention, ...]:
        place = f"{place}: retention"
        _once(row.retention, place)
        found = tuple(self._term(code, place) for code in row.retention)
        for regime in Regime:
            if not any(regime in each.regimes for each in found):
                raise ProcessingError(f"{place}: none for {regime.value}")
        if not any(each.log for each in found):
            raise ProcessingError(f"{place}: none for its entries in the log (log = true)")
        return found

    def _term(self, code: str, place: str) -> Retention:
        term: RetentionRow | None = self._file.retention.get(code)
        if term is None:
            raise ProcessingError(f"{place}: unknown {code}")
        return Retention(
            code=code,
            what=term.what,
            regimes=term.regimes,
            duration=term.duration.replace(_KEEP_DAYS, str(self._keep_days)),
            since=term.since,
            log=term.log,
        )


def _words(codes: Sequence[str], known: Mapping[str, str], place: str) -> tuple[Named, ...]:
    _once(codes, place)
    for code in codes:
        if code not in known:
            raise ProcessingError(f"{place}: unknown {code}")
    return tuple(Named(code=code, words=known[code]) for code in codes)


def _once(codes: Sequence[str] | Iterator[str], place: str) -> None:
    for code, times in Counter(codes).items():
        if times > 1:
            raise ProcessingError(f"{place}: {code} is there {times} times")


def _named(found: Sequence[Named]) -> Json:
    return [{"code": each.code, "words": each.words} for each in found]


def _ground(ground: Ground) -> Json:
    return {
        "regimes": [each.value for each in ground.regimes],
        "articles": _named(ground.articles),
        "text": ground.text,
    }


def _retention(term: Retention) -> Json:
    return {
        "code": term.code,
        "what": term.what,
        "regimes": [each.value for each in term.regimes],
        "duration": term.duration,
        "from": term.since,
        "log": term.log,
    }
