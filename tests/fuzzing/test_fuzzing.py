"""No parser of ours falls over what is kept here, nor over what has the right structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing import ber, cms, structures
from tests.fuzzing.__main__ import main
from tests.fuzzing.registry import FOUND, targets

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = {each.name: each for each in targets()}
KEPT = [(each.name, file) for each in targets() for file in each.found()]
STRUCTURES = {
    "mail": structures.entities(),
    "inner": structures.entities(),
    "no-report": structures.entities(),
    "headers": st.lists(structures.fields(), max_size=6).map(b"".join),
    "signed": structures.messages(),
    "packets": structures.messages(),
    "container": structures.messages(),
    "json": structures.json_texts(),
    "document": structures.json_texts(),
    "frame": structures.frames(),
    "cms-signature": st.deferred(lambda: ber.altered(cms.signed_messages())),
    "cms": st.deferred(lambda: ber.altered(cms.sealed_messages())),
    "cms-inside": st.deferred(lambda: ber.altered(cms.signed_messages())),
}
thorough = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_what_is_kept_belongs_to_a_target() -> None:
    assert {folder.name for folder in FOUND.iterdir()} <= set(KNOWN)
    assert len(KEPT) >= 4


@pytest.mark.parametrize(("name", "file"), KEPT, ids=lambda each: getattr(each, "name", each))
def test_what_was_found_once_is_borne(name: str, file: Path) -> None:
    KNOWN[name].attempt(file.read_bytes())


@pytest.mark.parametrize("name", KNOWN)
def test_each_target_bears_what_it_begins_from(name: str) -> None:
    """And every seed cut short, and with one byte changed, here and there."""
    for seed in KNOWN[name].seeds():
        KNOWN[name].attempt(seed)
        step = max(1, len(seed) // 4)
        for at in range(0, len(seed), step):
            KNOWN[name].attempt(seed[:at])
            KNOWN[name].attempt(seed[:at] + bytes((seed[at] ^ 0x20,)) + seed[at + 1 :])


@pytest.mark.parametrize("name", STRUCTURES)
def test_no_parser_falls_over_what_has_the_right_structure(name: str) -> None:
    @thorough
    @given(STRUCTURES[name])
    def bears(data: bytes) -> None:
        KNOWN[name].attempt(data)

    bears()


def test_the_command_names_its_targets(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["nothing-of-this-name"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert all(name in told for name in KNOWN)


def test_der_is_written_as_it_was_read() -> None:
    """Or what is altered would be refused for its lengths alone."""
    for message in (*cms.signed_messages(), *cms.sealed_messages()):
        assert ber.written(ber.tree(message)) == message


def test_where_there_is_no_atheris_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert main([]) == 2
    assert "atheris" in capsys.readouterr().err
