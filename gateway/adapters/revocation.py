"""Knowing in time what was revoked: from files, and fetched before it is needed.

Only certificates of the register are asked about, and the configured authorities
above them; a mail never makes the gateway ask anything.  A list is preferred to a
responder, who would learn with whom the gateway corresponds; a responder is asked
where there is no list to be had.  What was fetched replaces what was kept only when
it can be believed and is not older, so that nobody on the way can take knowledge back.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from gateway.adapters.revocation_due import Due, Turn
from gateway.adapters.revocation_fetch import Problem
from gateway.adapters.revocation_files import MOST_MATERIAL, configured
from gateway.adapters.revocation_wanted import readable, wanted
from gateway.adapters.trust import TrustMaterial, TrustStore
from gateway.adapters.trust_crl import Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from cryptography import x509

    from gateway.adapters.revocation_fetch import Fetcher
    from gateway.adapters.revocation_files import KeptFiles, TrustFiles
    from gateway.adapters.revocation_wanted import Source, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What openers judge by from now on, and how the fetching went.

    `unreadable` are names of files.  Of the `registered` certificates that are valid,
    `unknown` have a path of which somebody's revocation is not known, so that their
    mail waits, and `untrusted` no path.  `until` is how long all of it is known that
    is known now.  `more` says that some were left for the next time.
    """

    material: TrustMaterial
    fetched: int = 0
    failed: tuple[Problem, ...] = ()
    unreadable: tuple[str, ...] = ()
    registered: int = 0
    unknown: int = 0
    untrusted: int = 0
    until: datetime | None = None
    more: bool = False


class Revocation:
    """What is known of revocations on this machine; `fetcher` None for files alone."""

    def __init__(self, files: TrustFiles, kept: KeptFiles, fetcher: Fetcher | None) -> None:
        self._files = files
        self._kept = kept
        self._due = Due(kept, fetcher) if fetcher is not None else None
        self._store = TrustStore(TrustMaterial())
        self._stored = TrustMaterial()

    def refresh(self, certificates: Iterable[bytes], at: datetime) -> Refreshed:
        """Fetch what is due for these certificates of the register (DER), and say what is known.

        Waits for the network, so for a thread of its own.  Raises `TrustFileError`
        where roots or intermediates cannot be read; a list that cannot be read is
        named in the answer and vouches for nothing.
        """
        return self._known(certificates, at, self._due)

    def known(self, certificates: Iterable[bytes], at: datetime) -> Refreshed:
        """As `refresh`, without fetching anything."""
        return self._known(certificates, at, None)

    def _known(self, certificates: Iterable[bytes], at: datetime, due: Due | None) -> Refreshed:
        given, unreadable = configured(self._files)
        registered = readable(certificates)
        steps = list(wanted(registered, TrustStore(given), at).values())
        turn = Turn(at)
        if due is not None:
            for each in steps:
                due.look(each, turn)
            self._kept.forget_all_but({source.name for source in _sources(steps)})
        material, too_much = self._with_kept(given, steps)
        store = self._store_of(material)
        unknown, untrusted, until = _standing(registered, store, at)
        return Refreshed(
            material=material,
            fetched=turn.fetched,
            failed=(*turn.failed, *([Problem.TOO_LARGE] if too_much else [])),
            unreadable=tuple(map(str, unreadable)),
            registered=len(registered),
            unknown=unknown,
            untrusted=untrusted,
            until=until,
            more=turn.is_full,
        )

    def _with_kept(
        self, given: TrustMaterial, steps: Sequence[Wanted]
    ) -> tuple[TrustMaterial, bool]:
        """What openers are given, and whether something was left out because it is too much."""
        lists, answers = list(given.crls), list(given.ocsp)
        size, too_much = sum(map(len, (*lists, *answers))), False
        answering = {each.answer for each in steps}
        for source in _sources(steps):
            kept = self._kept.find(source.name)
            if kept is None:
                continue
            if size + len(kept.content) > MOST_MATERIAL:
                too_much = True
                continue
            size += len(kept.content)
            (answers if source in answering else lists).append(kept.content)
        return TrustMaterial(
            roots=given.roots,
            intermediates=given.intermediates,
            crls=tuple(lists),
            ocsp=tuple(answers),
        ), too_much

    def _store_of(self, material: TrustMaterial) -> TrustStore:
        """The same one for as long as nothing changes: it remembers what it has verified."""
        if material != self._stored:
            self._store, self._stored = TrustStore(material), material
        return self._store


def _sources(steps: Iterable[Wanted]) -> list[Source]:
    """Each once, in order."""
    every = [
        source
        for step in steps
        for source in (*step.lists, *([step.answer] if step.answer is not None else []))
    ]
    return list(dict.fromkeys(every))


def _standing(
    registered: Iterable[x509.Certificate], store: TrustStore, at: datetime
) -> tuple[int, int, datetime | None]:
    """How many are not known, how many have no path, and how long the rest will be known."""
    unknown = untrusted = 0
    ends: list[datetime] = []
    for certificate in registered:
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            continue
        path = store.path(certificate, at)
        if path is None:
            untrusted += 1
            continue
        heard = [(store.standing(*step, at), store.until(*step, at)) for step in pairwise(path)]
        said = {verdict for verdict, _ in heard}
        if Said.REVOKED not in said and said != {Said.GOOD}:
            unknown += 1
        ends += [until for _, until in heard if until is not None]
    return unknown, untrusted, min(ends, default=None)
