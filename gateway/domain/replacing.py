"""The report that a correction replaces (AVG, articles 16 and 19): as it is on record.

A party corrects what it sent itself.  Of what another party sent it learns nothing: such a
report is as unknown as one that never was.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from gateway.domain.bijsluiter import Bericht, PersoonlijkPlan
from gateway.domain.distinct import distinct
from gateway.domain.silent import Silent
from gateway.domain.stops import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from gateway.domain.bijsluiter import Category
    from gateway.domain.parties import Contact


class Replacing(StrEnum):
    """Whether the report can be replaced, or why not."""

    STANDS = "stands"
    UNKNOWN = "unknown"
    ANOTHER_DOSSIER = "another-dossier"
    REPLACED = "replaced"
    WAITING = "waiting"
    UNREAD = "unread"


# What is on its way reaches its reader; what came back may have been read before it did.
REACHED = frozenset({"waiting", "claimed", "sent", "returned"})


class Passed(NamedTuple):
    """One outcome that a report of this party had; `posted` is what became of its mail.

    `sender_id` is the contact who sent it.  `shared` are the categories that went then; None
    where that is not on record.
    """

    trace: str
    number: int
    outcome: Outcome
    withdrawn: bool
    dossier_id: str
    recipient_id: str
    posted: str
    sender_id: str
    shared: frozenset[Category] | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Replaced(Silent):
    """The report that a correction names; `recipients` are all who got it, as last known.

    `trace` and `number` say where it came in, `shared` what categories of it went.
    """

    bericht_id: UUID
    state: Replacing
    trace: str = ""
    number: int = 0
    recipients: tuple[Contact, ...] = ()
    shared: frozenset[Category] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Earlier(Silent):
    """What of the replaced report its correction may show; of free text only that it differs."""

    content: Bericht
    categories: frozenset[Category]
    texts_differ: frozenset[Category] = frozenset()


class Record(NamedTuple):
    """What is on record of one report id of one party.

    `again` says whether a correction that went replaces it already, `unread` whether mail
    that came earlier is still to be handled.
    """

    passed: Sequence[Passed] = ()
    again: bool = False
    unread: bool = False


def replaced_of(
    bericht_id: UUID,
    record: Record,
    dossier_id: str,
    sender_id: str,
    contacts: Mapping[str, Contact],
) -> Replaced:
    """How it stands with the report, for a correction about this dossier from this contact.

    What is about another dossier is known to the contact who sent it, and to no colleague: a
    form's numbers follow from what it says, so that they can be guessed and asked after.
    `contacts` are by id all who are named in the record and known to the register.
    """
    mine = [
        each
        for each in record.passed
        if sender_id == each.sender_id or dossier_id == each.dossier_id
    ]
    standing = [each for each in mine if not each.withdrawn]
    went = next((each for each in standing if each.outcome is Outcome.FORWARD), None)
    if went is None:
        return Replaced(bericht_id=bericht_id, state=_not_gone(standing, record))
    reached = [each.recipient_id for each in mine if each.posted in REACHED]
    return Replaced(
        bericht_id=bericht_id,
        state=_gone(went, record, dossier_id),
        trace=went.trace,
        number=went.number,
        recipients=tuple(contacts[each] for each in distinct(reached) if each in contacts),
        shared=went.shared or frozenset(),
    )


def _not_gone(standing: Sequence[Passed], record: Record) -> Replacing:
    if any(each.outcome is Outcome.HOLD for each in standing):
        return Replacing.WAITING
    return Replacing.UNREAD if record.unread else Replacing.UNKNOWN


def _gone(went: Passed, record: Record, dossier_id: str) -> Replacing:
    if went.dossier_id != dossier_id:
        return Replacing.ANOTHER_DOSSIER
    return Replacing.REPLACED if record.again else Replacing.STANDS


def without_texts(bericht: Bericht) -> Bericht:
    """The same without particulars, and without what was written about a change of the plan."""
    return Bericht(
        bericht_id=bericht.bericht_id,
        berichttype=bericht.berichttype,
        wettelijk_regime=bericht.wettelijk_regime,
        doelgroep=bericht.doelgroep,
        vervangt=bericht.vervangt,
        betrokkene=bericht.betrokkene,
        persoonlijk_plan=_without_change(bericht.persoonlijk_plan),
        inburgeringstraject=bericht.inburgeringstraject,
        voortgang=bericht.voortgang,
    )


def _without_change(plan: PersoonlijkPlan | None) -> PersoonlijkPlan | None:
    if plan is None:
        return None
    return PersoonlijkPlan(
        soort=plan.soort,
        dagtekening_pip=plan.dagtekening_pip,
        leerroute=plan.leerroute,
        niveau=plan.niveau,
        geschatte_intensiteit_b1_route=plan.geschatte_intensiteit_b1_route,
        indicator_alfabetiseringsonderwijs=plan.indicator_alfabetiseringsonderwijs,
        indicator_mag_opleiding_afmaken=plan.indicator_mag_opleiding_afmaken,
        document=plan.document,
    )
