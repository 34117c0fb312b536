"""The register of article 30 AVG as people and machines get it: every element, and never markup."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from gateway import resources
from gateway.adapters.page import Page, Press, Section
from gateway.adapters.processing_page import RegisterPages, markdown
from gateway.adapters.typeset import pdf
from gateway.adapters.words import Words
from gateway.domain.articles import Articles
from gateway.domain.processing import Activities
from gateway.domain.processing_export import ArticleThirty, Entry, as_json_ld
from gateway.domain.processing_record import Recorded
from gateway.domain.texts import Language

if TYPE_CHECKING:
    from gateway.domain.processing import ProcessingActivity

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BASE = "https://register.gemeente.example/verwerkingen"
FOUND = Activities(
    resources.activities_text(),
    articles=Articles(resources.articles_text()),
    base=BASE,
    keep_days=14,
)
OFFICER = "Fem Fictief, fg@gemeente.example"


def register(officer: str | None = OFFICER) -> ArticleThirty:
    old = next(iter(FOUND))
    return ArticleThirty(
        made_at=NOW,
        base=BASE,
        municipality="Gemeente Voorbeeldstad",
        contact="privacy@gemeente.example",
        officer=officer,
        note=FOUND.note,
        entries=tuple(Entry(activity=each, since=NOW) for each in FOUND),
        earlier=(
            Recorded(
                activity_id=f"{BASE}/exchange/0",
                key="exchange",
                digest=old.digest,
                content=old.content,
                since=NOW - timedelta(days=9),
                until=NOW,
            ),
        ),
    )


def page(of: ArticleThirty) -> Page:
    return RegisterPages(Words(Language.NL), ZoneInfo("Europe/Amsterdam")).page(of)


def flat(text: str) -> str:
    return " ".join(text.replace("\\", "").split())


# Article 30(1), letter by letter, and where an activity says it.
ELEMENTS = [
    ("a", "Rol van de gemeente (a)", lambda each: [each.role]),
    ("a, joint", "Gezamenlijk verantwoordelijk (a)", lambda each: each.joint or ["geen"]),
    ("b", "Doelen (b)", lambda each: each.purposes),
    ("c, subjects", "Betrokkenen (c)", lambda each: [n.words for n in each.subjects]),
    ("c, data", "Persoonsgegevens (c)", lambda each: [n.words for n in each.data]),
    ("d", "Ontvangers (d)", lambda each: [n.words for n in each.recipients]),
    ("e", "Doorgifte aan derde landen (e)", lambda each: each.third_countries or ["geen"]),
    ("f", "Bewaartermijnen (f)", lambda each: [t.what for t in each.retention]),
    ("g", "Beveiliging (g)", lambda each: [n.words for n in each.measures]),
    ("ground", "Grondslag", lambda each: [g.text for g in each.grounds]),
]


@pytest.mark.parametrize(("name", "said"), [e[1:] for e in ELEMENTS], ids=[e[0] for e in ELEMENTS])
def test_every_activity_has_each_element_of_article_30(name: str, said: Any) -> None:
    sections = {section.heading: dict(section.facts) for section in page(register()).sections}
    for each in FOUND:
        value = sections[each.name][name]
        assert [word for word in said(each) if word not in value] == []


@pytest.mark.parametrize("written", [Press().text, markdown], ids=["text", "markdown"])
def test_text_and_markdown_say_all_that_the_page_says(written: Any) -> None:
    of = page(register())
    text = flat(written(of))
    said = [of.title, *of.lead]
    for section in of.sections:
        said += [section.heading, *section.points]
        said += [word for fact in section.facts for word in fact]
    assert [each for each in said if flat(each) not in text] == []


def test_the_controller_with_contact_and_officer() -> None:
    facts = dict(page(register()).sections[0].facts)
    assert facts["Naam"] == "Gemeente Voorbeeldstad"
    assert facts["Contact"] == "privacy@gemeente.example"
    assert facts["Functionaris voor gegevensbescherming"] == OFFICER
    none = dict(page(register(officer=None)).sections[0].facts)
    assert none["Functionaris voor gegevensbescherming"] == "niet ingevuld"


def test_terms_are_in_words_and_earlier_ids_have_their_days() -> None:
    text = flat(Press().text(page(register())))
    for said in (
        "De verzegelde mail zoals die binnenkwam (WI2013 en WI2021): 14 dagen na de afhandeling",
        "Gegevens over de inburgeraar (WI2013): 10 jaar na het sluiten van het dossier",
        "De inhoud van verzonden mail (WI2013 en WI2021): tot de aanvaarding",
        f"{BASE}/exchange/0, van 20 februari 2026 tot 1 maart 2026",
        f"{BASE}/held/1 (vanaf 1 maart 2026)",
        "door een jurist te bevestigen",
    ):
        assert said in text


def test_the_pdf_is_one_and_the_same_for_the_same_register() -> None:
    made = pdf(page(register()), author="Gemeente Voorbeeldstad", at=NOW)
    assert made.startswith(b"%PDF-")
    assert made == pdf(page(register()), author="Gemeente Voorbeeldstad", at=NOW)


def test_what_somebody_wrote_is_no_markup() -> None:
    hostile = Section(heading="# *a* [b](c)", facts=(("<b>", "_x_ `y`\n# z"),))
    text = markdown(Page(language="nl", title="t", lead=(), sections=(hostile,)))
    assert "## # \\*a\\* \\[b\\](c)\n" in text
    assert "- **\\<b\\>**: \\_x\\_ \\`y\\` # z\n" in text


# --- for machines ------------------------------------------------------------------------


def process(of: dict[str, Any], activity: ProcessingActivity) -> dict[str, Any]:
    (found,) = [each for each in of["dpv:hasProcess"] if each["@id"] == activity.activity_id]
    assert isinstance(found, dict)
    return found


def test_json_has_each_element_of_article_30_for_every_activity() -> None:
    of = json.loads(json.dumps(as_json_ld(register())))
    assert of["dpv:hasDataController"]["dct:title"] == "Gemeente Voorbeeldstad"
    assert of["dpv:hasDataController"]["dpv:hasContact"] == "privacy@gemeente.example"
    assert of["dpv:hasDataController"]["dpv:hasDataProtectionOfficer"]["dpv:hasContact"] == OFFICER
    assert len(of["dpv:hasProcess"]) == len(FOUND)
    for each in FOUND:
        found = process(of, each)
        for term, values in (
            ("dpv:hasPurpose", each.purposes),
            ("dpv:hasDataSubject", [n.words for n in each.subjects]),
            ("dpv:hasPersonalData", [n.words for n in each.data]),
            ("dpv:hasRecipient", [n.words for n in each.recipients]),
            ("dpv:hasThirdCountry", each.third_countries),
            ("dpv:hasTechnicalOrganisationalMeasure", [n.words for n in each.measures]),
            ("dpv:hasJointDataControllers", each.joint),
            ("dpv:hasDataProcessor", each.processors),
        ):
            assert [value["dct:description"] for value in found[term]] == list(values), term
        durations = [s["dpv:hasDuration"]["@value"] for s in found["dpv:hasStorageCondition"]]
        assert durations == [term.duration for term in each.retention]
        assert found["taalpoort:sha256"] == each.digest


def test_json_names_the_ground_of_each_regime() -> None:
    found = process(as_json_ld(register()), next(iter(FOUND)))
    assert [(each["@type"], each["taalpoort:regime"]) for each in found["dpv:hasLegalBasis"]] == [
        (["eu-gdpr:A6-1-a"], ["WI2013"]),
        (["eu-gdpr:A6-1-e"], ["WI2021"]),
    ]


def test_json_without_an_officer_names_none_and_keeps_what_was_replaced() -> None:
    of = json.loads(json.dumps(as_json_ld(register(officer=None))))
    assert "dpv:hasDataProtectionOfficer" not in of["dpv:hasDataController"]
    (old,) = of["taalpoort:replaced"]
    assert old["@id"] == f"{BASE}/exchange/0"
    assert old["taalpoort:until"]["@value"] == NOW.isoformat()
    assert old["taalpoort:content"] == json.loads(next(iter(FOUND)).content)
    prefixes = {name.partition(":")[0] for name in terms(of)}
    assert prefixes <= of["@context"].keys()


def terms(value: object) -> set[str]:
    """Every name with a prefix in the document, its context left out."""
    if isinstance(value, list):
        return set().union(*map(terms, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    inside = {name: each for name, each in value.items() if name not in {"@context"}}
    found = {name for name in inside if ":" in name}
    skipped = {"taalpoort:content"}
    return found.union(*(terms(each) for name, each in inside.items() if name not in skipped))
