"""What people read, measured: Dutch first, English complete, and short enough for B1.

A first guard, not a proof: B1 asks for words that people know, and no count sees that.
Measured is what a count can see, as the Dutch government's own advice on plain language does:
the length of sentences and of words.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po

import gateway
from gateway.domain.texts import Language
from gateway.resources import texts_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog

LOCALE = Path(gateway.__file__).parent / "locale"
GUIDES = Path(__file__).parents[1] / "docs" / "nl"
CATALOGUES = sorted(each.stem for each in (LOCALE / "nl" / "LC_MESSAGES").glob("*.po"))

MOST_WORDS = 20  # in one sentence of a letter or an answer
MOST_WORDS_IN_A_GUIDE = 25
MOST_WORDS_ON_AVERAGE = 12
LONG_WORD = 15  # letters
MOST_LONG_WORDS = 2  # of a hundred
# Names that the covenant, the law or a program gives, and that a reader looks for under
# that name; and what they are made of.
KNOWN_LONG_WORDS = frozenset(
    {
        "aanhalingsteken", "aanhalingstekens", "accountinstellingen", "afwezigheidsmelding",
        "asielstatushouder", "asielstatushouders", "burgerservicenummer", "contactgegevens",
        "dossierkenmerken",
        "e-mailbeveiliging", "end-to-end-versleuteling", "lichaamskenmerken",
        "instellingsnummers", "openpgp-sleutelbeheer", "scheidingsteken",
        "formulierversie", "gealfabetiseerd", "ondertekensleutel", "ontvangstbevestiging",
        "privacybijsluiter", "geheimhoudingsverklaring", "inburgeringsplicht",
        "inburgeringstermijn", "inburgeringstraject", "inburgeringsuren", "instellingsnummer",
        "intrekkingslijst", "opdrachtvenster", "participatieverklaring", "persoonsgegevens",
        "relatiebeheerder", "taalvaardigheid", "toestemmingsformulier",
        "toestemmingsverklaring", "vertrouwenscentrum", "zelfredzaamheid",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_ENDS = re.compile(r"(?<=[.?!:;])[*\"”)]*\s+|\n+")
_SETTING = re.compile(r"\b\w+(?:[._]\w+)*_\w+\b|\b[a-z]+(?:\.[a-z]+)+\b")
_PLACEHOLDER = re.compile(r"\{\w+\}")


@cache
def catalogue(language: Language, name: str) -> Catalog:
    """A catalogue as it is edited."""
    with (LOCALE / language.value / "LC_MESSAGES" / f"{name}.po").open("rb") as source:
        return read_po(source, locale=language.value)


def entries(language: Language, name: str) -> dict[tuple[str | None, str], str]:
    """What a catalogue says, by context and Dutch wording."""
    return {(m.context, str(m.id)): str(m.string) for m in catalogue(language, name) if m.id}


def texts_of_reasons() -> list[str]:
    """The Dutch of ``policies/reasons.toml``."""
    file = tomllib.loads(texts_text())
    each = [entry for part in ("reasons", "faults") for entry in file[part].values()]
    return [
        entry[name]
        for entry in each
        for name in ("nl", "advies_nl", "afzender_nl")
        if name in entry
    ]


def texts_of_guide(name: str) -> list[str]:
    """The running text of a guide: no code, tables or addresses."""
    text = (GUIDES / f"{name}.md").read_text(encoding="utf-8")
    text = re.sub(r"```.*?```|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"`[^`]*`", "x", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"^\|.*$", "", text, flags=re.MULTILINE)
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*#]|\d+\.) ?)", text)
    return [re.sub(r"[*#>]+|\s+", " ", block).strip() for block in blocks]


def sentences(texts: list[str]) -> Iterator[list[str]]:
    """The words of each sentence; a heading or a name of a field is one too."""
    for text in texts:
        for sentence in _ENDS.split(_SETTING.sub("x", _PLACEHOLDER.sub("x", text))):
            words = _WORD.findall(sentence)
            if words:
                yield words


def is_known(word: str) -> bool:
    """Whether a word stands in the list, as one or as many."""
    return any(each in KNOWN_LONG_WORDS for each in (word, word.removesuffix("s"), word[:-2]))


ANSWERS = ["reasons", *CATALOGUES]
EVERYTHING = [*ANSWERS, *sorted(each.stem for each in GUIDES.glob("*.md"))]


def texts_of(name: str) -> list[str]:
    """Everything that one source says in Dutch."""
    if name == "reasons":
        return texts_of_reasons()
    if name in CATALOGUES:
        return list(entries(Language.NL, name).values())
    return texts_of_guide(name)


@pytest.mark.parametrize("name", CATALOGUES)
def test_english_is_complete_and_nothing_waits_for_somebody_to_look(name: str) -> None:
    dutch, english = (entries(language, name) for language in (Language.NL, Language.EN))
    assert dutch.keys() == english.keys()
    for language in Language:
        assert [m.id for m in catalogue(language, name) if m.id and (m.fuzzy or not m.string)] == []
    for (context, text), said in english.items():
        # A code's words are found by the code; a sentence by its Dutch.
        wanted = sorted(_PLACEHOLDER.findall(text if context is None else dutch[context, text]))
        assert sorted(_PLACEHOLDER.findall(said)) == wanted, text


@pytest.mark.parametrize("name", CATALOGUES)
def test_english_is_no_copy_of_the_dutch(name: str) -> None:
    dutch, english = (entries(language, name) for language in (Language.NL, Language.EN))
    same = [said for key, said in dutch.items() if english[key] == said]
    assert [said for said in same if len(_WORD.findall(_PLACEHOLDER.sub("", said))) > 3] == []


@pytest.mark.parametrize("name", EVERYTHING)
def test_no_sentence_is_too_long(name: str) -> None:
    most = MOST_WORDS if name in ANSWERS else MOST_WORDS_IN_A_GUIDE
    assert [" ".join(words) for words in sentences(texts_of(name)) if len(words) > most] == []


@pytest.mark.parametrize("name", EVERYTHING)
def test_sentences_are_short_on_average(name: str) -> None:
    lengths = [len(words) for words in sentences(texts_of(name)) if len(words) > 2]
    assert sum(lengths) / len(lengths) <= MOST_WORDS_ON_AVERAGE


@pytest.mark.parametrize("name", EVERYTHING)
def test_long_words_are_few_and_known(name: str) -> None:
    words = [word.lower() for found in sentences(texts_of(name)) for word in found]
    long = [word for word in words if len(word) >= LONG_WORD]
    assert len(long) <= len(words) * MOST_LONG_WORDS / 100
    if name in ANSWERS:
        assert {word for word in long if not is_known(word)} == set()


def test_the_measure_measures() -> None:
    """A long sentence and a long word are found, also between other signs."""
    long = " ".join(["woord"] * 21)
    found = list(sentences([f"Kort. **{long}.** Kort: {{x}}\nlevensverzekeringsmaatschappij;"]))
    assert [len(words) for words in found] == [1, 21, 1, 1, 1]
    assert len(found[-1][0]) > LONG_WORD
    assert texts_of_guide("casemanager")
    assert len(CATALOGUES) >= 3
