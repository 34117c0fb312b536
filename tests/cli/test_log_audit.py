"""``gateway log audit``: the trail as an officer reads it, and that looking at it is in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.installations import Installation


def test_the_trail_is_told_and_tells_who_looked(installation: Installation) -> None:
    told = installation.run("log", "audit", "--by", "Tess Testpersoon").stdout
    assert "another  decide on proposal" in told
    found = json.loads(
        installation.run("log", "audit", "--by", "Pim Proefpersoon", "--json").stdout
    )
    assert [(each["actor"], each["action"]) for each in found][-2:] == [
        ("test", "look: log audit"),
        ("another", "look: log audit"),
    ]
    assert {"at", "actor", "action", "about", "result", "origin"} == set(found[0])


def test_who_is_no_operator_does_not_see_it(installation: Installation) -> None:
    refused = installation.run("log", "audit", "--by", "Iemand Anders")
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert installation.run("log", "audit").exit_code == 2
