"""The house stays as it was drawn: layers, stages, purity, sizes, and nothing foreign in it.

Each guard is also shown a planted breach of every kind that it is there for,
and ordinary code that it must leave alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.house import (
    GUARDS,
    Module,
    cycles,
    forgery,
    hidden_imports,
    layers,
    libraries,
    names,
    purity,
    sizes,
    stage_access,
)
from tests.house_files import (
    FILE_GUARDS,
    ROOT,
    machine_paths,
    real_addresses,
    secret_keys,
    tracked,
    unfinished,
    unreasoned,
)
from tests.house_rules import MAKERS, MAX_FILE, MAX_FUNCTION, STAGES_MODULE

if TYPE_CHECKING:
    from collections.abc import Callable

    Guard = Callable[[Module], list[str]]
    FileGuard = Callable[[str, bytes], list[str]]


def the_house() -> list[Module]:
    modules = []
    for path in sorted((ROOT / "gateway").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        modules.append(Module(name, path.read_text(encoding="utf-8"), is_package))
    return modules


HOUSE = the_house()


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.__name__)
def test_no_breach_in_the_house(guard: Guard) -> None:
    assert [fault for module in HOUSE for fault in guard(module)] == []


def test_no_module_imports_itself_in_a_ring() -> None:
    assert cycles(HOUSE) == []


@pytest.mark.parametrize("guard", FILE_GUARDS, ids=lambda guard: guard.__name__)
def test_no_breach_in_any_file(guard: FileGuard) -> None:
    assert [fault for name, content in tracked() for fault in guard(name, content)] == []


def test_every_stage_stands_on_the_page_and_has_a_maker_that_stands() -> None:
    """A stage or a maker that was renamed would leave a row that guards nothing."""
    sources = {module.name: module.text for module in HOUSE}
    for stage, makers in MAKERS.items():
        assert f"class {stage}" in sources[STAGES_MODULE]
        assert makers <= sources.keys(), stage
        assert all(stage in sources[maker] for maker in makers)


# --- planted breaches ---------------------------------------------------------

PLANTED: list[tuple[Guard, str, str]] = [
    # layers: up, sideways, past wiring, relative, lazily, for the type checker
    (layers, "gateway.domain.policy", "from gateway.ports import Mailbox"),
    (layers, "gateway.domain.policy", "import gateway.ledger.merkle"),
    (layers, "gateway.ledger.merkle", "from gateway.domain import stops"),
    (layers, "gateway.ledger.standalone.x", "from gateway.ledger import merkle"),
    (layers, "gateway.ledger.merkle", "from gateway.ledger.standalone import x"),
    (layers, "gateway.ledger.merkle", "from gateway.ledger import standalone"),
    (layers, "gateway.cli.main", "import gateway.ledger.standalone.x"),
    (layers, "gateway.ports", "from gateway.pipeline.forward import walk"),
    (layers, "gateway.pipeline.opening", "from gateway.adapters import openpgp"),
    (layers, "gateway.pipeline.opening", "from ..adapters.openpgp import Engine"),
    (layers, "gateway.pipeline.opening", "from .. import adapters"),
    (layers, "gateway.pipeline.opening", "def f():\n    import gateway.config"),
    (layers, "gateway.pipeline.opening", "from gateway.duties import requests"),
    (layers, "gateway.adapters.imap", "from gateway.pipeline import forward"),
    (layers, "gateway.adapters.imap", "from gateway import config as c"),
    (layers, "gateway.runner", "from gateway.adapters.imap import Imap"),
    (layers, "gateway.cli.main", "from gateway.adapters.database import Store"),
    (layers, "gateway.cli.main", "import gateway.adapters.database as d"),
    (layers, "gateway.console.api", "from gateway.cli import main"),
    (layers, "gateway.console.api", "from gateway.adapters.database import Database"),
    (layers, "gateway.runner", "from gateway.console import api"),
    (layers, "gateway.config", "from gateway.wiring import build"),
    (layers, "gateway.wiring", "from gateway.cli import main"),
    (
        layers,
        "gateway.domain.x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from gateway.ports import Relay",
    ),
    (layers, "gateway.attic.x", "x = 1"),
    # libraries outside their room
    (libraries, "gateway.pipeline.sealing", "import pysequoia"),
    (libraries, "gateway.runner", "from sqlalchemy.exc import OperationalError"),
    (libraries, "gateway.domain.consent", "from cryptography.hazmat.primitives import hashes"),
    (libraries, "gateway.runner", "import typer"),
    (libraries, "gateway.cli.api", "import uvicorn"),
    (libraries, "gateway.console.api", "from opentelemetry.sdk.trace import ReadableSpan"),
    (libraries, "gateway.ledger.merkle", "from cryptography.hazmat.primitives import hashes"),
    (libraries, "gateway.ledger.standalone.x", "import pysequoia"),
    # imports that cannot be read
    (hidden_imports, "gateway.pipeline.x", "import importlib\nimportlib.import_module('gateway')"),
    (hidden_imports, "gateway.pipeline.x", "from importlib import import_module"),
    (hidden_imports, "gateway.pipeline.x", "__import__('gateway.domain.stages')"),
    (hidden_imports, "gateway.pipeline.x", "from gateway.domain.stages import *"),
    (hidden_imports, "gateway.pipeline.x", "exec('import gateway')"),
    # stages within reach of somebody who does not make them
    (stage_access, "gateway.pipeline.routing", "from gateway.domain.stages import Opened"),
    (stage_access, "gateway.pipeline.routing", "from ..domain.stages import Permitted as P"),
    (stage_access, "gateway.pipeline.routing", "from gateway.pipeline.opening import Opened"),
    (stage_access, "gateway.pipeline.routing", "from gateway.domain import stages"),
    (stage_access, "gateway.pipeline.routing", "import gateway.domain.stages as s"),
    (stage_access, "gateway.pipeline.opening", "def f():\n    from .checking import Checked"),
    (stage_access, "gateway.pipeline.x", "from . import opening\nopening.Opened(mail=1)"),
    (stage_access, "gateway.adapters.imap", "from gateway.domain.stages import Released"),
    (stage_access, "gateway.runner", "from gateway.domain.stages import RawMail"),
    (stage_access, "gateway.cli.main", "from gateway.domain.stages import Sealed"),
    (
        stage_access,
        "gateway.pipeline.x",
        "import typing\nif not typing.TYPE_CHECKING:\n    from gateway.domain.stages import Known",
    ),
    (
        stage_access,
        "gateway.pipeline.x",
        "if TYPE_CHECKING:\n    pass\nelse:\n    from gateway.domain.stages import Known",
    ),
    # ways around a constructor
    (forgery, "gateway.pipeline.x", "from typing import cast\n"),
    (forgery, "gateway.pipeline.x", "import typing\ntyping.cast('Opened', 1)"),
    (forgery, "gateway.pipeline.x", "from dataclasses import replace as change"),
    (forgery, "gateway.pipeline.x", "import dataclasses\ndataclasses.replace(opened)"),
    (forgery, "gateway.pipeline.x", "import dataclasses as d\nd.replace(opened)"),
    (forgery, "gateway.pipeline.x", "import copy\ncopy.copy(opened)"),
    (forgery, "gateway.pipeline.x", "Report.model_construct(a=1)"),
    (forgery, "gateway.domain.x", "report.model_copy(update={})"),
    (forgery, "gateway.pipeline.x", "object.__new__(kind)"),
    (forgery, "gateway.pipeline.x", "type(opened)(mail=1)"),
    (forgery, "gateway.pipeline.x", "opened.__dict__['mail'] = 1"),
    (
        forgery,
        "gateway.adapters.x",
        "from gateway.domain.stages import Known\nfrom copy import replace",
    ),
    # doors to the world
    (purity, "gateway.domain.x", "import logging"),
    (purity, "gateway.domain.x", "from structlog import get_logger"),
    (purity, "gateway.domain.x", "import time\ntime.time()"),
    (purity, "gateway.domain.x", "from datetime import datetime\ndatetime.now()"),
    (purity, "gateway.ledger.x", "import datetime as d\nd.datetime.now(d.UTC)"),
    (purity, "gateway.ledger.x", "from datetime import date\ndate.today()"),
    (purity, "gateway.domain.x", "open('policy.toml')"),
    (purity, "gateway.domain.x", "from pathlib import Path\nPath('policy.toml').read_text()"),
    (purity, "gateway.domain.x", "import secrets"),
    # sizes and names
    (sizes, "gateway.runner", "def long():\n" + "    x = 1\n" * MAX_FUNCTION),
    (sizes, "gateway.runner", "async def long():\n" + "    x = 1\n" * MAX_FUNCTION),
    (sizes, "gateway.runner", "x = 1\n" * (MAX_FILE + 1)),
    (names, "gateway.runner", "class ConsentManager: ..."),
    (names, "gateway.adapters.imap_utils", ""),
    (names, "gateway.adapters.util", ""),
]


@pytest.mark.parametrize(("guard", "name", "source"), PLANTED)
def test_guard_catches_a_planted_breach(guard: Guard, name: str, source: str) -> None:
    assert guard(Module(name, source)) != []


INNOCENT = '''
"""An ordinary step."""
from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.domain.stages import Opened
from gateway.domain.stops import Reject
from ..domain import bijsluiter

if TYPE_CHECKING:
    from gateway.domain.stages import Checked, RawMail
    from gateway.ports import Sealer


@dataclasses.dataclass(frozen=True)
class Facts:
    at: datetime


def step(raw: RawMail, sealer: Sealer) -> Opened:
    """Text may be changed, a time may be parsed, an attribute may be read."""
    later = raw.received_at.replace(tzinfo=None)
    name = raw.name.replace("a", "b")
    return Opened(mail=raw, name=name, at=datetime.fromisoformat(str(later)))
'''


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.__name__)
def test_guard_leaves_ordinary_code_alone(guard: Guard) -> None:
    assert guard(Module("gateway.pipeline.opening", INNOCENT)) == []


def test_docstrings_do_not_count_towards_the_length_of_a_function() -> None:
    body = '    """\n' + "    word\n" * MAX_FUNCTION + '    """\n' + "    x = 1\n"
    assert sizes(Module("gateway.runner", "def told():\n" + body)) == []


@pytest.mark.parametrize(
    "sources",
    [
        {"gateway.a": "import gateway.b", "gateway.b": "import gateway.a"},
        {
            "gateway.a": "from gateway.b import x",
            "gateway.b": "def f():\n    from .c import y",
            "gateway.c": "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from gateway import a",
        },
    ],
)
def test_a_ring_of_imports_is_found(sources: dict[str, str]) -> None:
    assert len(cycles([Module(name, source) for name, source in sources.items()])) == 1


def test_two_ways_to_one_module_are_no_ring() -> None:
    sources = {"gateway.a": "from . import b, c", "gateway.b": "from . import c", "gateway.c": ""}
    package = Module("gateway", "", is_package=True)
    assert cycles([package, *(Module(name, text) for name, text in sources.items())]) == []


def plant(*parts: str) -> bytes:
    """Joined here, so that this file does not hold what the guards look for."""
    return "".join(parts).encode()


BEGIN = "-----BEGIN "
PLANTED_FILES: list[tuple[FileGuard, str, bytes]] = [
    (secret_keys, "tests/a.asc", plant(BEGIN, "PGP PRIVATE KEY BLOCK-----\n")),
    (secret_keys, "docker/a.pem", plant(BEGIN, "PRIVATE KEY-----\n")),
    (secret_keys, "docs/a.md", plant(BEGIN, "ENCRYPTED PRIVATE KEY-----\n")),
    (secret_keys, "docker/a.pem", plant(BEGIN, "RSA PRIVATE KEY-----\n")),
    (secret_keys, "keys/school.pgp", b"\xc5\x20secret"),
    (secret_keys, "keys/school.pgp", b"\x94\x20secret"),
    (secret_keys, "keys/school.asc", plant(BEGIN, "PGP PUBLIC KEY BLOCK-----\n\nxSBhYmNk\n")),
    (machine_paths, "Makefile", b"\tcd /home/somebody/taalpoort && make\n"),
    (machine_paths, "scripts/x", plant("PATH=/wo", "rk/bin:$PATH\n")),
    (machine_paths, "docs/a.md", b"see /root/.ssh\n"),
    (machine_paths, "requirements.lock", b"--index-url https://packages.example/simple\n"),
    (machine_paths, "requirements.lock", plant("# from https://py", "pi.org/simple\n")),
    (machine_paths, "docker/Dockerfile", b"RUN pip install --find-links /wheels x\n"),
    (unfinished, "gateway/x.py", b"# TODO: later\n"),
    (unfinished, "docs/x.md", b"FIXME\n"),
    (unfinished, "gateway/x.py", b"x = 1  # pragma: no cover\n"),
    (unfinished, "tests/test_x.py", b"@pytest.mark.skip\ndef test(): ...\n"),
    (unfinished, "tests/test_x.py", b"@pytest.mark.xfail(strict=True)\ndef test(): ...\n"),
    (unfinished, "tests/test_x.py", b"    pytest.skip('no server')\n"),
    (real_addresses, "tests/x.py", b"to = 'somebody@gemeente.nl'\n"),
    (real_addresses, "docs/x.md", b"ask a@school.example or b@example.org\n"),
    (unreasoned, "gateway/x.py", b"x = f()  # type: ignore\n"),
    (unreasoned, "gateway/x.py", b"x = f()  # type: ignore[arg-type]\n"),
    (unreasoned, "gateway/x.py", b"x = f()  # noqa\n"),
    (unreasoned, "gateway/x.py", b"x = f()  # noqa: BLE001\n"),
    (unreasoned, "gateway/x.py", b"# mypy: ignore-errors\n"),
    (unreasoned, "gateway/x.py", b"# ruff: noqa\n"),
]


@pytest.mark.parametrize(("guard", "name", "content"), PLANTED_FILES)
def test_file_guard_catches_a_planted_breach(guard: FileGuard, name: str, content: bytes) -> None:
    assert guard(name, content) != []


ORDINARY_FILES: list[tuple[str, bytes]] = [
    ("keys/school.asc", plant(BEGIN, "PGP PUBLIC KEY BLOCK-----\n\nxjMEZabcd\n")),
    ("keys/README.md", b"Public keys only.\n"),
    ("Makefile", b"\tuv pip compile --no-emit-index-url --no-emit-find-links\n"),
    ("docker/compose.yml", b"tmpfs: [/tmp, /run/gateway]\n"),
    ("tests/x.py", b"to = 'casemanager@gemeente.example, a.b@school.test'\n"),
    ("gateway/x.py", b"x = f()  # type: ignore[arg-type]  # the library says str, gives bytes\n"),
    ("gateway/x.py", b"except Exception:  # noqa: BLE001 - a bug must not lose a report\n"),
]


@pytest.mark.parametrize(("name", "content"), ORDINARY_FILES)
def test_file_guards_leave_ordinary_files_alone(name: str, content: bytes) -> None:
    assert [fault for guard in FILE_GUARDS for fault in guard(name, content)] == []


def test_git_keeps_secret_keys_out() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"*.key", "*.sec", "*.tsk", "private-keys-v1.d/"} <= set(ignored)
