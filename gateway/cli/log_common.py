"""Options and endings that the log's commands share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from gateway import wiring
from gateway.cli.common import fail, run
from gateway.config import ConfigError
from gateway.domain.holds import HoldError
from gateway.domain.register import RegisterError
from gateway.domain.stops import Retry
from gateway.ledger.envelope import UnopenedError
from gateway.ledger.verdict import BrokenLogError
from gateway.wiring.log_questions import LogQuestionError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

_Result = TypeVar("_Result")

PersonOption = Annotated[
    str, typer.Option("--person", help="Whom it is about: a dossierkenmerk, or a dossier's id.")
]
ContactOption = Annotated[
    list[str] | None, typer.Option("--contact", help="Sent by or to this contact; may be repeated.")
]
ProviderOption = Annotated[
    str, typer.Option("--provider", help="Sent by or to any contact of this party.")
]
KindOption = Annotated[
    list[str] | None, typer.Option("--kind", help="Of this kind, such as report; may be repeated.")
]
OutcomeOption = Annotated[
    list[str] | None,
    typer.Option("--outcome", help="With this outcome: forward, reject, hold; may be repeated."),
]
DetailsOption = Annotated[
    bool,
    typer.Option(
        "--details",
        help="Of each entry who got what, and on which ground; always so for one mail or person.",
    ),
]
AnybodyOption = Annotated[
    str,
    typer.Option(
        "--by",
        envvar="TAALPOORT_OPERATOR",
        help="Your own name, for the record; without it, the account that you use.",
    ),
]


def log_done(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run to the end, or exit 1 saying why not."""
    try:
        return run(work)
    except RegisterError as error:
        fail(f"{error.code}: {error.text}\n{error.nl}")
    except HoldError as error:
        fail(f"{error.code}: {error.text}\n{error.nl}")
    except Retry:
        fail("the database cannot be reached")
    except BrokenLogError as error:
        fail(f"log: {error.where}; see gateway log verify")
    except LogQuestionError as error:
        fail(str(error), 2)
    except UnopenedError:
        fail("an entry does not open: altered, or under another key; see gateway log verify")
    except (ConfigError, wiring.NotReadyError) as error:
        fail(str(error))


def tell_end(found: int, last: int | None) -> None:
    """Say that nothing was found, or on standard error that there may be more before it."""
    if not found:
        typer.echo("nothing on record")
    elif found == last:
        typer.echo(f"these are the last {last}; there may be more, see --last", err=True)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while a whole log is read; none where nobody looks at it."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda done, of: None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("entries")
        yield lambda done, of: bar.update(task, completed=done, total=of)
