"""Sections on what other systems of the municipality get of the processing log."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from gateway.config.section import Section

TOKEN_NAME = r"^[a-z][a-z0-9-]{0,39}$"  # noqa: S105 - the form of a name


class OtlpSection(Section):
    """The collector that gets every record of the processing log (LDV 1.0), over TLS only.

    `endpoint` is the whole address, with the path of the traces.  `headers_file` holds
    lines ``Name: value`` that say who we are.
    """

    endpoint: Annotated[
        str, StringConstraints(pattern=r"^https://[^\s/?#@]+(/[^\s?#]*)?$", max_length=400)
    ]
    ca_file: Path | None = None
    headers_file: str | None = None
    batch: int = Field(default=500, ge=1, le=5000)
    timeout_seconds: float = Field(default=10, gt=0, le=20)


class ApiTokenSection(Section):
    """Who may call the API, by the SHA-256 of their token; ``gateway api token`` makes one.

    Without a scope it may do nothing.
    """

    name: Annotated[str, StringConstraints(pattern=TOKEN_NAME)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    scopes: tuple[Literal["log:read"], ...]


class ApiSection(Section):
    """Where ``gateway api serve`` listens: beyond this machine over TLS only."""

    listen: Annotated[
        str, StringConstraints(pattern=r"^(\[[0-9a-fA-F:.]+\]|[0-9.]+):[0-9]{1,5}$")
    ] = "127.0.0.1:8443"
    certificate_file: Path | None = None
    key_file: str | None = None
    token: tuple[ApiTokenSection, ...] = ()

    @property
    def place(self) -> tuple[str, int]:
        """Address and port."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @model_validator(mode="after")
    def _closed(self) -> Self:
        host, port = self.place
        if port > 65535:
            raise ValueError("listen: there is no such port")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file go together")
        if not ipaddress.ip_address(host).is_loopback and self.certificate_file is None:
            raise ValueError("listen: beyond this machine only with certificate_file and key_file")
        for what in ("name", "sha256"):
            if len({getattr(each, what) for each in self.token}) != len(self.token):
                raise ValueError(f"token: the same {what} twice")
        return self
