"""What a breach is about: the disclosures of a proposal, or all that meets a criterion."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.database_scope import DatabaseScopes, NotIndexedError
from gateway.domain.affected import Affected
from gateway.domain.categories import category_of
from gateway.domain.moments import moment
from gateway.domain.received import Came
from gateway.domain.scope import DISCLOSED, Criterion
from gateway.domain.shape import is_strange
from gateway.domain.together import not_left
from gateway.wiring import parts
from gateway.wiring.errors import NotReadyError
from gateway.wiring.incidents import incident
from gateway.wiring.scope_files import criterion_of
from gateway.wiring.scopes import AskedScope, indexed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.adapters.database_register import Register
    from gateway.config import Config
    from gateway.domain.incidents import Incident, Uncovered
    from gateway.domain.scope import Disclosed, Scope


def asked_again(file: Path) -> AskedScope:
    """What a frozen scope asked for; raises `NotReadyError` where that is none as it was frozen."""
    problem = ""
    try:
        said = dict(criterion_of(file.read_bytes()))
        since, until = (said.pop(name, None) for name in ("since", "until"))
        return AskedScope(
            **said,
            since=moment(since) if since else None,
            until=moment(until) if until else None,
        )
    except OSError as error:
        problem = error.strerror or type(error).__name__
    except (ValueError, KeyError, TypeError, AttributeError):
        problem = "not the scope.json that gateway breach scope writes, or somebody changed it"
    raise NotReadyError(f"{file}: {problem}")


def of_scope(scope: Scope) -> tuple[Affected, ...]:
    """What may have left of it about people who were not erased since, and what never left.

    Of what never left also what is about nobody known: it counts, and nobody can be told.
    """
    left = tuple(_scoped(each) for of_one in scope.people.values() for each in of_one)
    if scope.criterion.only == DISCLOSED:
        return left
    kept = tuple(_kept_back(each) for each in scope.disclosures if each.dossier_id)
    came = tuple(Affected.came(each) for each in scope.received)
    return (*left, *(each for each in kept if each is not None), *came)


def part_unknown(scope: Scope | None) -> int:
    """Of how many of its disclosures nobody noted what stayed behind, where that counts."""
    if scope is None or scope.criterion.only == DISCLOSED:
        return 0
    return scope.counts.part_unknown


def counted_rest(scope: Scope | None) -> Sequence[Disclosed]:
    """Its disclosures, where it counts what stayed behind of them too."""
    return () if scope is None or scope.criterion.only == DISCLOSED else scope.disclosures


async def of_mails(reading: DatabaseScopes, traces: Sequence[str]) -> tuple[Affected, ...]:
    """All that was in these mails, whoever it is about; raises `ScopeError`."""
    if not traces:
        return ()
    with indexed():
        return of_scope(await reading.whole(Criterion(traces=tuple(traces)), datetime.now(UTC)))


def _kept_back(each: Disclosed) -> Affected | None:
    state = not_left(each)
    if state is None:
        return None
    paths = each.withheld or ()
    # Beside a name may stand anything: a field that nobody knows is of no category.
    told = (category_of(path) for path in paths if not is_strange(path))
    held = frozenset(each for each in told if each is not None)
    if state is Came.READY:  # what was to go on lies here too
        held, paths = held | each.categories, (*each.fields, *paths)
    return Affected.kept_back(each, state, categories=held, fields=paths)


async def of_incident(
    config: Config, database: Database, register: Register, incident_id: str
) -> tuple[Incident, tuple[Affected, ...]]:
    """A proposal, and what left of its disclosures or may be leaving; raises `RegisterError`.

    With fields and the key that protected each, where that is counted in: of a category that
    had its ground, the fields are left out.
    """
    found, left = await incident(register, incident_id)
    known = await _known(config, database, {each.trace for each, _ in left}) if left else {}
    return found, tuple(
        _of(each, state, known.get(each.span_id))
        for each, state in left
        # Just being handed over: it may have left, as a scope has it; nothing names it later.
        if each.sent_at is not None or state == "claimed"
    )


async def _known(config: Config, database: Database, traces: set[str]) -> Mapping[str, Disclosed]:
    reading = DatabaseScopes(database, parts.vault(config))
    try:
        scope = await reading.scope(Criterion(traces=tuple(sorted(traces))), datetime.now(UTC))
    except NotIndexedError:
        return {}  # from before scopes were counted: what the proposal says is enough
    return {each.span_id: each for each in scope.disclosures}


def _scoped(each: Disclosed) -> Affected:
    return Affected.by(
        each,
        fields=each.fields,
        sealed_to=each.sealed_to,
        state=each.state.value,
        sure=each.sureness.value,
    )


def _of(each: Uncovered, state: str, known: Disclosed | None) -> Affected:
    paths: Sequence[str] = known.fields if known else ()
    return Affected.by(
        each,
        fields=(path for path in paths if category_of(path) in each.categories),
        sealed_to=known.sealed_to if known else "",
        state=state,
        sure=known.sureness.value if known else "recorded",
    )
