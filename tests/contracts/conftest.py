"""Fixtures of the contract suites that more than one file uses."""

from __future__ import annotations

from tests.contracts.sealers import engine, house, kept

__all__ = ["engine", "house", "kept"]
