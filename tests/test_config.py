"""The configuration: what is unknown, missing or readable by others is refused by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway import config
from gateway.config import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

LEAST = """
[gateway]
address = "taalpoort@gemeente.example"
municipality = "Gemeente Voorbeeld"
contact = "functioneel-beheer@gemeente.example"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The least that is a configuration."""
    written = tmp_path / "gateway.toml"
    written.write_text(LEAST)
    return written


def refusal(file: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        config.load(file)
    return str(refused.value)


def test_the_least_is_enough_to_look_at(file: Path) -> None:
    assert config.load(file).gateway.municipality == "Gemeente Voorbeeld"


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ("[gatway]\n", "gatway"),
        ("[relay]\nhost = 'h'\nsekurity = 'none'\n", "relay.sekurity"),
        ("[relay]\nhost = 'h'\nsecurity = 'none'\n", "relay.security"),
        ("[relay]\n", "relay.host"),
        ("[relay]\nhost = 'h'\nconnections = 5\n", "relay.connections"),
        ("[[mailbox]]\nkind = 'pop3'\n", "mailbox.0"),
        ("[[mailbox]]\nkind = 'imap'\nhost = 'h'\nuser = 'u'\n", "password_file"),
        ("[keys]\nengine = 'other'\npublic_key_file = 'f'\n", "keys.engine"),
    ],
)
def test_what_is_unknown_missing_or_wrong_is_named(file: Path, lines: str, named: str) -> None:
    file.write_text(LEAST + lines)
    assert named in refusal(file)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('gnupg_home = "/g"', 'gnupg_home goes with engine = "gnupg"'),
        ('engine = "gnupg"\ngnupg_home = "g"', "not an absolute path"),
        ('engine = "gnupg"\ngnupg_home = "/g"\nsecret_key_file = "/s"', "give either"),
        ('engine = "gnupg"\npin_file = "/p"', "go with gnupg_home"),
        ('engine = "gnupg"\nolder_public_key_files = ["/p"]', "go with gnupg_home"),
    ],
)
def test_the_secret_key_is_in_one_place(file: Path, lines: str, said: str) -> None:
    file.write_text(f'{file.read_text()}\n[keys]\npublic_key_file = "/a"\n{lines}\n')
    assert said in refusal(file)


def test_a_value_that_is_refused_is_not_repeated(file: Path) -> None:
    file.write_text(LEAST + "[relay]\nhost = 'h'\nport = 'my password by mistake'\n")
    assert "relay.port" in refusal(file)
    assert "mistake" not in refusal(file)


@pytest.mark.parametrize("address", ["", "no address", "a@b", "a@b.example\\nBcc: c@d.example"])
def test_an_address_is_one_address(file: Path, address: str) -> None:
    file.write_text(LEAST.replace("taalpoort@gemeente.example", address))
    assert "gateway.address" in refusal(file)


def test_what_is_not_toml_is_refused(file: Path) -> None:
    file.write_text("[gateway\n")
    assert str(file) in refusal(file)


def test_the_environment_comes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAALPOORT_GATEWAY__MUNICIPALITY", "Gemeente Elders")
    monkeypatch.setenv("TAALPOORT_CONFIG", str(file))
    monkeypatch.setenv("TAALPOORT_OPERATOR", "Jan")
    assert config.load().gateway.municipality == "Gemeente Elders"


@pytest.mark.parametrize("name", ["TAALPOORT_GATWAY__ADDRESS", "TAALPOORT_PASSWORD"])
def test_an_unknown_setting_in_the_environment_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "x")
    assert name in refusal(file)


def test_without_a_file_the_places_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAALPOORT_CONFIG", "elsewhere.toml")
    with pytest.raises(ConfigError, match=r"elsewhere\.toml"):
        config.load()


# --- secrets ------------------------------------------------------------------


def secret(folder: Path, mode: int, content: str = "geheim\n") -> Path:
    made = folder / "password"
    made.write_text(content)
    made.chmod(mode)
    return made


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_secret_of_its_owner_alone_is_read(tmp_path: Path, mode: int) -> None:
    assert config.read_password("relay.password_file", str(secret(tmp_path, mode))) == "geheim"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610, 0o777])
def test_a_secret_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigError, match=r"relay\.password_file: .* chmod 600") as refused:
        config.read_password("relay.password_file", str(secret(tmp_path, mode)))
    assert "geheim" not in str(refused.value)


def test_an_empty_or_missing_secret_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"relay\.password_file: .* is empty"):
        config.read_password("relay.password_file", str(secret(tmp_path, 0o600, "\n")))
    with pytest.raises(ConfigError, match=r"relay\.password_file: .*none"):
        config.read_password("relay.password_file", str(tmp_path / "none"))


@pytest.mark.parametrize("mode", [0o400, 0o440])
def test_a_credential_of_systemd_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    """Later systemd lets the service in by an access list, shown as a right of the group."""
    secret(tmp_path, mode)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert config.read_password("relay.password_file", "credential:password") == "geheim"


@pytest.mark.parametrize("mode", [0o444, 0o460])
def test_a_credential_that_others_can_reach_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    secret(tmp_path, mode)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(ConfigError, match="can be read by others"):
        config.read_password("relay.password_file", "credential:password")


def test_a_credential_without_systemd_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ConfigError, match=r"keys\.master_key_file: .*there are none"):
        config.secret_path("keys.master_key_file", "credential:master-key")
