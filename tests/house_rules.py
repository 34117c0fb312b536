"""The rules of the house, as tables: who may know whom, and who makes what."""

from __future__ import annotations

# What each room may import; siblings do not see each other, and only wiring sees the adapters.
_BELOW_PIPELINE = frozenset({"", "domain", "ledger", "ports"})
_BELOW_WIRING = _BELOW_PIPELINE | {"pipeline", "duties", "resources", "config", "events"}
_BELOW_CLI = _BELOW_WIRING | {"wiring", "runner"}
MAY_IMPORT: dict[str, frozenset[str]] = {
    "": frozenset(),
    "resources": frozenset({"resources"}),
    "domain": frozenset({"domain"}),
    "ledger": frozenset({"ledger"}),
    "standalone": frozenset(),  # handed to outsiders: knows nobody here, and nobody here knows it
    "ports": frozenset({"domain", "ledger", "ports"}),
    "pipeline": _BELOW_PIPELINE | {"pipeline"},
    "duties": _BELOW_PIPELINE | {"duties"},
    "adapters": _BELOW_PIPELINE | {"adapters"},
    "config": _BELOW_WIRING,
    "events": _BELOW_WIRING,
    "wiring": _BELOW_WIRING | {"wiring", "adapters"},
    "runner": _BELOW_CLI,
    "console": _BELOW_CLI | {"console"},
    "demo": _BELOW_CLI | {"demo"},
    "cli": _BELOW_CLI
    | {"cli", "demo", "console"},  # a command starts the console as it does the runner
}

# Each stage is made in one place; everybody else imports its name for the type checker only.
MAKERS: dict[str, frozenset[str]] = {
    "RawMail": frozenset(
        {
            "gateway.adapters.database_inbox",
            "gateway.adapters.file_mail",
            "gateway.adapters.kept_mail",
            "gateway.adapters.memory_flow",
        }
    ),
    "Opened": frozenset({"gateway.pipeline.opening"}),
    "Checked": frozenset({"gateway.pipeline.checking"}),
    "Known": frozenset({"gateway.adapters.database_registry", "gateway.adapters.memory_registry"}),
    "Judged": frozenset({"gateway.pipeline.permitting"}),
    "Permitted": frozenset({"gateway.pipeline.permitting"}),
    "Disclosure": frozenset({"gateway.pipeline.redacting"}),
    "Addressed": frozenset({"gateway.pipeline.routing"}),
    "Sealed": frozenset({"gateway.pipeline.sealing"}),
    "Released": frozenset({"gateway.adapters.database_outbox", "gateway.adapters.memory_outbox"}),
}
STAGES_MODULE = "gateway.domain.stages"

# A room inside a room: programs handed to outsiders, which have to run without this package.
STANDALONE = "gateway.ledger.standalone"

# A library is known to one room only, which translates its exceptions.
LIBRARIES: dict[str, frozenset[str]] = {
    name: frozenset({"adapters"})
    for name in (
        "aiosmtpd",
        "aiosmtplib",
        "aiosqlite",
        "alembic",
        "asyncpg",
        "cryptography",
        "gnupg",
        "google",
        "imapclient",
        "opentelemetry",
        "pikepdf",
        "proxyprotocol",
        "pymap",
        "pysasl",
        "pysequoia",
        "requests",
        "rfc3161_client",
        "sqlalchemy",
        "stdnum",
        "typst",
    )
} | {"typer": frozenset({"cli"})}
for _name in ("fastapi", "starlette", "uvicorn"):
    LIBRARIES[_name] = frozenset({"console"})
LIBRARIES["cryptography"] |= {"standalone"}
LIBRARIES["pikepdf"] |= {"demo"}  # where it is the reader's program

# No clock, no logging, no outside world where the reasoning is.
IMPURE_MODULES = frozenset(
    {
        "asyncio",
        "concurrent",
        "http",
        "imaplib",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "random",
        "secrets",
        "shutil",
        "smtplib",
        "socket",
        "sqlite3",
        "ssl",
        "structlog",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib",
    }
)
IMPURE_CALLS = frozenset({"open", "print", "input"})
IMPURE_METHODS = frozenset(
    {
        "monotonic",
        "now",
        "perf_counter",
        "read_bytes",
        "read_text",
        "today",
        "utcnow",
        "write_bytes",
        "write_text",
    }
)

# Ways around a constructor and its checks.
FORGERIES = frozenset(
    {"__dict__", "__new__", "__replace__", "__setstate__", "cast", "model_construct", "model_copy"}
)
FORGING_IMPORTS = frozenset(
    {"typing.cast", "dataclasses.replace", "copy.replace", "copy.copy", "copy.deepcopy"}
)

MAX_FUNCTION = 50
MAX_FILE = 400
