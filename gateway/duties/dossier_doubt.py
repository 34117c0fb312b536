"""Reports of which no walk proved whom they are about: held against the person who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.facts import folded_name, same_birth_date

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.dossier import Report
    from gateway.domain.dossier_reading import Came, Read
    from gateway.domain.histories import Identity


def doubted(
    read: Read, came: Mapping[str, Sequence[Came] | None]
) -> tuple[list[Report], list[str]]:
    """Reports that nobody proved to be about anybody, where this person's dossierkenmerk stands.

    Those whose surname and birth date agree with the register are about them; of the others
    nobody knows whom they are about, and they are named by their place only.
    """
    theirs: list[Report] = []
    unproven: list[str] = []
    for report in read.doubtful:
        found = [
            each
            for each in came.get(report.trace) or ()
            if each.number == report.number and _bears(each, read)
        ]
        if found and any(_agrees(found[0], each) for each in _known(read)):
            theirs.append(report)
        elif found:
            unproven.append(report.place)
    return theirs, unproven


def _known(read: Read) -> list[Identity]:
    return [each.identity for each in read.identities if each.identity is not None]


def _bears(came: Came, read: Read) -> bool:
    kenmerk = came.dossierkenmerk.strip().upper()
    return any(each.dossierkenmerk.strip().upper() == kenmerk for each in _known(read))


def _agrees(came: Came, who: Identity) -> bool:
    """As a walk compares them."""
    name = folded_name(came.voorvoegsel, came.geslachtsnaam)
    same_name = name == folded_name(who.voorvoegsel, who.geslachtsnaam)
    return same_name and same_birth_date(came.geboortedatum, who.geboortedatum)
