"""The guards over every file of the repository, whatever its kind: what must not be in it."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent

# Files that must spell out what they look for.
_SPELLS_IT_OUT = {"tests/house_files.py", "tests/test_house.py"}

_SECRET_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY", re.ASCII)
_MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|Users|home/\w+|opt/pypi|mnt|workspace)/")
_REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org|proxy\.golang"
    r"|(?<!no-emit-)(?<!no_emit_)\bindex-url\b|(?<!no-emit-)\bfind-links\b"
)
_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|pragma: no cover")
_SKIPPED = re.compile(r"pytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b|\bskipTest\b")
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+([A-Za-z]{2,})\b")
_FICTITIOUS = {"example", "test", "invalid", "localhost", "localdomain"}
_SILENCED = re.compile(r"#\s*(type:\s*ignore|noqa|mypy:|ruff:)(?P<rest>.*)", re.DOTALL)
_REASON = re.compile(r"^(?:\[[\w,\s-]+\]|:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)\s*(?:#|-)\s*\w.{6,}")


def listed(*folders: str) -> list[str]:
    """Names of the files that are, or with the next commit would be, in the repository."""
    # Whose clone it is does not matter for reading names: tests begin as root.
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"]
    listing = subprocess.run(
        [*git, "--exclude-standard", *folders], cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()
    return sorted(name for name in listing.split("\0") if name and (ROOT / name).is_file())


def tracked() -> Iterator[tuple[str, bytes]]:
    """Each of those files with its content."""
    for name in listed():
        yield name, (ROOT / name).read_bytes()


def secret_keys(name: str, content: bytes) -> list[str]:
    """A secret key, armored anywhere, binary under keys/ (RFC 9580, 4.2 and 5.5)."""
    if _SECRET_KEY.search(content.decode("latin-1")):
        return [f"{name}: a secret key"]
    if name.startswith("keys/") and _first_packet(content) in {5, 7}:
        return [f"{name}: a secret key packet"]
    return []


def _first_packet(content: bytes) -> int | None:
    """The tag of the first OpenPGP packet, or None where there is none."""
    armor = re.search(rb"-----BEGIN PGP [^\n]+\n(?:[^\n]+\n)*\r?\n([A-Za-z0-9+/]{4})", content)
    data = base64.b64decode(armor[1]) if armor else content
    if not data or not data[0] & 0x80:
        return None
    return data[0] & 0x3F if data[0] & 0x40 else (data[0] & 0x3C) >> 2


def machine_paths(name: str, content: bytes) -> list[str]:
    """A path that exists on one machine only, or the address of a package registry."""
    return _lines(name, content, lambda line: _MACHINE_PATH.search(line) or _REGISTRY.search(line))


def unfinished(name: str, content: bytes) -> list[str]:
    """Work that was put off, and tests that do not run."""
    faults = _lines(name, content, _UNFINISHED.search)
    if name.startswith("tests/") and name.endswith(".py"):
        faults += _lines(name, content, _SKIPPED.search)
    return faults


def real_addresses(name: str, content: bytes) -> list[str]:
    """A mail address under a domain that somebody could own (RFC 2606, RFC 6761)."""
    return _lines(
        name,
        content,
        lambda line: any(m[1].lower() not in _FICTITIOUS for m in _ADDRESS.finditer(line)) or None,
    )


def unreasoned(name: str, content: bytes) -> list[str]:
    """A silenced checker without the rule it silences and the reason why."""
    if not name.endswith(".py"):
        return []
    comments = (
        token
        for token in tokenize.generate_tokens(io.StringIO(content.decode()).readline)
        if token.type == tokenize.COMMENT
    )
    return [
        f"{name}:{token.start[0]} {token.string.strip()}"
        for token in comments
        if (silenced := _SILENCED.match(token.string)) and not _REASON.match(silenced["rest"])
    ]


def _lines(name: str, content: bytes, wrong: Callable[[str], object]) -> list[str]:
    if name in _SPELLS_IT_OUT or b"\0" in content:
        return []
    return [
        f"{name}:{number} {line.strip()[:100]}"
        for number, line in enumerate(content.decode("latin-1").splitlines(), start=1)
        if wrong(line)
    ]


FILE_GUARDS = (secret_keys, machine_paths, unfinished, real_addresses, unreasoned)
