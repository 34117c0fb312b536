"""Texts to measure the scanner on: invented sentences, and numbers and names put into others.

Everything is made from one seed, so that a run says the same on every machine.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stdnum import iban
from stdnum.nl import bsn

from gateway.domain.annotations import AboutWhom, Kind
from gateway.domain.histories import Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEED: Final = 37
TEXTS: Final = Path(__file__).with_name("scanner_texts.toml")
ORDINARY: Final = "ordinary"
EACH: Final = 60  # of every made kind, in every way of writing it

WHOM: Final = AboutWhom(
    dossierkenmerk="DEMO-0001", names=("Amal", "Voorbeeldman"), geboortedatum="1990-02-03"
)
PEOPLE: Final = tuple(
    Identity(
        dossierkenmerk=f"DEMO-{number:04}",
        geslachtsnaam=surname,
        voornamen=first,
        geboortedatum="1985",
    )
    for number, (first, surname) in enumerate(
        (
            ("Amal", "Voorbeeldman"),
            ("Bilal", "Fictiefoglu"),
            ("Chen", "Proefwang"),
            ("Dina", "el Testaoui"),
            ("Emre", "Denkbeeldi"),
            ("Farah", "Verzonnenzadeh"),
        ),
        start=1,
    )
)


@dataclass(frozen=True)
class Sample:
    """One text, what is in it, from which set, and in which way it was written."""

    text: str
    kind: Kind | None
    group: str
    way: str = "as is"


def sentences() -> Iterator[Sample]:
    """Those of the file; the held-out ones also with a letter wrong in every long word."""
    draw = random.Random(SEED)
    with TEXTS.open("rb") as file:
        groups = tomllib.load(file)
    for group, kinds in groups.items():
        for kind, texts in kinds.items():
            for text in texts:
                found = None if kind == ORDINARY else Kind(kind)
                yield Sample(text, found, group)
                if group == "held_out" and found is not None:
                    yield Sample(_misspelt(text, draw), found, group, "misspelt")
                    yield Sample(_disguised(text, draw), found, group, "disguised")


def made() -> Iterator[Sample]:
    """Numbers, addresses, names and dates, in sentences that say what they are and that do not."""
    draw = random.Random(SEED + 1)
    for kind, (make, said) in MAKERS.items():
        for way, frame in (("said", said), ("bare", "Zie ook {} voor de afspraak.")):
            for _ in range(EACH):
                yield Sample(frame.format(make(draw)), kind, "made", way)
    for _ in range(EACH):
        yield Sample(f"bsn {_by_tricks(_bsn(draw), draw)}", Kind.BSN, "made", "disguised")


def chance(count: int) -> Iterator[str]:
    """Nine digits that mean nothing, as an order or a room might have them."""
    draw = random.Random(SEED + 2)
    for _ in range(count):
        yield f"Bestelnummer {draw.randrange(10**8, 10**9)} is binnen."


def _bsn(draw: random.Random) -> str:
    # 9999 begins the numbers that are used in tests.
    while True:
        number = f"9999{draw.randrange(10**5):05}"
        if bsn.is_valid(number):
            return number


def _spaced(number: str, draw: random.Random) -> str:
    sign = draw.choice(("", "", " ", ".", "-"))
    return sign.join((number[:3], number[3:6], number[6:]))


def _by_tricks(number: str, draw: random.Random) -> str:
    spoken = ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen")
    return draw.choice(
        (
            " ".join(number),
            "-".join(number),
            number.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
            number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
            " ".join(spoken[int(digit)] for digit in number),
            number.replace("0", "O"),
            f"{number[:4]}\N{COMBINING GRAPHEME JOINER}{number[4:]}",
        )
    )


def _iban(draw: random.Random) -> str:
    account = f"TEST{draw.randrange(10**10):010}"
    number = f"NL{iban.calc_check_digits('NL00' + account)}{account}"
    if draw.random() < 0.5:
        return number
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _telephone(draw: random.Random) -> str:
    last = f"{draw.randrange(10**5):05}"
    return draw.choice(
        (f"06-000{last}", f"06 00 0{last[:1]} {last[1:3]} {last[3:]}", f"+31 6 000{last}",
         f"0031 6000{last}", f"070 - 00{last}", f"(070) 00{last}", f"06000{last}")
    )  # fmt: skip


def _v_number(draw: random.Random) -> str:
    return f"99{draw.randrange(10**8):08}"


def _mail(draw: random.Random) -> str:
    who, where = draw.choice(("a.proef", "post", "f_test")), draw.choice(("mail", "school"))
    return draw.choice(
        (f"{who}@{where}.example", f"{who} (at) {where}.example", f"{who} @ {where}.test",
         f"{who} apenstaartje {where} punt example")
    )  # fmt: skip


def _address(draw: random.Random) -> str:
    street = draw.choice(("Voorbeeldstraat", "Proeflaan", "Testplein", "Lange Fictiefweg"))
    number, code = draw.randrange(1, 300), f"99{draw.randrange(10, 99)}"
    return draw.choice(
        (f"{street} {number}", f"{street} nr {number}b", f"{code} XX", f"{code}xx",
         f"{street.lower()} {number}, {code} XX", f"Het Proefje {number}")
    )  # fmt: skip


def _birth_date(draw: random.Random) -> str:
    day, month, year = draw.randrange(1, 29), draw.randrange(1, 13), draw.randrange(1960, 2006)
    name = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus",
            "september", "oktober", "november", "december")[month - 1]  # fmt: skip
    return draw.choice(
        (f"{day}-{month}-{year}", f"{day:02}/{month:02}/{year}", f"{year}-{month:02}-{day:02}",
         f"{day} {name} {year}", f"{day} {name[:3]} '{year % 100:02}")
    )  # fmt: skip


def _name(draw: random.Random) -> str:
    who = draw.choice(PEOPLE[1:])
    whole = f"{who.voornamen} {who.geslachtsnaam}"
    return draw.choice((whole, whole.lower(), who.geslachtsnaam, who.voornamen,
                        f"mevrouw {who.geslachtsnaam}", who.voornamen.lower()))  # fmt: skip


def _kenmerk(draw: random.Random) -> str:
    number = draw.choice(PEOPLE[1:]).dossierkenmerk
    return draw.choice((number, number.lower(), number.replace("-", " "), number.replace("-", "")))


MAKERS: Final[dict[Kind, tuple[Callable[[random.Random], str], str]]] = {
    Kind.BSN: (lambda draw: _spaced(_bsn(draw), draw), "Haar burgerservicenummer is {}."),
    Kind.IBAN: (_iban, "De rekening is {} op zijn naam."),
    Kind.TELEPHONE: (_telephone, "Zij is te bereiken op mobiel {}."),
    Kind.V_NUMBER: (_v_number, "Zijn V-nummer is {}."),
    Kind.EMAIL: (_mail, "Haar mailadres is {}."),
    Kind.ADDRESS: (_address, "Hij woont nu op {}."),
    Kind.BIRTH_DATE: (_birth_date, "Geboren op {}."),
    Kind.OTHER_PERSON: (_name, "Zij zit in de les altijd naast {}."),
    Kind.FILE_NUMBER: (_kenmerk, "Zie ook het dossier {}."),
}


def _each_long_word(text: str, draw: random.Random, change: Callable[[str], str]) -> str:
    words = text.split(" ")
    del draw
    return " ".join(change(word) if len(word.strip(".,")) >= 6 else word for word in words)


def _misspelt(text: str, draw: random.Random) -> str:
    return _each_long_word(text, draw, partial(_typo, draw=draw))


def _typo(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word.rstrip(".,")) - 1)
    return draw.choice(
        (word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:],
         word[:at] + word[at + 1] + word[at] + word[at + 2 :])
    )  # fmt: skip


def _disguised(text: str, draw: random.Random) -> str:
    way = draw.choice(("cyrillic", "apart", "digits", "wide"))
    if way == "cyrillic":
        return text.translate(str.maketrans("aeopcx", "аеорсх"))
    if way == "apart":
        return _each_long_word(text, draw, ".".join)
    if way == "digits":
        return text.translate(str.maketrans("oiea", "0134"))
    return "".join(
        chr(ord(char) + 0xFEE0) if char.isalpha() and char.isascii() else char for char in text
    )
