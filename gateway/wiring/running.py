"""What a running gateway runs on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from gateway.duties.notifying import Notifying
    from gateway.duties.reminding import Reminding
    from gateway.events import Events
    from gateway.ledger.reading import Passed
    from gateway.pipeline.gate import Gate
    from gateway.ports import (
        HeldDesk,
        Inbox,
        Ledger,
        Mailbox,
        Outbox,
        RegisterView,
        Relay,
        Sequencing,
    )

    # Hands the SIEM what comes next; how many deeds, None where there is nothing more to do now.
    PassOn = Callable[[datetime], Awaitable[int | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What looks after held mail and dates; how often, in seconds."""

    view: RegisterView
    desk: HeldDesk
    reminding: Reminding
    notifying: Notifying | None = None
    walk_again_seconds: float = 10.0
    remind_seconds: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustNews:
    """How refreshing went: so many sources `fetched`, and `failed` for each reason.

    Of the register's S/MIME certificates, `unknown` wait until their revocation is known,
    and `untrusted` lead to no configured root.  `unreadable` are configured files, and
    `roots_unreadable` that nothing was looked at.  `more` is still to be fetched.
    """

    fetched: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
    unreadable: int = 0
    roots_unreadable: bool = False
    unknown: int = 0
    untrusted: int = 0
    more: bool = False


class RecordExport(Protocol):
    """Handing the log's records to somebody who asked for them; each at least once."""

    async def pass_on(self) -> Passed:
        """Hand over the next ones; raises `Retry` when the database cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the gateway runs on; put together by wiring, or by a test.

    `watch` and `sequencer` are None only where a test looks at mail alone, `export`
    where no collector is configured.
    """

    gate: Gate
    mailboxes: Sequence[Mailbox]
    relay: Relay
    inbox: Inbox
    ledger: Ledger
    outbox: Outbox
    events: Events
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    batch: int = 16
    poll_seconds: float = 1.0
    max_attempts: int = 20
    stop_seconds: float = 25.0
    keep: timedelta = timedelta(days=14)
    loops: int = 2
    lanes: int = 4
    renew_seconds: float = 20.0
    recheck_seconds: float = 1.0
    watch: Watch | None = None
    sequencer: Sequencing | None = None
    sequence_seconds: float = 0.4
    pass_on: PassOn | None = None
    siem_seconds: float = 1.0
    export: RecordExport | None = None
    prune: Callable[[datetime], Awaitable[int]] | None = None
    prune_seconds: float = 24 * 3600.0
    erase: Callable[[datetime], Awaitable[int]] | None = None
    erase_seconds: float = 3600.0
    clear: Callable[[datetime], Awaitable[int]] | None = None
    clear_seconds: float = 60.0
    stamp: Callable[[datetime], Awaitable[bool | None]] | None = None
    stamp_seconds: float = 300.0
    refresh: Callable[[datetime], Awaitable[TrustNews]] | None = None
    refresh_seconds: float = 60.0
    detect: Callable[[datetime], Awaitable[int]] | None = None
    detect_seconds: float = 3600.0
    keys: Callable[[datetime], Awaitable[bool | None]] | None = None
    keys_seconds: float = 10.0
