"""Where deeds go for the municipality to watch, as the configuration says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.siem import Source, ecs, rfc5424
from gateway.adapters.siem_delivery import (
    FileSink,
    TlsSettings,
    TlsSink,
    line_ended,
    octet_counted,
)
from gateway.config import ConfigError, read_secret, secret_path
from gateway.resources import installed_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.adapters.siem import Line
    from gateway.config import Config, SiemSection
    from gateway.events import Events
    from gateway.ports import AuditSink


def audit_sink(config: Config, events: Events) -> AuditSink | None:
    """The sink, which tells its troubles as events; None where none is configured.

    Raises `ConfigError` naming a file that is missing, readable by others or no certificate.
    """
    section = config.siem
    if section is None:
        return None
    source = Source(
        instance=config.gateway.instance, version=installed_version(), sd_id=section.sd_id
    )
    line = ecs(source) if section.format == "ecs" else rfc5424(source)

    def tell(trouble: str, seconds: float) -> None:
        events("siem.unreachable", trouble=trouble, seconds=seconds)

    if section.file is not None:
        return FileSink(section.file, line, tell=tell)
    return _over_tls(section, line, tell)


def _over_tls(section: SiemSection, line: Line, tell: Callable[[str, float], None]) -> TlsSink:
    key = section.client_key_file
    if key is not None:
        read_secret("siem.client_key_file", key)
    settings = TlsSettings(
        host=section.host or "",
        port=section.port,
        ca_file=section.ca_file,
        client_certificate=section.client_certificate_file,
        client_key=None if key is None else secret_path("siem.client_key_file", key),
        timeout_seconds=section.timeout_seconds,
    )
    frame = line_ended if section.format == "ecs" else octet_counted
    try:
        return TlsSink(settings, line, frame, tell=tell)
    except OSError:
        files = "siem.ca_file, siem.client_certificate_file or siem.client_key_file"
        raise ConfigError(f"{files}: not a certificate and its key") from None
