"""Wherever an article is named, it is looked up: in rows, grounds, reasons, letters, refusals."""

from __future__ import annotations

from gateway.domain.articles import Articles
from gateway.domain.reviewing import register_sentences, review
from gateway.domain.texts import Texts
from gateway.domain.truth import differences
from gateway.resources import articles_text, policy_text, texts_text, truth_text
from tests import corridor

ARTICLES = Articles(articles_text())


def without(number: str) -> Articles:
    """The covenant, were this paragraph not in it."""
    lines = articles_text().splitlines()
    kept = [line for line in lines if not line.startswith(f'"{number}" =')]
    assert len(kept) == len(lines) - 1
    return Articles("\n".join(kept))


def test_whoever_names_an_article_that_is_not_there_is_named() -> None:
    """Were there no 12.5: rows, reasons by code and by article, and what the register says."""
    texts = texts_text().replace(
        'nl = "De mail is leeg."', 'nl = "De mail is leeg (artikel 12.5)."', 1
    )
    found = {
        check.what: check.faults
        for check in review(
            corridor.policy(),
            reviewed=truth_text(),
            articles=without("12.5"),
            texts=Texts(texts),
            sentences=[("letters (nl)", "zie artikel 12.5"), *register_sentences()],
        )
    }
    assert {name for name, faults in found.items() if faults} == {"articles"}
    places = [fault.partition(": article 12.5 ")[0] for fault in found["articles"]]
    assert places.count("art-12.5/not-signed") == 2
    assert places.count("mail/empty") == 1
    assert places.count("letters (nl)") == 1
    assert places.count("role-address") == 1
    assert "afzender-niet-aangewezen" in places
    assert not any(place.startswith("art-12.4") for place in places)


def test_a_ground_names_its_article() -> None:
    assert 'article = "12.1"' in policy_text()
    grounds = corridor.policy().table.grounds.values()
    assert all(text.article in ARTICLES for text in grounds)


def test_what_differs_is_told_by_row_where_both_have_it() -> None:
    before = "head\n  row-1   hold 1 2\n  row-2   hold 3 4\n  t1=yes share\n"
    after = "head\n  row-1   hold 1 3\n  row-3   hold 3 4\n  t1=yes share\n"
    assert differences(before, after) == (
        "row-1: reviewed as hold 1 2, decides hold 1 3",
        "reviewed, and not so any more: row-2 hold 3 4",
        "not reviewed: row-3 hold 3 4",
    )
    assert differences(before, before) == ()
