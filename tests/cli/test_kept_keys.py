"""A gateway whose secret key GnuPG keeps: what `init` and `doctor` say, and what they refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway.adapters.certificates import describe_certificate, generate_gateway_key
from tests import world
from tests.installations import ADDRESS, Installation, secret
from tests.servers.gnupg_agent import AgentHome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Too long to stand in a fingerprint or in the name of a folder.
PIN = b"pincode-van-de-proef"


@pytest.fixture
def kept(installation: Installation) -> Iterator[AgentHome]:
    """The installation's own key, in an agent; its file is gone."""
    file = installation.state / "gateway.sec"
    with AgentHome() as home:
        home.take(file.read_bytes(), (installation.state / "gateway.asc").read_bytes())
        file.unlink()
        pin = installation.folder / "pin"
        secret(pin, PIN + b"\n")
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
    assert PIN.decode() not in text


def test_a_key_that_gnupg_made_takes_over_and_the_one_before_still_opens(
    installation: Installation, kept: AgentHome
) -> None:
    """Its certificate in the settings, the old one beside it; then `rotate` says which signs."""
    old = json.loads(installation.run("key", "show", "--json").stdout)["fingerprint"]
    secret_key, certificate = generate_gateway_key(f"Poort <{ADDRESS}>")
    kept.take(secret_key, certificate)
    new = describe_certificate(certificate).fingerprint
    before, after = installation.state / "gateway.asc", installation.state / "new.asc"
    after.write_bytes(certificate)
    named = f'public_key_file = "{before}"'
    older = f'public_key_file = "{after}"\nolder_public_key_files = ["{before}"]'
    installation.change(named, older)
    refused = installation.run("doctor", "--json")
    wrong = {each["part"]: each["text"] for each in json.loads(refused.stdout) if not each["good"]}
    assert "not the key in use" in wrong["older keys"]
    done = installation.run("key", "rotate", "--to", new, "--by", world.BY, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["current"]["fingerprint"] == new
    listed = json.loads(installation.run("key", "list", "--json").stdout)
    assert [(each["fingerprint"], each["state"]) for each in listed] == [
        (new, "current"),
        (old, "older"),
    ]
    told = json.loads(installation.run("doctor", "--json").stdout)
    good = {each["part"]: each["good"] for each in told}
    assert (good["older keys"], good["opening processes"]) == (True, True)


@pytest.mark.parametrize("command", ["make", "prune"])
def test_what_only_gnupg_can_do_is_left_to_it(
    installation: Installation, kept: AgentHome, command: str
) -> None:
    refused = installation.run("key", command, "--by", world.BY)
    assert refused.exit_code == 1
    assert "GnuPG makes and keeps" in refused.stderr
