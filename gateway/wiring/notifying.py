"""Letters that are owed, and help between the parties, as commands and a console use them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.database_duties import DutyRecord
from gateway.adapters.kept_mail import DatabaseKeptMail
from gateway.adapters.register_helping import read_help
from gateway.domain.audit import Action
from gateway.domain.helping import Answer, Direction, HelpRequest, What
from gateway.domain.register import Refusal, RegisterError
from gateway.duties.notifying import notify, owed_now
from gateway.pipeline.opening import opening_again
from gateway.wiring.deeds import deeds
from gateway.wiring.duty_letters import duty_desk
from gateway.wiring.errors import NotReadyError
from gateway.wiring.folders import new_folder, written
from gateway.wiring.register import register
from gateway.wiring.serving import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.config import Config
    from gateway.domain.duty_letters import DutyLetter
    from gateway.duties.lettering import Posted
    from gateway.duties.notifying import Thing


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHelp:
    """What one party asks of the other; fields as in `HelpRequest`."""

    contact_id: str
    direction: Direction
    what: What
    articles: tuple[int, ...]
    reference: str
    case_id: str = ""
    words: str = ""
    asked_at: datetime | None = None


async def notified(config: Config, about: str, *, by: str) -> Posted:
    """Post every letter that is owed about this case now, and settle what a CORRECTIE settled.

    Raises `RegisterError` for who is no operator, `NotReadyError`.
    """
    async with duty_desk(config) as desk:
        return await notify(desk.notifying, datetime.now(UTC), about=about, by=by)


async def owed(config: Config, about: str) -> tuple[Thing, ...]:
    """Who has to hear of what in this case, with every letter and its state by now."""
    async with duty_desk(config) as desk:
        return await owed_now(desk.notifying, about)


async def confirmed(config: Config, letter_id: str, *, by: str) -> DutyLetter:
    """An officer heard that what this letter asks was done; raises `RegisterError`."""
    async with duty_desk(config) as desk:
        for each in await desk.lettering.duties.unconfirmed():
            if each.letter_id == letter_id and await desk.lettering.duties.confirm(each, by=by):
                return each
    raise RegisterError(Refusal.UNKNOWN_LETTER)


async def helped(config: Config, new: NewHelp, *, by: str) -> HelpRequest:
    """Put a request between the parties on record; raises `RegisterError`, `NotReadyError`.

    What we ask is posted by `notified`, or by the gateway itself.
    """
    async with register(config) as administration:
        people = 0
        if new.what is not What.HELP:
            roster = await administration.roster()
            contact = roster.contacts.get(new.contact_id)
            party = contact.party.party_id if contact else ""
            people = len(await administration.dossiers_of(party))
        async with administration.change(by=by) as change:
            help_id = await change.helping.ask(
                new.contact_id,
                direction=new.direction,
                what=new.what,
                articles=new.articles,
                reference=new.reference,
                working_days=config.run.help_working_days,
                case_id=new.case_id,
                people=people,
                words=new.words,
                asked_at=new.asked_at,
            )
        (found,) = await administration.read(read_help, help_id)
        return found


async def help_answered(
    config: Config, help_id: str, outcome: Answer, *, reference: str, by: str
) -> HelpRequest:
    """The answer is on record, and where it is kept; raises `RegisterError`, `NotReadyError`."""
    async with register(config) as administration:
        async with administration.change(by=by) as change:
            await change.helping.answer(help_id, outcome, reference=reference)
        (found,) = await administration.read(read_help, help_id)
        return found


async def help_requests(config: Config) -> Sequence[HelpRequest]:
    """Everything that parties asked of each other, the first deadline first."""
    async with register(config) as administration:
        found = await administration.read(read_help, "")
    return sorted(found, key=lambda each: (each.answer is not None, each.due_at, each.help_id))


async def reply_opened(config: Config, letter_id: str, folder: Path, *, by: str) -> Sequence[Path]:
    """What a contact answered to this letter, in a new folder; that `by` read it is on record.

    Also whom the letter was about: the files are named once that person is erased.  Raises
    `RegisterError` for a letter without an answer that is still kept, `NotReadyError`.
    """
    async with opened(config, workers=1) as (database, vault, gate):
        letters = DutyRecord(database)
        trace = await letters.answered_by(letter_id)
        now = datetime.now(UTC)
        raw = await DatabaseKeptMail(database, vault).original(trace, now) if trace else None
        if raw is None:
            raise RegisterError(Refusal.UNKNOWN_LETTER)
        mail = await opening_again(raw, gate)
        contents = {"antwoord.txt": mail.words.encode()} if mail.words.strip() else {}
        contents |= {
            f"antwoord-{number:02}{_ending(each.name)}": each.content
            for number, each in enumerate(mail.attachments, 1)
        }
        if not contents:
            raise NotReadyError("letter: the answer has no content")
        record = await deeds(config, database, vault)
        people = await letters.people(letter_id)
        await record.record_about(Action.ANSWER_LOOKED, letter_id, people, by=by, trace=trace)
    new_folder(folder)
    return written(folder, contents)


def _ending(name: str) -> str:
    """A file's ending that says nothing about anybody, and is no program's."""
    ending = name.casefold().rpartition(".")[2]
    known = {"pdf", "txt", "json", "csv", "xlsx", "ods", "docx", "png", "jpg"}
    return f".{ending}" if ending in known else ".txt"
