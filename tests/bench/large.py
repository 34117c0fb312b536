"""How much memory one large mail takes, from the mailbox to the sink."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.serving import measured

if TYPE_CHECKING:
    from tests.bench.figures import Part
    from tests.bench.serving import Bench


def large(bench: Bench, megabytes: int) -> Part:
    """One mail of this size on the wire, and nothing else."""
    config = bench.fresh("sqlite", bench.there.front)
    bench.there.preload(iter([bench.material.mail_with_scan(megabytes * 1_000_000)]))
    name = f"one mail of {megabytes} MB"
    return measured(bench, config, key="large", name=name, messages=1, pause=0.02)
