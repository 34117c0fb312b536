"""Letters about requests, made as files for the officer to send; that they were, on record."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gateway.adapters.letter_request import RequestLetter, RequestLetters
from gateway.adapters.letter_request_due import REQUESTS
from gateway.adapters.page import Press
from gateway.adapters.typeset import UnprintableError, pdf
from gateway.adapters.words import Words
from gateway.domain.audit import Action
from gateway.domain.case_rules import Letter, check_letter
from gateway.domain.cases import Outcome, Step
from gateway.domain.register import RegisterError
from gateway.wiring.consent_papers import full_name
from gateway.wiring.errors import NotReadyError
from gateway.wiring.folders import new_folder, remove_empty, written
from gateway.wiring.parts import letter_settings
from gateway.wiring.register import register
from gateway.wiring.rights import standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.adapters.database_register import Register
    from gateway.config import Config
    from gateway.domain.cases import Case
    from gateway.domain.texts import Language

# Names of files say nothing about anybody.
_NAMES: Final = {
    Letter.RECEIPT: "verzoek-ontvangst",
    Letter.IDENTITY: "verzoek-wie-bent-u",
    Letter.EXTENSION: "verzoek-later",
    Letter.DECISION: "verzoek-besluit",
    Letter.WITHDRAWN: "verzoek-gestopt",
}


async def letter_made(
    config: Config, case_id: str, letter: Letter, folder: Path, *, language: Language, by: str
) -> Sequence[Path]:
    """The letter as PDF and as text in a new folder; the files.

    That `by` had it made is on record before anybody can read it.  Raises `RegisterError`
    for a letter about what did not happen, `NotReadyError` where it cannot be set or kept.
    """
    async with register(config) as administration:
        case = await administration.case(case_id)
        check_letter(case, letter)
        found = await _gathered(administration, case, letter)
        contents = _rendered(config, found, language)
        new_folder(folder)
        ids = [case.dossier_id] if case.dossier_id else []
        try:
            await administration.consulted(by=by, action=Action.CASE_LETTER, ids=ids)
        except RegisterError:
            remove_empty(folder)
            raise
    return written(folder, contents)


async def _gathered(administration: Register, case: Case, letter: Letter) -> RequestLetter:
    record = await administration.dossier_by_id(case.dossier_id) if case.dossier_id else None
    identity = record.identity if record else None
    words = await administration.case_words(case.case_id)
    decided = case.decision or case.last(Step.PROPOSED)
    detail = decided.detail if decided else {}
    return RequestLetter(
        case=case,
        letter=letter,
        at=datetime.now(UTC),
        # Who asks may be somebody else: until it is established nobody reads a name from here.
        name=full_name(identity) if identity and case.identified else "",
        representative=words_of(case, words, Step.MANDATED),
        written=_written(case, words, letter),
        outcome=Outcome(detail["outcome"]) if detail else None,
        grounds=tuple(detail.get("grounds", "").split()),
        draft=letter is Letter.DECISION and case.decision is None,
        restricted=bool(await standing(administration, case)),
    )


def _written(case: Case, words: Mapping[int, str], letter: Letter) -> str:
    """What the officer wrote about why; of a decision that was proposed, with the proposal."""
    if letter is Letter.EXTENSION:
        return words_of(case, words, Step.EXTENDED)
    if letter is Letter.DECISION:
        return words_of(case, words, Step.DECIDED) or words_of(case, words, Step.PROPOSED)
    return ""


def words_of(case: Case, words: Mapping[int, str], step: Step) -> str:
    """What was written with the last step of this kind; empty where there is none."""
    found = case.last(step)
    return words.get(found.number, "") if found else ""


def request_letters(config: Config, language: Language) -> RequestLetters:
    """Who writes them, in the municipality's name."""
    settings = letter_settings(config)
    return RequestLetters(Words(language, REQUESTS), settings.municipality, settings.contact)


def _rendered(config: Config, letter: RequestLetter, language: Language) -> dict[str, bytes]:
    settings = letter_settings(config)
    page = request_letters(config, language).page(letter)
    name, printed = _NAMES[letter.letter], b""
    with suppress(UnprintableError):  # its context holds what could not be set
        printed = pdf(page, author=settings.municipality, at=letter.at, theme=settings.theme)
    if not printed:
        raise NotReadyError("letter: something in it cannot be printed")
    text = Press(settings.theme).text(page)
    return {f"{name}.pdf": printed, f"{name}.txt": text.encode()}
