"""Faults of a document by path and kind; the values themselves are left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.stops import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError

MAX_FAULTS = 200

_KINDS: tuple[tuple[str, str], ...] = (
    ("missing", "ontbreekt"),
    ("enum", "geen-geldige-code"),
    ("literal_error", "geen-geldige-code"),
    ("date", "geen-datum"),
    ("timezone", "geen-datum"),
    ("uuid", "geen-uuid"),
    ("string_too_long", "te-lang"),
    ("too_long", "te-veel"),
    ("string_too_short", "leeg"),
    ("too_short", "leeg"),
    ("string_pattern", "verkeerde-vorm"),
    ("string_type", "geen-tekst"),
    ("int", "geen-heel-getal"),
    ("bool", "geen-ja-of-nee"),
    ("decimal", "geen-bedrag"),
    ("greater_than", "te-klein"),
    ("less_than", "te-groot"),
    ("finite", "geen-bedrag"),
    ("model_type", "geen-object"),
    ("model_attributes", "geen-object"),
    ("tuple_type", "geen-lijst"),
)
OTHER = "verkeerde-waarde"
KINDS = frozenset(kind for _, kind in _KINDS) | {
    OTHER,
    "niet-na-te-lezen",
    "onbekende-versie",
    "niveau-past-niet-bij-leerroute",
    "einde-niet-na-begin",
    "onderdeel-past-niet-bij-regime",
    "datum-in-de-toekomst",
    "dubbel-bericht",
    "meer-gevolgd-dan-aangeboden",
    "bijlage-niet-doorgegeven",
    "vervangt-hoort-bij-correctie",
    # of forms (`gateway.domain.form_reading`)
    "formulier-niet-gelezen",
    "bestand-beschadigd",
    "bestand-te-groot",
    "bestand-met-wachtwoord",
    "bestand-met-dtd",
    "tekens-niet-te-lezen",
    "aanhalingstekens-kloppen-niet",
    "kopregel-ontbreekt",
    "kop-staat-dubbel",
    "kop-ontbreekt",
    "meer-bladen-met-koppen",
    "te-veel-rijen",
    "geen-rijen",
    "instellingsnummers-verschillen",
    "voorbeeldrij-gewijzigd",
    "cel-met-formule",
    "cel-met-fout",
    "cel-geen-datum",
    "cel-geen-heel-getal",
    "cel-geen-bedrag",
    "cel-geen-ja-of-nee",
    "cel-niet-in-lijst",
    "cel-geen-tekst",
    "cel-geen-berichtnummer",
    "cel-te-lang",
    "rij-te-lang",
    "rij-staat-dubbel",
    # of the PDF form
    "formulier-zonder-velden",
    "formulier-van-een-ander",
    "formulier-met-xfa",
    "veld-staat-dubbel",
    "veld-niet-te-lezen",
    "vinkje-ontbreekt",
    # of the plan as a file (`gateway.domain.plans`)
    "plan-ontbreekt",
    "plan-staat-dubbel",
    "plan-wijkt-af",
    "plan-geen-pdf",
    "plan-te-groot",
    "plan-met-wachtwoord",
    "plan-niet-te-lezen",
    "vervangt-zichzelf",
    "signaal-zonder-toestemming",
}


def faults_of(error: ValidationError, prefix: str = "") -> tuple[Fault, ...]:
    """All faults of a failed validation: where by its wire path, what by its kind.

    The error itself carries the input in many places, so it must not travel on.
    """
    return tuple(_faults(error, prefix))[:MAX_FAULTS]


def _faults(error: ValidationError, prefix: str) -> Iterator[Fault]:
    for detail in error.errors(include_input=False, include_url=False, include_context=False):  # type: ignore[misc]  # pydantic types error contexts as Any; only type and loc are read
        kind = str(detail["type"])  # type: ignore[misc]  # as above
        path = _path(prefix, detail["loc"])  # type: ignore[misc]  # as above
        if kind == "value_error" and path == prefix:
            yield Fault(path=f"{prefix}.vervangt", kind="vervangt-hoort-bij-correctie")
        else:
            yield Fault(path=path, kind=_kind(kind))


def _path(prefix: str, loc: tuple[int | str, ...]) -> str:
    path = prefix
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path = f"{path}.{part}" if path else part
    return path


def _kind(pydantic_type: str) -> str:
    for start, kind in _KINDS:
        if pydantic_type.startswith(start):
            return kind
    return OTHER
