"""The catalogue: each event with its meaning, its level and the fields that it may carry.

`docs/events.md` shows it; ``python -m tests.test_events`` writes that page anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gateway.events import kinds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.events.kinds import Kind


class Level(StrEnum):
    """How soon somebody should look: not, when there is time, now."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event; a field that is not named here is never written."""

    meaning: str
    level: Level
    fields: Mapping[str, Kind]


DROPPED: Final = "events.dropped"


def _event(meaning: str, level: Level = Level.INFO, **fields: Kind) -> Event:
    return Event(meaning=meaning, level=level, fields=fields)


CATALOGUE: Final[Mapping[str, Event]] = {
    "gateway.started": _event(
        "The gateway is at work; `policy` is the decision table in force.",
        instance=kinds.INSTANCE,
        version=kinds.VERSION,
        database=kinds.DATABASE,
        policy=kinds.DIGEST,
    ),
    "gateway.stopped": _event(
        "The gateway has ended in order: what was in hand is finished or put back.",
        instance=kinds.INSTANCE,
    ),
    "mailbox.received": _event(
        "So many mails were stored, and put away in their mailbox.",
        mailbox=kinds.MAILBOX,
        count=kinds.COUNT,
        bytes=kinds.BYTES,
    ),
    "mailbox.unreachable": _event(
        "The mail server cannot be used; tried again after `seconds`.",
        Level.WARNING,
        seconds=kinds.SECONDS,
    ),
    "mail.handled": _event(
        "What became of a mail, and of how many reports; on record before this is written.",
        trace=kinds.TRACE,
        outcome=kinds.OUTCOME,
        reasons=kinds.REASONS,
        reports=kinds.COUNT,
        milliseconds=kinds.MILLISECONDS,
    ),
    "mail.put_back": _event(
        "A mail could not be judged now, and is tried again later.",
        Level.WARNING,
        trace=kinds.TRACE,
        attempts=kinds.COUNT,
        reasons=kinds.REASONS,
    ),
    "mail.forgotten": _event(
        "So many sealed mails were deleted, because their time was over (`run.keep_days`).",
        count=kinds.COUNT,
    ),
    "mail.walks_again": _event(
        "What a held mail waited for has changed; it is judged anew.", trace=kinds.TRACE
    ),
    "reminder.posted": _event(
        "Somebody is reminded of something that is due.",
        matter=kinds.MATTER,
        to=kinds.REGISTERED,
    ),
    "reminder.untold": _event(
        "Something is due, and there is nobody who can be told.",
        Level.WARNING,
        matter=kinds.MATTER,
        subject=kinds.REGISTERED,
    ),
    "duty.posted": _event(
        "Somebody is written to because of a duty: a correction, an erasure, help that is asked.",
        duty=kinds.DUTY,
        to=kinds.REGISTERED,
    ),
    "duty.unreachable": _event(
        "A duty asks for a letter, and nobody of that party can be written to.",
        Level.WARNING,
        duty=kinds.DUTY,
        to=kinds.REGISTERED,
    ),
    "report.sent": _event(
        "A mail of ours was taken by the next mail server.",
        trace=kinds.TRACE,
        outgoing=kinds.OUTGOING,
    ),
    "report.postponed": _event(
        "The next mail server did not take it now; it is tried again.",
        Level.WARNING,
        trace=kinds.TRACE,
        outgoing=kinds.OUTGOING,
        attempts=kinds.COUNT,
    ),
    "report.held_back": _event(
        "A hold on outgoing mail keeps it here; it waits until that is lifted.",
        Level.WARNING,
        trace=kinds.TRACE,
        outgoing=kinds.OUTGOING,
    ),
    "report.undeliverable": _event(
        "It will never be taken; it is held, and whoever is concerned hears of it.",
        Level.ERROR,
        trace=kinds.TRACE,
        outgoing=kinds.OUTGOING,
    ),
    "report.returned": _event(
        "A server further on gave a report back; it is held, and whoever is concerned hears of it.",
        Level.ERROR,
        trace=kinds.TRACE,
        outgoing=kinds.OUTGOING,
    ),
    "incident.proposed": _event(
        "So many proposals of incidents were opened; the officers are told.",
        Level.WARNING,
        count=kinds.COUNT,
    ),
    "log.pruned": _event(
        "So many entries of the log were taken away, kept as long as their activities say.",
        count=kinds.COUNT,
    ),
    "people.erased": _event(
        "So many people were erased, or erasures certified; each is on record.",
        count=kinds.COUNT,
    ),
    "originals.removed": _event(
        "So many mails of erased people are gone from the mailbox, or were not there any more.",
        count=kinds.COUNT,
    ),
    "log.timestamped": _event(
        "A timestamp authority says when it saw the newest checkpoint of the log.",
    ),
    "log.timestamp_missing": _event(
        "No timestamp could be had, or none to believe; tried again after `seconds`.",
        Level.WARNING,
        seconds=kinds.SECONDS,
    ),
    "revocation.fetched": _event(
        "So many lists of revoked certificates, or answers of responders, were fetched.",
        count=kinds.COUNT,
    ),
    "revocation.not_fetched": _event(
        "So many could not be fetched and are tried again; what is kept counts until it ends.",
        Level.WARNING,
        fetching=kinds.FETCHING,
        count=kinds.COUNT,
    ),
    "revocation.unknown": _event(
        "Of so many registered S/MIME certificates nobody says that they are not revoked: mail "
        "under them waits.",
        Level.ERROR,
        count=kinds.COUNT,
    ),
    "revocation.untrusted": _event(
        "So many registered S/MIME certificates lead to no configured root: mail under them is "
        "refused.",
        Level.WARNING,
        count=kinds.COUNT,
    ),
    "revocation.file_unreadable": _event(
        "So many files of `smime.crl_files` and `smime.ocsp_files` cannot be read, and say "
        "nothing.",
        Level.WARNING,
        count=kinds.COUNT,
    ),
    "revocation.roots_unreadable": _event(
        "The roots or intermediates of `[smime]` cannot be read: nothing new is learnt.",
        Level.ERROR,
        count=kinds.COUNT,
    ),
    "keys.renewed": _event(
        "The gateway's own keys changed, or one closed; the opening processes have the new ones.",
    ),
    "keys.missing": _event(
        "The key in use is not in keys.secret_key_file here; mail to it is left to other gateways.",
        Level.ERROR,
    ),
    "log.broken": _event(
        "The log is not what its newest checkpoint says; the gateway stops, and sends nothing.",
        Level.ERROR,
    ),
    "report.walks_again": _event(
        "The facts changed before it left: it is judged anew and was not sent.",
        trace=kinds.TRACE,
        outgoing=kinds.OUTGOING,
    ),
    "database.unreachable": _event(
        "The database cannot be used: nothing is accepted or sent until it can.",
        Level.ERROR,
        seconds=kinds.SECONDS,
    ),
    "siem.unreachable": _event(
        "Deeds wait for the SIEM; none is lost. Tried again after `seconds`.",
        Level.ERROR,
        trouble=kinds.TROUBLE,
        seconds=kinds.SECONDS,
    ),
    "siem.delivered": _event("So many deeds were taken by the SIEM.", count=kinds.COUNT),
    "otlp.unreachable": _event(
        "Records wait for the collector of `[otlp]`; none is lost, and mail goes on. Tried again "
        "after `seconds`.",
        Level.ERROR,
        trouble=kinds.TROUBLE,
        seconds=kinds.SECONDS,
    ),
    "otlp.delivered": _event("So many records were taken by the collector.", count=kinds.COUNT),
    "api.started": _event("The read interface can be called.", port=kinds.PORT),
    "api.stopped": _event("The read interface has ended in order."),
    "api.refused": _event(
        "Somebody called the read interface without a token that is known.", Level.WARNING
    ),
    "api.unanswered": _event(
        "A question could not be put on record, or an entry does not open: nothing was answered. "
        "See `gateway log verify`.",
        Level.ERROR,
    ),
    "bug": _event(
        "Something went wrong that nobody foresaw: report it, with `at`.",
        Level.ERROR,
        trace=kinds.TRACE,
        where=kinds.WORK,
        kind=kinds.EXCEPTION,
        at=kinds.PLACE,
    ),
    "library": _event(
        "A library or the interpreter had something to say; what it said is not written.",
        Level.WARNING,
        logger=kinds.LOGGER,
        severity=kinds.LEVEL,
        kind=kinds.EXCEPTION,
    ),
    DROPPED: _event(
        "A fault of ours: an event, field or value outside this catalogue was dropped. `count` "
        "says how many in all; told at the 1st, 2nd, 4th, 8th and so on. `about` is the event of "
        "the last one.",
        Level.ERROR,
        count=kinds.COUNT,
        about=kinds.EVENT,
    ),
}
