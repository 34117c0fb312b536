"""Settings of the collector: TLS only, secrets in their own file, and faults by their setting."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from gateway.adapters.vault import Vault
from gateway.config import ConfigError
from gateway.config.outward import ApiSection, ApiTokenSection, OtlpSection
from gateway.wiring.export import _headers, record_export

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "https://collector.gemeente.example:4318/v1/traces"


def secret(folder: Path, content: str, mode: int = 0o600) -> str:
    file = folder / "headers"
    file.touch(mode=mode)
    file.chmod(mode)
    file.write_text(content)
    return str(file)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://collector.gemeente.example/v1/traces",
        "https://",
        "https:///v1/traces",
        "https://user:geheim@collector.gemeente.example/",
        "https://collector.gemeente.example/v1/traces?sleutel=geheim",
        "collector.gemeente.example",
        "HTTPS://collector.gemeente.example",
    ],
)
def test_nothing_but_https_without_secrets_in_the_address(endpoint: str) -> None:
    with pytest.raises(ValidationError):
        OtlpSection(endpoint=endpoint)
    assert OtlpSection(endpoint=GOOD).batch == 500


def test_headers_are_lines_of_a_secret_file(tmp_path: Path) -> None:
    file = secret(
        tmp_path, "Authorization: Bearer abc def\n\nX-Gemeente:  0518 \n".replace(" \n", "\n")
    )
    assert _headers(file) == {"Authorization": "Bearer abc def", "X-Gemeente": "0518"}
    assert _headers(None) == {}


@pytest.mark.parametrize(
    "content",
    ["Authorization", "Author ization: x", ": x", "Sleutel:", "Naam: gehéim", "A: b\x00c"],
)
def test_what_is_no_header_is_refused_without_repeating_it(tmp_path: Path, content: str) -> None:
    with pytest.raises(ConfigError) as refused:
        _headers(secret(tmp_path, content))
    assert "otlp.headers_file" in str(refused.value)
    assert content not in str(refused.value)


def test_a_file_of_headers_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can be read by others"):
        _headers(secret(tmp_path, "A: b", 0o644))


def test_authorities_that_are_none_are_named(tmp_path: Path) -> None:
    config: Any = SimpleNamespace(otlp=OtlpSection(endpoint=GOOD, ca_file=tmp_path / "none.pem"))
    database: Any = None
    with (
        pytest.raises(ConfigError, match=r"otlp\.ca_file"),
        record_export(config, database, Vault(bytes(range(32)))),
    ):
        raise AssertionError


def test_two_tokens_need_names_and_secrets_of_their_own() -> None:
    one = ApiTokenSection(name="a", sha256="ab" * 32, scopes=("log:read",))
    for other in (
        one.model_copy(update={"name": "b"}),
        one.model_copy(update={"sha256": "cd" * 32}),
    ):
        with pytest.raises(ValidationError, match="twice"):
            ApiSection(token=(one, other))
