"""The decision table in force, and tables that somebody wants to bring into force."""

from __future__ import annotations

from datetime import UTC, datetime
from difflib import unified_diff
from typing import TYPE_CHECKING

from gateway import resources
from gateway.adapters.database_registry import DatabaseRegistry
from gateway.adapters.timestamps import instant_at
from gateway.adapters.words import sentences
from gateway.domain.articles import Articles
from gateway.domain.policy import Policy, PolicyError
from gateway.domain.proposals import ProposalKind
from gateway.domain.reviewing import register_sentences, review
from gateway.domain.stops import Hold
from gateway.domain.texts import Language
from gateway.wiring import parts
from gateway.wiring.errors import NotReadyError
from gateway.wiring.readiness import ready_database
from gateway.wiring.register import register
from gateway.wiring.texts import texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.adapters.database import Database
    from gateway.adapters.database_register import Register
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.domain.proposals import Proposal
    from gateway.domain.reviewing import Check


async def policy_in_force(config: Config) -> Policy:
    """The table that decides now; raises `NotReadyError` where there is none."""
    vault = parts.vault(config)
    async with ready_database(config, vault) as database:
        return await ruling(database, vault)


async def ruling(database: Database, vault: Vault) -> Policy:
    """As `policy_in_force`, on a database that is open."""
    try:
        return await DatabaseRegistry(database, vault).policy_in_force(datetime.now(UTC))
    except Hold:
        raise NotReadyError("policy: no decision table is in force; run gateway init") from None


async def text_in_force(config: Config) -> str:
    """The text of the table that decides now; raises `NotReadyError`."""
    digest = (await policy_in_force(config)).digest
    async with register(config) as administration:
        text = await administration.policy_text(digest)
    if text is None:
        raise NotReadyError("policy: the text of the table in force is not there")
    return text


async def policy_history(administration: Register) -> list[dict[str, object]]:
    """Every table that came into force: when, both hashes, and the two people."""
    proposals = {each.proposal_id: each for each in await administration.proposals()}
    found: list[dict[str, object]] = []
    for row in await administration.policies():
        proposal = proposals.get(row["proposal_id"])
        found.append(
            {
                "since": instant_at(row["valid_from"]).isoformat(timespec="seconds"),
                "digest": row["digest"],
                "replaces": row["replaces"],
                "proposed_by": proposal.proposed_by if proposal else None,
                "approved_by": row["recorded_by"],
            }
        )
    return found


async def policy_difference(administration: Register, proposal: Proposal) -> Sequence[str]:
    """Every line in which a proposed table differs from the one it would replace."""
    if proposal.kind is not ProposalKind.POLICY:
        return ()
    before = await administration.policy_text(proposal.payload["replaces"]) or ""
    after = await administration.policy_text(proposal.subject) or ""
    return tuple(
        unified_diff(
            before.splitlines(), after.splitlines(), "in force", "proposed", n=2, lineterm=""
        )
    )


def table_text(file: Path) -> str:
    """A table in a file, well formed; raises `NotReadyError` naming the row that is wrong."""
    text = file_text(file)
    try:
        Policy(text)
    except PolicyError as error:
        raise NotReadyError(f"policy: {file}: {error}") from None
    return text


def file_text(file: Path) -> str:
    """What a file says, well formed or not; raises `NotReadyError`."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotReadyError(f"policy: {file}: {_said(error)}") from None


def reviewed(policy: Policy, truth: Path | None) -> tuple[Check, ...]:
    """Whether a table is what was reviewed: by its truth table in a file, or the one shipped.

    Raises `NotReadyError` for a file that cannot be read.
    """
    spoken = [
        (f"{catalogue} ({language})", said)
        for catalogue in ("letters", "explanations")
        for language in Language
        for _, said in sentences(language, catalogue)
    ]
    return review(
        policy,
        reviewed=file_text(truth) if truth else resources.truth_text(),
        articles=Articles(resources.articles_text()),
        texts=texts(),
        sentences=[*spoken, *register_sentences()],
    )


def first_text(config: Config) -> str:
    """The table that `gateway init` puts in force, well formed; raises `NotReadyError`."""
    try:
        text = parts.first_policy(config)
        Policy(text)
    except (PolicyError, OSError, UnicodeDecodeError) as error:
        raise NotReadyError(f"policy: {_said(error)}") from None
    return text


def _said(error: Exception) -> str:
    return type(error).__name__ if isinstance(error, UnicodeDecodeError) else str(error)
