"""``gateway breach`` and a whole version of the form, as an officer types them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.test_register_commands import ANOTHER, OPERATOR, J, done, filled, gateway

if TYPE_CHECKING:
    from tests.cli.test_register_commands import Gateway

__all__ = ["gateway"]

FORM = ("--form-version", "bijlage-2")


def proposed(gateway: Gateway) -> str:
    """The invalidation of the printed form, proposed; its id."""
    token = done(gateway("consent", "invalidate", *FORM, J))["token"]
    why = ("--reason", "geen vrije toestemming", "--propose", "--expect", token)
    return str(done(gateway("consent", "invalidate", *FORM, *why, *OPERATOR, J))["proposal"])


def test_counting_says_how_to_go_on(gateway: Gateway) -> None:
    """And shows nobody."""
    filled(gateway)
    said = gateway("consent", "invalidate", *FORM)
    assert said.exit_code == 0
    assert "persons: 1" in said.output
    assert "per_provider: school 1" in said.output
    assert "--propose --expect" in said.output
    assert "D-1" not in said.output
    assert done(gateway("proposal", "list", J)) == []


def test_a_version_that_nobody_signed_is_not_offered_for_a_proposal(gateway: Gateway) -> None:
    filled(gateway)
    said = gateway("consent", "invalidate", "--form-version", "bijlage-22")
    assert said.exit_code == 0
    assert "is its name right?" in said.output
    assert "--propose" not in said.output


def test_proposing_needs_reason_name_and_token(gateway: Gateway) -> None:
    filled(gateway)
    assert gateway("consent", "invalidate", *FORM, "--propose", *OPERATOR).exit_code == 2
    why = ("--reason", "fout", "--propose", "--expect", "000000000000")
    stale = gateway("consent", "invalidate", *FORM, *why, *OPERATOR)
    assert stale.exit_code == 1
    assert "proposal-stale" in stale.output


def test_from_counting_to_asking_again(gateway: Gateway) -> None:
    filled(gateway)
    proposal = proposed(gateway)
    shown = gateway("proposal", "show", proposal)
    assert "persons: 1" in shown.output
    assert "geen vrije toestemming" in shown.output
    assert gateway("proposal", "approve", proposal, *OPERATOR).exit_code == 1
    approved = gateway("proposal", "approve", proposal, *ANOTHER)
    assert approved.output == "approved: invalidation bijlage-2\n"
    consent = done(gateway("consent", "show", "D-1", "--provider", "school", J))
    assert consent["state"] == "invalidated"
    assert gateway("consent", "to-ask").output.startswith("school  D-1  bijlage-2  ")
    again = ("consent", "ask-again", *FORM, "--with-version", "bijlage-3")
    counted = gateway(*again)
    assert "to ask: 1" in counted.output
    token = done(gateway(*again, J))["token"]
    assert gateway(*again, "--expect", token).exit_code == 2
    assert gateway(*again, "--expect", token, *OPERATOR).output == "on record: 1 asked again\n"
    (asked,) = done(gateway("consent", "to-ask", J))
    assert asked["asked_at"] is not None


def test_an_invalidation_of_another_version_is_refused(gateway: Gateway) -> None:
    filled(gateway)
    wrong = ("--provider", "school", "--form-version", "bijlage-3", *OPERATOR)
    said = gateway("consent", "record", "D-1", "invalidated", *wrong)
    assert said.exit_code == 1
    assert "other-form" in said.output


def test_without_incidents(gateway: Gateway) -> None:
    """A withdrawal before which nothing had left opens none."""
    filled(gateway)
    said = gateway(
        "consent", "record", "D-1", "withdrawn", "--provider", "school",
        "--valid-from", "2026-01-01", *OPERATOR,
    )  # fmt: skip
    assert said.output == "on record\n"
    assert gateway("breach", "list").output == "nothing on record\n"
    for words in (("show", "x"), ("dismiss", "x", "--reason", "fout", *OPERATOR)):
        unknown = gateway("breach", *words)
        assert unknown.exit_code == 1
        assert "unknown-incident" in unknown.output
