"""Configuration: one TOML file, overridden by environment; secrets in files of their own.

``TAALPOORT_DATABASE__URL`` overrides ``[database] url``.  A secret is named by
the path of the file it is in; ``credential:NAME`` means the systemd credential
of that name.  Unknown settings, missing parts and readable secrets are refused,
each by name.
"""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from gateway.config.breaches import BreachesSection
from gateway.config.erasure import ErasureSection
from gateway.config.keys import KeysSection
from gateway.config.letters import LettersSection
from gateway.config.outward import ApiSection, OtlpSection
from gateway.config.section import Section as _Section
from gateway.config.smime import SmimeSection

PREFIX = "TAALPOORT_"
PLACES = (Path("gateway.toml"), Path("/etc/taalpoort/gateway.toml"))

Address = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
        max_length=254,
    ),
]
Security = Literal["implicit", "starttls"]
RegisterBase = Annotated[
    str, StringConstraints(pattern=r"^https?://[^\s?#]*[^\s?#/]$", max_length=400)
]


class ConfigError(Exception):
    """The gateway cannot start; the message names the setting or file and what is wrong."""


class GatewaySection(_Section):
    """Who this gateway is."""

    address: Address
    aliases: tuple[Address, ...] = Field(
        default=(), description="other addresses at which mail reaches this gateway"
    )
    name: str = "Uitwisselpunt inburgering"
    municipality: str
    contact: str = Field(description="whom people can call or write when something is wrong")
    data_protection_officer: str | None = Field(
        default=None, min_length=1, description="name and contact of the FG (art. 37 AVG)"
    )
    instance: str = Field(default_factory=socket.gethostname, min_length=1, max_length=60)
    state_dir: Path = Path("/var/lib/taalpoort")


class DatabaseSection(_Section):
    """Where everything is kept; the password of PostgreSQL stands in a file."""

    url: str
    password_file: str | None = None


class ImapSection(_Section):
    """A mailbox on an IMAP server, over TLS only."""

    kind: Literal["imap"]
    host: str
    port: int = Field(default=993, ge=1, le=65535)
    security: Security = "implicit"
    user: str
    password_file: str
    folder: str = "INBOX"
    processed_folder: str = "Verwerkt"
    oversize_folder: str = "Te groot"
    ca_file: Path | None = None
    max_mail_mb: int = Field(default=36, ge=1, le=100)


class MaildirSection(_Section):
    """A mailbox as a Maildir folder on this machine."""

    kind: Literal["maildir"]
    path: Path
    max_mail_mb: int = Field(default=36, ge=1, le=100)


class RelaySection(_Section):
    """The mail server that takes our mail, over TLS only."""

    host: str
    port: int = Field(default=465, ge=1, le=65535)
    security: Security = "implicit"
    user: str | None = None
    password_file: str | None = None
    ca_file: Path | None = None
    connections: int = Field(default=2, ge=1, le=4)
    timeout_seconds: float = Field(default=60, gt=0, le=600)


class PolicySection(_Section):
    """The decision table that ``gateway init`` puts in force where none is yet.

    The one that comes with the gateway unless a file is named.  From then on a
    table comes into force by two people only (``gateway policy activate``).
    """

    file: Path | None = None


class ConsentSection(_Section):
    """The catalogue of consent forms; the one that comes with the gateway unless a file is named.

    The forms' texts lie in the catalogue's folder, or below it.  `contact` is whom
    an inburgeraar calls or writes; the gateway's contact where it is not set.
    """

    forms: Path | None = None
    contact: str | None = None


class TimestampSection(_Section):
    """Who says when they saw the log (RFC 3161): every so many hours, over HTTPS.

    `ca_file` holds the roots of the authority's timestamps, `tls_ca_file` those of its
    server where the system does not know them.
    """

    url: Annotated[str, StringConstraints(pattern=r"^https://[^\s?#@]+$", max_length=400)]
    ca_file: Path
    tls_ca_file: Path | None = None
    hours: float = Field(default=24, ge=1, le=24 * 31)
    timeout_seconds: float = Field(default=20, gt=0, le=120)


class WitnessSection(_Section):
    """Whose cosignatures under our checkpoints count: a verifier key (C2SP signed-note)."""

    vkey: str


class LogSection(_Section):
    """The processing log: its place in the register of art. 30 AVG, and its name.

    `origin` is the name that partners know the log by (C2SP tlog-checkpoint), without
    a scheme; the domain of the gateway's address and ``/taalpoort`` unless set.  It
    cannot change once the log has begun.
    An activity's id is `register`, its key and its version.  The activities are those
    that come with the gateway unless a file is named.
    """

    origin: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]{1,200}$")] | None = None
    # A class of pydantic has a `register` of its own.
    register_: RegisterBase = Field(
        default="https://register.gemeente.example/verwerkingen", alias="register"
    )
    activities: Path | None = None
    timestamp: TimestampSection | None = None
    witness: tuple[WitnessSection, ...] = ()


class SiemSection(_Section):
    """Where deeds go as they happen: a receiver over TLS, or a file that a shipper reads."""

    host: str | None = None
    port: int = Field(default=6514, ge=1, le=65535)
    ca_file: Path | None = None
    client_certificate_file: Path | None = None
    client_key_file: str | None = None
    timeout_seconds: float = Field(default=10, gt=0, le=60)
    file: Path | None = None
    format: Literal["rfc5424", "ecs"] = "rfc5424"
    sd_id: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9._-]*@[0-9]+(\.[0-9]+)*$", max_length=32),
    ] = "taalpoort@32473"

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.host is None) == (self.file is None):
            raise ValueError("give either host or file")
        if (self.client_certificate_file is None) != (self.client_key_file is None):
            raise ValueError("client_certificate_file and client_key_file go together")
        return self


class RunSection(_Section):
    """How hard and how long the gateway tries."""

    batch: int = Field(default=32, ge=1, le=200)
    poll_seconds: float = Field(default=1.0, gt=0, le=60)
    max_attempts: int = Field(default=20, ge=1, le=1000)
    stop_seconds: float = Field(default=25, gt=0, le=600)
    walk_again_seconds: float = Field(
        default=10.0,
        gt=0,
        le=3600,
        description="how often held mail looks whether what it waits for has changed",
    )
    remind_seconds: float = Field(
        default=600.0,
        gt=0,
        le=86400,
        description="how often it looks whether somebody has to be reminded of something",
    )
    help_working_days: int = Field(
        default=5, ge=1, le=20, description="how soon parties answer each other (convenant 12.7)"
    )
    when_provider_ends: Literal["return", "removal", "nothing"] = Field(
        default="return", description="what a provider is asked whose part ends (convenant 12.11)"
    )
    keep_days: int = Field(
        default=14, ge=1, le=365, description="how long a mail is kept after it was done with"
    )


class SenderSection(_Section):
    """A contact who sends from this machine with ``gateway send``.

    With a `certificate_file` (PEM, then its intermediates) it is S/MIME that they use.
    """

    id: str
    address: Address
    name: str = ""
    secret_key_file: str
    certificate_file: Path | None = None


class Config(BaseSettings):
    """The whole configuration."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    gateway: GatewaySection
    database: DatabaseSection | None = None
    keys: KeysSection | None = None
    smime: SmimeSection | None = None
    mailbox: tuple[Annotated[ImapSection | MaildirSection, Field(discriminator="kind")], ...] = ()
    relay: RelaySection | None = None
    policy: PolicySection = PolicySection()
    consent: ConsentSection = ConsentSection()
    letters: LettersSection = LettersSection()
    breaches: BreachesSection = BreachesSection()
    log: LogSection = LogSection()
    siem: SiemSection | None = None
    otlp: OtlpSection | None = None
    api: ApiSection | None = None
    run: RunSection = RunSection()
    erasure: ErasureSection = ErasureSection()
    sender: tuple[SenderSection, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment before file; no dotenv, no secrets directory, no keyword arguments."""
        return (env_settings, TomlConfigSettingsSource(settings_cls, _chosen))


_chosen: Path | None = None


def load(file: Path | None = None) -> Config:
    """Read and check; raises `ConfigError` naming what is unknown, missing or wrong."""
    global _chosen  # noqa: PLW0603 - pydantic-settings asks for its sources on the class
    path = file or _from_environment()
    _refuse_unknown_environment()
    _chosen = path
    problem = ""
    try:
        return Config()
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
            for detail in error.errors(include_input=False, include_url=False)
        ]
        problem = "; ".join(lines)
    except (OSError, ValueError) as error:
        problem = type(error).__name__
    finally:
        _chosen = None
    raise ConfigError(f"{path}: {problem}")


def _from_environment() -> Path:
    named = os.environ.get(f"{PREFIX}CONFIG")
    places = (Path(named),) if named else PLACES
    for place in places:
        if place.is_file():
            return place
    raise ConfigError(f"no configuration file at {', '.join(str(place) for place in places)}")


def _refuse_unknown_environment() -> None:
    known = {f"{PREFIX}{name}".upper() for name in Config.model_fields} | {
        f"{PREFIX}CONFIG",
        f"{PREFIX}OPERATOR",
    }
    for name in os.environ:
        if name.startswith(PREFIX) and name.split("__")[0] not in known:
            raise ConfigError(f"{name}: unknown setting in the environment")


def read_secret(setting: str, named: str) -> bytes:
    """The content of a secret's file; refuses a file that others on this machine can read."""
    path = secret_path(setting, named)
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{setting}: {path}: {error.strerror}") from None
    if mode & _closed_to(named):
        raise ConfigError(f"{setting}: {path} can be read by others; chmod 600 it")
    if not content.strip():
        raise ConfigError(f"{setting}: {path} is empty")
    return content


def _closed_to(named: str) -> int:
    # systemd lets the service's user in by an access list, which `stat` shows as a right of
    # the group; the folder of credentials is open to that user alone.
    others = stat.S_IRWXG | stat.S_IRWXO
    return others & ~stat.S_IRGRP if is_credential(named) else others


def is_credential(named: str) -> bool:
    """Whether a secret comes from systemd."""
    return named.startswith("credential:")


def secret_path(setting: str, named: str) -> Path:
    """Where a secret lies: a path, or a systemd credential (systemd.exec(5), Credentials)."""
    if not is_credential(named):
        return Path(named)
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is None:
        raise ConfigError(f"{setting}: names a systemd credential, but there are none")
    return Path(folder) / named.removeprefix("credential:")


def read_password(setting: str, named: str) -> str:
    """A password: the first line of its file."""
    first = read_secret(setting, named).splitlines()[0]
    try:
        password = first.decode("utf-8")
    except UnicodeDecodeError:
        password = ""
    if not password.strip():
        raise ConfigError(f"{setting}: the first line of {secret_path(setting, named)} is no text")
    return password
