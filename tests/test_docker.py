"""What can be known of the containers without an engine: files, hardening, nothing secret inside.

The images are not built here; what is tested of the servers' configuration is
tested by starting it (tests/servers).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, arguments) with continued lines joined and comments gone."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest) for word, _, rest in (s.partition(" ") for s in joined.split("\n") if s)]


def stages() -> dict[str, list[tuple[str, str]]]:
    """The instructions of each build stage, by its name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for word, rest in instructions(DOCKERFILE):
        if word == "FROM":
            found[rest.rpartition(" AS ")[2]] = []
        found[list(found)[-1]].append((word, rest))
    return found


# --- the images -----------------------------------------------------------------


def test_base_images_are_named_by_release_and_never_by_latest() -> None:
    bases = [rest.split(" AS ")[0] for word, rest in instructions(DOCKERFILE) if word == "FROM"]
    assert set(bases) == {"python:3.11-slim-bookworm", "debian:bookworm-slim"}
    assert SERVICES["postgres"]["image"] == "postgres:15-bookworm"


def test_the_gateway_runs_as_an_ordinary_user_whose_number_is_known() -> None:
    words = stages()["gateway"]
    (user,) = [rest for word, rest in words if word == "USER"]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    last_root = max(i for i, (word, _) in enumerate(words) if word in {"RUN", "COPY"})
    assert last_root < words.index(("USER", user))


def test_nothing_comes_from_an_address_and_no_package_without_its_hash() -> None:
    words = instructions(DOCKERFILE)
    assert "ADD" not in {word for word, _ in words}
    assert not re.search(r"https?://|curl|wget|git clone", DOCKERFILE)
    for _, rest in words:
        for command in re.findall(r"pip install[^&]*", rest):
            assert "--require-hashes" in command or "--no-index" in command


def test_no_secret_is_built_in() -> None:
    for word, rest in instructions(DOCKERFILE):
        assert word not in {"ARG"}
        if word == "ENV":
            assert not re.search(r"(?i)password|secret|key|token", rest)
        if word == "COPY":
            assert not re.search(r"(?i)secrets|keys/|\.key|\s\.\s|^\.\s", rest)


def test_everything_that_is_copied_exists_and_reaches_the_builder() -> None:
    """.dockerignore lets through what is named and nothing else."""
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = {line[1:] for line in ignore if line.startswith("!")}
    assert "*" in ignore
    for word, rest in stages()["build"]:
        if word == "COPY":
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists()
                assert source in let_through


def test_only_the_gateway_stage_carries_the_gateway_and_none_carries_the_builder() -> None:
    copies = {name: [r for w, r in words if w == "COPY"] for name, words in stages().items()}
    assert copies["gateway"] == ["--from=build /opt/taalpoort /opt/taalpoort"]
    assert copies["postfix"] == copies["dovecot"] == []


def test_each_image_can_be_asked_for_its_health() -> None:
    for name in ("gateway", "postfix", "dovecot"):
        assert "HEALTHCHECK" in {word for word, _ in stages()[name]}
    assert 'CMD ["gateway", "doctor", "--quick"]' in DOCKERFILE
    assert SERVICES["postgres"]["healthcheck"]["test"][0] == "CMD"


# --- the compose file -------------------------------------------------------------


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["pids_limit"] <= 256
    assert not service.keys() & {"privileged", "network_mode", "pid", "ipc", "devices", "env_file"}


def test_gateway_and_database_get_no_capability_back() -> None:
    assert "cap_add" not in SERVICES["gateway"]
    assert "cap_add" not in SERVICES["postgres"]
    assert SERVICES["postgres"]["user"] == "999:999"
    assert set(SERVICES) == {"gateway", "postfix", "dovecot", "postgres"}


@pytest.mark.parametrize("name", SERVICES)
def test_each_mounted_file_exists_and_is_read_only(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source, _, target = mount.partition(":")
        if source.startswith("."):
            assert (DOCKER / source).is_file(), source
            assert target.endswith(":ro")
        else:
            assert source in COMPOSE["volumes"]


def test_every_file_of_the_servers_configuration_is_mounted() -> None:
    """A file that the tests start and the container does not would be tested for nothing."""
    mounted = {m.split(":")[0] for s in SERVICES.values() for m in s.get("volumes", [])}
    shipped = {
        f"./{file.relative_to(DOCKER)}"
        for folder in ("postfix", "dovecot", "postgres")
        for file in (DOCKER / folder).iterdir()
    }
    assert shipped
    assert shipped <= mounted


def test_secrets_are_files_that_git_ignores_and_each_is_used() -> None:
    used = {
        secret if isinstance(secret, str) else secret["source"]
        for service in SERVICES.values()
        for secret in service["secrets"]
    }
    assert used == set(COMPOSE["secrets"])
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
    assert "/docker/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_no_password_stands_in_an_environment_variable() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert name.endswith("_FILE") or not re.search(r"(?i)password|secret|key", name + value)


def test_only_postfix_meets_the_outside_world() -> None:
    networks = COMPOSE["networks"]
    outside = {n for n, options in networks.items() if not (options or {}).get("internal")}
    assert outside == {"outside"}
    assert [n for n, s in SERVICES.items() if "outside" in s["networks"]] == ["postfix"]
    assert [n for n, s in SERVICES.items() if "ports" in s] == ["postfix"]


def test_only_the_gateway_reaches_the_database_and_only_the_servers_the_password_port() -> None:
    on: dict[str, set[str]] = {network: set() for network in COMPOSE["networks"]}
    for name, service in SERVICES.items():
        for network in service["networks"]:
            on[network].add(name)
    assert on["data"] == {"gateway", "postgres"}
    assert on["mail-auth"] == {"postfix", "dovecot"}
    assert on["mail"] == {"gateway", "postfix", "dovecot"}


def test_the_servers_find_their_files_where_the_containers_put_them() -> None:
    """Paths inside the configuration against the targets of mounts and secrets."""
    targets = {
        name: {m.split(":")[1] for m in service["volumes"]}
        | {s["target"] for s in service["secrets"] if isinstance(s, dict)}
        for name, service in SERVICES.items()
    }
    for name, file in (("postfix", "postfix/main.cf"), ("dovecot", "dovecot/dovecot.conf")):
        text = re.sub(r"(?m)^\s*#.*$", "", (DOCKER / file).read_text(encoding="utf-8"))
        for path in re.findall(r"/etc/(?:mail-tls|dovecot|postfix)/[\w./-]+", text):
            assert path in targets[name], path
        for table in re.findall(r"texthash:\$config_directory/(\w+)", text):
            assert f"/etc/postfix/{table}" in targets[name]
    assert "smtpd_sasl_path = inet:dovecot:12345" in (DOCKER / "postfix/main.cf").read_text()
