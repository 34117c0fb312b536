"""Processing activities (article 30 AVG): what a file may not say, and what an id may not do."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway import resources
from gateway.adapters import evidence, log_own_entries
from gateway.domain.articles import Articles
from gateway.domain.bijsluiter import Category, Regime
from gateway.domain.processing import ACTIVITY_OF, Activities, Key, ProcessingError, activity_for
from gateway.domain.processing_record import (
    ChangedActivityError,
    Recorded,
    changed_fields,
    ended,
    newcomers,
)
from gateway.domain.stages import Post

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT = resources.activities_text()
ARTICLES = Articles(resources.articles_text())
BASE = "https://register.gemeente.example/verwerkingen"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_BEFORE_HELD, HELD, _AFTER_HELD = (
    TEXT.partition('[[activity]]\nkey = "held"')[0],
    '[[activity]]\nkey = "held"'
    + TEXT.partition('[[activity]]\nkey = "held"')[2].partition("\n[[activity]]")[0],
    "\n[[activity]]" + TEXT.partition('key = "held"')[2].partition("\n[[activity]]")[2],
)


def read(text: str = TEXT, *, base: str = BASE, keep_days: int = 14) -> Activities:
    return Activities(text, articles=ARTICLES, base=base, keep_days=keep_days)


def with_held(old: str, new: str) -> str:
    """The file, with something else in the activity `held` alone."""
    assert old in HELD, old
    return _BEFORE_HELD + HELD.replace(old, new, 1) + _AFTER_HELD


def with_text(old: str, new: str) -> str:
    assert old in TEXT, old
    return TEXT.replace(old, new, 1)


def test_the_pieces_are_the_file() -> None:
    """Else the faults below would be planted in something that is no file at all."""
    assert _BEFORE_HELD + HELD + _AFTER_HELD == TEXT


# --- the file as shipped ----------------------------------------------------------


def test_every_key_has_one_activity_with_an_id_below_the_base() -> None:
    found = read()
    assert {each.key for each in found} == set(Key)
    assert len({each.activity_id for each in found}) == len(found) == len(Key)
    assert found[Key.HELD].activity_id == f"{BASE}/held/1"


def test_every_activity_has_what_article_30_asks() -> None:
    for each in read():
        assert each.purposes, each.key
        assert each.subjects, each.key
        assert each.data, each.key
        assert each.recipients, each.key
        assert each.measures, each.key
        assert {r for term in each.retention for r in term.regimes} == set(Regime), each.key
        assert {r for ground in each.grounds for r in ground.regimes} == set(Regime), each.key


def test_the_exchange_concerns_every_category_of_the_bijsluiter() -> None:
    codes = {each.code for each in read()[Key.EXCHANGE].data}
    assert {category.value for category in Category} <= codes


def test_consent_is_the_ground_of_the_exchange_under_the_wi2013_only() -> None:
    consent = {
        (activity.key, regime)
        for activity in read()
        for ground in activity.grounds
        for regime in ground.regimes
        if "AVG 6(1)(a)" in {each.code for each in ground.articles}
    }
    assert consent == {(Key.EXCHANGE, Regime.WI2013)}


def test_terms_are_those_decided_and_a_mail_is_kept_as_configured() -> None:
    found = {t.code: t.duration for each in read(keep_days=30) for t in each.retention}
    assert found["mail"] == "P30D"
    assert found["dossier-2013"] == "P10Y"
    assert {found[name] for name in ("dossier-2021", "log", "spoor")} == {"P5Y"}


# --- faults, each named by its place -------------------------------------------------

FAULTS = [
    ("not-toml", TEXT + "[", "not TOML"),
    ("unknown-field", with_held("version = 1", 'version = 1\ncolour = "red"'), "colour"),
    ("missing-field", with_held("third_countries = []\n", ""), "activity.2.third_countries"),
    ("empty-list", with_held('recipients = ["beheerders"]', "recipients = []"), "recipients"),
    ("empty-text", with_held('others = "Geen"', 'others = ""'), "others"),
    ("version", with_held("version = 1", "version = 0"), "activity.2.version"),
    ("version-text", with_held("version = 1", 'version = "1"'), "activity.2.version"),
    ("processor", with_held('role = "verwerkingsverantwoordelijke"', 'role = "x"'), "role"),
    ("unknown-key", with_held('"held"', '"hold"'), "activity hold: not a key"),
    ("double-key", TEXT + "\n" + HELD, "activity held: there 2 times"),
    ("missing-key", _BEFORE_HELD + _AFTER_HELD, "activity held: missing"),
    ("data", with_held('"P4"', '"P5"'), "activity held: data: unknown P5"),
    ("data-twice", with_held('"P4"', '"P2"'), "activity held: data: P2 is there 2 times"),
    ("subject", with_held('"operator"', '"buur"'), "activity held: subjects: unknown buur"),
    ("recipient", with_held('["beheerders"]', '["x"]'), "activity held: recipients: unknown x"),
    ("measure", with_held('"vier-ogen"', '"x"'), "activity held: measures: unknown x"),
    ("term", with_held('"mail"', '"post"'), "activity held: retention: unknown post"),
    ("article", with_held("AVG 24", "AVG 240"), "activity held: grounds: unknown article AVG 240"),
    ("covenant", with_held("12.4", "12.99"), "grounds: unknown article convenant 12.99"),
    ("other-law", with_held("convenant 12.4", "Awb 1:1"), "grounds: unknown article Awb 1:1"),
    ("no-basis", with_held('"AVG 6(1)(c)", ', ""), "activity held: grounds: one of AVG 6(1)"),
    ("two-bases", with_held("AVG 24", "AVG 6(1)(e)"), "activity held: grounds: one of AVG 6(1)"),
    ("no-regime", with_held('["WI2013", "WI2021"]', '["WI2013"]'), "0 grounds for WI2021"),
    ("twice-regime", with_held('"WI2021"]', '"WI2021", "WI2013"]'), "2 grounds for WI2013"),
    ("regime", with_held('"WI2021"]', '"WI2022"]'), "activity.2.grounds.0.regimes.1"),
    ("duration", with_text('duration = "P10Y"', 'duration = "lang"'), "dossier-2013.duration"),
    ("category", with_text("P3-verzuim = ", "P3-ziek = "), "category P3-verzuim"),
]


@pytest.mark.parametrize(("text", "named"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_fault_is_named_by_its_place(text: str, named: str) -> None:
    with pytest.raises(ProcessingError) as refused:
        read(text)
    assert named in str(refused.value)


def test_a_term_for_one_regime_only_is_refused() -> None:
    text = with_held('retention = ["mail", "log", "spoor"]', 'retention = ["dossier-2013"]')
    with pytest.raises(ProcessingError, match="activity held: retention: none for WI2021"):
        read(text)


# --- kinds of log entry ---------------------------------------------------------------


def test_every_kind_of_log_entry_has_an_activity_and_there_is_no_other() -> None:
    kinds = {*evidence._NAMES, *log_own_entries._NAMES}
    assert set(ACTIVITY_OF) == kinds
    assert all(activity_for(kind) in set(Key) for kind in kinds)


def test_every_activity_says_how_long_its_entries_are_kept() -> None:
    for each in read():
        assert [term.code for term in each.retention if term.log], each.key
    text = with_held('retention = ["mail", "log", "spoor"]', 'retention = ["mail", "contact"]')
    with pytest.raises(ProcessingError, match="activity held: retention: none for its entries"):
        read(text)


@pytest.mark.parametrize("kind", ["sent", "undeliverable", "withdrawn"])
def test_what_happens_to_a_letter_belongs_to_who_wrote_it(kind: str) -> None:
    found = {post: activity_for(kind, post.value) for post in Post}
    assert found == {
        Post.REPORT: Key.EXCHANGE,
        Post.RECEIPT: Key.ANSWERING,
        Post.NOTICE: Key.ANSWERING,
        Post.REMINDER: Key.REMINDING,
        Post.DUTY: Key.RIGHTS,
    }


@pytest.mark.parametrize(("kind", "letter"), [("deleted", ""), ("", ""), ("sent", "postcard")])
def test_a_kind_without_an_activity_is_refused(kind: str, letter: str) -> None:
    with pytest.raises(ProcessingError, match="no activity"):
        activity_for(kind, letter)


# --- ids and what stands under them -----------------------------------------------------


def on_record(activities: Activities, since: datetime = NOW) -> list[Recorded]:
    return [
        Recorded(
            activity_id=each.activity_id,
            key=each.key.value,
            digest=each.digest,
            content=each.content,
            since=since,
        )
        for each in activities
    ]


def keys(found: Sequence[object]) -> list[str]:
    return [each.key.value for each in found]  # type: ignore[attr-defined]  # activities all


def test_the_digest_is_of_the_content_without_id_and_version() -> None:
    before = read()[Key.HELD]
    elsewhere = read(with_held("version = 1", "version = 7"), base="https://x.example")[Key.HELD]
    assert elsewhere.activity_id == "https://x.example/held/7"
    assert elsewhere.digest == before.digest
    assert json.loads(before.content)["name"] == before.name


CHANGES = [
    ("name", with_held('name = "Beslissen', 'name = "Besluiten'), 14),
    ("purposes", with_held("Een mens laten", "Iemand laten"), 14),
    ("grounds", with_held("AVG 24", "AVG 5(2)"), 14),
    ("subjects", with_held('"contact", ', ""), 14),
    ("data", with_held('"P4", ', ""), 14),
    ("recipients", with_held('["beheerders"]', '["beheerders", "fg"]'), 14),
    ("third_countries", with_held("third_countries = []", 'third_countries = ["X"]'), 14),
    ("retention", TEXT, 15),
    ("measures", with_text("Vrije tekst, sleutels", "Tekst, sleutels"), 14),
    ("joint", with_held("joint = []", 'joint = ["X"]'), 14),
    ("processors", with_held("processors = []", 'processors = ["X"]'), 14),
    ("others", with_held('others = "Geen"', 'others = "X"'), 14),
]


@pytest.mark.parametrize(("field", "text", "days"), CHANGES, ids=[each[0] for each in CHANGES])
def test_a_changed_activity_is_refused_under_its_old_id_and_the_field_is_named(
    field: str, text: str, days: int
) -> None:
    """Also where only the words of a list that it names changed, or `run.keep_days`."""
    before, after = read(), read(text, keep_days=days)
    assert changed_fields(before[Key.HELD].content, after[Key.HELD]) == (field,)
    with pytest.raises(ChangedActivityError) as refused:
        newcomers(on_record(before), after)
    assert f"activity held: {BASE}/held/1" in str(refused.value)
    assert f"({field})" in str(refused.value)
    assert "new id" in str(refused.value)


def test_every_field_of_an_activity_is_among_the_changes() -> None:
    """Those that have only one value there is, and the key itself, cannot change."""
    assert {each[0] for each in CHANGES} == read()[Key.HELD].fields().keys() - {"key", "role"}


def test_what_is_on_record_as_it_is_needs_nothing() -> None:
    assert newcomers(on_record(read()), read()) == ()


def test_a_changed_activity_under_a_new_id_is_new_and_ends_the_former() -> None:
    before, later = read(), NOW + timedelta(days=1)
    after = read(with_held("version = 1", "version = 2").replace("Een mens laten", "Iemand laten"))
    assert keys(newcomers(on_record(before), after)) == ["held"]
    both = ended([*on_record(before), *(e for e in on_record(after, later) if e.key == "held")])
    held = [each for each in both if each.key == "held"]
    assert [(each.activity_id[-1], each.until) for each in held] == [("1", later), ("2", None)]
    assert [each.holds_at(later) for each in held] == [False, True]
    assert [each.holds_at(NOW) for each in held] == [True, False]
    assert [each.until for each in both if each.key != "held"] == [None] * (len(Key) - 1)


def test_an_id_that_was_replaced_does_not_come_back() -> None:
    newer = read(with_held("version = 1", "version = 2"))
    recorded = [*on_record(read()), *(e for e in on_record(newer) if e.key == "held")]
    with pytest.raises(ChangedActivityError, match="held/1 was replaced on 2026-03-01"):
        newcomers(recorded, read())


def test_all_that_changed_are_named_at_once() -> None:
    with pytest.raises(ChangedActivityError) as refused:
        newcomers(on_record(read()), read(keep_days=15))
    assert "exchange/1" in str(refused.value)
    assert "held/1" in str(refused.value)
