"""The parts that several commands need, each made in one function."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from gateway import resources
from gateway.adapters.channel import Security
from gateway.adapters.database import Database, with_password
from gateway.adapters.imap import ImapMailbox, ImapSettings
from gateway.adapters.letters import LetterSettings, LetterWriter
from gateway.adapters.maildir import MaildirMailbox, MaildirSettings
from gateway.adapters.smtp import SmtpRelay, SmtpSettings
from gateway.adapters.theme import PLAIN, Theme, ThemeError, read_theme
from gateway.adapters.typeset import UnprintableError, try_out
from gateway.adapters.vault import MasterKeyError, Vault
from gateway.adapters.workers import Limits, WorkerPool
from gateway.config import (
    ConfigError,
    ImapSection,
    MaildirSection,
    is_credential,
    read_password,
    secret_path,
)
from gateway.domain.consent_forms import Forms, FormsError
from gateway.wiring.errors import NotReadyError
from gateway.wiring.texts import texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.adapters.gateway_secrets import GatewaySecrets
    from gateway.adapters.log_state import KnownLog
    from gateway.config import Config
    from gateway.config.keys import KeysSection
    from gateway.ports import Mailbox

MEGABYTE = 1024 * 1024
_Section = TypeVar("_Section")


def needed(section: _Section | None, name: str) -> _Section:
    """A section this command cannot do without; raises `ConfigError` naming it."""
    if section is None:
        raise ConfigError(f"{name}: this section is missing")
    return section


def first_policy(config: Config) -> str:
    """The text of the table that comes into force where none is yet; raises OSError."""
    file = config.policy.file
    return file.read_text(encoding="utf-8") if file else resources.policy_text()


def forms(config: Config) -> Forms:
    """The catalogue of consent forms, each text compared with its digest; `NotReadyError`."""
    file = config.consent.forms or resources.forms_file()
    folder = file.resolve().parent
    problem = ""
    try:
        return Forms(file.read_text(encoding="utf-8"), lambda name: _inside(folder, name))
    except FormsError as error:
        problem = str(error)
    except OSError as error:
        problem = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        problem = "not UTF-8"
    raise NotReadyError(f"consent.forms: {file}: {problem}")


def _inside(folder: Path, name: str) -> bytes:
    found = (folder / name).resolve()
    if not found.is_relative_to(folder):
        raise FormsError(f"{name} lies outside the catalogue's folder")
    return found.read_bytes()


def database(config: Config) -> Database:
    """The database by its URL, with the password from its own file."""
    section = needed(config.database, "database")
    try:
        if section.password_file is None:
            return Database(section.url)
        password = read_password("database.password_file", section.password_file)
        return Database(with_password(section.url, password))
    except ValueError as error:
        raise NotReadyError(f"database.url: {error}") from None


def vault(config: Config) -> Vault:
    """The vault over the master key."""
    keys = needed(config.keys, "keys")
    try:
        return Vault.from_file(
            secret_path("keys.master_key_file", keys.master_key_file),
            credential=is_credential(keys.master_key_file),
        )
    except MasterKeyError as error:
        raise NotReadyError(f"keys.master_key_file: {error}") from None


def sealer(config: Config, secrets: GatewaySecrets, workers: int | None = None) -> WorkerPool:
    """The engines in their bounded processes, not yet started; `workers` None as configured."""
    keys = needed(config.keys, "keys")
    return WorkerPool(
        keys.engine,
        secrets,
        workers=workers or keys.workers,
        limits=_limits(keys),
    )


def _limits(keys: KeysSection) -> Limits:
    limits = Limits(memory_bytes=keys.worker_memory_mb * MEGABYTE, seconds=keys.worker_seconds)
    # A card does one thing at a time, for all openers: waiting for it makes no mail a slow one.
    return replace(limits, patience=keys.worker_seconds / 2) if keys.gnupg_home else limits


def letter_settings(config: Config) -> LetterSettings:
    """In whose name letters are written, and in which look; raises `NotReadyError`."""
    gateway = config.gateway
    return LetterSettings(
        address=gateway.address,
        name=gateway.name,
        municipality=gateway.municipality,
        contact=gateway.contact,
        theme=_theme(config.letters.theme),
        printing=config.letters.pdf,
    )


def _theme(file: Path | None) -> Theme:
    if file is None:
        return PLAIN
    problem = ""
    try:
        theme = read_theme(file)
        try_out(theme)
        return theme
    except ThemeError as error:
        problem = str(error)
    except UnprintableError:
        problem = "logo: cannot be drawn"
    raise NotReadyError(f"letters.theme: {file}: {problem}")


def letters(config: Config, known: KnownLog, vault: Vault) -> LetterWriter:
    """What people read, in this municipality's name, with what is known of the log."""
    return LetterWriter(
        letter_settings(config),
        texts=texts(),
        report_name=vault.report_name,
        newest=lambda: known.newest,
    )


def mailboxes(config: Config) -> Sequence[Mailbox]:
    """Every configured mailbox; at least one."""
    if not config.mailbox:
        raise ConfigError("mailbox: at least one [[mailbox]] is needed")
    return [
        _imap(section, number) if isinstance(section, ImapSection) else _maildir(section)
        for number, section in enumerate(config.mailbox)
    ]


def _imap(section: ImapSection, number: int) -> Mailbox:
    file = f"mailbox[{number}].password_file"
    password = read_password(file, section.password_file)
    try:
        settings = ImapSettings(
            host=section.host,
            port=section.port,
            security=Security(section.security),
            user=section.user,
            password=password,
            folder=section.folder,
            processed_folder=section.processed_folder,
            oversize_folder=section.oversize_folder,
            ca_file=section.ca_file,
            max_mail_bytes=section.max_mail_mb * MEGABYTE,
        )
    except ValueError as error:
        raise NotReadyError(f"mailbox[{number}].user or {file}: {error}") from None
    return ImapMailbox(settings)


def _maildir(section: MaildirSection) -> Mailbox:
    return MaildirMailbox(
        MaildirSettings(folder=section.path, max_mail_bytes=section.max_mail_mb * MEGABYTE)
    )


def relay(config: Config) -> SmtpRelay:
    """The next hop for outgoing mail."""
    section = needed(config.relay, "relay")
    password = (
        read_password("relay.password_file", section.password_file)
        if section.password_file
        else None
    )
    return SmtpRelay(
        SmtpSettings(
            host=section.host,
            port=section.port,
            security=Security(section.security),
            user=section.user,
            password=password,
            ca_file=section.ca_file,
            connections=section.connections,
            timeout_seconds=section.timeout_seconds,
            hello_name=config.gateway.address.rpartition("@")[2],
        )
    )
