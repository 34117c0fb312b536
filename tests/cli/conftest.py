"""Installations for commands: one made for the session, a copy for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.installations import ADDRESS, Installation, copied, prepared, secret
from tests.smime_people import ISSUING, ROOT, holder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.postfix import Postfix


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, postfix: Postfix) -> Installation:
    """Never changed."""
    return prepared(tmp_path_factory.mktemp("original"), postfix)


@pytest.fixture
def installation(original: Installation, tmp_path: Path) -> Installation:
    """To be spoiled."""
    return copied(original, tmp_path)


@pytest.fixture
def with_smime(installation: Installation) -> Installation:
    """The same with a section [smime], and with Saar's certificate for ``gateway send``."""
    folder, own, saar = (
        installation.folder,
        holder(ADDRESS, "rsa3072"),
        holder("saar@taalschool.example"),
    )
    secret(installation.state / "smime.key", own.key)
    secret(folder / "saar-smime.key", saar.key)
    for name, content in (
        ("smime.pem", own.pem + ISSUING.pem),
        ("saar.pem", saar.pem + ISSUING.pem),
        ("saar-alone.pem", saar.pem),
        ("roots.pem", ROOT.pem),
        ("issuing.pem", ISSUING.pem),
        ("root.crl", ROOT.crl()),
        ("issuing.crl", ISSUING.crl()),
    ):
        (folder / name).write_bytes(content)
    installation.change(
        f'secret_key_file = "{folder}/saar.sec"\n',
        f'secret_key_file = "{folder}/saar-smime.key"\ncertificate_file = "{folder}/saar.pem"\n'
        f'[smime]\nsecret_key_file = "{installation.state}/smime.key"\n'
        f'certificate_file = "{folder}/smime.pem"\nroots_file = "{folder}/roots.pem"\n'
        f'intermediates_file = "{folder}/issuing.pem"\nfetch = false\n'
        f'crl_files = ["{folder}/root.crl", "{folder}/issuing.crl"]\n',
    )
    return installation
