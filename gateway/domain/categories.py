"""Which category of annex 3 each part of a report belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Berichttype, Category

if TYPE_CHECKING:
    from gateway.domain.bijsluiter import (
        Bericht,
        Inburgeringstraject,
        Verzuim,
        Voortgang,
        Wijziging,
    )

# Where the bijsluiter has room for free text at all.
FREE_TEXT = frozenset({Category.P1, Category.P4})


def free_text(bericht: Bericht) -> frozenset[Category]:
    """The categories of this report in which somebody wrote free text, or enclosed it as a plan."""
    found: set[Category] = set()
    plan = bericht.persoonlijk_plan
    if plan is not None and (_tells(plan.wijziging) or plan.document is not None):
        found.add(Category.P1)
    if any(item.signaal is not None for item in bericht.bijzonderheden or ()):
        found.add(Category.P4)
    return frozenset(found)


def _tells(wijziging: Wijziging | None) -> bool:
    return wijziging is not None and wijziging.omschrijving is not None


def written(bericht: Bericht) -> tuple[tuple[str, str], ...]:
    """Every free text of this report, with its path on the wire."""
    found: list[tuple[str, str]] = []
    plan = bericht.persoonlijk_plan
    if plan is not None and plan.wijziging is not None and plan.wijziging.omschrijving is not None:
        found.append(("persoonlijkPlan.wijziging.omschrijving", plan.wijziging.omschrijving))
    for number, item in enumerate(bericht.bijzonderheden or ()):
        if item.signaal is not None:
            found.append((f"bijzonderheden[{number}].signaal", item.signaal))
    return tuple(found)


def enclosed(bericht: Bericht) -> tuple[tuple[str, str], ...]:
    """The file that this report encloses as a plan, by its path and name; it waits as text does."""
    plan = bericht.persoonlijk_plan
    if plan is None or plan.document is None:
        return ()
    return (("persoonlijkPlan.document", plan.document.naam),)


def labels(bericht: Bericht) -> tuple[tuple[str, str], ...]:
    """Short names that somebody wrote of tests, with their paths."""
    progress = bericht.voortgang
    levels = enumerate((progress.taalniveaus if progress is not None else None) or ())
    return tuple(
        (f"voortgang.taalniveaus[{number}].toets", level.toets)
        for number, level in levels
        if level.toets is not None
    )


def present(bericht: Bericht) -> frozenset[Category]:
    """The categories this report carries anything of."""
    found = {Category.IDENTITEIT}
    if bericht.persoonlijk_plan is not None:
        found.add(Category.P1)
    traject = bericht.inburgeringstraject
    # The signal itself says something of term and loan, with or without figures (10.4).
    signals = bericht.berichttype is Berichttype.ELIP_SIGNAAL
    if signals or (traject is not None and says_anything(traject)):
        found.add(Category.P2)
    if bericht.voortgang is not None:
        found |= _progress(bericht.voortgang)
    if bericht.bijzonderheden:
        found.add(Category.P4)
    return frozenset(found)


def says_anything(traject: Inburgeringstraject) -> bool:
    """Whether there is anything in this trajectory."""
    rest = (traject.inburgeringstermijn, traject.inburgeringsuren, traject.duo_lening)
    return bool(traject.behaalde_examens) or rest != (None, None, None)


def tells_hours(verzuim: Verzuim | None) -> bool:
    """Whether there is anything in this absence."""
    if verzuim is None:
        return False
    return (verzuim.uren_geoorloofd, verzuim.uren_ongeoorloofd) != (None, None)


def _progress(voortgang: Voortgang) -> set[Category]:
    found: set[Category] = set()
    if voortgang.taalniveaus or voortgang.verwachte_einddatum_opleiding is not None:
        found.add(Category.P3_TAALNIVEAU)
    # Hours offered, less the hours attended, are the hours of absence.
    if tells_hours(voortgang.verzuim) or voortgang.aangeboden_uren is not None:
        found.add(Category.P3_VERZUIM)
    hours = voortgang.gevolgde_uren
    if hours is not None and hours.formeel is not None:
        found.add(Category.P3_FORMEEL)
    if hours is not None and hours.non_formeel is not None:
        found.add(Category.P3_NON_FORMEEL)
    return found


_FIELDS: tuple[tuple[str, Category], ...] = (
    ("betrokkene", Category.IDENTITEIT),
    ("persoonlijkPlan", Category.P1),
    ("inburgeringstraject", Category.P2),
    ("voortgang.verzuim", Category.P3_VERZUIM),
    ("voortgang.gevolgdeUren.nonFormeel", Category.P3_NON_FORMEEL),
    ("voortgang.gevolgdeUren", Category.P3_FORMEEL),
    ("voortgang.aangebodenUren", Category.P3_VERZUIM),
    ("voortgang", Category.P3_TAALNIVEAU),
    ("bijzonderheden", Category.P4),
)


def category_of(path: str) -> Category | None:
    """The category a field path of a report belongs to; None for what is no personal data."""
    for prefix, category in _FIELDS:
        if path == prefix or path.startswith((f"{prefix}.", f"{prefix}[")):
            return category
    return None
