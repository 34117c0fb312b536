"""``gateway policy explain``: why something is, was or would be shared or not, row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import wiring
from gateway.cli.common import ConfigOption, JsonOption, fail, loaded, print_json
from gateway.cli.explanation_json import of_contact, of_mail, of_person
from gateway.cli.policy import app
from gateway.cli.register_common import AsOfOption, done
from gateway.domain.texts import Language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.config import Config


@app.command()
def explain(
    *,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="A mail in a file.", exists=True, dir_okay=False),
    ] = None,
    person: Annotated[
        str | None, typer.Option("--person", help="A dossierkenmerk: what may go either way.")
    ] = None,
    contact: Annotated[
        str | None, typer.Option("--contact", help="With --about: what they could receive.")
    ] = None,
    about: Annotated[str | None, typer.Option("--about", help="A dossierkenmerk.")] = None,
    at: AsOfOption = None,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            envvar="TAALPOORT_OPERATOR",
            help="Your own name; looking at a person goes on record.",
        ),
    ] = "",
    lang: Annotated[Language, typer.Option("--language", help="Of the text.")] = Language.NL,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say why: the decision, and every row with what it matched or what differs.

    For a mail (--report FILE.eml), a person (--person KENMERK), or one contact and one person
    (--contact ID --about KENMERK).  Shows no names.  Exit 0 also where nothing may be shared.
    """
    instant = at or datetime.now(UTC)
    if report is not None and not (person or contact or about):
        _mail(loaded(config), report, instant, lang=lang, json=json)
    elif person and not (report or contact or about):
        _person(loaded(config), person, _looking(by), instant, lang=lang, json=json)
    elif contact and about and not (report or person):
        _contact(loaded(config), contact, about, _looking(by), instant, lang=lang, json=json)
    else:
        fail("one of: --report FILE; --person KENMERK; --contact ID with --about KENMERK", 2)


def _mail(config: Config, file: Path, instant: datetime, *, lang: Language, json: bool) -> None:
    found = done(wiring.explained_mail(config, file.read_bytes(), instant))
    if json:
        print_json(of_mail(found, instant))
    else:
        _print(wiring.explanations(lang).mail(instant, found.decision, found.reports))


def _person(
    config: Config, kenmerk: str, by: str, instant: datetime, *, lang: Language, json: bool
) -> None:
    found = done(wiring.explained_person(config, kenmerk, by=by, instant=instant))
    if json:
        print_json(of_person(kenmerk, found, instant))
    else:
        _print(wiring.explanations(lang).person(kenmerk, instant, found))


def _contact(
    config: Config,
    contact: str,
    kenmerk: str,
    by: str,
    instant: datetime,
    *,
    lang: Language,
    json: bool,
) -> None:
    found = done(wiring.explained_contact(config, contact, kenmerk, by=by, instant=instant))
    if json:
        print_json(of_contact(kenmerk, found))
    else:
        _print(wiring.explanations(lang).contact(kenmerk, found))


def _looking(by: str) -> str:
    if not by.strip():
        fail("looking at a person needs your name: --by", 2)
    return by


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)
