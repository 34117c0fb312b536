"""Fetching one list or one answer when it is due, and keeping it when it can be believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from gateway.adapters.revocation_fetch import Fetcher, FetchError, Problem
from gateway.adapters.trust import ocsp_answer, revocation_list
from gateway.adapters.trust_purposes import UNREADABLE

if TYPE_CHECKING:
    from gateway.adapters.revocation_files import KeptFile, KeptFiles
    from gateway.adapters.revocation_wanted import Source, Wanted
    from gateway.adapters.trust_crl import RevocationList
    from gateway.adapters.trust_ocsp import OcspAnswer

MOST_AT_ONCE: Final = 8  # sources asked in one turn, so that what was fetched is soon of use
_AT_THE_LATEST: Final = timedelta(hours=6)  # after it was fetched
_AT_THE_EARLIEST: Final = timedelta(minutes=5)
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=2)


@dataclass(slots=True)
class Turn:
    """One round of fetching, at one moment."""

    at: datetime
    fetched: int = 0
    failed: list[Problem] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether the rest had better wait for the next round."""
        return self.fetched + len(self.failed) >= MOST_AT_ONCE


@dataclass(frozen=True, slots=True)
class _Pause:
    failures: int
    until: datetime


class Due:
    """What is fetched anew long before it ends, and after failures ever more seldom."""

    def __init__(self, kept: KeptFiles, fetcher: Fetcher) -> None:
        self._kept = kept
        self._fetcher = fetcher
        self._pauses: dict[str, _Pause] = {}
        self._read: dict[str, tuple[KeptFile, RevocationList | OcspAnswer]] = {}

    def look(self, step: Wanted, turn: Turn) -> None:
        """Lists first, in order; a responder where no list is to be had."""
        for source in step.lists:
            if self._is_there(source, step, turn):
                return
        if step.answer is not None:
            self._is_there(step.answer, step, turn)

    def _is_there(self, source: Source, step: Wanted, turn: Turn) -> bool:
        kept = self._kept.find(source.name)
        current = self._current(kept, source, step, turn.at)
        if not self._is_due(source, kept, current, turn):
            return current is not None
        problem = self._fetch(source, step, current, turn)
        if problem is None:
            turn.fetched += 1
            self._pauses.pop(source.name, None)
            return True
        turn.failed.append(problem)
        self._pause(source, turn.at)
        return current is not None

    def _current(
        self, kept: KeptFile | None, source: Source, step: Wanted, at: datetime
    ) -> RevocationList | OcspAnswer | None:
        """What is kept, where it can be believed now; read once, since lists are long."""
        if kept is None:
            return None
        before = self._read.get(source.name)
        try:
            found = (
                before[1] if before and before[0] == kept else _parsed(kept.content, source, step)
            )
        except UNREADABLE:
            return None
        self._read[source.name] = (kept, found)
        return found if found.says(step.certificate, step.issuer, at) is not None else None

    def _is_due(
        self,
        source: Source,
        kept: KeptFile | None,
        current: RevocationList | OcspAnswer | None,
        turn: Turn,
    ) -> bool:
        pause = self._pauses.get(source.name)
        if turn.is_full or (pause is not None and turn.at < pause.until):
            return False
        if kept is None or current is None or current.next_update is None:
            return True
        half = (current.next_update - kept.fetched_at) / 2
        return turn.at >= kept.fetched_at + min(max(half, _AT_THE_EARLIEST), _AT_THE_LATEST)

    def _fetch(
        self,
        source: Source,
        step: Wanted,
        current: RevocationList | OcspAnswer | None,
        turn: Turn,
    ) -> Problem | None:
        """The first address that has something to be believed; the last problem otherwise."""
        problem = Problem.ADDRESS
        for address in source.addresses:
            try:
                if source is step.answer:
                    content = self._fetcher.answer(address, step.question())
                else:
                    content = self._fetcher.get(address)
                _check(content, source, step, current, turn.at)
                self._kept.keep(source.name, content, turn.at)
            except FetchError as error:
                problem = error.problem
            except OSError:
                problem = Problem.NOT_KEPT
            else:
                return None
        return problem

    def _pause(self, source: Source, at: datetime) -> None:
        before = self._pauses.get(source.name)
        failures = 1 + (before.failures if before is not None else 0)
        length = min(_FIRST_PAUSE * 2 ** min(failures - 1, 10), _LONGEST_PAUSE)
        self._pauses[source.name] = _Pause(failures, at + length)


def _check(
    content: bytes,
    source: Source,
    step: Wanted,
    current: RevocationList | OcspAnswer | None,
    at: datetime,
) -> None:
    """Raises `FetchError` for what does not come from the issuer, or would take knowledge back."""
    try:
        found = _parsed(content, source, step)
    except UNREADABLE:
        raise FetchError(Problem.NOT_BELIEVED) from None
    if found.says(step.certificate, step.issuer, at) is None:
        raise FetchError(Problem.NOT_BELIEVED)
    if current is not None and found.this_update < current.this_update:
        raise FetchError(Problem.OLDER)


def _parsed(content: bytes, source: Source, step: Wanted) -> RevocationList | OcspAnswer:
    """Raises what `UNREADABLE` names."""
    return ocsp_answer(content) if source is step.answer else revocation_list(content)
