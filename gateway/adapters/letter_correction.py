"""What goes with a form that is given back to be mended: report by report, what is wrong where."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from gateway.adapters.form_rows import columns_of
from gateway.adapters.letter_reasons import Places, report_heading
from gateway.adapters.page import Page, Section
from gateway.domain import wire
from gateway.domain.correcting import report_of
from gateway.domain.form_reading import FormKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.adapters.letter_reasons import Reasons
    from gateway.adapters.words import Words
    from gateway.domain.correcting import Correction
    from gateway.domain.stops import Fault
    from gateway.domain.wire import Json

MAX_FAULTS = 40  # of one report, as in the receipt
ALL_FAULTS = 1_000


def correction_page(
    correction: Correction,
    words: Words,
    reasons: Reasons,
    *,
    reference: str,
    file: str,
    came: Mapping[str, str],
) -> Page:
    """The faults by their place in the file that goes with it; no values.

    `came` are the places in the form that came: those of a PDF form stay what they were.
    """
    say = words.say
    return Page(
        language=words.language.value,
        title=say("Wat u moet verbeteren"),
        lead=(say("Dit hoort bij het bestand {bestand}.").format(bestand=file), *how(words, file)),
        sections=(
            *_sections(correction, words, reasons, Places(words, _places(correction, came))),
            Section(
                heading=say("Wat u moet weten"),
                points=(
                    say("Referentie: {referentie}. Noem die als u contact opneemt.").format(
                        referentie=reference
                    ),
                ),
            ),
        ),
    )


def _places(correction: Correction, came: Mapping[str, str]) -> Mapping[str, str]:
    """Where the faults are in what is given back: by column in a table, whose rows moved."""
    if correction.kind is None:
        return {}
    if correction.kind is FormKind.PDF:
        return came
    reports = wire.member(correction.document, "berichten")
    found = {}
    for place, report in enumerate(reports if isinstance(reports, list) else []):
        found[f"berichten[{place}]"] = "deze rij"
        for path, heading in columns_of(report).items():
            found[f"berichten[{place}].{path}"] = f"kolom '{heading}'"
    return found


def how(words: Words, file: str) -> tuple[str, ...]:
    """What to do with the file that is given back."""
    return (
        words.say(
            "In {bestand} staan alleen de berichten die u moet verbeteren, met uw eigen gegevens."
        ).format(bestand=file),
        *_emptied(words, file),
        words.say(
            "Verbeter het bestand en stuur het in een nieuwe, beveiligde mail. Noemt u een plan? "
            "Voeg die PDF weer toe. Voeg verder niets toe."
        ),
        words.say("Wat al is doorgegeven, hoeft u niet nog een keer te sturen."),
    )


def _emptied(words: Words, file: str) -> Iterator[str]:
    # A document of the sender's own making comes back with every value that it had.
    if not file.endswith(".json"):
        yield words.say("Wat wij niet konden lezen, is daar leeg. Vul dat opnieuw in.")


def _sections(
    correction: Correction, words: Words, reasons: Reasons, places: Places
) -> Iterator[Section]:
    faults: defaultdict[int | None, list[Fault]] = defaultdict(list)
    for each in correction.faults:
        faults[report_of(each.path)].append(each)
    limit = min(MAX_FAULTS, ALL_FAULTS // max(1, len(faults)))
    caption = words.say("Deze fouten moet u verbeteren")
    if faults[None]:
        tables = tuple(reasons.faults(caption, faults[None], limit, places))
        yield Section(heading=words.say("De hele bijsluiter"), tables=tables)
    for place, number in enumerate(correction.numbers):
        if faults[place]:
            heading = report_heading(words, place, _kenmerk(correction.document, place))
            lead = words.say("In uw eerste bestand was dit bericht {nummer}.").format(
                nummer=number + 1
            )
            tables = tuple(reasons.faults(caption, faults[place], limit, places))
            yield Section(heading=heading, lead=(lead,), tables=tables)


def _kenmerk(document: Json, place: int) -> str:
    reports = wire.member(document, "berichten")
    report = reports[place] if isinstance(reports, list) else None
    kenmerk = wire.member(wire.member(report, "betrokkene"), "dossierkenmerk")
    readable = isinstance(kenmerk, str) and len(kenmerk) <= 40 and kenmerk.isprintable()
    return kenmerk if isinstance(kenmerk, str) and readable else ""
