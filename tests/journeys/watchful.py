"""Towns whose gateway looks at held mail and dates several times a second, not once in a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.process import wait_until

if TYPE_CHECKING:
    from gateway.domain.reminding import Matter
    from tests.journeys.residents import Read
    from tests.journeys.town import Town

# A round of reminders asks much of the database: five a second took a quarter of a journey.
OFTEN = "[run]\npoll_seconds = 0.2\nwalk_again_seconds = 0.2\nremind_seconds = 0.5\n"


def walks(town: Town, count: int = 1) -> int:
    """How many mails will have walked by themselves in this town, after so many more."""
    return len(town.gateway.told("mail.walks_again")) + count


def have_walked(town: Town, count: int) -> None:
    """Until so many mails walked by themselves in this town's life, to their end."""
    town.gateway.wait_until_told("mail.walks_again", count=count)
    town.settle(0)


def reminders(town: Town, count: int = 1) -> int:
    """How many reminders will have been posted in this town, after so many more."""
    return len(town.gateway.told("reminder.posted")) + count


def have_been_reminded(town: Town, count: int) -> None:
    """Until so many reminders were posted in this town's life, and have left."""
    town.gateway.wait_until_told("reminder.posted", count=count)
    town.settle(0)


def was_reminded(town: Town, matter: Matter) -> None:
    """Until a reminder of this matter was posted in this life of the gateway, and has left."""

    def told() -> bool:
        return any(each["matter"] == matter.value for each in town.gateway.told("reminder.posted"))

    wait_until(told, what=f"a reminder of {matter.value}")
    town.settle(0)


def about(town: Town, who: str, subject: str) -> Read:
    """The one mail with this in its subject that `who` got in this test."""
    (only,) = [each for each in town.all_read(who) if subject in each.subject]
    return only
