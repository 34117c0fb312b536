"""Knowing in time what was revoked: what is asked for, when, what is kept, and what is believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.x509 import ocsp

from gateway.adapters.revocation import Refreshed, Revocation
from gateway.adapters.revocation_fetch import Fetcher, Problem
from gateway.adapters.revocation_files import KeptFiles, TrustFileError, TrustFiles
from gateway.adapters.trust import Purpose, TrustState, TrustStore
from tests.pki import START, Authority
from tests.servers.publisher import publishing
from tests.trusting import AT, NOOR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pki import Leaf
    from tests.servers.publisher import Publisher

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GOOD, REVOKED, UNKNOWN = TrustState.GOOD, TrustState.REVOKED, TrustState.REVOCATION_UNKNOWN


@dataclass
class Town:
    """A root, an issuing authority, and somebody of the register; each publishes here."""

    publisher: Publisher
    folder: Path
    root: Authority
    issuing: Authority
    leaf: Leaf
    registered: list[bytes] = field(default_factory=list)
    crl_files: tuple[Path, ...] = ()
    ocsp_files: tuple[Path, ...] = ()

    def revocation(self, *, fetching: bool = True) -> Revocation:
        (self.folder / "roots.pem").write_bytes(self.root.pem)
        (self.folder / "intermediates.pem").write_bytes(self.issuing.pem)
        files = TrustFiles(
            roots=self.folder / "roots.pem",
            intermediates=self.folder / "intermediates.pem",
            crls=self.crl_files,
            ocsp=self.ocsp_files,
        )
        fetcher = Fetcher(private=True, timeout_seconds=20) if fetching else None
        return Revocation(files, KeptFiles(self.folder / "kept"), fetcher)

    def state(self, refreshed: Refreshed, at: datetime = AT) -> TrustState:
        return TrustStore(refreshed.material).judge(self.leaf.x509, [], at, Purpose.SIGN)

    def kept(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "kept").iterdir())


@pytest.fixture(scope="module")
def server() -> Iterator[Publisher]:
    with publishing() as found:
        yield found


@pytest.fixture
def town(server: Publisher, tmp_path: Path) -> Town:
    """The root publishes a list; the issuing authority a list and a responder."""
    server.pages.clear()
    server.responders.clear()
    server.asked.clear()
    root = Authority.make("Root")
    issuing = root.intermediate("Issuing", crl_urls=[f"{server.address}/root.crl"])
    leaf = issuing.issue(
        NOOR,
        key="p256",
        crl_urls=[f"{server.address}/1.crl"],
        ocsp_urls=[f"{server.address}/ocsp"],
    )
    server.put("/root.crl", root.crl(next_update=AT + 30 * DAY))
    server.put("/1.crl", issuing.crl(this_update=AT - HOUR, next_update=AT + DAY))
    return Town(server, tmp_path, root, issuing, leaf, registered=[leaf.certificate])


def test_what_is_published_is_fetched_and_kept(town: Town) -> None:
    revocation = town.revocation()
    assert town.state(revocation.known(town.registered, AT)) is UNKNOWN
    refreshed = revocation.refresh(town.registered, AT)
    assert (refreshed.fetched, refreshed.failed, refreshed.unknown) == (2, (), 0)
    assert refreshed.until == AT + DAY
    assert town.state(refreshed) is GOOD
    assert sorted(town.publisher.asked) == ["/1.crl", "/root.crl"]
    anew = town.revocation(fetching=False).known(town.registered, AT + HOUR)
    assert town.state(anew, AT + HOUR) is GOOD
    kept = town.folder / "kept"
    assert all(path.stat().st_mode & 0o077 == 0 for path in (kept, *kept.iterdir()))


def test_a_list_is_preferred_to_a_responder(town: Town) -> None:
    """Who answers would learn with whom the gateway corresponds."""
    town.publisher.respond("/ocsp", lambda _: town.issuing.ocsp(town.leaf))
    town.revocation().refresh(town.registered, AT)
    assert "/1.crl" in town.publisher.asked
    assert not any(path.startswith("/ocsp") for path in town.publisher.asked)


def test_a_responder_where_there_is_no_list(town: Town) -> None:
    del town.publisher.pages["/1.crl"]
    questions: list[ocsp.OCSPRequest] = []

    def answer(question: bytes) -> bytes:
        questions.append(ocsp.load_der_ocsp_request(question))
        return town.issuing.ocsp(town.leaf, responder=town.issuing.delegate())

    town.publisher.respond("/ocsp", answer)
    refreshed = town.revocation().refresh(town.registered, AT)
    assert town.state(refreshed) is GOOD
    assert refreshed.failed == (Problem.REFUSED,)
    assert [each.serial_number for each in questions] == [town.leaf.serial]
    assert [name.rpartition(".")[2] for name in town.kept()].count("ocsp") == 1


def test_revoked_by_what_was_fetched(town: Town) -> None:
    town.publisher.put("/1.crl", town.issuing.crl([town.leaf]))
    refreshed = town.revocation().refresh(town.registered, AT)
    assert town.state(refreshed) is REVOKED
    assert refreshed.unknown == 0


def test_nobody_is_asked_for_who_is_not_registered(town: Town) -> None:
    refreshed = town.revocation().refresh([], AT)
    assert (refreshed.registered, refreshed.fetched, town.publisher.asked) == (0, 0, [])


def test_nobody_is_asked_for_who_has_no_path(town: Town) -> None:
    """A certificate that anybody could have made says nothing about where to go."""
    stranger = Authority.make("Stranger")
    leaf = stranger.issue(NOOR, key="p256", crl_urls=[f"{town.publisher.address}/trap"])
    refreshed = town.revocation().refresh([leaf.certificate, b"junk"], AT)
    assert (refreshed.untrusted, refreshed.registered, town.publisher.asked) == (1, 1, [])


def test_who_left_the_register_is_forgotten(town: Town) -> None:
    revocation = town.revocation()
    revocation.refresh(town.registered, AT)
    assert len(town.kept()) == 2
    assert revocation.refresh([], AT).material.crls == ()
    assert town.kept() == []


# --- when ---------------------------------------------------------------------


def times_asked(town: Town, path: str) -> int:
    return town.publisher.asked.count(path)


def test_nothing_is_fetched_twice_before_it_is_due(town: Town) -> None:
    revocation = town.revocation()
    for minutes in range(0, 60, 10):
        revocation.refresh(town.registered, AT + minutes * MINUTE)
    assert times_asked(town, "/1.crl") == times_asked(town, "/root.crl") == 1


@pytest.mark.parametrize(
    ("lives", "due"),
    [(2 * HOUR, HOUR), (30 * DAY, 6 * HOUR), (6 * MINUTE, 5 * MINUTE)],
    ids=["half of its life", "at the latest", "at the earliest"],
)
def test_it_is_fetched_anew_in_time(town: Town, lives: timedelta, due: timedelta) -> None:
    town.publisher.put("/1.crl", town.issuing.crl(next_update=AT + lives))
    revocation = town.revocation()
    revocation.refresh(town.registered, AT)
    revocation.refresh(town.registered, AT + due - timedelta(seconds=1))
    assert times_asked(town, "/1.crl") == 1
    revocation.refresh(town.registered, AT + due)
    assert times_asked(town, "/1.crl") == 2


def test_after_failures_ever_more_seldom(town: Town) -> None:
    town.publisher.pages.clear()
    revocation = town.revocation()
    for minutes in range(120):
        refreshed = revocation.refresh(town.registered, AT + minutes * MINUTE)
        assert town.state(refreshed) is UNKNOWN
        assert refreshed.unknown == 1
    assert times_asked(town, "/1.crl") == 7  # at minute 0, 1, 3, 7, 15, 31, 63
    town.publisher.put("/1.crl", town.issuing.crl())
    town.publisher.put("/root.crl", town.root.crl())
    refreshed = revocation.refresh(town.registered, AT + 127 * MINUTE)
    assert town.state(refreshed) is GOOD


def test_at_least_every_two_hours(town: Town) -> None:
    town.publisher.pages.clear()
    revocation = town.revocation()
    for hours in range(0, 48, 2):
        revocation.refresh(town.registered, AT + hours * HOUR)
    assert times_asked(town, "/1.crl") == 24


def test_a_success_ends_the_pauses(town: Town) -> None:
    page = town.publisher.pages.pop("/1.crl")
    revocation = town.revocation()
    for minutes in (0, 1, 3):
        revocation.refresh(town.registered, AT + minutes * MINUTE)
    town.publisher.put("/1.crl", page)
    revocation.refresh(town.registered, AT + 7 * MINUTE)
    del town.publisher.pages["/1.crl"]
    before = times_asked(town, "/1.crl")
    for minutes in (0, 1, 2):
        revocation.refresh(town.registered, AT + 7 * HOUR + minutes * MINUTE)
    assert times_asked(town, "/1.crl") == before + 2


def test_when_the_next_is_due_is_what_the_newest_says(town: Town) -> None:
    town.publisher.put("/1.crl", town.issuing.crl(next_update=AT + 2 * HOUR))
    revocation = town.revocation()
    revocation.refresh(town.registered, AT)
    town.publisher.put("/1.crl", town.issuing.crl(next_update=AT + 30 * DAY))
    for hours in (1, 2, 3, 6):
        revocation.refresh(town.registered, AT + hours * HOUR)
    assert times_asked(town, "/1.crl") == 2


def test_a_responder_where_the_list_has_ended(town: Town) -> None:
    revocation = town.revocation()
    revocation.refresh(town.registered, AT)
    del town.publisher.pages["/1.crl"]
    town.publisher.respond("/ocsp", lambda _: town.issuing.ocsp(town.leaf))
    assert town.state(revocation.refresh(town.registered, AT + 2 * DAY), AT + 2 * DAY) is GOOD


def test_what_was_kept_counts_until_it_ends(town: Town) -> None:
    revocation = town.revocation()
    revocation.refresh(town.registered, AT)
    town.publisher.pages.clear()
    for hours, state in ((8, GOOD), (23, GOOD), (24, UNKNOWN), (48, UNKNOWN)):
        at = AT + hours * HOUR
        refreshed = revocation.refresh(town.registered, at)
        assert town.state(refreshed, at) is state
        assert refreshed.unknown == (0 if state is GOOD else 1)


def test_a_turn_ends_before_everybody_was_asked(town: Town) -> None:
    address = town.publisher.address
    leaves = [
        town.issuing.issue(f"p{n}@school.example", key="p256", crl_urls=[f"{address}/{n}"])
        for n in range(2, 14)
    ]
    registered = [each.certificate for each in leaves]
    revocation = town.revocation()
    first = revocation.refresh(registered, AT)
    assert first.more
    assert len(town.publisher.asked) == 8
    second = revocation.refresh(registered, AT)
    assert not second.more
    assert len(set(town.publisher.asked)) == len(town.publisher.asked) == 13


# --- what is not believed -----------------------------------------------------


def contents(town: Town) -> dict[str, bytes]:
    return {name: (town.folder / "kept" / name).read_bytes() for name in town.kept()}


def test_what_is_not_believed_does_not_replace_what_is(town: Town) -> None:
    revocation = town.revocation()
    revocation.refresh(town.registered, AT)
    before = contents(town)
    namesake = town.root.intermediate("Issuing", holder="namesake")
    wrong = {
        "junk": b"<html>",
        "nothing": b"",
        "by a namesake": namesake.crl(this_update=AT, next_update=AT + DAY),
        "by another": town.root.crl(this_update=AT, next_update=AT + DAY),
        "ended": town.issuing.crl(next_update=AT),
        "of tomorrow": town.issuing.crl(this_update=AT + 2 * DAY),
        "over SHA-1": town.issuing.crl(digest="sha1"),
    }
    del town.publisher.pages["/root.crl"]
    for name, content in wrong.items():
        town.publisher.put("/1.crl", content)
        refreshed = town.revocation().refresh(town.registered, AT + 7 * HOUR)
        assert Problem.NOT_BELIEVED in refreshed.failed, name
        assert town.state(refreshed, AT + 7 * HOUR) is GOOD, name
    assert contents(town) == before


def test_an_older_list_does_not_take_a_revocation_back(town: Town) -> None:
    newer = town.issuing.crl([town.leaf], this_update=AT, next_update=AT + DAY)
    older = town.issuing.crl(this_update=AT - HOUR, next_update=AT + 9 * DAY)
    revocation = town.revocation()
    town.publisher.put("/1.crl", newer)
    revocation.refresh(town.registered, AT)
    town.publisher.put("/1.crl", older)
    refreshed = revocation.refresh(town.registered, AT + 7 * HOUR)
    assert Problem.OLDER in refreshed.failed
    assert town.state(refreshed, AT + 7 * HOUR) is REVOKED


def test_an_authority_with_another_key_and_the_same_name(town: Town) -> None:
    """The issuer was replaced: its new lists say nothing of what the old one issued."""
    replaced = town.root.intermediate("Issuing", holder="replaced")
    town.publisher.put("/1.crl", replaced.crl())
    assert town.state(town.revocation().refresh(town.registered, AT)) is UNKNOWN


def test_answers_of_a_responder_that_are_not_believed(town: Town) -> None:
    del town.publisher.pages["/1.crl"]
    other = town.issuing.issue("piet@school.example", key="p256")
    for answer in (b"", town.issuing.ocsp(other), town.issuing.ocsp(town.leaf, digest="sha1")):
        town.publisher.respond("/ocsp", lambda _, answer=answer: answer)  # type: ignore[misc]  # a default binds it
        refreshed = town.revocation().refresh(town.registered, AT)
        assert refreshed.failed.count(Problem.NOT_BELIEVED) == 1
        assert town.state(refreshed) is UNKNOWN


def test_a_responder_that_does_not_know_the_certificate(town: Town) -> None:
    del town.publisher.pages["/1.crl"]
    town.publisher.respond("/ocsp", lambda _: town.issuing.ocsp(town.leaf, "unknown"))
    refreshed = town.revocation().refresh(town.registered, AT)
    assert (refreshed.unknown, town.state(refreshed)) == (1, UNKNOWN)


def test_the_second_address_where_the_first_has_nothing(town: Town) -> None:
    urls = [
        f"{town.publisher.address}/gone",
        "ldap:///o=Issuing",
        f"{town.publisher.address}/1.crl",
    ]
    leaf = town.issuing.issue(NOOR, key="p256", crl_urls=urls)
    refreshed = town.revocation().refresh([leaf.certificate], AT)
    assert refreshed.unknown == 0
    assert times_asked(town, "/gone") == times_asked(town, "/1.crl") == 1


def test_addresses_of_another_kind_are_no_failures(town: Town) -> None:
    leaf = town.issuing.issue(
        NOOR, key="p256", crl_urls=["ldap:///o=Issuing", "https://a.example/"]
    )
    refreshed = town.revocation().refresh([leaf.certificate], AT)
    assert (refreshed.fetched, refreshed.failed, refreshed.unknown) == (1, (), 1)


def test_more_addresses_than_are_asked(town: Town) -> None:
    urls = [f"{town.publisher.address}/gone{number}" for number in range(20)]
    leaf = town.issuing.issue(NOOR, key="p256", crl_urls=urls)
    town.revocation().refresh([leaf.certificate], AT)
    assert len([path for path in town.publisher.asked if path.startswith("/gone")]) == 8


def test_a_disk_that_takes_nothing(town: Town) -> None:
    (town.folder / "kept").write_text("no folder")
    refreshed = town.revocation().refresh(town.registered, AT)
    assert set(refreshed.failed) == {Problem.NOT_KEPT, Problem.REFUSED}
    assert town.state(refreshed) is UNKNOWN


# --- files --------------------------------------------------------------------


def test_files_alone(town: Town) -> None:
    crl, answer = town.folder / "root.crl", town.folder / "leaf.ocsp"
    crl.write_bytes(town.root.crl())
    answer.write_bytes(town.issuing.ocsp(town.leaf))
    town.crl_files, town.ocsp_files = (crl,), (answer,)
    revocation = town.revocation(fetching=False)
    assert town.state(revocation.refresh(town.registered, AT)) is GOOD
    assert town.publisher.asked == []
    answer.write_bytes(town.issuing.ocsp(town.leaf, "revoked"))
    assert town.state(revocation.refresh(town.registered, AT)) is REVOKED
    crl.write_bytes(b"junk")
    answer.unlink()
    refreshed = revocation.refresh(town.registered, AT)
    assert refreshed.unreadable == (str(crl), str(answer))
    assert town.state(refreshed) is UNKNOWN


def test_a_file_that_is_too_long(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    import gateway.adapters.revocation_files as module

    crl = town.folder / "root.crl"
    crl.write_bytes(town.root.crl())
    town.crl_files = (crl,)
    revocation = town.revocation(fetching=False)
    assert revocation.refresh(town.registered, AT).unreadable == ()
    roots = len(town.root.pem)
    monkeypatch.setattr(module, "MOST_BYTES", max(roots, len(town.issuing.pem)))
    crl.write_bytes(town.root.crl(range(1, 200)))
    assert revocation.refresh(town.registered, AT).unreadable == (str(crl),)


def test_roots_that_cannot_be_read(town: Town) -> None:
    revocation = town.revocation()
    (town.folder / "roots.pem").write_bytes(b"junk")
    with pytest.raises(TrustFileError, match="no certificates"):
        revocation.refresh(town.registered, AT)
    (town.folder / "roots.pem").unlink()
    with pytest.raises(TrustFileError, match="No such file"):
        revocation.refresh(town.registered, AT)


def test_roots_are_read_anew(town: Town) -> None:
    revocation = town.revocation()
    assert revocation.refresh(town.registered, AT).untrusted == 0
    (town.folder / "roots.pem").write_bytes(Authority.make("Other").pem)
    refreshed = revocation.refresh(town.registered, AT)
    assert refreshed.untrusted == 1
    assert town.state(refreshed) is TrustState.UNTRUSTED


def test_who_is_expired_waits_for_nothing(town: Town) -> None:
    old = town.issuing.issue(NOOR, key="p256", not_after=START + DAY)
    refreshed = town.revocation().refresh([old.certificate], AT)
    assert (refreshed.unknown, refreshed.untrusted, town.publisher.asked) == (0, 0, [])


def test_more_than_openers_are_given(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    import gateway.adapters.revocation as module

    monkeypatch.setattr(module, "MOST_MATERIAL", len(town.publisher.pages["/1.crl"]) + 10)  # type: ignore[arg-type]  # bytes here
    refreshed = town.revocation().refresh(town.registered, AT)
    assert Problem.TOO_LARGE in refreshed.failed
    assert len(refreshed.material.crls) == 1
    assert town.state(refreshed) is UNKNOWN
