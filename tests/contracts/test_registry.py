"""What a walk may learn from a register, on SQLite, on PostgreSQL and in memory.

The docstrings are the specification; the small world is described in ``tests/world.py``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.domain.bijsluiter import Category, Doelgroep, Regime
from gateway.domain.consent import ConsentCategory, ConsentKind, ConsentState
from gateway.domain.histories import Circumstance, Identity
from gateway.domain.parties import Interval, KeyState, Role, Side, Standing
from gateway.domain.register import Refusal, RegisterError
from tests import generators, world
from tests.contracts.registers import DAY, HOUR, INSTANT, OFFICES, Office, office, raw_mail
from tests.world import CARLA, CASPER, SAAR, SAM, SCHOOL_1, SCHOOL_2, SOFIE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

ALL = frozenset(ConsentCategory)
ASIEL, GEZIN = Doelgroep.ASIEL, Doelgroep.GEZIN_OVERIG


@pytest.fixture(params=OFFICES)
async def register(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(request.param, tmp_path, request) as opened:
        yield opened


# --- one report, one consistent reading --------------------------------------


async def test_the_small_world_as_a_school_reads_it(register: Office) -> None:
    """Regime, group, recipient and consent of every kind of dossier."""
    found = {}
    for number in world.DOSSIERS:
        facts = await register.facts(number)
        if facts.dossier is not None:
            found[number] = (
                facts.dossier.regime,
                facts.dossier.doelgroep,
                facts.recipient.contact_id if facts.recipient else None,
                facts.consent.state,
                len(facts.consent.categories),
            )
    given, none = ConsentState.GIVEN, ConsentState.NONE
    wi2013, wi2021 = Regime.WI2013, Regime.WI2021
    assert found == {
        1: (wi2013, ASIEL, CASPER, given, 4),
        2: (wi2013, ASIEL, CASPER, given, 3),
        3: (wi2013, ASIEL, CARLA, ConsentState.WITHDRAWN, 0),
        4: (wi2021, GEZIN, CARLA, none, 0),
        5: (wi2021, ASIEL, CASPER, none, 0),
        6: (None, None, CASPER, given, 4),
        7: (wi2013, ASIEL, CASPER, none, 0),
        8: (wi2013, ASIEL, CASPER, ConsentState.REFUSED, 0),
        10: (wi2013, ASIEL, CASPER, ConsentState.EXPIRED, 0),
        11: (wi2013, ASIEL, CASPER, given, 4),
        12: (wi2013, ASIEL, None, given, 4),
    }


async def test_everything_a_decision_needs_of_one_report(register: Office) -> None:
    """Person, parties, both contacts with bounds and keys, revision and time."""
    facts = await register.facts(1)
    assert facts.dossier is not None
    assert facts.provider is not None
    assert facts.recipient is not None
    person = generators.betrokkene(1)
    assert facts.dossier.geslachtsnaam == person["geslachtsnaam"]
    assert facts.dossier.geboortedatum == person["geboortedatum"]
    assert facts.dossierkenmerk == facts.dossier.dossierkenmerk == person["dossierkenmerk"]
    assert facts.dossier.duty == Interval(start=INSTANT - world.YEAR, end=INSTANT + world.YEAR)
    assert (facts.provider.party_id, facts.provider.standing) == (SCHOOL_1, Standing.ACTIVE)
    assert facts.provider.term.holds(INSTANT)
    assert facts.sender.contact_id == SAAR
    assert facts.sender_designated
    assert facts.recipient.name == "Casper Voorbeeldman"
    assert facts.recipient.address == "casper@gemeente.example"
    assert facts.recipient.party.side is Side.MUNICIPALITY
    assert facts.recipient.is_bound(INSTANT)
    assert facts.recipient.key_state(INSTANT) is KeyState.READY
    assert facts.recipient.key is not None
    assert facts.recipient.key.certificate == world.marker(CASPER)
    assert (facts.as_of, facts.revision) == (INSTANT, world.BUILT)
    assert not facts.disclosed_before


async def test_a_casemanager_reaches_the_designated_contact_of_the_provider(
    register: Office,
) -> None:
    """The other way round: provider and consent are those of the dossier, not of the sender."""
    facts = await register.facts(9, sender=CARLA)
    assert facts.recipient is not None
    assert facts.recipient.contact_id == SOFIE
    assert facts.provider is not None
    assert facts.provider.party_id == SCHOOL_2
    assert facts.consent.categories == ALL
    assert facts.sender_designated


async def test_another_schools_dossier_looks_like_none(register: Office) -> None:
    """A school cannot find out whether a dossierkenmerk of another school exists (12.5)."""
    probed = await register.facts(9, sender=SAAR)
    unknown = await register.facts(99, sender=SAAR)
    assert probed.dossier is unknown.dossier is None
    assert probed.digest() == unknown.digest()
    assert (probed.provider, probed.recipient, probed.consent, probed.until) == (
        unknown.provider,
        unknown.recipient,
        unknown.consent,
        unknown.until,
    )
    assert not probed.sender_designated


async def test_a_dossier_without_municipal_designation_is_not_the_municipalitys(
    register: Office,
) -> None:
    """A municipal sender too has to be of the party that is designated."""
    assert (await register.facts(12, sender=CASPER)).dossier is None


async def test_a_former_provider_is_told_that_it_is_not_designated(register: Office) -> None:
    """It was with them, so it is no secret; provider and consent are the new ones."""
    async with register.register.change(by="test") as change:
        await change.designations.designate("dossier-1", SOFIE, valid_from=INSTANT - DAY)
    facts = await register.facts(1)
    assert facts.dossier is not None
    assert not facts.sender_designated
    assert facts.provider is not None
    assert facts.provider.party_id == SCHOOL_2
    assert facts.consent.state is ConsentState.NONE


async def test_a_colleague_of_the_designated_contact_is_not_designated(register: Office) -> None:
    """Only over the designated contact person of this inburgeraar (12.5)."""
    facts = await register.facts(1, sender=SAM)
    assert facts.dossier is not None
    assert not facts.sender_designated


async def test_the_case_of_a_dossierkenmerk_is_no_difference(register: Office) -> None:
    """The facts carry it as it was asked for."""
    facts = await register.facts(1, kenmerk="demo-0001")
    assert facts.dossier is not None
    assert facts.dossierkenmerk == "demo-0001"


async def test_a_corrected_dossierkenmerk_is_found_from_its_time_on(register: Office) -> None:
    """The old one is nobody's any more, and may become another's."""
    corrected = Identity(dossierkenmerk="NIEUW-1", geslachtsnaam="Voorbeeld", geboortedatum="1980")
    async with register.register.change(by="test") as change:
        await change.dossiers.identify("dossier-1", corrected, valid_from=INSTANT - DAY)
    assert (await register.facts(1)).dossier is None
    assert (await register.facts(1, instant=INSTANT - 2 * DAY)).dossier is not None
    found = await register.facts(1, kenmerk="NIEUW-1")
    assert found.dossier is not None
    assert found.dossier.geboortedatum == "1980"
    async with register.register.change(by="test") as change:
        await change.dossiers.identify("dossier-2", world.identity(1), valid_from=INSTANT - HOUR)
    taken = await register.facts(1)
    assert taken.dossier is not None
    assert taken.dossier.dossier_id == "dossier-2"


async def test_an_erased_person_is_not_found(register: Office) -> None:
    """With the key the person is gone, whatever ciphertext is left."""
    await register.erase("dossier-1")
    assert (await register.facts(1)).dossier is None
    assert (await register.facts(2)).dossier is not None
    assert (await register.registry.facts_for(SAAR, "dossier-1", INSTANT)).dossier is None


# --- designation and substitutes ---------------------------------------------


async def test_a_designation_replaces_the_former_one(register: Office) -> None:
    """One contact on each side at a time, from a moment on."""
    async with register.register.change(by="test") as change:
        await change.designations.designate("dossier-1", CARLA, valid_from=INSTANT)
    before = await register.facts(1, instant=INSTANT - HOUR)
    after = await register.facts(1)
    assert before.recipient is not None
    assert after.recipient is not None
    assert (before.recipient.contact_id, after.recipient.contact_id) == (CASPER, CARLA)
    assert not (await register.facts(1, sender=CASPER)).sender_designated


async def test_a_substitute_takes_the_place_for_a_half_open_period(register: Office) -> None:
    """On either side, as sender and as recipient; valid at the start, not at the end."""
    start, end = INSTANT, INSTANT + DAY
    async with register.register.change(by="test") as change:
        period = Interval(start=start, end=end)
        await change.designations.substitute("dossier-1", CARLA, period)
        await change.designations.substitute("dossier-1", SAM, period)
    tick = timedelta(microseconds=1)
    for instant, recipient, saar, sam in (
        (start - tick, CASPER, True, False),
        (start, CARLA, False, True),
        (end - tick, CARLA, False, True),
        (end, CASPER, True, False),
    ):
        facts = await register.facts(1, instant=instant)
        assert facts.recipient is not None
        assert facts.recipient.contact_id == recipient
        assert facts.sender_designated is saar
        assert (await register.facts(1, sender=SAM, instant=instant)).sender_designated is sam


async def test_a_substitution_ends_early(register: Office) -> None:
    """And one that had not begun never does; the past stays what it was."""
    async with register.register.change(by="test") as change:
        running = await change.designations.substitute(
            "dossier-1", CARLA, Interval(start=INSTANT - DAY, end=INSTANT + DAY)
        )
        coming = await change.designations.substitute(
            "dossier-2", CARLA, Interval(start=INSTANT + DAY, end=INSTANT + 2 * DAY)
        )
    async with register.register.change(by="test") as change:
        await change.designations.end_substitution(running, at=INSTANT)
        await change.designations.end_substitution(coming, at=INSTANT)
    for number, instant, expected in (
        (1, INSTANT - HOUR, CARLA),
        (1, INSTANT, CASPER),
        (2, INSTANT + DAY + HOUR, CASPER),
    ):
        facts = await register.facts(number, instant=instant)
        assert facts.recipient is not None
        assert facts.recipient.contact_id == expected


async def test_a_substitute_of_a_provider_that_the_dossier_left_is_none(register: Office) -> None:
    """The dossier moved during the substitution: the substitute does not move along."""
    async with register.register.change(by="test") as change:
        period = Interval(start=INSTANT - DAY, end=INSTANT + DAY)
        await change.designations.substitute("dossier-1", SAM, period)
        await change.designations.designate("dossier-1", SOFIE, valid_from=INSTANT)
    facts = await register.facts(1, sender=CASPER)
    assert facts.recipient is not None
    assert facts.recipient.contact_id == SOFIE
    assert not (await register.facts(1, sender=SAM)).sender_designated


async def test_nobody_is_designated_who_may_not_see_personal_data(register: Office) -> None:
    """Whoever becomes relatiebeheerder, or leaves, receives nothing from then on (1n)."""
    async with register.register.change(by="test") as change:
        await change.contacts.change(CASPER, role=Role.RELATIEBEHEERDER, valid_from=INSTANT)
        await change.contacts.end(CARLA, valid_from=INSTANT)
    assert (await register.facts(1)).recipient is None
    assert (await register.facts(4)).recipient is None
    assert (await register.facts(4, instant=INSTANT - HOUR)).recipient is not None


async def test_a_vacant_place_leaves_the_dossier_with_its_provider(register: Office) -> None:
    """Nobody receives, and the provider is still known."""
    async with register.register.change(by="test") as change:
        await change.designations.vacate("dossier-1", Side.MUNICIPALITY, valid_from=INSTANT)
        await change.designations.vacate("dossier-2", Side.PROVIDER, valid_from=INSTANT)
    assert (await register.facts(1)).recipient is None
    facts = await register.facts(2, sender=CASPER)
    assert facts.recipient is None
    assert facts.provider is not None
    assert facts.provider.party_id == SCHOOL_1


async def test_a_contact_who_left_sends_nothing(register: Office) -> None:
    """Their key is nobody's any more."""
    async with register.register.change(by="test") as change:
        await change.contacts.end(SAAR, valid_from=INSTANT)
    marker = world.describe_marker(world.marker(SAAR))
    assert await register.registry.holders(marker.fingerprint, INSTANT) == ()
    facts = await register.registry.facts_for(SAAR, "dossier-1", INSTANT)
    assert not facts.sender_designated


# --- consent, as it held and as it was known ----------------------------------


async def test_consent_is_answered_for_the_instant_of_the_mail(register: Office) -> None:
    """Dossier 3: given, a day later withdrawn; both long ago, both recorded at INSTANT."""
    given_at = INSTANT - timedelta(days=200)
    register.clock.now = INSTANT
    assert (await register.facts(3)).consent.state is ConsentState.WITHDRAWN
    # Nothing was known yet at that time, whatever was valid.
    assert (await register.facts(3, instant=given_at)).consent.state is ConsentState.NONE


async def test_a_withdrawal_recorded_late_counts_from_when_it_was_known(register: Office) -> None:
    """A past instant is judged by what was known then (bitemporal)."""
    register.clock.now = INSTANT + DAY
    async with register.register.change(by="test") as change:
        await change.consents.record(
            "dossier-1", SCHOOL_1, ConsentKind.WITHDRAWN, valid_from=INSTANT - DAY
        )
    assert (await register.facts(1)).consent.state is ConsentState.GIVEN
    assert (await register.facts(1, instant=INSTANT + DAY)).consent.state is ConsentState.WITHDRAWN


async def test_part_of_a_consent_is_withdrawn_and_a_row_was_added(register: Office) -> None:
    """Ticked rows and a hand-added one, as the form has them (annex 2)."""
    async with register.register.change(by="test") as change:
        await change.consents.record(
            "dossier-11", SCHOOL_1, ConsentKind.WITHDRAWN, categories=[ConsentCategory.T4]
        )
    consent = (await register.facts(11)).consent
    assert consent.categories == ALL - {ConsentCategory.T4}
    assert consent.extra == {Category.P4}


async def test_consent_for_one_provider_is_none_for_another(register: Office) -> None:
    """Consent names one counterpart."""
    async with register.register.change(by="test") as change:
        await change.consents.record(
            "dossier-7", SCHOOL_2, ConsentKind.GIVEN, categories=ConsentCategory
        )
    assert (await register.facts(7)).consent.state is ConsentState.NONE


async def test_consent_ends_with_the_duty(register: Office) -> None:
    """Valid until "afronding inburgerplicht": half open."""
    ended = Circumstance(
        regime=Regime.WI2013,
        doelgroep=ASIEL,
        duty=Interval(start=INSTANT - world.YEAR, end=INSTANT + HOUR),
    )
    async with register.register.change(by="test") as change:
        await change.dossiers.change("dossier-1", circumstance=ended)
    assert (await register.facts(1)).consent.state is ConsentState.GIVEN
    at_end = await register.facts(1, instant=INSTANT + HOUR)
    assert at_end.consent.state is ConsentState.EXPIRED
    assert at_end.consent.categories == frozenset()


# --- parties and contacts over time --------------------------------------------


async def test_standing_and_term_are_those_of_the_instant(register: Office) -> None:
    """Past, present and future are told apart."""
    async with register.register.change(by="test") as change:
        await change.parties.set_standing(SCHOOL_1, Standing.SUSPENDED, valid_from=INSTANT)
        await change.parties.set_standing(SCHOOL_1, Standing.LEFT, valid_from=INSTANT + DAY)
    for instant, standing in (
        (INSTANT - HOUR, Standing.ACTIVE),
        (INSTANT, Standing.SUSPENDED),
        (INSTANT + DAY, Standing.LEFT),
    ):
        facts = await register.facts(1, instant=instant)
        assert facts.provider is not None
        assert facts.provider.standing is standing
        assert facts.sender.party.standing is standing or instant != INSTANT


async def test_a_party_without_a_term_takes_no_part(register: Office) -> None:
    """Nothing on record is no permission."""
    async with register.register.change(by="test") as change:
        await change.parties.add(
            party_id="school-3",
            side=Side.PROVIDER,
            name="Zonder Termijn",
            instellingsnummer="00VB000003",
            standing=Standing.ACTIVE,
            valid_from=INSTANT - DAY,
        )
        await change.contacts.add(
            contact_id="contact-9",
            party_id="school-3",
            name="Noor Proef",
            address="noor@zonder.example",
            role=Role.CONTACTPERSOON,
            certificate=world.marker("contact-9"),
            valid_from=INSTANT - DAY,
        )
    await world.confirm_keys(register.register)
    sender = await register.sender("contact-9")
    assert not sender.party.term.holds(INSTANT)
    assert not sender.is_bound(INSTANT)


async def test_a_declaration_taken_back_binds_nobody(register: Office) -> None:
    """Confidentiality (12.8) is on record for a period, and can be taken back."""
    async with register.register.change(by="test") as change:
        await change.contacts.declare(CASPER, None, valid_from=INSTANT)
    recipient = (await register.facts(1)).recipient
    assert recipient is not None
    assert not recipient.is_bound(INSTANT)


# --- keys ---------------------------------------------------------------------


async def test_a_key_belongs_to_one_contact_from_when_it_is_pinned(register: Office) -> None:
    """Replaced keys have no holder, and are still recognised."""
    new = world.marker("a new key of Saar")
    fingerprint = await world.pin(register.register, SAAR, new)
    old = world.describe_marker(world.marker(SAAR)).fingerprint
    registry = register.registry
    assert [c.contact_id for c in await registry.holders(fingerprint, INSTANT)] == [SAAR]
    assert list(await registry.holders(old, INSTANT)) == []
    assert [c.contact_id for c in await registry.holders(old, INSTANT - HOUR)] == [SAAR]
    assert {new, world.marker(SAAR)} <= set((await registry.keyring()).certificates)


async def test_a_revoked_key_keeps_its_holder_and_is_refused(register: Office) -> None:
    """So that the sender hears that the key was revoked, not that nobody knows them."""
    async with register.register.change(by="test") as change:
        await change.contacts.revoke(SAAR, at=INSTANT)
        await change.contacts.revoke(CASPER, at=INSTANT)
    assert (await register.sender(SAAR)).key_state(INSTANT) is KeyState.REVOKED
    earlier = INSTANT - HOUR
    assert (await register.sender(SAAR, earlier)).key_state(earlier) is KeyState.READY
    recipient = (await register.facts(1)).recipient
    assert recipient is not None
    assert recipient.key_state(INSTANT) is KeyState.REVOKED
    assert world.marker(SAAR) in (await register.registry.keyring()).certificates


async def test_an_unpinned_key_is_free_for_somebody_else(register: Office) -> None:
    """One fingerprint, one contact at a time."""
    certificate = world.marker(SAAR)
    with pytest.raises(RegisterError) as refused:
        async with register.register.change(by="test") as change:
            await change.contacts.propose_key(SAM, certificate)
    assert refused.value.code is Refusal.KEY_TAKEN
    async with register.register.change(by="test") as change:
        await change.contacts.unpin(SAAR, valid_from=INSTANT)
    fingerprint = await world.pin(register.register, SAM, certificate)
    holders = await register.registry.holders(fingerprint, INSTANT)
    assert [holder.contact_id for holder in holders] == [SAM]


async def test_an_unknown_key_has_no_holder(register: Office) -> None:
    """Nor has the empty fingerprint of a signature that nobody could attribute."""
    assert list(await register.registry.holders("0" * 40, INSTANT)) == []
    assert list(await register.registry.holders("", INSTANT)) == []


async def test_the_keyring_changes_with_the_register(register: Office) -> None:
    """Its revision tells the engine's workers when theirs is old."""
    before = await register.registry.keyring()
    await world.pin(register.register, SAAR, world.marker("new"))
    after = await register.registry.keyring()
    assert after.revision == before.revision + 2 == await register.registry.revision()
    assert len(after.certificates) == len(before.certificates) + 1
    assert (await register.facts(1, sender=SAM)).revision == after.revision


# --- who may be answered --------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "extra", "expected"),
    [
        ("saar@taalschool.example", "", SAAR),
        ("SAAR@Taalschool.example", "", SAAR),
        ("somebody@taalschool.example", "", None),
        ("saar@taalschool.example", "From: <sam@taalschool.example>\r\n", None),
        ("saar@taalschool.example", "Auto-Submitted: auto-replied\r\n", None),
        ("saar@taalschool.example", "Return-Path: <>\r\n", None),
        ("saar@taalschool.example", "X-Auto-Response-Suppress: OOF, AutoReply\r\n", None),
        ("saar@taalschool.example", "X-Auto-Response-Suppress: RN\r\n", SAAR),
        ("saar@taalschool.example", "Precedence: bulk\r\n", None),
        ("saar@taalschool.example", "List-Id: <a.b.example>\r\n", None),
        ("saar@taalschool.example", "X-Spam-Flag: YES\r\n", None),
        ("saar@taalschool.example", "X-Spam-Status: No, score=1.0\r\n", SAAR),
        ("saar@taalschool.example\r\nbroken", "", None),
    ],
)
async def test_the_registered_holder_of_an_address(
    register: Office, sender: str, extra: str, expected: str | None
) -> None:
    """The one From, registered, with a usable key; never an answer to an answer (RFC 3834)."""
    found = await register.registry.addressee(raw_mail(sender, extra=extra))
    assert (found.contact_id if found else None) == expected


async def test_no_answer_without_a_usable_key(register: Office) -> None:
    """Nothing is ever sent in plain text."""
    async with register.register.change(by="test") as change:
        await change.contacts.revoke(SAAR, at=INSTANT)
        await change.contacts.unpin(SAM, valid_from=INSTANT)
    assert await register.registry.addressee(raw_mail()) is None
    assert await register.registry.addressee(raw_mail("sam@taalschool.example")) is None


async def test_the_privacy_officers_with_a_usable_key(register: Office) -> None:
    """The municipality's own, as of the instant."""
    officers = await register.registry.officers(INSTANT)
    assert [officer.contact_id for officer in officers] == [world.OFFICER]
    async with register.register.change(by="test") as change:
        await change.contacts.revoke(world.OFFICER, at=INSTANT)
    assert list(await register.registry.officers(INSTANT)) == []


# --- seen before ------------------------------------------------------------------


async def test_a_report_disclosed_by_another_mail_was_seen_before(register: Office) -> None:
    """Not by the same mail walking again, not by another party, not what never left."""
    await register.disclose(1, SCHOOL_1, "a" * 32, INSTANT - HOUR)
    assert (await register.facts(1)).disclosed_before
    assert not (await register.facts(1, trace="a" * 32)).disclosed_before
    assert not (await register.facts(2)).disclosed_before
    assert not (await register.facts(1, sender=CASPER)).disclosed_before
    await register.withdraw("a" * 32, INSTANT)
    assert not (await register.facts(1)).disclosed_before


# --- how long it stands -------------------------------------------------------------


async def test_until_is_the_first_bound_of_anything(register: Office) -> None:
    """Term, duty, bounds, key, designation, substitute, consent and standing to come."""
    far = INSTANT + world.YEAR
    assert (await register.facts(1)).until == far
    days = iter(range(90, 0, -10))

    def soon() -> datetime:
        return INSTANT + timedelta(days=next(days))

    async with register.register.change(by="test") as change:
        expected = soon()
        await change.parties.set_standing(SCHOOL_1, Standing.LEFT, valid_from=expected)
    assert (await register.facts(1)).until == expected
    async with register.register.change(by="test") as change:
        expected = soon()
        await change.contacts.declare(CASPER, Interval(start=INSTANT - DAY, end=expected))
    assert (await register.facts(1)).until == expected
    async with register.register.change(by="test") as change:
        expected = soon()
        await change.contacts.revoke(SAAR, at=expected)
    assert (await register.facts(1)).until == expected
    async with register.register.change(by="test") as change:
        expected = soon()
        await change.designations.designate("dossier-1", CARLA, valid_from=expected)
    assert (await register.facts(1)).until == expected
    async with register.register.change(by="test") as change:
        expected = soon()
        period = Interval(start=expected, end=expected + DAY)
        await change.designations.substitute("dossier-1", SAM, period)
    assert (await register.facts(1)).until == expected
    async with register.register.change(by="test") as change:
        expected = soon()
        await change.consents.record(
            "dossier-1", SCHOOL_1, ConsentKind.WITHDRAWN, valid_from=expected
        )
    assert (await register.facts(1)).until == expected
    async with register.register.change(by="test") as change:
        expected = soon()
        duty = Interval(start=INSTANT - world.YEAR, end=expected)
        await change.dossiers.change(
            "dossier-1", circumstance=Circumstance(regime=None, doelgroep=None, duty=duty)
        )
    assert (await register.facts(1)).until == expected


async def test_facts_for_the_outbox_are_those_of_the_walk(register: Office) -> None:
    """The dispatcher compares digests: the same question has the same answer."""
    for number in (1, 3, 4, 9):
        walked = await register.facts(number, sender=SAAR)
        if walked.dossier is None:
            continue
        asked = await register.registry.facts_for(SAAR, walked.dossier.dossier_id, INSTANT)
        assert asked.digest() == walked.digest()
        assert (asked.revision, asked.until) == (walked.revision, walked.until)


async def test_a_withdrawal_changes_the_digest_and_another_dossiers_does_not(
    register: Office,
) -> None:
    """So that only what rests on a changed fact walks again."""
    before = await register.registry.facts_for(SAAR, "dossier-1", INSTANT)
    async with register.register.change(by="test") as change:
        await change.consents.record("dossier-2", SCHOOL_1, ConsentKind.WITHDRAWN)
    other = await register.registry.facts_for(SAAR, "dossier-1", INSTANT)
    assert other.digest() == before.digest()
    assert other.revision == before.revision + 1
    async with register.register.change(by="test") as change:
        await change.consents.record("dossier-1", SCHOOL_1, ConsentKind.WITHDRAWN)
    own = await register.registry.facts_for(SAAR, "dossier-1", INSTANT)
    assert own.digest() != before.digest()


async def test_a_refused_change_leaves_nothing_behind(register: Office) -> None:
    """All of a change or nothing of it, the revision included."""
    revision = await register.registry.revision()

    async def half_done() -> None:
        async with register.register.change(by="test") as change:
            await change.parties.set_standing(SCHOOL_1, Standing.EXCLUDED, valid_from=INSTANT)
            await change.consents.record("dossier-1", SCHOOL_1, ConsentKind.WITHDRAWN)
            await change.contacts.propose_key(SAAR, b"not a certificate")

    with pytest.raises(RegisterError, match="key-refused"):
        await half_done()
    facts = await register.facts(1)
    assert facts.revision == revision
    assert facts.consent.state is ConsentState.GIVEN
    assert facts.sender.party.standing is Standing.ACTIVE


async def test_what_a_registry_gives_does_not_print(register: Office) -> None:
    """Nothing of a person in a log line or traceback."""
    facts = await register.facts(1)
    shown = f"{facts!r} {facts} {facts.dossier!r} {facts.recipient} {facts.sender!r}"
    for word in ("Voorbeeld", "Casper", "Saar", "DEMO", "19"):
        assert word not in shown
