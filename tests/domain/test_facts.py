"""Is it this person?  Names and dates as people write them (12.5)."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.consent import Consent, ConsentState
from gateway.domain.facts import Facts, folded_name, same_birth_date
from gateway.domain.parties import Interval, Standing
from tests import generators
from tests.generators import INSTANT


@pytest.mark.parametrize(
    ("claimed", "registered"),
    [
        (("", "Fictief"), ("", "FICTIEF")),
        (("van der", "Fictief"), ("", "van der Fictief")),
        (("", "Fictief"), ("van der", "Fictief")),
        (("", "Çelik-Öz"), ("", "Celik Oz")),
        (("", "Łukasik"), ("", "Lukasik")),
        (("", "Søren"), ("", "Soren")),
        (("", "Straße"), ("", "Strasse")),
        (("'t", "Hart"), ("", "’t Hart")),
        (("", "Al-Voorbeeld"), ("al", "Voorbeeld")),
        (("", "I\u0307nan"), ("", "\u0130nan")),
        (("", "Fictief "), ("", " Fictief")),
        (("", "Cafe\u0301"), ("", "Caf\u00e9")),
    ],
)
def test_one_surname_written_in_two_ways(
    claimed: tuple[str, str], registered: tuple[str, str]
) -> None:
    assert folded_name(*claimed) == folded_name(*registered)


@pytest.mark.parametrize(
    ("claimed", "registered"),
    [
        ("Fictief", "Fictieve"),
        ("De", "Den"),
        ("van", "de"),
        ("Voorbeeld-Fictief", "Fictief"),
        ("محمد", "أحمد"),
        (".", "-"),
        (".", "Fictief"),
    ],
)
def test_two_surnames_that_are_not_one(claimed: str, registered: str) -> None:
    assert folded_name("", claimed) != folded_name("", registered)


@settings(deadline=None)
@given(st.text(min_size=1))
def test_a_plain_name_is_read_as_any_other(name: str) -> None:
    """ASCII is read the short way; an accent that changes nothing takes the long one."""
    letters = "a" + "".join(char for char in name if char.isascii())
    assert folded_name("", letters) == folded_name("", letters + "\u0301")


@settings(deadline=None)
@given(st.text(min_size=1))
def test_a_surname_is_always_itself(name: str) -> None:
    assert folded_name("", name) == folded_name(None, name)


@pytest.mark.parametrize(
    ("claimed", "registered", "agree"),
    [
        ("1990-05-17", "1990-05-17", True),
        ("1990-05-17", "1990-05", True),
        ("1990-05-17", "1990", True),
        ("1990", "1990", True),
        ("1990", "1990-05-17", False),
        ("1990-05", "1990-05-17", False),
        ("1990-05-17", "1990-05-18", False),
        ("1990-05-17", "1991", False),
        ("1990-05-17", "199", False),
    ],
)
def test_birth_dates_agree_as_far_as_the_register_knows(
    claimed: str, registered: str, agree: bool
) -> None:
    assert same_birth_date(claimed, registered) is agree


def changed(**fields: object) -> Facts:
    """Facts that differ from `generators.facts()` in these fields."""
    return dataclasses.replace(generators.facts(), **fields)  # type: ignore[arg-type]  # fields of Facts by name


PAST = Interval(end=INSTANT - timedelta(days=1))
CHANGES = {
    "consent": changed(consent=Consent(state=ConsentState.WITHDRAWN)),
    "a row of consent": changed(consent=generators.consent("T1", "T2")),
    "a hand-added row": changed(consent=generators.consent(extra=frozenset({"P4"}))),
    "recipient": changed(recipient=generators.OFFICER),
    "no recipient": changed(recipient=None),
    "recipient's address": changed(
        recipient=dataclasses.replace(generators.CASEMANAGER, address="ander@gemeente.example")
    ),
    "recipient's key": changed(
        recipient=dataclasses.replace(generators.CASEMANAGER, key=generators.key("new"))
    ),
    "recipient's declaration": changed(
        recipient=dataclasses.replace(generators.CASEMANAGER, bound=PAST)
    ),
    "designation": changed(sender_designated=False),
    "sender's declaration": changed(sender=dataclasses.replace(generators.SENDER, bound=None)),
    "standing": changed(provider=generators.provider(standing=Standing.SUSPENDED)),
    "term": changed(provider=generators.provider(term=PAST)),
    "no provider": changed(provider=None),
    "no dossier": changed(dossier=None),
    "act": changed(dossier=generators.dossier(1, regime="WI2021")),
    "group": changed(dossier=generators.dossier(1, doelgroep=generators.GEZIN)),
    "end of duty": changed(dossier=dataclasses.replace(generators.dossier(1), duty=PAST)),
    "surname": changed(
        dossier=dataclasses.replace(generators.dossier(1), geslachtsnaam="Andersom")
    ),
    "birth date": changed(dossier=dataclasses.replace(generators.dossier(1), geboortedatum="1950")),
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_a_fact_that_a_decision_rests_on_changes_the_digest(change: str) -> None:
    """Sent only while the digest still stands, so nothing that counts may be left out of it."""
    assert CHANGES[change].digest() != generators.facts().digest()


def test_each_change_has_a_digest_of_its_own() -> None:
    assert len({facts.digest() for facts in CHANGES.values()}) == len(CHANGES)


def test_a_fact_that_no_decision_rests_on_leaves_the_digest() -> None:
    """A register changes all day; who is not concerned does not walk again."""
    assert changed(revision=99).digest() == generators.facts().digest()
    later = changed(as_of=INSTANT + timedelta(hours=1))
    assert later.digest() == generators.facts().digest()
