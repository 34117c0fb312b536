"""That a person was given their data, as an entry of the log about them, with its digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.adapters.evidence import About, new_span, new_trace
from gateway.adapters.log_writing import sequence, size

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.adapters.database import Database
    from gateway.adapters.evidence import Scribe
    from gateway.adapters.log_writing import LogWriter
    from gateway.domain.cases import Case
    from gateway.domain.dossier import Processed

KIND: Final = "dossier"
ACCESS, PORTABLE = "access", "portable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given in which case; `digest` is the SHA-256 of its manifest, in hex."""

    case: Case
    what: str
    edition: int
    digest: str


class DossierRecord:
    """Puts it on record before it is handed out."""

    def __init__(self, database: Database, scribe: Scribe, log: LogWriter) -> None:
        self._database = database
        self._scribe = scribe
        self._log = log

    async def given(self, given: Given, now: datetime) -> int:
        """The number of the entry; raises `BrokenLogError`, `Retry`."""

        def write(connection: Connection) -> int:
            sequence(connection)
            seq = size(connection)
            about = About(trace=new_trace(), span=new_span(), subject=given.case.dossier_id)
            entry = self._scribe.settled(
                KIND,
                about,
                now,
                what=given.what,
                case=given.case.case_id,
                reference=given.case.reference,
                edition=given.edition,
                manifest=given.digest,
            )
            self._log.append(connection, [entry], now)
            return seq

        return await self._database.write(write)


def next_edition(entries: Iterable[Processed], case: Case, what: str) -> int:
    """The first is 1; an entry that does not open any more counts as one."""
    return 1 + sum(
        each.kind == KIND and (each.entry is None or _is_of(each, case, what)) for each in entries
    )


def _is_of(each: Processed, case: Case, what: str) -> bool:
    evidence = each.entry.get("evidence") if isinstance(each.entry, dict) else None
    if not isinstance(evidence, dict):
        return False
    return evidence.get("case") == case.case_id and evidence.get("what") == what
