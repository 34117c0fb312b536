"""The papers of a breach: answers for the AP, letters to people (34), notices to partners (12.7).

Nothing is sent to the AP, which takes reports through its own web form alone; nothing goes
to people by mail.  Notices to partners leave as letters of duty, sealed.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.adapters.breach_letters import PartnerNotices, PersonLetters
from gateway.adapters.page import Press
from gateway.adapters.tables_register import consent_event
from gateway.adapters.translations import words_for
from gateway.adapters.typeset import UnprintableError, printed, to_print
from gateway.adapters.words import Words
from gateway.domain.audit import Action
from gateway.domain.breach_summary import by_person, summary
from gateway.domain.breach_terms import Step
from gateway.domain.breach_to_do import lettered, told
from gateway.domain.breaches import EXTENSIONS
from gateway.domain.duty_letters import DutyMatter, someone_of
from gateway.domain.silent import Silent
from gateway.domain.texts import Language
from gateway.duties.lettering import next_attempt
from gateway.wiring.breach_material import material
from gateway.wiring.breaches import desk, take_step
from gateway.wiring.duty_letters import duty_desk
from gateway.wiring.folders import new_folder, private_file, remove_empty
from gateway.wiring.parts import letter_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.adapters.database_register import Register
    from gateway.adapters.page import Page
    from gateway.adapters.theme import Theme
    from gateway.config import Config
    from gateway.domain.affected import Affected
    from gateway.domain.mail import Paper
    from gateway.wiring.breach_material import Material

_ZONE = ZoneInfo("Europe/Amsterdam")
_CATALOGUE = "breach_letters"
_DUTCH = "nl"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Letters(Silent):
    """Letters to people as pages, by file name; the names of files say nothing of anybody.

    `dutch` are the same letters in Dutch, where a page may be in letters that no font has.
    `erased` counts people whose data are gone, so that nobody can be written to, `unchanged` those
    who had all of this in an earlier letter; `troubles` names each translation that was not used
    and how many readers it had.
    """

    pages: Mapping[str, Page]
    dutch: Mapping[str, Page]
    people: tuple[str, ...]
    erased: int
    unchanged: int
    troubles: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written where: files, letters, and what the officer has to know.

    `unchanged` of the letters say what their readers had in an earlier one.  `nobody` are reports
    and mails that are about nobody known, so that nobody can be written to; of `possible` others
    nobody knows whether they belong here.
    """

    files: tuple[Path, ...]
    letters: int
    unchanged: int
    erased: int
    nobody: int
    possible: int
    unprinted: int
    left_to_decide: bool
    troubles: Mapping[str, int]


async def write_papers(
    config: Config, breach_id: str, folder: Path, *, by: str, added_only: bool = False
) -> Written:
    """Every paper of this breach as text and PDF, in a new folder that is its owner's alone.

    Letters to people once it was decided to tell them; with `added_only` to those alone of whom
    more became known since letters were last written.  Who had them made, and about whom, is
    on record before a file is written.  Raises `RegisterError` and `NotReadyError`.
    """
    new_folder(folder)
    try:
        found, letters = await _gathered(config, breach_id, by, added_only=added_only)
    except BaseException:
        remove_empty(folder)
        raise
    pages = dict(found.pages()) | {
        f"partner-{number:02}": page
        for number, page in enumerate(partner_notices(found).values(), 1)
    }
    files, unprinted = _files(config, folder, pages, {})
    notes = {f"bewijs-{e.occasion.value}-{e.size}": e.note for e in found.evidence if e.note}
    files += [
        private_file(folder / f"{name}.checkpoint", note.encode()) for name, note in notes.items()
    ]
    if letters is not None:
        inner = folder / "brieven"
        new_folder(inner)
        more, failed = _files(config, inner, letters.pages, letters.dutch)
        files += more
        unprinted += failed
    if letters is not None and found.breach.closed_at is None:
        detail = {"people": str(len(letters.people))} | _as_of(found)
        await take_step(config, breach_id, Step.LETTERS, by=by, detail=detail)
    counted = summary(found.affected)
    return Written(
        files=tuple(files),
        letters=len(letters.people) if letters else 0,
        unchanged=letters.unchanged if letters else 0,
        erased=letters.erased if letters else 0,
        nobody=counted.nobody,
        possible=counted.possible,
        unprinted=unprinted,
        left_to_decide=found.breach.telling is None,
        troubles=letters.troubles if letters else {},
    )


def _as_of(found: Material) -> dict[str, str]:
    """How far the breach was extended when these were made."""
    return {EXTENSIONS: str(len(found.breach.extensions))}


async def _gathered(
    config: Config, breach_id: str, by: str, *, added_only: bool
) -> tuple[Material, Letters | None]:
    async with desk(config) as (_, register):
        found = await material(config, register, breach_id)
        telling = found.breach.telling
        is_told = telling is not None and telling.step is Step.TO_TELL
        letters = None
        if is_told:
            letters = await people_letters(config, register, found, added_only=added_only)
        about = [f"breach/{breach_id}"]
        await register.consulted(by=by, action=Action.BREACH_PAPERS, ids=about)
        if letters is not None:
            people = letters.people
            await register.consulted(by=by, action=Action.BREACH_LETTER, ids=people)
    return found, letters


async def people_letters(
    config: Config, register: Register, found: Material, *, added_only: bool = False
) -> Letters:
    """A letter to each person concerned, about that person's own data only (34(2)).

    Each is about all that it concerns of them, and says so where they had one before and more
    became known.  In the language of the form they last signed, where there is a translation;
    else Dutch.
    """
    languages = await _languages(register)
    about, folder = found.about(), config.breaches.translations

    @cache
    def writer(tag: str) -> tuple[PersonLetters, str]:
        words, trouble = words_for(tag, folder, _CATALOGUE, file="breaches")
        is_ours = words.tag in set(Language)
        fields = Words(Language(words.tag)) if is_ours else None
        return PersonLetters(words, fields, _ZONE), trouble

    pages: dict[str, Page] = {}
    dutch: dict[str, Page] = {}
    troubles: dict[str, int] = {}
    people: list[str] = []
    erased = unchanged = 0
    before = lettered(found.breach)
    for dossier_id, own in by_person(found.affected).items():
        had, more = own[0].person_since <= before, _has_more(own, before)
        if added_only and not more:
            continue
        record = found.people.get(dossier_id)
        identity = record.identity if record else None
        if identity is None:
            erased += 1
            continue
        people.append(dossier_id)
        unchanged += not more
        name = f"brief-{len(people):05}"
        letters, trouble = writer(languages.get(dossier_id, _DUTCH))
        if trouble:
            troubles[trouble] = troubles.get(trouble, 0) + 1
        again = had and more
        pages[name] = letters.page(about, identity, own, again=again)
        if pages[name].language not in set(Language):
            dutch[name] = writer(_DUTCH)[0].page(about, identity, own, again=again)
    return Letters(
        pages=pages,
        dutch=dutch,
        people=tuple(people),
        erased=erased,
        unchanged=unchanged,
        troubles=troubles,
    )


def _has_more(own: Sequence[Affected], extensions: int) -> bool:
    """Whether more of this became known since there were so many extensions."""
    return any(each.extension > extensions for each in own)


def partner_notices(found: Material) -> Mapping[str, Page]:
    """The notice to each partner of the covenant, by party: counts and references, no names.

    To one that was told before and of whom more is concerned since: of that alone, and how much
    it is together.
    """
    letters = PartnerNotices(Words(Language.NL, "breaches"), Words(Language.NL), _ZONE)
    about, heard = found.about(), told(found.breach)
    pages: dict[str, Page] = {}
    for party, own in sorted(found.partners().items()):
        more = [each for each in own if each.extension > heard.get(party, -1)]
        if party in heard and more:
            pages[party] = letters.page(about, summary(more), more, together=summary(own))
        else:
            pages[party] = letters.page(about, summary(own), own)
    return pages


def to_tell(found: Material) -> Sequence[str]:
    """The partners who have not heard all of it; everybody once more where all of them have.

    But nobody where an extension after the last notices added nothing of theirs: who asks then
    is after what was added, and a notice from before would begin their hours anew.
    """
    heard, partners = told(found.breach), found.partners()
    left = [party for party, own in partners.items() if _has_more(own, heard.get(party, -1))]
    last = found.breach.last(Step.PARTNER_TOLD)
    if not left and last is not None and found.breach.is_extended_after(last):
        return ()
    return left or list(partners)


async def tell_partners(
    config: Config, breach_id: str, *, by: str
) -> tuple[Sequence[str], Sequence[str]]:
    """Post the notice to each partner, sealed, through the outbox; who was told, and who not.

    Once it was extended to those alone who have not heard all of it; as `to_tell` has it.  Both
    by the ids of parties.  Raises `RegisterError`, `NotReadyError` and `Retry`.
    """
    async with desk(config) as (_, register):
        found = await material(config, register, breach_id)
        await register.consulted(by=by, action=Action.BREACH_PAPERS, ids=[f"breach/{breach_id}"])
    contacts = {party: someone_of(found.roster, party, found.at) for party in to_tell(found)}
    reached = {party: to.contact_id for party, to in contacts.items() if to is not None}
    about = f"breach/{breach_id}"
    async with duty_desk(config) as duties:
        # By what was posted, and not by what is on record of the breach: one that was ended in
        # between, or two officers at once, would else stand in the way of every later notice.
        before = await duties.lettering.duties.about(about)
        wanted = [
            duties.wanted(
                page,
                matter=DutyMatter.BREACH,
                about=about,
                meant_for=reached[party],
                item=party,
                attempt=next_attempt(before, party, reached[party]),
            )
            for party, page in partner_notices(found).items()
            if party in reached
        ]
        posted = await duties.post(wanted, by=by)
    heard = sorted(each.item for each in posted.letters)
    if heard:
        detail = {"parties": " ".join(heard)} | _as_of(found)
        await take_step(config, breach_id, Step.PARTNER_TOLD, by=by, detail=detail)
    return heard, sorted(set(contacts) - set(heard))


async def _languages(register: Register) -> Mapping[str, str]:
    rows = await register.recorded(consent_event)
    return {row["dossier_id"]: row["form_language"] for row in rows if row["form_language"]}


def _files(
    config: Config, folder: Path, pages: Mapping[str, Page], dutch: Mapping[str, Page]
) -> tuple[list[Path], int]:
    """Text and PDF of each; a page that cannot be printed is printed in Dutch, or not at all."""
    settings = letter_settings(config)
    press = Press(settings.theme)
    files = [
        private_file(folder / f"{name}.txt", press.text(page).encode())
        for name, page in pages.items()
    ]
    papers = _papers(pages, settings.municipality, settings.theme)
    prints = dict(zip(pages, _printed(papers), strict=True))
    again = {name: dutch[name] for name, made in prints.items() if made is None and name in dutch}
    instead = _printed(_papers(again, settings.municipality, settings.theme))
    prints |= dict(zip(again, instead, strict=True))
    files += [
        private_file(folder / f"{name}.pdf", made)
        for name, made in prints.items()
        if made is not None
    ]
    return files, sum(made is None for made in prints.values())


def _papers(pages: Mapping[str, Page], author: str, theme: Theme) -> Sequence[Paper]:
    at = datetime.now(UTC)
    return [to_print(each, name="", author=author, at=at, theme=theme) for each in pages.values()]


def _printed(papers: Sequence[Paper]) -> Sequence[bytes | None]:
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(_one, papers))


def _one(paper: Paper) -> bytes | None:
    try:
        return printed(paper)
    except UnprintableError:
        return None
