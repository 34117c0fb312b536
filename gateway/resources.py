"""Where the data lie that are no code: in the wheel under ``gateway/data``, or in a source tree."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def installed_version() -> str:
    """The version of this program; looking it up reads the whole description of the package."""
    return version("taalpoort")


def data_folder(name: str) -> Path:
    """The folder ``policies`` or ``schemas``; raises `FileNotFoundError` when it is not shipped."""
    for place in (_PACKAGE / "data" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the installation lacks the folder {name!r}")


def policy_text() -> str:
    """The decision table of the covenant, as TOML."""
    return (data_folder("policies") / "covenant.toml").read_text(encoding="utf-8")


def truth_text() -> str:
    """The truth table of the covenant's decision table, as it was reviewed."""
    return (data_folder("policies") / "covenant.truth.txt").read_text(encoding="utf-8")


def articles_text() -> str:
    """The covenant's articles, as TOML."""
    return (data_folder("policies") / "covenant.articles.toml").read_text(encoding="utf-8")


def texts_text() -> str:
    """The catalogue of reasons and faults, as TOML."""
    return (data_folder("policies") / "reasons.toml").read_text(encoding="utf-8")


def lexicon_text() -> str:
    """The words that the scanner of free text points at, as TOML."""
    return (data_folder("policies") / "lexicon.toml").read_text(encoding="utf-8")


def activities_text() -> str:
    """The gateway's processing activities for the register of article 30 AVG, as TOML."""
    return (data_folder("policies") / "processing.toml").read_text(encoding="utf-8")


def forms_file() -> Path:
    """The catalogue of consent forms, as TOML; the forms' texts lie beside it."""
    return data_folder("policies") / "forms.toml"


def schema_text(version: str = "1") -> str:
    """The JSON Schema of the bijsluiter in this version."""
    return (data_folder("schemas") / f"bijsluiter-{version}.schema.json").read_text("utf-8")
