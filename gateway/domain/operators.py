"""Operators: the people who keep register and policy, each under their own name.

A shared account cannot be held to account (BIO2 8.15.01), and two people who
decide together have to be two people.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from gateway.domain.register import Refusal, RegisterError, check_name
from gateway.domain.shared_mailbox import is_shared

# The first two register each other; from then on it takes one who stands there already.
FOUNDERS = 2
# Scripts of which letters look like those of another one.
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK"})
_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]*)*")
_GROUPS = frozenset(
    {
        "account", "admins", "algemeen", "applicatiebeheer", "applicatiebeheerder", "beheer",
        "beheerder", "beheerders", "casemanagers", "collega", "collegas", "contactpersoon",
        "demo", "dienst", "functie", "functionaris", "functioneel", "gateway", "gebruiker",
        "gedeeld", "group", "groepsaccount", "medewerker", "medewerkers", "officer", "operator",
        "operators", "privacy", "service", "shared", "staff", "systeem", "system", "systeembeheer",
        "systeembeheerder", "szw", "taalpoort", "technisch", "user", "users", "werkgroep",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody who may change the register.

    `login` is their account on the gateway's machine, where one was registered:
    then nobody else's account acts in their name.
    """

    operator_id: str
    name: str
    login: str | None
    active: bool


def own_name(given: str) -> str:
    """The name of one person: at least a first name and a surname, and no group in it.

    In one script: a Cyrillic letter that looks like a Latin one would make a second
    person of the same (UTS 39, 5.1).  Raises `RegisterError`.
    """
    composed = unicodedata.normalize("NFKC", given)
    name = " ".join(check_name(composed, Refusal.BAD_OPERATOR, 100).split())
    words = name.split()
    if len(words) < 2 or not all(_WORD.fullmatch(word) for word in words):
        raise RegisterError(Refusal.NOT_ONE_PERSON)
    if _mixes_scripts(name):
        raise RegisterError(Refusal.NOT_ONE_PERSON)
    plain = [word.casefold().rstrip("s.") for word in words]
    groups = {group.rstrip("s") for group in _GROUPS}
    if any(word in groups or is_shared(f"{word}@x") for word in plain):
        raise RegisterError(Refusal.NOT_ONE_PERSON)
    return name


def name_key(name: str) -> str:
    """One person under one name, however it is spelt in case and white space."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def same_words(one: str, other: str) -> bool:
    """Whether two names are the same words, in whatever order, case and with whatever accents."""
    return _words(one) == _words(other)


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return sorted(bare.replace("-", " ").replace(".", " ").replace("’", "'").split())


def _mixes_scripts(name: str) -> bool:
    scripts = {
        unicodedata.name(letter, "?").partition(" ")[0] for letter in name if letter.isalpha()
    }
    return len(scripts) > 1 and bool(scripts & _ALIKE)
