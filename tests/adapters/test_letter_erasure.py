"""A certificate of erasure as people read it, and one of before originals were counted."""

from __future__ import annotations

import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.letter_erasure import ErasureLetters
from gateway.adapters.page import Press
from gateway.adapters.words import Words
from gateway.domain.texts import Language
from gateway.ledger.certificates import Certificate, CertificateError, Checkpoint, Stays

MADE = Certificate(
    erasure="9f1c20aa77e1b3d4",
    number=1,
    whole=True,
    reason="avg-17-1-d",
    case="c1",
    mark="00",
    erased_at="2026-03-02T09:00:00+00:00",
    certified_at="2026-03-02T09:01:00+00:00",
    gone={"inbound_raw": 3, "originals_removed": 2, "originals_absent": 1},
    waiting=0,
    stays=[Stays(what="originals", article="32(1)(c)", until="2026-04-06T09:00:00+00:00")],
    before=None,
    after=Checkpoint(size=9, root="AAAA"),
    database="sqlite",
    cleaned=["free-pages", "journal"],
    left=[],
    backups_until="2026-04-06T09:00:00+00:00",
    originals=2,
    files=1,
)


def said(made: Certificate, language: Language = Language.NL) -> str:
    letters = ErasureLetters(Words(language, "erasure"), ZoneInfo("Europe/Amsterdam"))
    return " ".join(Press().text(letters.certificate(made, "key")).split())


@pytest.mark.parametrize(
    ("language", "mails", "files", "until"),
    [
        (Language.NL, "uit de mailbox moeten: 2.", "die nog weg moeten: 1.", "6 april 2026"),
        (Language.EN, "from the mailbox: 2.", "which have yet to go: 1.", "6 april 2026"),
    ],
)
def test_what_is_still_to_go_is_counted_and_until_when(
    language: Language, mails: str, files: str, until: str
) -> None:
    text = said(MADE, language)
    assert (mails in text, files in text, until.casefold() in text.casefold()) == (True, True, True)


def test_where_nothing_is_left_nothing_is_said_of_it() -> None:
    assert "nieuwe verklaring" in said(MADE)
    assert "nieuwe verklaring" not in said(replace(MADE, originals=0, files=0))


def test_what_could_not_be_cleaned_is_no_list_with_nothing_in_it() -> None:
    text = said(replace(MADE, cleaned=[], left=["journal"], stays=[]))
    assert "Schoongemaakt" not in text
    assert "Er is nog niets schoongemaakt. Hier kunnen nog resten staan:" in text
    assert "Per soort" in said(MADE)
    assert "Artikel AVG" not in text


def test_of_a_part_nothing_is_said_to_be_unreadable() -> None:
    """17(3)(b): the person's key stays, and so do their entries and their request."""
    stays = [Stays(what=what, article="5(2)") for what in ("log", "deeds", "case")]
    whole = said(replace(MADE, stays=stays))
    part = said(replace(MADE, stays=stays, whole=False))
    for sentence in ("onleesbaar", "kan niemand meer lezen"):
        assert (sentence in whole, sentence in part) == (True, False)
    for text in (whole, part):
        assert "Wordt er een teruggezet, dan wist de poort opnieuw." in text
    assert "zonder woorden" not in part
    assert "-part" not in part


def test_one_of_before_reads_as_it_was_signed() -> None:
    """It counted neither, and must verify for as long as somebody keeps it."""
    before = replace(MADE, originals=None, files=None)
    text = before.text()
    assert '"originals":' not in text
    assert '"files":' not in text
    assert Certificate.parse(text) == before
    assert Certificate.parse(MADE.text()) == MADE
    header, _, body = MADE.text().partition("\n")
    nulled = json.dumps(json.loads(body) | {"files": None}, indent=1, sort_keys=True)
    with pytest.raises(CertificateError):
        Certificate.parse(f"{header}\n{nulled}\n")
