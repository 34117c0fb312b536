"""Everything the story needs, in a private folder that is gone afterwards: a whole installation."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import config as configuration
from gateway import wiring
from gateway.demo import register
from gateway.demo.gnupg_user import GnupgUser
from gateway.demo.mail_user import Mailbox
from gateway.demo.people import GATEWAY_ADDRESS, MUNICIPALITY_NAME, PEOPLE
from gateway.demo.smime_stage import SmimeOnStage
from gateway.demo.smime_user import SmimeUser
from gateway.runner import Runner
from gateway.wiring import demonstrating

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gateway.config import Config
    from gateway.demo.correspondent import Correspondent
    from gateway.demo.people import Somebody
    from gateway.demo.smime_stage import Setting
    from gateway.demo.telling import Teller
    from gateway.events import Events

STEPS = 5
_KEYS_OF_SMIME = "vijf mensen krijgen een S/MIME-certificaat van een uitgever"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A running gateway, and everybody's mailbox (by address) and program (by contact id)."""

    folder: Path
    config: Config
    ca_file: Path
    mailboxes: dict[str, Mailbox]
    users: dict[str, Correspondent]
    gateway_fingerprint: str

    def mailbox(self, person: Somebody) -> Mailbox:
        """Where this person reads and submits mail."""
        return self.mailboxes[person.address]

    def user(self, person: Somebody) -> Correspondent:
        """This person's own program."""
        return self.users[person.contact_id]


@asynccontextmanager
async def set_up(
    teller: Teller, events: Events, *, policy: Path | None, keep: bool, smime: bool
) -> AsyncIterator[Stage]:
    """Make it all, and take it all away at the end unless it is to `keep`."""
    async with AsyncExitStack() as stack:
        folder = _folder(stack, keep=keep)
        own = SmimeOnStage(folder / "smime") if smime else None
        users = {each.contact_id: _user(folder, each, own) for each in PEOPLE}
        for user in users.values():
            stack.push_async_callback(user.close)
        with teller.step(_KEYS_OF_SMIME if own else "vijf mensen maken met GnuPG hun sleutel"):
            made = await asyncio.gather(*(user.make_key() for user in users.values()))
        with teller.step("een mailserver starten op deze machine (IMAP en SMTP, alleen met TLS)"):
            mailboxes, ca_file = await _mail_server(stack, folder)
        config = _config(folder, mailboxes[GATEWAY_ADDRESS], policy, own)
        with teller.step("gateway init: sleutels, database en beleid van de poort"):
            await wiring.prepare(config)
            certificate = own.certificate if own else wiring.armored_certificate(config).encode()
            await asyncio.gather(*(user.learn(certificate) for user in users.values()))
        with teller.step("het register vullen: een gemeente, twee scholen, vier inburgeraars"):
            await register.fill(config, dict(zip(users, made, strict=True)))
        with teller.step("gateway serve: de poort gaat open"):
            await _serve(stack, config, events)
        yield Stage(
            folder=folder,
            config=config,
            ca_file=ca_file,
            mailboxes=mailboxes,
            users=users,
            gateway_fingerprint=own.fingerprint if own else wiring.own_fingerprint(config),
        )


def _folder(stack: AsyncExitStack, *, keep: bool) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="taalpoort-"))  # 0700
    if not keep:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _user(folder: Path, person: Somebody, own: SmimeOnStage | None) -> Correspondent:
    name = person.called.lower()
    if own is not None:
        return SmimeUser(folder / "smime" / name, person, own.authority)
    return GnupgUser(folder / "gnupg" / name, person)


async def _mail_server(stack: AsyncExitStack, folder: Path) -> tuple[dict[str, Mailbox], Path]:
    tls = demonstrating.issue_tls(folder / "tls")
    addresses = (GATEWAY_ADDRESS, *(person.address for person in PEOPLE))
    accounts = [demonstrating.Account.new(address) for address in addresses]
    at = await stack.enter_async_context(demonstrating.mail_server(accounts, tls))
    mailboxes = {
        account.address: Mailbox(
            host=at.host,
            imap_port=at.imap_port,
            smtp_port=at.smtp_port,
            ca_file=tls.ca,
            address=account.address,
            password=account.password,
        )
        for account in accounts
    }
    return mailboxes, tls.ca


async def _serve(stack: AsyncExitStack, config: Config, events: Events) -> None:
    runner = Runner(await stack.enter_async_context(wiring.serving(config, events)))
    running = asyncio.create_task(runner.run())

    async def stop() -> None:
        runner.stop()
        await running

    stack.push_async_callback(stop)


# --- configuration ---------------------------------------------------------------------------


def deaf_to_the_environment() -> None:
    """Settings of a real gateway in the environment must not lead the demonstration to it."""
    for name in [name for name in os.environ if name.startswith(configuration.PREFIX)]:
        del os.environ[name]


def _config(
    folder: Path, mailbox: Mailbox, policy: Path | None, own: SmimeOnStage | None
) -> Config:
    password = folder / "mail-password"
    handle = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(mailbox.password)
    sections = _sections(folder, mailbox, password)
    if policy is not None:
        sections["policy"] = {"file": str(policy.resolve())}
    if own is not None:
        sections["smime"] = own.section()
    return load(folder / "gateway.toml", sections)


def load(file: Path, sections: Mapping[str, Mapping[str, Setting]]) -> Config:
    """Write a configuration file and read it as every command does."""
    lines: list[str] = []
    for name, settings in sections.items():
        lines.append(f"[[{name}]]" if name == "mailbox" else f"[{name}]")
        # A JSON string, number, truth or list of strings is one of TOML too.
        lines += [f"{setting} = {json.dumps(value)}" for setting, value in settings.items()]
        lines.append("")
    file.write_text("\n".join(lines), encoding="utf-8")
    return configuration.load(file)


def _sections(folder: Path, mailbox: Mailbox, password: Path) -> dict[str, dict[str, Setting]]:
    login: dict[str, Setting] = {
        "host": mailbox.host,
        "user": mailbox.address,
        "password_file": str(password),
        "ca_file": str(mailbox.ca_file),
    }
    return {
        "gateway": {
            "address": GATEWAY_ADDRESS,
            "municipality": MUNICIPALITY_NAME,
            "contact": "functioneel-beheer@voorbeeldstad.example (010 000 00 00)",
            "instance": "demo",
            "state_dir": str(folder / "state"),
        },
        "database": {"url": f"sqlite:///{folder / 'gateway.db'}"},
        "keys": {
            "secret_key_file": str(folder / "keys" / "gateway.key"),
            "public_key_file": str(folder / "keys" / "gateway.asc"),
            "master_key_file": str(folder / "keys" / "master.key"),
            "workers": 2,
        },
        "mailbox": {**login, "kind": "imap", "port": mailbox.imap_port, "security": "implicit"},
        "relay": {**login, "port": mailbox.smtp_port, "security": "starttls"},
        "run": {"poll_seconds": 0.2},
    }
