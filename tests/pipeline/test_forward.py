"""The walk: every report its own outcome, whatever goes wrong, and those concerned are told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.domain.consent import Consent, ConsentState
from gateway.domain.outcomes import Ended
from gateway.domain.stages import Sealed
from gateway.domain.stops import Hold, Ignore, Outcome, Reason, Reject, Retry
from gateway.domain.walking_again import waits_for_a_fact
from gateway.pipeline.forward import end, handle
from tests import corridor, generators
from tests.generators import CASEMANAGER, OFFICER, SENDER, bericht, document_json
from tests.pipeline.office import OUTER, Engine, Register, found, gate, number_of

if TYPE_CHECKING:
    from gateway.domain.facts import Facts
    from gateway.domain.outcomes import Handled, Settled
    from gateway.domain.parties import Contact
    from gateway.domain.stages import Checked, RawMail


async def handled(engine: Engine, register: Register | None = None) -> Handled:
    """One mail walked to its end."""
    return await handle(corridor.raw(), gate(engine, register))


def fate(settled: Settled) -> tuple[str, ...]:
    """What became of one report."""
    if isinstance(settled, Sealed):
        return ("forward",)
    return (settled.stop.outcome.value, *settled.stop.reasons)


def letters(engine: Engine) -> list[str]:
    """To whom something was sealed, in order."""
    return [letter.recipient for letter in engine.letters]


async def test_each_report_has_its_own_outcome() -> None:
    content = document_json(bericht(1), bericht(2), {"berichtId": "x"}, bericht(4))

    def facts(checked: Checked) -> Facts:
        number = number_of(checked)
        withdrawn = Consent(state=ConsentState.WITHDRAWN)
        return generators.facts(number, consent=withdrawn if number == 2 else None)

    engine = Engine(found(content))
    result = await handled(engine, Register(facts=facts))
    assert [fate(each)[0] for each in result.outcomes] == ["forward", "reject", "reject", "forward"]
    assert fate(result.outcomes[1]) == ("reject", Reason.CONSENT_WITHDRAWN)
    assert letters(engine) == [CASEMANAGER.address, CASEMANAGER.address, SENDER.address]
    assert result.outcome is Outcome.REJECT


async def test_a_bug_in_one_report_holds_that_report_and_no_other() -> None:
    def facts(checked: Checked) -> Facts:
        if number_of(checked) == 1:
            raise ZeroDivisionError("Bilal Fictief")
        return generators.facts(number_of(checked))

    engine = Engine(found(document_json(bericht(1), bericht(2))))
    result = await handled(engine, Register(facts=facts))
    assert [fate(each) for each in result.outcomes] == [("hold", Reason.UNEXPECTED), ("forward",)]
    assert OFFICER.address in letters(engine)
    assert all("Bilal" not in f"{letter.text}{letter.subject}" for letter in engine.letters[1:])


async def test_a_bug_in_opening_holds_the_mail() -> None:
    engine = Engine(ZeroDivisionError())
    result = await handled(engine)
    assert [fate(each) for each in result.outcomes] == [("hold", Reason.UNEXPECTED)]
    assert letters(engine) == [SENDER.address, OFFICER.address]


@pytest.mark.parametrize(
    ("stop", "told"),
    [
        (Reject(Reason.NOT_SIGNED), [SENDER.address]),
        (Hold(Reason.OPENER_LIMIT), [SENDER.address, OFFICER.address]),
        (Ignore(Reason.AUTOMATIC), []),
        (Retry(Reason.UNREACHABLE), []),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_who_is_told_follows_from_who_has_to_act(
    stop: Reject | Hold | Ignore | Retry, told: list[str]
) -> None:
    engine = Engine(stop)
    result = await handled(engine)
    assert result.outcome is stop.outcome
    assert letters(engine) == told


async def test_a_register_that_is_down_tells_nobody_and_walks_again() -> None:
    engine = Engine()
    result = await handled(engine, Register(down=True))
    assert result.outcome is Outcome.RETRY
    assert engine.letters == []


async def test_a_report_that_cannot_be_sealed_is_held_and_the_receipt_says_so() -> None:
    engine = Engine(cannot_seal={CASEMANAGER.address: Hold(Reason.SEALING_FAILED)})
    result = await handled(engine)
    ended = result.outcomes[0]
    assert isinstance(ended, Ended)
    assert ended.stop.reasons == (Reason.SEALING_FAILED,)
    assert ended.dossier_id == "dossier-1"
    assert ended.policy_digest == corridor.policy().digest
    assert letters(engine) == [SENDER.address, OFFICER.address]


async def test_an_answer_that_cannot_be_sealed_stops_no_report() -> None:
    engine = Engine(cannot_seal={SENDER.address: ZeroDivisionError()})
    result = await handled(engine)
    assert [fate(each) for each in result.outcomes] == [("forward",)]
    assert result.mailed == ()


async def test_an_answer_that_cannot_be_sealed_now_makes_the_mail_walk_again() -> None:
    """Nothing is on record yet; an outcome that nobody hears of would be worse."""
    engine = Engine(cannot_seal={SENDER.address: Retry(Reason.UNREACHABLE)})
    result = await handled(engine)
    assert [fate(each) for each in result.outcomes] == [("retry", Reason.UNREACHABLE)]
    assert result.mailed == ()


async def test_what_does_not_walk_any_more_ends_even_when_nobody_can_be_told() -> None:
    engine = Engine(cannot_seal={SENDER.address: Retry(Reason.UNREACHABLE)})
    result = await end(corridor.raw(), Hold(Reason.UNREACHABLE), gate(engine))
    assert result.outcome is Outcome.HOLD


async def test_a_bug_about_the_sender_keeps_no_notice_from_the_officers() -> None:
    class Odd(Register):
        async def addressee(self, raw: RawMail) -> Contact | None:
            raise UnicodeError("Bilal Fictief")

    engine = Engine(Hold(Reason.OPENER_LIMIT))
    result = await handled(engine, Odd())
    assert result.outcome is Outcome.HOLD
    assert letters(engine) == [OFFICER.address]


async def test_a_receipt_goes_after_the_reports_it_speaks_of_and_a_notice_at_once() -> None:
    def facts(checked: Checked) -> Facts:
        return generators.facts(number_of(checked), recipient=None)

    result = await handled(Engine(), Register(facts=facts))
    assert [(each.recipient, each.after_reports) for each in result.mailed] == [
        (SENDER.address, True),
        (OFFICER.address, False),
    ]


async def test_an_unproven_person_is_nobodys_data_subject() -> None:
    """The log may not tie a report to a person whose name did not match."""

    def facts(checked: Checked) -> Facts:
        return generators.facts(1, of=generators.dossier(2))

    with pytest.raises(ValueError, match="dossier"):
        corridor.known(bericht(2), facts(corridor.checked(bericht(1))))
    person = {**generators.betrokkene(1), "geslachtsnaam": "Andersom"}
    engine = Engine(found(document_json(bericht(1, betrokkene=person))))
    ended = (await handled(engine)).outcomes[0]
    assert isinstance(ended, Ended)
    assert ended.stop.reasons == (Reason.PERSON_DIFFERS,)
    assert ended.dossier_id == ""


async def test_what_an_earlier_walk_passed_on_is_not_judged_again_and_the_receipt_says_so() -> None:
    """Consent was withdrawn in between: the receipt must not call a report refused that went."""
    engine = Engine(found(document_json(bericht(1), bericht(2))))
    withdrawn = Consent(state=ConsentState.WITHDRAWN)
    register = Register(
        facts=lambda checked: generators.facts(number_of(checked), consent=withdrawn)
    )
    result = await handle(corridor.raw(delivered=[0]), gate(engine, register))
    assert [fate(each) for each in result.outcomes] == [
        ("ignore", Reason.DELIVERED_BEFORE),
        ("reject", Reason.CONSENT_WITHDRAWN),
    ]
    (receipt,) = engine.letters
    assert receipt.recipient == SENDER.address
    lines = [line for line in receipt.text.splitlines() if line.startswith(("1 ", "2 "))]
    assert [("al eerder doorgegeven" in line, "niet doorgegeven" in line) for line in lines] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize("content", [b'{"ontvangstbewijsVersie": "1"}', b"not JSON"])
async def test_a_signed_answer_by_a_program_gets_no_answer(content: bytes) -> None:
    """Another gateway's receipt, say: answered, the two would write to each other for ever."""
    engine = Engine(found(content, outer=replace(OUTER, automatic=True)))
    result = await handled(engine)
    assert [fate(each) for each in result.outcomes] == [("ignore", Reason.AUTOMATIC)]
    assert engine.letters == []


async def test_a_report_that_a_program_mails_is_carried_and_answered() -> None:
    for content, count in ((document_json(bericht(1)), 2), (b'{"bijsluiterVersie": "9"}', 1)):
        engine = Engine(found(content, outer=replace(OUTER, automatic=True)))
        await handled(engine)
        assert len(engine.letters) == count


async def test_in_a_walk_that_nobody_asked_for_what_waits_for_a_person_is_not_passed_on() -> None:
    """Though everything is in order now: of two reports the other one goes."""
    engine = Engine(found(document_json(bericht(1), bericht(2))))
    waiting = {0: (Reason.FREE_TEXT, Reason.RECIPIENT_NOT_BOUND)}
    raw = replace(corridor.raw(), undecided=waiting)
    result = await handle(raw, gate(engine, Register()))
    assert [fate(each) for each in result.outcomes] == [("hold", *waiting[0]), ("forward",)]
    assert letters(engine).count(CASEMANAGER.address) == 1


async def test_but_it_may_be_refused_or_held_for_something_more() -> None:
    def facts(checked: Checked) -> Facts:
        withdrawn = Consent(state=ConsentState.WITHDRAWN)
        number = number_of(checked)
        return generators.facts(
            number,
            consent=withdrawn if number == 1 else None,
            recipient=None if number == 2 else CASEMANAGER,
        )

    engine = Engine(found(document_json(bericht(1), bericht(2))))
    raw = replace(corridor.raw(), undecided=dict.fromkeys((0, 1), (Reason.FREE_TEXT,)))
    result = await handle(raw, gate(engine, Register(facts=facts)))
    assert [fate(each) for each in result.outcomes] == [
        ("reject", Reason.CONSENT_WITHDRAWN),
        ("hold", Reason.FREE_TEXT, Reason.NO_RECIPIENT),
    ]


async def test_a_hold_for_a_person_never_becomes_one_that_passes_by_itself() -> None:
    """The casemanager's key is revoked meanwhile: once there is a new one, it still waits."""
    keyless = replace(CASEMANAGER, key=None)
    register = Register(facts=lambda checked: generators.facts(1, recipient=keyless))
    raw = replace(corridor.raw(), undecided={0: (Reason.UNEXPECTED,)})
    (ended,) = (await handle(raw, gate(Engine(), register))).outcomes
    assert fate(ended) == ("hold", Reason.UNEXPECTED, Reason.RECIPIENT_NO_KEY)
    assert isinstance(ended, Ended)
    assert ended.standing is not None
    assert waits_for_a_fact([Reason.RECIPIENT_NO_KEY])
    assert not waits_for_a_fact(ended.stop.reasons)


async def test_what_holds_a_whole_mail_holds_each_of_its_reports() -> None:
    engine = Engine(found(document_json(bericht(1), bericht(2))))
    raw = replace(corridor.raw(), undecided={-1: (Reason.UNREACHABLE,), 1: (Reason.UNEXPECTED,)})
    result = await handle(raw, gate(engine, Register()))
    assert [fate(each) for each in result.outcomes] == [
        ("hold", Reason.UNREACHABLE),
        ("hold", Reason.UNEXPECTED, Reason.UNREACHABLE),
    ]


@pytest.mark.parametrize("faulty", [False, True])
async def test_what_stands_refused_is_refused_again_whatever_the_table_says_now(
    faulty: bool,
) -> None:
    """An officer's refusal above all; its receipt says what the first one said."""
    ours = bericht(1, berichtId="x") if faulty else bericht(1)
    engine = Engine(found(document_json(ours, bericht(2))))
    raw = replace(corridor.raw(), refused={0: (Reason.REFUSED_BY_OFFICER,)})
    result = await handle(raw, gate(engine, Register()))
    assert [fate(each) for each in result.outcomes] == [
        ("reject", Reason.REFUSED_BY_OFFICER),
        ("forward",),
    ]
    assert letters(engine).count(CASEMANAGER.address) == 1
    (receipt,) = [each for each in engine.letters if each.recipient == SENDER.address]
    (proof,) = receipt.attachments
    assert Reason.REFUSED_BY_OFFICER.value.encode() in proof.content


async def test_a_mail_that_stands_refused_as_a_whole_is_refused_again() -> None:
    raw = replace(corridor.raw(), refused={-1: (Reason.KEY_REVOKED,)})
    for engine in (Engine(), Engine(found(document_json(bericht(1)), signatures=()))):
        result = await handle(raw, gate(engine, Register()))
        assert [fate(each) for each in result.outcomes] == [("reject", Reason.KEY_REVOKED)]
        assert CASEMANAGER.address not in letters(engine)
    stuck = await end(raw, Hold(Reason.UNREACHABLE), gate(Engine(), Register()))
    assert [fate(each) for each in stuck.outcomes] == [("reject", Reason.KEY_REVOKED)]


async def test_when_all_of_it_went_before_the_sender_hears_that() -> None:
    """It walks again because the first receipt could not be delivered."""
    engine = Engine()
    result = await handle(corridor.raw(delivered=[0]), gate(engine, Register()))
    assert [fate(each) for each in result.outcomes] == [("ignore", Reason.DELIVERED_BEFORE)]
    assert letters(engine) == [SENDER.address]


async def test_a_stop_keeps_the_facts_that_it_rests_on() -> None:
    """All of them once the person is proven; until then those about the sender alone."""
    reading = generators.facts(1, recipient=None)
    held = await handled(Engine(), Register(facts=lambda _: reading))
    (ended,) = held.outcomes
    assert isinstance(ended, Ended)
    assert ended.standing is not None
    assert ended.standing.digest == reading.digest()
    other = replace(reading.dossier, geslachtsnaam="Heelanders") if reading.dossier else None
    unproven = replace(reading, dossier=other)
    (ended,) = (await handled(Engine(), Register(facts=lambda _: unproven))).outcomes
    assert isinstance(ended, Ended)
    assert ended.standing is not None
    assert ended.standing.digest == reading.of_sender_alone().digest() != reading.digest()
