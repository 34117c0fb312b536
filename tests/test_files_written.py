"""Every command that writes a file: about whom it may be is on record, or why it is about nobody.

After an erasure `gateway request remains` names the files that people had made about that
person, by the deeds on record.  A command whose deed names nobody would leave its file there.
"""

from __future__ import annotations

import typing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.erasing_files import leaves_a_file
from gateway.adapters.looking import looks
from gateway.cli.main import app
from gateway.domain.audit import AT_PEOPLE, Action
from tests.house_files import ROOT
from tests.test_docs import all_commands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import typer

NOW = datetime(2026, 11, 26, tzinfo=UTC)

# The deed that names whom a file is about, by which an erasure finds it.
ABOUT_PEOPLE = {
    ("breach notices", "to"): Action.BREACH_NOTICES_DRAFTED,
    ("breach papers", "to"): Action.BREACH_LETTER,
    ("breach scope", "to"): Action.BREACH_PEOPLE_LOOKED,
    ("consent receipt", "to"): Action.CONSENT_RECEIPT,
    ("consent scan", "to"): Action.CONSENT_SCAN_LOOKED,
    ("held plan", "to"): Action.HELD_LOOKED,
    ("request announce", "to"): Action.CASE_LETTER,
    ("request corrected", "to"): Action.RECIPIENTS_LOOKED,
    ("request dossier", "to"): Action.DOSSIER_MADE,
    ("request erase", "letter_to"): Action.CASE_LETTER,
    ("request letter", "to"): Action.CASE_LETTER,
    ("request port", "to"): Action.DATA_TAKEN,
    ("request recipients", "to"): Action.RECIPIENTS_LOOKED,
    ("request reply", "to"): Action.ANSWER_LOOKED,
}
# Of these it is named to whoever was in the log then (`made_of_everyone`).
ABOUT_EVERYBODY = {
    ("log export", "to"): Action.LOG_EXPORTED,
    ("log prove", "to"): Action.LOG_EXPORTED,
}
# Deeds that do not go through `consulted`, and where it is tested that they name the person.
TESTED_IN = {
    Action.ANSWER_LOOKED: ("tests/journeys/test_rights.py", "opened_about"),
    Action.HELD_LOOKED: ("tests/contracts/test_erasing_remains.py", "WRITTEN"),
    Action.LOG_EXPORTED: ("tests/contracts/test_erasing_remains.py", "everyone"),
}
ABOUT_NOBODY = {
    ("bench", "out"): "measures with made-up people",
    ("breach drill", "to"): "an exercise with made-up people",
    ("breach export", "file"): "names in the register of breaches are left out",
    ("key export", "to"): "the gateway's own key",
    ("key new", "to"): "a key that is made for its holder",
    ("key request", "key"): "the gateway's own key",
    ("key sheet", "to"): "the gateway's own key",
    ("key statement", "to"): "the gateway's own key",
    ("key wkd", "folder"): "the gateway's own key",
    ("kit", "out"): "the gateway's address and key, and blank forms",
    ("log register", "to"): "the register of processing activities has kinds of people only",
    ("party notices", "to"): "says of an exclusion nothing about inburgeraars (16.1)",
    ("request certificate", "to"): "a certificate of erasure names nobody",
    ("send", "out"): "on the sender's own side, where there is no log; sealed for its reader",
}
READ_ONLY = {
    ("breach assess", "file"),
    ("breach correct", "file"),
    ("breach decide", "file"),
    ("breach effect", "file"),
    ("breach extend", "file"),
    ("breach extend", "scope"),
    ("breach fact", "file"),
    ("breach measure", "file"),
    ("breach open", "file"),
    ("breach open", "scope"),
    ("breach reopen", "file"),
    ("consent record", "scan"),
    ("contact add", "key"),
    ("contact change", "key"),
    ("demo", "policy"),
    ("import", "file"),
    ("inspect", "file"),
    ("key install", "certificate"),
    ("key install", "key"),
    ("key revoke", "with_"),
    ("log cosign add", "file"),
    ("log verify", "checkpoint"),
    ("policy activate", "file"),
    ("policy backtest", "file"),
    ("policy check", "file"),
    ("policy check", "truth"),
    ("policy explain", "report"),
    ("policy show", "file"),
    ("policy truth", "file"),
    ("request again", "certificates"),
    ("request certificate", "check"),
    ("send", "file"),
    ("send", "plan"),
}


def commands(of: typer.Typer, *before: str) -> Iterator[tuple[str, Callable[..., object]]]:
    """Each command by its name, as it is typed, and the function that it is."""
    for each in of.registered_commands:
        assert each.callback is not None
        name = each.name or each.callback.__name__.replace("_", "-")
        yield " ".join((*before, name)), each.callback
    for group in of.registered_groups:
        inner = group.typer_instance
        assert inner is not None
        yield from commands(inner, *before, str(group.name or inner.info.name))


def takes_a_path(hint: object) -> bool:
    return hint is Path or any(takes_a_path(each) for each in typing.get_args(hint))


def paths() -> set[tuple[str, str]]:
    """Every parameter of a command that is a file or folder, but not the configuration."""
    return {
        (name, parameter)
        for name, made in commands(app)
        for parameter, hint in typing.get_type_hints(made, include_extras=True).items()
        if takes_a_path(hint) and parameter != "config"
    }


def test_every_file_of_every_command_is_thought_about() -> None:
    """A new one has to be: whom it may be about, and which deed says so."""
    assert {name for name, _ in commands(app)} == all_commands()
    parts = (set(ABOUT_PEOPLE), set(ABOUT_EVERYBODY), set(ABOUT_NOBODY), READ_ONLY)
    assert set.union(*parts) == paths()
    assert sum(map(len, parts)) == len(paths())


@pytest.mark.parametrize("action", sorted(set(ABOUT_PEOPLE.values()) & AT_PEOPLE))
def test_the_deed_of_a_file_names_its_person_and_an_erasure_finds_it(action: Action) -> None:
    """As `Register.consulted` puts it on record, and as `made_about` looks for it."""
    (deed,) = looks("fien", "fien", action, ["dossier-1"], NOW)
    assert deed.subject == "dossier-1"
    assert leaves_a_file(deed)


def test_what_is_recorded_otherwise_is_tested_by_name() -> None:
    written = {*ABOUT_PEOPLE.values(), *ABOUT_EVERYBODY.values()}
    assert written - AT_PEOPLE == set(TESTED_IN)
    for file, word in TESTED_IN.values():
        assert word in (ROOT / file).read_text(encoding="utf-8")
