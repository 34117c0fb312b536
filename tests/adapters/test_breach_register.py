"""The register of breaches for machines: read as JSON-LD is, nothing in it is a bare string."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.adapters.breach_register_out import BreachRegisterOut
from gateway.adapters.words import Words
from gateway.domain.bijsluiter import Category
from gateway.domain.breach_summary import Names, summary
from gateway.domain.texts import Language
from tests.adapters.test_breach_papers import AT, ZONE, affected, breach

if TYPE_CHECKING:
    from collections.abc import Mapping

DPV, SKOS = "https://w3id.org/dpv#", "http://www.w3.org/2004/02/skos/core#"


def expanded(value: Any, context: Mapping[str, str]) -> Any:
    """As JSON-LD 1.1 expands keys, types and ids of a document whose context has prefixes only."""
    if isinstance(value, list):
        return [expanded(each, context) for each in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, child in value.items():
        if name in {"@id", "@type"}:
            found[name] = [_iri(each, context) for each in _listed(child)]
        elif name.startswith("@"):
            found[name] = child
        else:
            found[_iri(name, context)] = expanded(child, context)
    return found


def _iri(name: str, context: Mapping[str, str]) -> str:
    prefix, colon, rest = name.partition(":")
    assert colon, name
    assert prefix in context, name
    # Without such an ending a term is no prefix (JSON-LD 1.1, 4.1.3).
    assert context[prefix][-1] in ":/?#[]@", name
    return context[prefix] + rest


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("language", Language)
def test_personal_data_are_concepts_of_the_dpv_with_a_label(language: Language) -> None:
    """Each category of annex 3 under an IRI of ours, that a reader of the DPV knows what it is."""
    everything = [affected(1, 1, frozenset(Category))]
    out = BreachRegisterOut(Words(language, "breaches"), ZONE, Names([]))
    made = out.as_json_ld(
        [(breach(), {0: "gestolen"}, summary(everything))], "Gemeente Nergenshuizen", AT
    )
    read = json.loads(json.dumps(made))
    (part,) = expanded(read, read["@context"])["http://purl.org/dc/terms/hasPart"]
    data = part[f"{DPV}hasPersonalData"]
    assert {each["@id"][0] for each in data} == {
        f"urn:taalpoort:personal-data:{each.value}" for each in Category
    }
    for each in data:
        assert each["@type"] == [f"{DPV}PersonalData", f"{SKOS}Concept"]
        label = each[f"{SKOS}prefLabel"]
        assert label["@language"] == language.value
        assert label["@value"] != each[f"{SKOS}notation"]
