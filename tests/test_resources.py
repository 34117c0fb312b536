"""Data that are no code are found, in a source tree and as an installed wheel has them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gateway import resources
from gateway.domain.policy import Policy
from gateway.domain.texts import Texts

if TYPE_CHECKING:
    from pathlib import Path

LOOK = (
    "from gateway import resources as r;"
    "from gateway.adapters.letters import LetterWriter;"
    "from gateway.adapters.page import Press; from gateway.adapters.words import Words;"
    "from gateway.domain.texts import Language; Press(); Words(Language.EN);"
    "print(r.data_folder('policies')); r.policy_text(); r.texts_text(); r.schema_text();"
    "r.activities_text();"
    "f = r.forms_file(); f.read_text(); (f.parent / 'forms' / 'bijlage-2.nl.txt').read_text();"
    "from gateway.adapters import typeset; (r._PACKAGE / 'templates' / 'letter.typ').read_text()"
)


def test_the_source_tree_has_them() -> None:
    assert Policy(resources.policy_text()).rows
    assert Texts(resources.texts_text()).fault("leeg").nl
    assert '"$id"' in resources.schema_text()


def test_an_installation_has_them_beside_its_code(tmp_path: Path) -> None:
    """As hatchling lays them out: ``gateway/data/policies`` and ``gateway/data/schemas``."""
    package = tmp_path / "gateway"
    shutil.copytree(resources.data_folder("policies").parent / "gateway", package)
    for name in ("policies", "schemas"):
        shutil.copytree(resources.data_folder(name), package / "data" / name)
    shown = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert shown.strip() == str(package / "data" / "policies")


def test_what_is_not_shipped_is_missed_by_name() -> None:
    with pytest.raises(FileNotFoundError, match="'recipes'"):
        resources.data_folder("recipes")
