"""Requests for help between the parties on record, and their answers (convenant 12.7, 12.11)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from gateway.adapters.register_cases import read_case
from gateway.adapters.tables_register import dossier_secret, stamp
from gateway.adapters.tables_rights import (
    help_answer,
    help_request,
)
from gateway.adapters.timestamps import instant_at
from gateway.domain.case_rules import check_reference, check_words
from gateway.domain.helping import (
    Answer,
    Direction,
    HelpRequest,
    What,
    checked_articles,
    due_after,
)
from gateway.domain.register import Refusal, RegisterError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.adapters.register_rows import Row, Rows
    from gateway.adapters.register_writing import Writing
    from gateway.adapters.vault import Vault

_QUESTION = "question to a partner"


class Helping:
    """What parties ask of each other.  Everything here raises `RegisterError`."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    async def ask(
        self,
        contact_id: str,
        *,
        direction: Direction,
        what: What,
        articles: Sequence[int],
        reference: str,
        working_days: int,
        case_id: str = "",
        people: int = 0,
        words: str = "",
        asked_at: datetime | None = None,
    ) -> str:
        """A request to or from this contact of a party; its id.

        `words` are about the person of the case, and sealed under that person's key: without
        a case nothing is kept but the reference.
        """
        start = self._writing.moment(asked_at)
        if start > self._writing.now:
            raise RegisterError(Refusal.RECEIVED_IN_FUTURE)
        party_id = (await self._writing.contact(contact_id)).party.party_id
        dossier_id = (await read_case(self._writing.rows, case_id)).dossier_id if case_id else ""
        check_words(words, about=dossier_id)
        new = secrets.token_hex(4)
        await self._writing.append(
            help_request,
            help_id=new,
            direction=direction.value,
            what=what.value,
            party_id=party_id,
            contact_id=contact_id,
            articles=" ".join(map(str, checked_articles(articles))),
            case_id=case_id or None,
            reference=check_reference(reference),
            asked_at=stamp(start),
            due_at=stamp(due_after(start, working_days)),
            people=people or (1 if dossier_id else 0),
            dossier_id=dossier_id or None,
            **(await self._sealed(dossier_id, words) if words else {}),
        )
        return new

    async def answer(
        self, help_id: str, outcome: Answer, *, reference: str, answered_at: datetime | None = None
    ) -> None:
        """It was answered, once; `reference` says where the answer is kept."""
        found = await read_help(self._writing.rows, help_id)
        moment = self._writing.moment(answered_at)
        if found[0].answer is not None:
            raise RegisterError(Refusal.NOT_NOW)
        if not found[0].asked_at <= moment <= self._writing.now:
            raise RegisterError(Refusal.RECEIVED_IN_FUTURE)
        await self._writing.append(
            help_answer,
            help_id=help_id,
            outcome=outcome.value,
            reference=check_reference(reference),
            answered_at=stamp(moment),
        )

    async def _sealed(self, dossier_id: str, words: str) -> dict[str, object]:
        rows = await self._writing.rows.select(dossier_secret, dossier_id=dossier_id)
        wrapped = rows[0]["wrapped_key"] if rows else None
        if wrapped is None:
            raise RegisterError(Refusal.PERSON_ERASED)
        context = secrets.token_hex(16)
        person = self._writing.vault.person(dossier_id, wrapped)
        return {"context": context, "sealed": person.seal(_QUESTION, context, words.encode())}


async def read_help(rows: Rows, help_id: str = "") -> tuple[HelpRequest, ...]:
    """Every request for help, or the one with this id; `RegisterError` for an unknown one."""
    equal = {"help_id": help_id} if help_id else {}
    answers = {row["help_id"]: row for row in await rows.select(help_answer, **equal)}
    found = await rows.select(help_request, **equal)
    if help_id and not found:
        raise RegisterError(Refusal.UNKNOWN_HELP)
    return tuple(help_from(row, answers.get(row["help_id"])) for row in found)


def help_from(row: Row, answer: Row | None) -> HelpRequest:
    """The request that this row of `help_request` is, with its answer where there is one."""
    return HelpRequest(
        help_id=row["help_id"],
        direction=Direction(row["direction"]),
        what=What(row["what"]),
        party_id=row["party_id"],
        contact_id=row["contact_id"],
        articles=tuple(map(int, row["articles"].split())),
        case_id=row["case_id"] or "",
        reference=row["reference"],
        asked_at=instant_at(row["asked_at"]),
        due_at=instant_at(row["due_at"]),
        people=row["people"],
        dossier_id=row["dossier_id"] or "",
        answer=Answer(answer["outcome"]) if answer else None,
        answered_at=instant_at(answer["answered_at"]) if answer else None,
    )


async def question(rows: Rows, vault: Vault, help_id: str) -> str:
    """What was asked in words; empty where nothing was, or once the person was erased."""
    (row,) = await rows.select(help_request, help_id=help_id)
    kept = await rows.select(dossier_secret, dossier_id=row["dossier_id"] or "")
    wrapped = kept[0]["wrapped_key"] if kept else None
    if wrapped is None or row["sealed"] is None:
        return ""
    person = vault.person(row["dossier_id"], wrapped)
    return person.open(_QUESTION, row["context"], row["sealed"]).decode()
