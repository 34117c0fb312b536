"""What a well-formed report may not say because it cannot be true.

Sources: the exam rules of Wi2013 and Wi2021 (ONA and MAP), the learning routes
of Wi2021, and the calendar.  Each fault names the path and a code, never the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.bijsluiter import Bericht, Examenonderdeel, Leerroute, PlanNiveau, Regime
from gateway.domain.stops import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date


def implausible(bericht: Bericht, today: date) -> tuple[Fault, ...]:
    """Faults that stop this report, judged on the day `today`."""
    return (
        *_correction(bericht),
        *_plan(bericht),
        *_term(bericht),
        *_exams(bericht, today),
        *_period(bericht, today),
    )


def remarkable(bericht: Bericht) -> tuple[Fault, ...]:
    """What deserves the sender's second look but stops nothing."""
    voortgang = bericht.voortgang
    if voortgang is None or voortgang.gevolgde_uren is None or voortgang.aangeboden_uren is None:
        return ()
    if (voortgang.gevolgde_uren.formeel or 0) > voortgang.aangeboden_uren:
        return (Fault(path="voortgang.gevolgdeUren.formeel", kind="meer-gevolgd-dan-aangeboden"),)
    return ()


def _correction(bericht: Bericht) -> Iterator[Fault]:
    if bericht.vervangt == bericht.bericht_id:
        yield Fault(path="vervangt", kind="vervangt-zichzelf")


def _plan(bericht: Bericht) -> Iterator[Fault]:
    plan = bericht.persoonlijk_plan
    if plan is None:
        return
    if (plan.leerroute, plan.niveau) in {
        (Leerroute.O, PlanNiveau.A2),
        (Leerroute.Z, PlanNiveau.B1),
    }:
        yield Fault(path="persoonlijkPlan.niveau", kind="niveau-past-niet-bij-leerroute")


def _term(bericht: Bericht) -> Iterator[Fault]:
    traject = bericht.inburgeringstraject
    if traject is None or traject.inburgeringstermijn is None:
        return
    termijn = traject.inburgeringstermijn
    if termijn.einddatum <= termijn.startdatum:
        yield Fault(
            path="inburgeringstraject.inburgeringstermijn.einddatum", kind="einde-niet-na-begin"
        )


def _exams(bericht: Bericht, today: date) -> Iterator[Fault]:
    traject = bericht.inburgeringstraject
    other = {Regime.WI2013: Examenonderdeel.MAP, Regime.WI2021: Examenonderdeel.ONA}
    for number, examen in enumerate((traject.behaalde_examens if traject else None) or ()):
        path = f"inburgeringstraject.behaaldeExamens[{number}]"
        if examen.onderdeel is other[bericht.wettelijk_regime]:
            yield Fault(path=f"{path}.onderdeel", kind="onderdeel-past-niet-bij-regime")
        if examen.examendatum > today:
            yield Fault(path=f"{path}.examendatum", kind="datum-in-de-toekomst")


def _period(bericht: Bericht, today: date) -> Iterator[Fault]:
    voortgang = bericht.voortgang
    if voortgang is None:
        return
    if voortgang.periode.tot_en_met < voortgang.periode.van:
        yield Fault(path="voortgang.periode.totEnMet", kind="einde-niet-na-begin")
    if voortgang.periode.tot_en_met > today:
        yield Fault(path="voortgang.periode.totEnMet", kind="datum-in-de-toekomst")
