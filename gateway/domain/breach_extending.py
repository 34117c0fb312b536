"""A breach made wider (AVG 33(4)): what says more than it knows, and what it concerns by then.

What a breach concerns is added to in rows, and no row ever goes.  One report may stand in several:
it waited and was passed on since, or nobody knew whom it was about.  Each counts once all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gateway.domain.affected import Affected
from gateway.domain.received import Came
from gateway.domain.stops import WHOLE_MAIL
from gateway.domain.sureness import Sureness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias

    from gateway.domain.bijsluiter import Category
    from gateway.domain.scope import Disclosed

    Report: TypeAlias = tuple[str, int]
    Key: TypeAlias = tuple[str, int, str, str, str]


def added(known: Sequence[Affected], found: Iterable[Affected]) -> tuple[Affected, ...]:
    """Of what was found, each that says more than the rows of a breach do; none twice.

    More is a report, a person, that somebody got it, a category or a field, or that it does belong
    here.  How it fared on its way (waiting, held, refused; sent, returned) is no more.  What a
    scope and a proposal both say of one report is one.
    """
    rows = _Rows(known)
    new: list[Affected] = []
    for each in _Rows(found).together():
        if rows.learns(each):
            rows.take(each)
            new.append(each)
    return tuple(new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """What an extension added, in numbers: rows, people whom the breach did not have, and people
    of whom more became known.
    """

    added: int
    people: int
    again: int

    @property
    def is_news(self) -> bool:
        """Whether anything was added."""
        return bool(self.added)

    def detail(self) -> dict[str, str]:
        """As its step keeps it."""
        return {"added": str(self.added), "people": str(self.people), "again": str(self.again)}


def extension(known: Sequence[Affected], new: Sequence[Affected]) -> Extension:
    """These, added to what is known, counted."""
    had = {each.dossier_id for each in known}
    told = {each.dossier_id for each in new} - {""}
    return Extension(added=len(new), people=len(told - had), again=len(told & had))


def standing(known: Sequence[Affected]) -> tuple[Affected, ...]:
    """All that a breach concerns, each once, as its rows say together; last what is about nobody.

    A report that somebody got since is no longer one that only came in: what of it is in nothing
    that they got stays as the rest of it.  What was about nobody known is about whom it was found
    to be.  A mail as a whole is its reports, once a later extension has those.
    """
    since = _first(known)
    found = [
        _anew(each, _whole(each), before=each, person_since=since[each.dossier_id])
        if since.get(each.dossier_id)
        else each
        for each in _Rows(_named(known)).standing()
    ]
    return (
        *(each for each in found if each.dossier_id),
        *(each for each in found if not each.dossier_id),
    )


def unsettled(known: Sequence[Affected], found: Iterable[Affected]) -> tuple[str, ...]:
    """The mails of which more has become known than these say, and more may be on record.

    A mail that was in a breach as a whole and has been read since: all that was in it belongs
    there.  And of a report that was passed on since it may be on record what stayed behind.
    """
    wholes = {each.trace for each in known if _is_whole(each) and each.sure != Sureness.POSSIBLE}
    kept = {_report(each) for each in known if _is_kept(each)}
    return tuple(
        sorted(
            {
                each.trace
                for each in found
                if (each.trace in wholes and not _is_whole(each))
                or (each.passed_on and _report(each) in kept)
            }
        )
    )


def rest_unknown(before: int, known: Sequence[Affected], disclosed: Sequence[Disclosed]) -> int:
    """Of how many reports of a breach nobody noted what else came with them, once it has these.

    `before` were counted so far, by number alone.  Where all that was passed on is counted again
    that number is known anew; else those count that the breach had none of.
    """
    unknown = {each.span_id for each in disclosed if each.withheld is None}
    had = {each.span_id for each in known if each.passed_on}
    if not before or (had and had <= {each.span_id for each in disclosed}):
        return len(unknown)
    return before + len(unknown - had)


class _Rows:
    """Rows, those of the same thing as one; in the order in which each began.

    Beside them, by report, those of what went on and of what is known to have stayed of that; since
    when it is about somebody known, and which are about another whom nobody knows; and by mail the
    last extension that had a report of it.
    """

    def __init__(self, rows: Iterable[Affected]) -> None:
        self._by_key: dict[Key, Affected] = {}
        self._passed: dict[Report, list[Affected]] = {}
        self._about: dict[Report, int] = {}
        self._another: set[Report] = set()
        self._read: dict[str, int] = {}
        for each in rows:
            self.take(each)

    def take(self, each: Affected) -> None:
        """This is known as well."""
        key, report = _key(each), _report(each)
        before = self._by_key.get(key)
        self._by_key[key] = each if before is None else _merged(before, each)
        if each.dossier_id:
            self._about.setdefault(report, each.extension)
        elif each.extension > self._about.get(report, each.extension):
            self._another.add(report)
        if each.passed_on or each.state == Came.IN_PART:
            self._passed.setdefault(report, []).append(each)
        if not _is_whole(each):
            self._read[each.trace] = max(each.extension, self._read.get(each.trace, 0))

    def together(self) -> Sequence[Affected]:
        """Those of the same thing as one, and nothing read into them."""
        return tuple(self._by_key.values())

    def learns(self, each: Affected) -> bool:
        """Whether this says anything that the rows do not."""
        if not each.dossier_id and _report(each) in self._about:
            # Whose it was is known here, whoever forgot it since; unless it is about another.
            return each.differs and _report(each) not in self._another
        before = self._by_key.get(_key(each))
        if self._is_rest(each):
            rest = self._rest(each)
            return rest is not None and (before is None or _is_more(before, rest))
        return before is None or _is_more(before, each)

    def standing(self) -> Iterable[Affected]:
        """Each as it counts by now; what others say wholly is left out."""
        for each in self._by_key.values():
            if _is_whole(each) and self._read.get(each.trace, 0) > each.extension:
                continue
            found = self._rest(each) if self._is_rest(each) else each
            if found is not None:
                yield found

    def _is_rest(self, each: Affected) -> bool:
        """Whether it only came in as far as this row says, and somebody got it by another."""
        return _is_kept(each) and any(one.passed_on for one in self._of(each))

    def _rest(self, each: Affected) -> Affected | None:
        others = self._of(each)
        held = each.categories.difference(*(one.categories for one in others))
        had = {path for one in others for path in one.fields}
        paths = tuple(path for path in each.fields if path not in had)
        if not held and not paths:
            return None
        return _anew(each, _Known(held, paths), before=each, state=Came.IN_PART.value)

    def _of(self, each: Affected) -> Sequence[Affected]:
        """What of the same report about the same person went on, and is known to have stayed."""
        return [
            one for one in self._passed.get(_report(each), ()) if one.dossier_id == each.dossier_id
        ]


def _named(rows: Sequence[Affected]) -> Sequence[Affected]:
    """Each report that was about nobody known under everybody whom it was found to be about.

    To them it is as new as that: nobody could write to them before.  What was found to be about
    nobody known after it had been about somebody is about another.
    """
    whose: dict[Report, dict[str, int]] = {}
    for each in (each for each in rows if each.dossier_id):
        since = whose.setdefault(_report(each), {})
        since[each.dossier_id] = min(each.extension, since.get(each.dossier_id, each.extension))
    found: list[Affected] = []
    for each in rows:
        named = {} if each.dossier_id else whose.get(_report(each), {})
        found += [
            _anew(each, _whole(each), before=each, who=who, since=since)
            for who, since in named.items()
            if since >= each.extension
        ] or [each]
    return found


def _first(rows: Sequence[Affected]) -> Mapping[str, int]:
    """By person the extension by which they were first in the breach."""
    found: dict[str, int] = {}
    for each in (each for each in rows if each.dossier_id):
        found[each.dossier_id] = min(each.extension, found.get(each.dossier_id, each.extension))
    return found


def _merged(before: Affected, later: Affected) -> Affected:
    more = tuple(path for path in later.fields if path not in before.fields)
    found = _Known(later.categories | before.categories, (*before.fields, *more))
    return _anew(later, found, before=before)


def _whole(each: Affected) -> _Known:
    return _Known(each.categories, each.fields)


class _Known(NamedTuple):
    """What of a report is known: its categories, and fields by path."""

    categories: frozenset[Category]
    fields: tuple[str, ...]


def _anew(
    each: Affected,
    known: _Known,
    *,
    before: Affected,
    who: str | None = None,
    state: str | None = None,
    since: int = 0,
    person_since: int = 0,
) -> Affected:
    """The same with what is known of it; what it does not say itself is as `before`.

    `who` is whom it is about, known by so many extensions (`since`).  Once it is sure that
    something belongs here, it stays so.
    """
    return Affected(
        dossier_id=each.dossier_id if who is None else who,
        trace=each.trace,
        number=each.number,
        span_id=each.span_id,
        reference=each.reference,
        sent_at=each.sent_at or before.sent_at,
        sender_id=each.sender_id or before.sender_id,
        recipient_id=each.recipient_id,
        categories=known.categories,
        fields=known.fields,
        sealed_to=each.sealed_to or before.sealed_to,
        state=each.state if state is None else state,
        sure=before.sure if each.sure == Sureness.POSSIBLE else each.sure,
        received_at=each.received_at or before.received_at,
        extension=max(each.extension, since),
        person_since=person_since,
        differs=who is None and (each.differs or before.differs),
    )


def _is_more(before: Affected, each: Affected) -> bool:
    surer = before.sure == Sureness.POSSIBLE != each.sure
    return surer or not (
        each.categories <= before.categories and set(each.fields) <= set(before.fields)
    )


def _key(each: Affected) -> Key:
    """What was passed on, and the rest of that, is known by its log entry: there may be several.

    What only came in has one outcome at a time, each with an entry of its own.
    """
    if each.passed_on:
        return each.trace, each.number, each.dossier_id, "passed-on", each.span_id
    if each.state == Came.IN_PART:
        return each.trace, each.number, each.dossier_id, "rest", each.span_id
    return each.trace, each.number, each.dossier_id, "came-in", ""


def _report(each: Affected) -> Report:
    return each.trace, each.number


def _is_kept(each: Affected) -> bool:
    """Whether it came in and went to nobody, as far as this row says."""
    return not each.passed_on and each.state != Came.IN_PART


def _is_whole(each: Affected) -> bool:
    """Whether it is a mail as a whole, of which nobody had read a report."""
    return each.number == WHOLE_MAIL and not each.dossier_id
