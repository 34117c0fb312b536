"""A gateway whose secret key GnuPG keeps: what `init` and `doctor` say, and what they refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.installations import Installation, secret
from tests.servers.gnupg_agent import AgentHome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def kept(installation: Installation) -> Iterator[AgentHome]:
    """The installation's own key, in an agent; its file is gone."""
    file = installation.state / "gateway.sec"
    with AgentHome() as home:
        home.take(file.read_bytes(), (installation.state / "gateway.asc").read_bytes())
        file.unlink()
        pin = installation.folder / "pin"
        secret(pin, b"1234\n")
        lines = f'engine = "gnupg"\ngnupg_home = "{home.path}"\npin_file = "{pin}"'
        installation.change(f'secret_key_file = "{file}"', lines)
        yield home


def key_as_told(installation: Installation) -> tuple[bool, str]:
    told = json.loads(installation.run("doctor", "--quick", "--json").stdout)
    (found,) = [each for each in told if each["part"] == "gateway key"]
    return found["good"], found["text"]


def test_doctor_says_where_the_key_is(installation: Installation, kept: AgentHome) -> None:
    good, said = key_as_told(installation)
    assert good
    assert f"in the agent of {kept.path}, " in said
    assert said.endswith("days left")


def test_init_keeps_what_gnupg_keeps(installation: Installation, kept: AgentHome) -> None:
    """And makes no key beside it."""
    done = installation.run("init", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["gateway key"].endswith(f", in the agent of {kept.path}")
    assert not (installation.state / "gateway.sec").exists()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda i, k: k.path.chmod(0o750), "can be read by others; chmod 700 it"),
        (lambda i, k: i.change(f'gnupg_home = "{k.path}"', 'gnupg_home = "/nergens"'), "/nergens:"),
        (lambda i, k: i.change(str(k.path), str(i.file)), "is no folder"),
        (lambda i, _: (i.folder / "pin").chmod(0o644), "keys.pin_file: "),
        (lambda i, _: secret(i.folder / "pin", b"1" * 128), "longer than 127 bytes"),
        (lambda i, _: (i.folder / "pin").unlink(), "keys.pin_file: "),
        (lambda _, k: k.forget(), "gpg-agent does not have the secret key of a certificate"),
    ],
    ids=["mode", "missing", "file", "open", "long", "no-pin", "no-key"],
)
def test_what_is_wrong_is_named(
    installation: Installation,
    kept: AgentHome,
    spoil: Callable[[Installation, AgentHome], object],
    said: str,
) -> None:
    spoil(installation, kept)
    good, text = key_as_told(installation)
    assert not good
    assert said in text
    assert "1234" not in text
