"""What is shipped: the wheel, the locks, the licences of what comes along, the description."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.house_files import ROOT, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
RUNTIME_LOCK = (ROOT / "requirements-runtime.lock").read_text(encoding="utf-8")


# --- the wheel ----------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """Built offline by the locked builder, without build isolation."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        yield archive


def test_the_whole_package_travels_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    """Migrations, templates and catalogues too, not only what Python imports."""
    assert set(listed("gateway")) <= set(wheel.namelist())


@pytest.mark.parametrize("folder", ["policies", "schemas"])
def test_data_travels_in_the_wheel_byte_for_byte(wheel: zipfile.ZipFile, folder: str) -> None:
    files = listed(folder)
    assert files
    for name in files:
        assert wheel.read(f"gateway/data/{name}") == (ROOT / name).read_bytes()


def test_nothing_else_travels_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"gateway", f"taalpoort-{PROJECT['version']}.dist-info"}


def test_the_wheel_carries_the_licence_and_the_command(wheel: zipfile.ZipFile) -> None:
    info = f"taalpoort-{PROJECT['version']}.dist-info"
    assert wheel.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert b"gateway = gateway.cli.main:app" in wheel.read(f"{info}/entry_points.txt")
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert "License-Expression: EUPL-1.2" in metadata
    assert f"Version: {PROJECT['version']}" in metadata


def test_one_version_everywhere() -> None:
    described = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert distribution("taalpoort").version == PROJECT["version"] == described["softwareVersion"]
    assert f"## [{PROJECT['version']}] - {described['releaseDate']}" in changes


# --- the locks ----------------------------------------------------------------


@pytest.mark.parametrize("lock", [LOCK, RUNTIME_LOCK], ids=["whole", "runtime"])
def test_every_locked_package_has_an_exact_version_and_hashes(lock: str) -> None:
    entries = re.split(r"(?<!\\)\n", lock.strip())
    entry = re.compile(r"[a-z0-9-]+==\S+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+")
    assert [e for e in entries if not entry.fullmatch(e)] == []


@pytest.mark.parametrize("lock", [LOCK, RUNTIME_LOCK], ids=["whole", "runtime"])
def test_no_lock_names_a_place(lock: str) -> None:
    assert not re.search(r"://|@|index.url|find.links|trusted-host|/", lock)


def test_the_runtime_lock_is_the_part_of_the_lock_that_runs() -> None:
    check = [sys.executable, str(ROOT / "scripts" / "runtime_lock.py"), "--check"]
    assert subprocess.run(check, check=False).returncode == 0


def test_nothing_of_the_tests_or_the_demonstration_is_needed_to_run() -> None:
    names = set(re.findall(r"^([a-z0-9-]+)==", RUNTIME_LOCK, re.MULTILINE))
    assert names.isdisjoint({"pytest", "mypy", "ruff", "hypothesis", "aiosmtpd", "pymap"})
    assert {"cryptography", "sqlalchemy", "pydantic-core", "typst"} <= names


def test_what_is_installed_is_what_is_locked() -> None:
    locked = set(re.findall(r"^([a-z0-9-]+==[^\s;\\]+)", LOCK, re.MULTILINE))
    for line in PROJECT["dependencies"]:
        name = re.split(r"[\[<>=]", line)[0]
        written = re.sub(r"[-_.]+", "-", name).lower()  # PEP 503, as a lock writes it
        assert f"{written}=={distribution(name).version}" in locked


# --- the licences ---------------------------------------------------------------

# Permissive, or bound to the file; none binds the work that uses it.
ALLOWED = re.compile(
    r"(MIT|MIT-0|MIT-CMU|MIT License|BSD|BSD License|BSD-[23]-Clause"
    r"|3-Clause BSD License|Apache-2\.0|Apache 2\.0"
    r"|Apache Software License|Apache License.*|PSF-2\.0|Python Software Foundation License|ISC"
    r"|ISC License( \(ISCL\))?|MPL-2\.0|Mozilla Public License 2\.0 \(MPL 2\.0\)|HPND|Zlib|CC0-1\.0"
    r"|The Unlicense \(Unlicense\))",
)
# The LGPL binds changes to the library itself; a program that only imports it keeps its own
# licence. Taken knowingly, by name, and never copied into ours.
IMPORTED_ONLY = {"python-stdnum": "GNU Lesser General Public License v2 or later (LGPLv2+)"}
# Those whose metadata name no licence, with the words of the text that they carry instead.
BY_TEXT = {"imapclient": "Redistribution and use in source and binary forms"}


def licences(name: str) -> list[str]:
    """One string for each licence that a package says it is under; an OR is read as its choices."""
    metadata = distribution(name).metadata
    for expression in metadata.get_all("License-Expression", []):
        return re.split(r" AND | OR ", expression.strip("()"))
    classified = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier", [])
        if line.startswith("License ::") and not line.endswith("OSI Approved")
    ]
    return classified or metadata.get_all("License", [])


def licence_text(name: str) -> str:
    files = distribution(name).files or []
    texts = [f for f in files if re.search(r"(?i)licen[cs]e|copying", Path(str(f)).name)]
    return "\n".join(f.read_text() for f in texts)


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"^([a-z0-9-]+)==", RUNTIME_LOCK, re.MULTILINE)))
)
def test_no_licence_binds_the_whole_work(name: str) -> None:
    found = licences(name)
    if name in BY_TEXT:
        assert BY_TEXT[name] in licence_text(name)
        assert "GNU" not in licence_text(name)
    else:
        assert found
    binding = [licence for licence in found if not ALLOWED.fullmatch(licence)]
    assert binding == ([IMPORTED_ONLY[name]] if name in IMPORTED_ONLY else [])


def test_the_imap_library_under_the_gpl_is_not_even_installed() -> None:
    assert "aioimaplib" not in {d.name.lower() for d in distributions()}


def test_the_licence_is_complete() -> None:
    """Fifteen articles and the appendix of compatible licences."""
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert re.findall(r"^(\d+)\.\w", text, re.MULTILINE) == [str(n) for n in range(1, 16)]
    assert "‘Compatible Licences’ according to Article 5 EUPL are:" in text
    assert text.rstrip().endswith("require the production of a new EUPL version.")


# --- the public description -----------------------------------------------------


def test_publiccode_has_what_the_standard_requires() -> None:
    """publiccode.yml 0.7: mandatory keys, their kinds, and the limits on lengths."""
    described = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    assert described["publiccodeYmlVersion"] == "0.7"
    assert described["legal"]["license"] == PROJECT["license"] == "EUPL-1.2"
    assert described["developmentStatus"] in {"concept", "development", "beta", "stable"}
    assert described["softwareType"] == "standalone/backend"
    assert described["maintenance"]["contacts"][0]["name"]
    assert described["localisation"] == {
        "localisationReady": True,
        "availableLanguages": ["nl", "en"],
    }
    for key in ("name", "url", "platforms", "categories", "organisation", "supports"):
        assert described[key], key
    for text in described["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert text["features"]
