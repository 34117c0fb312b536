"""Whether a decision table is what was reviewed, and names nothing that is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.articles import named_in
from gateway.domain.faults import KINDS
from gateway.domain.register import Refusal, RegisterError
from gateway.domain.stops import Reason
from gateway.domain.truth import differences, truth_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.domain.articles import Articles
    from gateway.domain.policy import Policy, Row
    from gateway.domain.texts import Texts

    # Where an article is named, and its number as written there.
    Named = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; `faults` name the row or the place."""

    what: str
    said: str
    faults: tuple[str, ...] = ()


def review(
    policy: Policy,
    *,
    reviewed: str,
    articles: Articles,
    texts: Texts,
    sentences: Iterable[tuple[str, str]] = (),
) -> tuple[Check, ...]:
    """Every check of a table that is well formed.

    `reviewed` is its truth table as people approved it; `sentences` are what
    people read elsewhere, each with where it stands.
    """
    return (
        Check(what="rows", said=f"{len(policy.rows)} rows, well formed"),
        _truth(policy, reviewed),
        _articles(articles, [*_of_rows(policy), *_of_reasons(texts), *_of_sentences(sentences)]),
        _agreeing(policy.rows),
        _speaking(policy.rows),
    )


def register_sentences() -> Iterator[tuple[str, str]]:
    """What the register says when it refuses, with the code it says it for."""
    for refusal in Refusal:
        error = RegisterError(refusal)
        yield (refusal.value, error.text)
        yield (refusal.value, error.nl)


def _truth(policy: Policy, reviewed: str) -> Check:
    found = truth_table(policy)
    return Check(
        what="truth table",
        said="every situation there is comes to what was reviewed",
        faults=differences(reviewed, found),
    )


def _articles(articles: Articles, named: list[Named]) -> Check:
    return Check(
        what="articles",
        said=f"{len(named)} times an article is named, by rows, grounds, reasons and sentences;"
        " each is in the covenant",
        faults=tuple(
            f"{where}: article {number} is not in the covenant"
            for where, number in named
            if number not in articles
        ),
    )


def _of_rows(policy: Policy) -> Iterator[Named]:
    yield from ((row.id, row.article) for row in policy.rows)
    yield from ((f"ground {name}", text.article) for name, text in policy.table.grounds.items())
    sentences = [(row.id, said) for row in policy.rows for said in (row.nl, row.en)]
    grounds = policy.table.grounds.items()
    sentences += [(f"ground {name}", said) for name, text in grounds for said in (text.nl, text.en)]
    yield from _of_sentences(sentences)


def _of_reasons(texts: Texts) -> Iterator[Named]:
    for reason in Reason:
        text = texts.reason(reason)
        if text.article:
            yield (reason.value, text.article)
        step = reason.partition("/")[0]
        if step.startswith("art-"):
            yield (reason.value, step.removeprefix("art-"))
        read = (text.nl, text.en, text.advies_nl, text.advice_en, text.afzender_nl, text.sender_en)
        yield from _of_sentences((reason.value, said) for said in read)
    for kind in sorted(KINDS):
        fault = texts.fault(kind)
        yield from _of_sentences((kind, said) for said in (fault.nl, fault.en))


def _of_sentences(sentences: Iterable[tuple[str, str]]) -> Iterator[Named]:
    for where, said in sentences:
        yield from ((where, number) for number in named_in(said))


def _agreeing(rows: tuple[Row, ...]) -> Check:
    return Check(
        what="reasons",
        said="each row that stops or withholds names the article of its reason",
        faults=tuple(
            f"{row.id}: article {row.article}, but its reason is {row.reason}"
            for row in rows
            if row.reason is not None and row.reason.partition("/")[0] != f"art-{row.article}"
        ),
    )


def _speaking(rows: tuple[Row, ...]) -> Check:
    return Check(
        what="texts",
        said="each row says in Dutch and in English what it does",
        faults=tuple(
            f"{row.id}: a sentence in Dutch and another in English are needed"
            for row in rows
            if not (row.nl.endswith(".") and row.en.endswith(".")) or row.nl == row.en
        ),
    )
