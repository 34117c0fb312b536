"""Routing and sealing: to the one designated contact, and nothing outside says about whom."""

from __future__ import annotations

import dataclasses

import pytest

from gateway.domain.parties import Interval
from gateway.domain.stops import Hold, Reason
from gateway.pipeline.routing import route
from gateway.pipeline.sealing import seal
from tests import corridor, generators
from tests.generators import CASEMANAGER, INSTANT
from tests.pipeline.office import Engine, gate

DISCLOSURE = corridor.disclosure(generators.bericht(1), generators.facts(1))


def test_the_one_designated_contact_is_the_recipient() -> None:
    assert route(DISCLOSURE).recipient == CASEMANAGER


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [
        (None, Reason.NO_RECIPIENT),
        (generators.SENDER, Reason.NO_RECIPIENT),
        (dataclasses.replace(CASEMANAGER, key=None), Reason.RECIPIENT_NO_KEY),
        (
            dataclasses.replace(CASEMANAGER, key=generators.key(valid=Interval(end=INSTANT))),
            Reason.RECIPIENT_NO_KEY,
        ),
    ],
    ids=["nobody", "somebody on the sender's own side", "no key", "an expired key"],
)
def test_who_cannot_receive_it_now_does_not(recipient: object, reason: Reason) -> None:
    disclosure = dataclasses.replace(DISCLOSURE, recipient=recipient)  # type: ignore[arg-type]  # a contact or none
    with pytest.raises(Hold) as caught:
        route(disclosure)
    assert caught.value.reasons == (reason,)


async def test_nothing_outside_the_seal_says_about_whom_it_is() -> None:
    engine = Engine()
    sealed = await seal(route(DISCLOSURE), gate(engine))
    letter = engine.letters[0]
    assert sealed.message_id == letter.message_id
    outside = f"{letter.outer_subject} {letter.message_id} {letter.sender} {letter.sender_name}"
    person = generators.betrokkene(1)
    for value in (*map(str, person.values()), "DEMO", str(generators.bericht_id(1))):
        assert value not in outside
    assert "Fictief" not in letter.subject
    assert all("Fictief" not in each.name for each in letter.attachments)


async def test_every_report_looks_the_same_from_outside() -> None:
    engine = Engine()
    other = corridor.disclosure(
        generators.full_bericht(4, regime="WI2021"), generators.facts(4, regime="WI2021")
    )
    for disclosure in (DISCLOSURE, other):
        await seal(route(disclosure), gate(engine))
    assert len({letter.outer_subject for letter in engine.letters}) == 1
