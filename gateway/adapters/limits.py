"""What one opener may use of the machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one opener may use.

    `memory_bytes` is address space above that of the idle opener; a mail of
    `large_bytes` or more is opened alone, so that two never add up.  A job that
    takes longer than `patience` seconds (and as much again for each `large_bytes`)
    no longer stands in the way of others.  After `jobs` jobs, or when it holds on
    to `grown_bytes` more than at its start, an opener is replaced; the typesetter and its
    fonts, which stay once something was printed, take 34 MB of these.
    """

    seconds: float = 20.0
    cpu_seconds: int = 10
    patience: float = 1.0
    memory_bytes: int = 200 * 1024 * 1024
    large_bytes: int = 2 * 1024 * 1024
    jobs: int = 50_000
    grown_bytes: int = 80 * 1024 * 1024
    open_files: int = 64
