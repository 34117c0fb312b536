"""What is handed over of an erasure: the certificate, and the letter to the person."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.adapters.letter_erasure import ErasureLetters, ToPerson
from gateway.adapters.letter_request import RequestLetter
from gateway.adapters.page import Press
from gateway.adapters.typeset import UnprintableError, pdf
from gateway.adapters.words import Words
from gateway.domain.audit import Action
from gateway.domain.case_rules import Letter
from gateway.domain.cases import Outcome, Step
from gateway.domain.deadlines import day_of
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.texts import Language
from gateway.ledger.certificates import backups_until
from gateway.wiring.consent_papers import full_name
from gateway.wiring.erasing import certificates, refuse_if_barred
from gateway.wiring.errors import NotReadyError
from gateway.wiring.log import log_key
from gateway.wiring.register import register
from gateway.wiring.request_letters import request_letters, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.adapters.page import Page
    from gateway.config import Config
    from gateway.domain.case_rules import Decision
    from gateway.wiring.erasing import Weighed

_ZONE = ZoneInfo("Europe/Amsterdam")


async def certificate_files(config: Config, erasure_id: str) -> Mapping[str, bytes]:
    """The last certificate of an erasure as files by name: signed, for machines, to read.

    They name nobody.  Raises `RegisterError` for an erasure that there is none of.
    """
    note, found = (await certificates(config, erasure_id))[-1]
    public = str(log_key(config).public)
    page = _letters().certificate(found, public)
    name = f"wissen-{found.erasure}-{found.number}"
    return {
        f"{name}.note": note,
        f"{name}.json": json.dumps(found.said(), indent=1, sort_keys=True).encode() + b"\n",
        **_printed(config, page, name, datetime.fromisoformat(found.certified_at)),
    }


async def letter(
    config: Config, found: Weighed, decision: Decision, words: str = "", *, by: str
) -> Mapping[str, bytes]:
    """The letter to the person, made while they are known; that `by` had it goes on record.

    It is the decision as well: nobody could be written to by name afterwards.  None is made
    where something bars it.  Raises `RegisterError`, `NotReadyError`.
    """
    refuse_if_barred(found, decision.grounds)
    now = datetime.now(UTC)
    async with register(config) as administration:
        case = await administration.case(found.case_id)
        record = await administration.dossier_by_id(case.dossier_id)
        if record is None or record.identity is None:
            raise RegisterError(Refusal.PERSON_ERASED)
        said = await administration.case_words(case.case_id)
        await administration.consulted(by=by, action=Action.CASE_LETTER, ids=[case.dossier_id])
    about = ToPerson(
        kenmerk=record.identity.dossierkenmerk,
        whole=decision.outcome is Outcome.GRANTED,
        kept_until=day_of(found.until) if found.until else None,
        backups_until=day_of(backups_until(now, config.erasure.backup_days)),
    )
    decided = RequestLetter(
        case=case,
        letter=Letter.DECISION,
        at=now,
        name=full_name(record.identity),
        representative=words_of(case, said, Step.MANDATED),
        written=words,
        grounds=tuple(sorted(each.value for each in decision.grounds)),
    )
    page = request_letters(config, Language.NL).around(decided, _letters().to_person(about))
    return _printed(config, page, f"brief-{found.case_id}", now)


def _letters() -> ErasureLetters:
    return ErasureLetters(Words(Language.NL, catalogue="erasure"), _ZONE)


def _printed(config: Config, page: Page, name: str, at: datetime) -> Mapping[str, bytes]:
    try:
        printed = pdf(page, author=config.gateway.municipality, at=at)
    except UnprintableError:
        raise NotReadyError("letter: something in it cannot be printed here") from None
    return {f"{name}.txt": Press().text(page).encode(), f"{name}.pdf": printed}
