"""Where something stands in a form, in the language of who reads it.

A form is Dutch, and so are its places as they are read and kept; a letter in another language
says the same place in its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.adapters.words import Words

# Each place as the readers of forms write it, and how the catalogue knows it.
_PLACES = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"blad '(?P<blad>[^']*)'", "blad '{blad}'"),
        (r"blad (?P<blad>\d+)", "blad {blad}"),
        (r"cel (?P<cel>[A-Z]+\d+)", "cel {cel}"),
        (r"rij (?P<rij>\d+)", "rij {rij}"),
        (r"kolom (?P<kolom>[A-Z]+)", "kolom {kolom}"),
        (r"kolom '(?P<kolom>[^']*)'", "kolom '{kolom}'"),
        (r"bladzijde (?P<bladzijde>\d+)", "bladzijde {bladzijde}"),
        (r"deze rij", "deze rij"),
        (r"het bestand", "het bestand"),
        (r"het formulier", "het formulier"),
    )
)
_HIDDEN = " (verborgen)"


def place_in(words: Words, place: str) -> str:
    """The same place in these words; as it is where it is none that a form's reader writes."""
    if place.endswith(_HIDDEN):
        return f"{place_in(words, place.removesuffix(_HIDDEN))} ({words.say('verborgen')})"
    for pattern, said in _PLACES:
        found = pattern.fullmatch(place)
        if found:
            return words.say(said).format(**found.groupdict())
    sheet, comma, within = place.partition(", ")
    return f"{place_in(words, sheet)}, {place_in(words, within)}" if comma else place
