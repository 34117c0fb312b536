"""What a server's word means for a mail of ours."""

from __future__ import annotations

import pytest

from gateway.domain.delivery import (
    Delivery,
    DeliveryTold,
    News,
    Notification,
    Recognised,
    SentLetter,
    fates,
)
from gateway.domain.stages import Post
from gateway.domain.stops import Outcome, Reason

CASPER = "casper@gemeente.example"


def letter(post: Post = Post.REPORT, recipient: str = CASPER) -> SentLetter:
    return SentLetter(
        outgoing_id="1", trace="2", post=post, message_id="<a@b>", recipient=recipient
    )


def told(*deliveries: Delivery) -> Notification:
    return Notification(message_ids=("<a@b>",), deliveries=deliveries)


def test_the_worst_that_is_told_counts() -> None:
    found = fates(
        told(
            Delivery(news=News.RELAYED, final=CASPER),
            Delivery(news=News.FAILED, final=CASPER, status="5.2.2"),
            Delivery(news=News.DELAYED, final=CASPER),
        ),
        [letter()],
    )
    assert [(each.news, each.status, each.came_back) for each in found] == [
        (News.FAILED, "5.2.2", True)
    ]


@pytest.mark.parametrize(
    ("final", "original", "elsewhere"),
    [
        (CASPER, "", False),
        (CASPER.upper(), CASPER, False),
        ("", CASPER, False),
        ("", "", False),
        ("prive@post.example", "", True),
        ("prive@post.example", CASPER, True),
        (CASPER, "prive@post.example", True),
    ],
)
def test_another_address_is_another_mailbox(final: str, original: str, *, elsewhere: bool) -> None:
    delivery = Delivery(news=News.DELAYED, final=final, original=original)
    (fate,) = fates(told(delivery), [letter()])
    assert (fate.elsewhere, fate.strayed, fate.came_back) == (elsewhere, elsewhere, False)


def test_of_a_letter_whose_address_is_not_known_nothing_strays() -> None:
    delivery = Delivery(news=News.FAILED, final="wie@post.example")
    (fate,) = fates(told(delivery), [letter(recipient="")])
    assert not fate.elsewhere


@pytest.mark.parametrize("post", [each for each in Post if each is not Post.REPORT])
def test_only_a_report_comes_back_or_strays(post: Post) -> None:
    delivery = Delivery(news=News.FAILED, final="prive@post.example")
    (fate,) = fates(told(delivery), [letter(post)])
    assert (fate.came_back, fate.strayed) == (False, False)


def test_who_names_nobody_says_nothing() -> None:
    assert fates(told(), [letter()]) == ()


def test_the_reason_says_what_was_recognised() -> None:
    def reason(*news: News) -> tuple[Reason, ...]:
        found = [fates(told(Delivery(news=each, final=CASPER)), [letter()])[0] for each in news]
        return Recognised(found).reasons

    assert reason() == (Reason.BOUNCE_UNKNOWN,)
    assert reason(News.DELAYED) == reason(News.DELIVERED) == (Reason.DELIVERY_NEWS,)
    assert reason(News.DELAYED, News.FAILED) == (Reason.BOUNCE,)
    assert DeliveryTold(told()).outcome is Recognised(()).outcome is Outcome.IGNORE
