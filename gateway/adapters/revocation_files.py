"""Lists and answers as files: those that were configured, and those that were fetched."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gateway.adapters.revocation_fetch import MOST_BYTES
from gateway.adapters.trust import TrustMaterial, certificates_in, ocsp_answer, revocation_list
from gateway.adapters.trust_purposes import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

MOST_MATERIAL: Final = 16 * 1024 * 1024  # bytes of lists and answers that each opener holds
LIST, ANSWER = ".crl", ".ocsp"


class TrustFileError(Exception):
    """A configured file cannot be read; says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustFiles:
    """Where roots, intermediates, lists and answers are found; PEM or DER."""

    roots: Path
    intermediates: Path | None = None
    crls: tuple[Path, ...] = ()
    ocsp: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """One that was fetched, and when."""

    content: bytes
    fetched_at: datetime


class KeptFiles:
    """The folder of what was fetched: a file each, whole or not there at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, name: str) -> KeptFile | None:
        """What was fetched under this name, where it can be read."""
        path = self._folder / name
        try:
            changed = path.stat().st_mtime
            return KeptFile(content=read(path), fetched_at=datetime.fromtimestamp(changed, UTC))
        except (OSError, TrustFileError):
            return None

    def keep(self, name: str, content: bytes, at: datetime) -> None:
        """In place of what was there; raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, written = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.utime(written, (at.timestamp(), at.timestamp()))
            os.replace(written, self._folder / name)
        except BaseException:
            with suppress(OSError):
                os.unlink(written)
            raise

    def forget_all_but(self, names: Collection[str]) -> None:
        """Of certificates that are no longer in the register; what cannot be deleted stays."""
        with suppress(OSError):
            for path in self._folder.iterdir():
                if path.suffix in {LIST, ANSWER, ".part"} and path.name not in names:
                    path.unlink(missing_ok=True)


def configured(files: TrustFiles) -> tuple[TrustMaterial, list[Path]]:
    """What stands in the files now, and those of lists and answers that cannot be read.

    Raises `TrustFileError` where roots or intermediates cannot be.
    """
    unreadable: list[Path] = []
    middle = files.intermediates
    material = TrustMaterial(
        roots=(_certificates(files.roots),),
        intermediates=(_certificates(middle),) if middle is not None else (),
        crls=_those(files.crls, revocation_list, unreadable),
        ocsp=_those(files.ocsp, ocsp_answer, unreadable),
    )
    return material, unreadable


def _certificates(path: Path) -> bytes:
    content = read(path)
    try:
        certificates_in(content)
    except UNREADABLE:
        raise TrustFileError(f"{path}: no certificates in PEM or DER") from None
    return content


def _those(
    paths: Sequence[Path], check: Callable[[bytes], object], unreadable: list[Path]
) -> tuple[bytes, ...]:
    found = []
    for path in paths:
        try:
            content = read(path)
            check(content)
        except (TrustFileError, *UNREADABLE):
            unreadable.append(path)
        else:
            found.append(content)
    return tuple(found)


def read(path: Path) -> bytes:
    """A file of a list's size at most; raises `TrustFileError`."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise TrustFileError(f"{path}: {error.strerror or type(error).__name__}") from None
    if len(content) > MOST_BYTES:
        raise TrustFileError(f"{path}: larger than {MOST_BYTES} bytes")
    return content
