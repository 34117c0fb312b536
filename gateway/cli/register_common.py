"""What the commands of the register share: options, masks, and how a refusal is said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway import wiring
from gateway.cli.common import fail, print_json, run
from gateway.config import ConfigError
from gateway.domain.bijsluiter import Category, Doelgroep, Regime
from gateway.domain.consent import ConsentCategory, ConsentKind
from gateway.domain.moments import moment
from gateway.domain.parties import Interval, Role, Side, Standing
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.stops import Retry

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from gateway.domain.histories import DossierRecord
    from gateway.domain.proposals import Proposal

_Result = TypeVar("_Result")
_DAY = "2026-01-31 (the beginning of that day here) or a time with its zone"


def _moment_option(name: str, text: str) -> Any:
    return typer.Option(name, parser=_parsed, metavar="MOMENT", help=f"{text}: {_DAY}.")


def _parsed(text: str) -> datetime:
    try:
        return moment(text)
    except ValueError:
        raise typer.BadParameter(f"write {_DAY}") from None


OperatorOption = Annotated[
    str | None,
    typer.Option("--by", envvar="TAALPOORT_OPERATOR", help="Your own name; needed to reveal."),
]
ValidFromOption = Annotated[datetime | None, _moment_option("--valid-from", "From when; now")]
AsOfOption = Annotated[datetime | None, _moment_option("--at", "As it was, or will be, then; now")]
ValidAtOption = Annotated[datetime | None, _moment_option("--valid-at", "What held then; now")]
KnownAtOption = Annotated[datetime | None, _moment_option("--known-at", "As known then; now")]
SinceOption = Annotated[datetime | None, _moment_option("--since", "From then")]
UntilOption = Annotated[datetime | None, _moment_option("--until", "Up to but not at that moment")]
TermStartOption = Annotated[datetime | None, _moment_option("--term-start", "The covenant's term")]
TermEndOption = Annotated[datetime | None, _moment_option("--term-end", "First day after it")]
BoundStartOption = Annotated[
    datetime | None, _moment_option("--bound-start", "Confidentiality declaration signed")
]
BoundEndOption = Annotated[datetime | None, _moment_option("--bound-end", "First day after it")]
DutyStartOption = Annotated[datetime | None, _moment_option("--duty-start", "Duty to integrate")]
DutyEndOption = Annotated[datetime | None, _moment_option("--duty-end", "First day after it")]
SubstituteFromOption = Annotated[
    datetime | None, _moment_option("--substitute-from", "As a substitute")
]
SubstituteUntilOption = Annotated[
    datetime | None, _moment_option("--substitute-until", "First day not as a substitute")
]

ReceivedOption = Annotated[datetime | None, _moment_option("--received", "When it came in; now")]
AwareOption = Annotated[
    datetime, _moment_option("--aware", "When it was reasonably certain; the 72 hours run from it")
]
AwareAgainOption = Annotated[datetime | None, _moment_option("--aware", "When it was certain")]
DetectedOption = Annotated[datetime | None, _moment_option("--detected", "When it was noticed")]
OccurredOption = Annotated[datetime | None, _moment_option("--occurred", "When it began")]
OccurredUntilOption = Annotated[
    datetime | None, _moment_option("--occurred-until", "When it ended")
]
ThenOption = Annotated[datetime | None, _moment_option("--at", "When that was; now")]
SideOption = Annotated[Side, typer.Option("--side", help="On which side of the exchange.")]
StandingOption = Annotated[Standing | None, typer.Option("--standing", help="Under the covenant.")]
RoleOption = Annotated[Role | None, typer.Option("--role", help="What the contact does.")]
NameOption = Annotated[str | None, typer.Option("--name")]
IdOption = Annotated[str | None, typer.Option("--id", help="An id of your own choice.")]
AddressOption = Annotated[str | None, typer.Option("--address", help="One person's mail address.")]
KeyOption = Annotated[
    Path | None, typer.Option("--key", help="File with the certificate to pin.", exists=True)
]
RegimeOption = Annotated[Regime | None, typer.Option("--regime")]
DoelgroepOption = Annotated[Doelgroep | None, typer.Option("--doelgroep")]
KindArgument = Annotated[ConsentKind, typer.Argument(help="What happened.")]
RowsOption = Annotated[
    list[ConsentCategory] | None,
    typer.Option("--row", help="A ticked row of the form; repeat for each."),
]
ExtraOption = Annotated[
    list[Category] | None,
    typer.Option("--extra", help="What a hand-added row covers; repeat for each."),
]


def done(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run to the end, or exit 1 saying why not, in English and in Dutch."""
    try:
        return run(work)
    except RegisterError as error:
        fail(f"{error.code}: {error.text}\n{error.nl}")
    except Retry:
        fail("the database cannot be reached")
    except (ConfigError, wiring.NotReadyError) as error:
        fail(str(error))


def dossier_of(found: DossierRecord | None) -> DossierRecord:
    """The dossier that was asked for; refuses when there is none."""
    if found is None:
        raise RegisterError(Refusal.UNKNOWN_DOSSIER)
    return found


def now_or(given: datetime | None) -> datetime:
    """A moment as given, or now."""
    return given or datetime.now(UTC)


def period(start: datetime | None, end: datetime | None) -> Interval | None:
    """A period where either bound was given."""
    return Interval(start=start, end=end) if start or end else None


def needed_to_reveal(by: str | None, *, reveal: bool) -> str:
    """Who looks; exit 2 when personal data are asked for without a name."""
    if reveal and not by:
        fail("--reveal needs your name: --by", 2)
    return by or ""


def masked(text: str, *, reveal: bool) -> str:
    """A name, birth date or telephone number, unless revealed."""
    return text if reveal or not text else "***"


def masked_address(address: str, *, reveal: bool) -> str:
    """A mail address with only its domain, unless revealed."""
    return address if reveal or not address else f"***@{address.rpartition('@')[2]}"


def shown(interval: Interval | None) -> str | None:
    """A period as text; open ends are dots."""
    if interval is None:
        return None
    start = interval.start.isoformat() if interval.start else "..."
    return f"{start} / {interval.end.isoformat() if interval.end else '...'}"


def print_added(what: str, new: str, *, json: bool) -> None:
    """The id of what was added."""
    if json:
        print_json({what: new})
    else:
        typer.echo(new)


def print_contact(contact_id: str, pending: Proposal | None, *, json: bool) -> None:
    """The id, and the key that waits for a second person."""
    if json:
        proposed = pending.proposal_id if pending else None
        found = pending.payload["fingerprint"] if pending else None
        print_json({"contact": contact_id, "proposal": proposed, "fingerprint": found})
        return
    typer.echo(contact_id)
    if pending:
        typer.echo(f"key pending: {pending.payload['fingerprint']}")
        typer.echo(
            "  have its owner read the fingerprint out, by telephone or in person; then another"
        )
        typer.echo(
            f"  operator: gateway contact confirm-key {contact_id} --fingerprint ... --channel ..."
        )


def print_done(*, json: bool) -> None:
    """That a change is on record."""
    if json:
        print_json({"done": True})
    else:
        typer.echo("on record")


def print_many(found: Sequence[Mapping[str, object]], *, json: bool) -> None:
    """One line each, or one JSON list."""
    if json:
        print_json(found)
        return
    for each in found:
        typer.echo("  ".join(str(value) for value in each.values() if value not in {None, ""}))
    if not found:
        typer.echo("nothing on record")


def print_one(found: Mapping[str, object], *, json: bool) -> None:
    """A line for each fact, or one JSON object."""
    if json:
        print_json(found)
        return
    for name, value in found.items():
        typer.echo(f"{name}: {_said(value)}")


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)
