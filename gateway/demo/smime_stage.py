"""What the gateway needs for S/MIME in the story: an authority, its own certificate, a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gateway.demo.people import GATEWAY_ADDRESS, MUNICIPALITY_NAME
from gateway.wiring import demonstrating

if TYPE_CHECKING:
    from pathlib import Path

Setting: TypeAlias = str | int | float | bool | list[str]


class SmimeOnStage:
    """An authority that lives as long as the story, and the files of the section [smime]."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.authority = demonstrating.Authority()
        own = self.authority.issue(MUNICIPALITY_NAME, GATEWAY_ADDRESS)
        self.certificate = own.certificate
        self.fingerprint = own.fingerprint
        folder.mkdir(mode=0o700, parents=True)
        for name, content in (
            ("gateway.key", own.key),
            ("gateway.pem", own.certificate),
            ("root.pem", self.authority.root),
            ("revoked.crl", self.authority.revoked()),
        ):
            file = folder / name
            file.touch(mode=0o600)
            file.write_bytes(content)

    def section(self) -> dict[str, Setting]:
        """The settings; everything is in files, so nothing is fetched."""
        at = self._folder
        return {
            "secret_key_file": str(at / "gateway.key"),
            "certificate_file": str(at / "gateway.pem"),
            "roots_file": str(at / "root.pem"),
            "crl_files": [str(at / "revoked.crl")],
            "fetch": False,
        }
