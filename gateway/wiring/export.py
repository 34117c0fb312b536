"""Where the records of the processing log go, as the configuration says."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.adapters.log_export import LogExport
from gateway.config import ConfigError, read_secret
from gateway.wiring.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.adapters.database import Database
    from gateway.adapters.otlp import OtlpCollector
    from gateway.adapters.vault import Vault
    from gateway.config import Config
    from gateway.config.outward import OtlpSection

# A field line of RFC 9110, 5: a token, and what can be seen.
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*([!-~](?:[ -~]{0,4000}[!-~])?)")


@contextmanager
def record_export(config: Config, database: Database, vault: Vault) -> Iterator[LogExport | None]:
    """The export to the collector, None where none is configured.

    Raises `ConfigError` naming the file that is missing, readable by others or not what it
    should be.
    """
    section = config.otlp
    if section is None:
        yield None
        return
    collector = _collector(section)
    try:
        yield LogExport(database, vault, collector, batch=section.batch)
    finally:
        collector.close()


async def collector_reached(config: Config) -> str:
    """What is wrong with the collector or its settings, as `ConfigError` or `NotReadyError`.

    It is handed a delivery with nothing in it.
    """
    section = config.otlp
    if section is None:
        return "none is configured"
    collector = _collector(section)
    try:
        trouble = await collector.send([])
    finally:
        collector.close()
    if trouble is not None:
        raise NotReadyError(f"otlp.endpoint: {trouble}")
    return "reached over TLS"


def _collector(section: OtlpSection) -> OtlpCollector:
    # OpenTelemetry takes a tenth of the start of every command that does without it.
    from gateway.adapters.otlp import OtlpCollector, OtlpSettings  # noqa: PLC0415 - see above

    settings = OtlpSettings(
        endpoint=section.endpoint,
        ca_file=section.ca_file,
        headers=_headers(section.headers_file),
        timeout_seconds=section.timeout_seconds,
    )
    try:
        return OtlpCollector(settings)
    except OSError:
        raise ConfigError("otlp.ca_file: no certificates of authorities") from None


def _headers(file: str | None) -> Mapping[str, str]:
    """``Name: value`` lines of a secret file."""
    if file is None:
        return {}
    lines = read_secret("otlp.headers_file", file).decode("ascii", "replace").splitlines()
    found = [_HEADER.fullmatch(line) for line in lines if line.strip()]
    if not all(found):
        raise ConfigError(f"otlp.headers_file: {file}: write each line as Name: value")
    return {each[1]: each[2] for each in found if each is not None}
