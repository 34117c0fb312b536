"""Every code has texts for people, in Dutch that reads easily and in English."""

from __future__ import annotations

import re
import tomllib

import pytest

from gateway.domain.faults import KINDS
from gateway.domain.policy import Effect
from gateway.domain.stops import Reason
from gateway.domain.texts import Actor, Language, Texts, TextsError
from gateway.resources import texts_text
from tests import corridor

TEXT = texts_text()
FILE = tomllib.loads(TEXT)
TEXTS = Texts(TEXT)
DUTCH = [
    (code, entry[name])
    for part in ("reasons", "faults")
    for code, entry in FILE[part].items()
    for name in ("nl", "advies_nl", "afzender_nl")
    if name in entry
]
LONGEST_SENTENCE = 20  # words; a usual bound for B1
STIFF = re.compile(
    r"\b(middels|derhalve|conform|dient|dienen|teneinde|inzake|betreffende|alsmede|echter|indien"
    r"|tevens|desbetreffende|jegens|ingevolge|krachtens|verzoeken wij)\b",
    re.IGNORECASE,
)
FAMILIAR = re.compile(r"\b(je|jij|jou|jouw|jullie)\b", re.IGNORECASE)


def test_the_catalogue_is_exactly_the_codes() -> None:
    assert set(FILE["reasons"]) == set(Reason)
    assert set(FILE["faults"]) == KINDS


@pytest.mark.parametrize("code", [*Reason, *sorted(KINDS)])
def test_dutch_and_english_differ_and_both_are_sentences(code: str) -> None:
    entry = FILE["reasons"].get(code) or FILE["faults"][code]
    pairs = (("nl", "en"), ("advies_nl", "advice_en"), ("afzender_nl", "sender_en"))
    for dutch, english in pairs:
        assert (dutch in entry) is (english in entry)
        if dutch in entry:
            assert entry[dutch] != entry[english]
            assert re.search(r"[.?]$", entry[dutch])
            assert re.search(r"[.?]$", entry[english])


@pytest.mark.parametrize(("code", "text"), DUTCH)
def test_the_dutch_reads_easily(code: str, text: str) -> None:
    sentences = re.split(r"(?<=[.?:]) ", text)
    assert max(len(sentence.split()) for sentence in sentences) <= LONGEST_SENTENCE, code
    assert not STIFF.search(text)
    assert not FAMILIAR.search(text)


@pytest.mark.parametrize("reason", Reason)
def test_the_article_is_the_one_in_the_code(reason: Reason) -> None:
    step, _, _ = reason.partition("/")
    article = TEXTS.reason(reason).article
    assert article == step.removeprefix("art-") if step.startswith("art-") else True
    assert (article == "") is (step in {"mail", "gateway", "avg-18", "avg-21"})


def test_who_acts_is_who_the_table_lets_act() -> None:
    """A row that holds waits for the officer; one that rejects or withholds, for the sender."""
    acts = {
        Effect.HOLD: Actor.OFFICER,
        Effect.REJECT: Actor.SENDER,
        Effect.WITHHOLD: Actor.SENDER,
    }
    for row in corridor.policy().rows:
        if row.reason is not None:
            assert TEXTS.reason(row.reason).acts is acts[row.effect], row.id


@pytest.mark.parametrize("reason", Reason)
def test_the_sender_always_learns_what_to_do(reason: Reason) -> None:
    text = TEXTS.reason(reason)
    for language in Language:
        assert text.to_sender(language)
        own = text.to_sender(language) != text.advice(language)
        assert own if text.acts is Actor.OFFICER else not (own and text.acts is Actor.SENDER)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (
            '[faults.leeg]\nnl = "Dit mag niet leeg zijn."\nen = "This may not be empty."',
            "",
            "leeg",
        ),
        ('[reasons."mail/empty"]', '[reasons."mail/hollow"]', "mail/hollow"),
        ("[faults.leeg]", "[faults.hol]", "hol"),
        ('nl = "De mail is leeg."', 'nl = ""', "mail/empty"),
        ('nl = "De mail is leeg."\n', "", "mail/empty"),
        ('nl = "De mail is leeg."', 'nl = "De mail is leeg."\nfr = "Vide."', "mail/empty"),
        ('afzender_nl = "U hoeft nu niets te doen."\n', "", "regime-unknown"),
        ('acts = "sender"', 'acts = "anybody"', "acts"),
        ('acts = "sender"', "acts", "TOML"),
    ],
)
def test_an_incomplete_catalogue_is_refused_by_name(old: str, new: str, named: str) -> None:
    assert old in TEXT
    with pytest.raises(TextsError, match=re.escape(named)):
        Texts(TEXT.replace(old, new, 1))
