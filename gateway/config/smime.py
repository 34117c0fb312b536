"""The section on S/MIME: the gateway's own certificate, and whose certificates it believes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.config.section import Section


class SmimeKeySection(Section):
    """An earlier key and its certificate, which still open mail."""

    secret_key_file: str
    certificate_file: Path


class SmimeSection(Section):
    """S/MIME beside OpenPGP.

    `secret_key_file` is PEM (PKCS#8, not protected); `certificate_file` PEM, our own
    certificate and then its intermediates.  `older` keys, newest first, only open mail.
    Partners' certificates count when they lead to one of `roots_file` (PEM), with the help
    of `intermediates_file`, and something fresh says that nothing on the way was revoked:
    a list of `crl_files`, an answer of `ocsp_files`, or what is fetched, unless `fetch` is
    off, from where the certificate says, through `proxy`; without one only from
    public addresses, unless `fetch_private`.
    """

    secret_key_file: str = "credential:gateway-smime-key"  # noqa: S105 - the name of a credential
    certificate_file: Path
    older: tuple[SmimeKeySection, ...] = ()
    roots_file: Path
    intermediates_file: Path | None = None
    crl_files: tuple[Path, ...] = ()
    ocsp_files: tuple[Path, ...] = ()
    fetch: bool = True
    proxy: (
        Annotated[str, StringConstraints(pattern=r"^http://[^\s/?#]+/?$", max_length=400)] | None
    ) = None
    fetch_private: bool = False
    fetch_timeout_seconds: float = Field(default=20, gt=0, le=120)
