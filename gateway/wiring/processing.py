"""This configuration's processing activities: held to what is on record, logged under, told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway import resources
from gateway.adapters.evidence import Scribe
from gateway.adapters.page import Press
from gateway.adapters.processing_activities import ProcessingActivities
from gateway.adapters.processing_page import RegisterPages, markdown
from gateway.adapters.typeset import UnprintableError, pdf
from gateway.adapters.words import Words
from gateway.domain.articles import Articles
from gateway.domain.processing import Activities, ProcessingError, activity_for
from gateway.domain.processing_export import ArticleThirty, Entry, as_json_ld
from gateway.domain.processing_record import ChangedActivityError, newcomers
from gateway.domain.stops import Retry
from gateway.domain.texts import Language
from gateway.ledger.records import Activity
from gateway.resources import installed_version
from gateway.wiring.errors import NotReadyError
from gateway.wiring.readiness import ready_database

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.adapters.database import Database
    from gateway.config import Config
    from gateway.domain.processing_record import Recorded

# What a register can be written as, by the ending of its file.
FORMATS = (".json", ".pdf", ".md", ".txt")
_ZONE = ZoneInfo("Europe/Amsterdam")


def activities(config: Config) -> Activities:
    """Those of the configured file, or those shipped; raises `NotReadyError` naming the place."""
    file = config.log.activities
    where = f"log.activities: {file}" if file else "log.activities"
    try:
        text = file.read_text(encoding="utf-8") if file else resources.activities_text()
        return _read(text, config.log.register_, config.run.keep_days)
    except (ProcessingError, UnicodeDecodeError) as error:
        problem = str(error) if isinstance(error, ProcessingError) else "not UTF-8"
    except OSError as error:
        problem = error.strerror or type(error).__name__
    raise NotReadyError(f"{where}: {problem}")


@lru_cache(maxsize=4)  # asked for with every change and every question; the file rarely changes
def _read(text: str, base: str, keep_days: int) -> Activities:
    articles = Articles(resources.articles_text())
    return Activities(text, articles=articles, base=base, keep_days=keep_days)


async def entered(config: Config, database: Database) -> str:
    """Put on record what is new, as who starts the gateway does, and say how much that was.

    Raises `NotReadyError` where an id is used for something else than it was.
    """
    found = activities(config)
    try:
        new = await ProcessingActivities(database).enter(found, datetime.now(UTC))
    except ChangedActivityError as error:
        raise NotReadyError(f"log.activities: {error}") from None
    except Retry:
        raise NotReadyError("database.url: the database cannot be reached") from None
    return f"{len(found) - len(new)} kept, {len(new)} new"


async def scribe(config: Config, database: Database) -> Scribe:
    """Who writes the log; raises as `activity_of` does."""
    return Scribe(await activity_of(config, database))


async def activity_of(config: Config, database: Database) -> Callable[[str, str], Activity]:
    """The activity of each kind of entry, and of the letter or the action that it is about.

    Raises `NotReadyError` for activities that are not on record as they are, so no
    entry ever names an id of which nobody knows what it meant.
    """
    found = activities(config)
    _standing(found, await _recorded(database))
    made = {
        each.key: Activity(activity_id=each.activity_id, version=installed_version())
        for each in found
    }
    return lambda kind, letter: made[activity_for(kind, letter)]


async def checked(config: Config) -> str:
    """Whether the log can be written under these activities; raises `NotReadyError`."""
    found = activities(config)
    _standing(found, await activities_on_record(config))
    return f"{len(found)} on record, below {config.log.register_}"


async def activities_on_record(config: Config) -> Sequence[Recorded]:
    """Every activity that ever was, each with its beginning and end; raises `NotReadyError`."""
    async with ready_database(config) as database:
        return await _recorded(database)


async def article_thirty(config: Config) -> ArticleThirty:
    """The register as it is now; raises `NotReadyError`."""
    found = activities(config)
    recorded = await activities_on_record(config)
    _standing(found, recorded)
    since = {each.activity_id: each.since for each in recorded}
    return ArticleThirty(
        made_at=datetime.now(UTC),
        base=config.log.register_,
        municipality=config.gateway.municipality,
        contact=config.gateway.contact,
        officer=config.gateway.data_protection_officer,
        note=found.note,
        entries=tuple(Entry(activity=each, since=since[each.activity_id]) for each in found),
        earlier=tuple(each for each in recorded if each.until is not None),
    )


async def register_file(config: Config, ending: str) -> bytes:
    """The register as it is now, in one of `FORMATS`; raises `NotReadyError`."""
    register = await article_thirty(config)
    if ending == ".json":
        return json.dumps(as_json_ld(register), ensure_ascii=False, indent=2).encode() + b"\n"
    page = RegisterPages(Words(Language.NL), _ZONE).page(register)
    if ending == ".md":
        return markdown(page).encode()
    if ending == ".txt":
        return Press().text(page).encode()
    try:
        return pdf(page, author=register.municipality, at=register.made_at)
    except UnprintableError:
        raise NotReadyError(
            "register: it has characters that cannot be printed here; write it as .md"
        ) from None


async def _recorded(database: Database) -> Sequence[Recorded]:
    try:
        return await ProcessingActivities(database).recorded()
    except Retry:
        raise NotReadyError("database.url: the database cannot be reached") from None


def _standing(found: Activities, recorded: Sequence[Recorded]) -> None:
    try:
        new = newcomers(recorded, found)
    except ChangedActivityError as error:
        raise NotReadyError(f"log.activities: {error}") from None
    if new:
        ids = ", ".join(each.activity_id for each in new)
        raise NotReadyError(f"log.activities: not on record yet: {ids}; run gateway init")
