"""A mail that is kept, read once more for whom it is about: as it came, and by no rule of now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain import wire
from gateway.domain.categories import enclosed, labels, written
from gateway.domain.dossier_reading import Came
from gateway.domain.outcomes import Ended
from gateway.domain.plans import plan_of
from gateway.domain.shape import known_path
from gateway.domain.stops import Stop
from gateway.pipeline.checking import check, document_of
from gateway.pipeline.opening import opening_again

if TYPE_CHECKING:
    from gateway.domain.stages import Checked, Opened, RawMail
    from gateway.domain.wire import Json
    from gateway.pipeline.gate import Gate


# Where somebody writes in their own words, and what the bijsluiter does not know.
_FREE = (".signaal", ".omschrijving", ".toets", ".naam", "?")


async def as_it_came(original: RawMail | None, gate: Gate) -> tuple[Came, ...] | None:
    """Every report of it, well formed or not; None where the mail is gone or does not open.

    `original` has to be taken as of when it came: its signature is judged by the keys of then.
    """
    if original is None:
        return None
    try:
        opened = await opening_again(original, gate)
        document, checked = document_of(opened), check(opened)
    except Stop:
        return None
    whole = {each.number: each for each in checked if not isinstance(each, Ended)}
    sent = wire.member(document, "berichten")
    reports = sent if isinstance(sent, list) else []
    return tuple(
        _whole(whole[number], opened) if number in whole else _faulty(number, report)
        for number, report in enumerate(reports)
    )


def _whole(report: Checked, opened: Opened) -> Came:
    bericht = report.bericht
    person = bericht.betrokkene
    texts = (*written(bericht), *enclosed(bericht), *labels(bericht))
    return Came(
        number=report.number,
        sent=report.sent,
        dossierkenmerk=person.dossierkenmerk,
        voorvoegsel=person.voorvoegsel_geslachtsnaam or "",
        geslachtsnaam=person.geslachtsnaam,
        geboortedatum=person.geboortedatum,
        texts=(*texts, *_strange(report.sent, frozenset(path for path, _ in texts))),
        plan=plan_of(bericht, opened.plans),
    )


def _faulty(number: int, sent: Json) -> Came:
    """What is not well formed may say anything anywhere."""
    person = wire.member(sent, "betrokkene")
    return Came(
        number=number,
        sent=sent,
        dossierkenmerk=_text(person, "dossierkenmerk"),
        voorvoegsel=_text(person, "voorvoegselGeslachtsnaam"),
        geslachtsnaam=_text(person, "geslachtsnaam"),
        geboortedatum=_text(person, "geboortedatum"),
        texts=tuple(
            (path, text)
            for path, text in wire.strings(sent)
            if not path.startswith("betrokkene.") and known_path(path).endswith(_FREE)
        ),
    )


def _text(person: Json, name: str) -> str:
    found = wire.member(person, name)
    return found if isinstance(found, str) else ""


def _strange(sent: Json, told: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """What stands under names that the bijsluiter does not have: nobody knows what it tells."""
    found: list[tuple[str, str]] = []
    for path, value in wire.strings(sent):
        if path not in told and known_path(path).endswith("?"):
            found.append((path, value))
    return tuple(found)
