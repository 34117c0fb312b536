"""Whoever is configured to read the log on is waited for before anything of it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.wiring import log_keeping

if TYPE_CHECKING:
    from tests.installations import Installation

SIEM = '[siem]\nfile = "/var/log/deeds"\n'
OTLP = '[otlp]\nendpoint = "https://collector.gemeente.example/v1/traces"\n'


@pytest.mark.parametrize(
    ("more", "readers"),
    [("", set()), (SIEM, {"siem"}), (OTLP, {"otlp"}), (SIEM + OTLP, {"siem", "otlp"})],
)
def test_the_readers_are_those_configured(
    installation: Installation, more: str, readers: set[str]
) -> None:
    installation.file.write_text(f"{installation.file.read_text()}\n{more}")
    assert log_keeping._readers(installation.config()) == readers
