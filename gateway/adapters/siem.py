"""Deeds as a SIEM reads them: a line of RFC 5424, or a JSON document of the Elastic Common Schema.

Pure formatting.  Each field has a form, and what is not of that form is left out and
named as withheld: a deed carries ids and codes only, and a bug that puts something
else into one must not carry it out of the house.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

from gateway.domain.actions import NATURES, DeedClass, severity_of
from gateway.domain.audit import DeedResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from gateway.domain.audit import Deed

    Line = Callable[[int, Deed], bytes]

ECS_VERSION: Final = "8.17.0"
# RFC 5424, 6.2.1: "log audit".
_FACILITY: Final = 13
_BOM: Final = b"\xef\xbb\xbf"
_LEVELS: Final = {1: "alert", 3: "error", 4: "warning", 5: "notice", 6: "info"}
# Ids of the register and references, lower-case with a letter in them: no name as people
# write it, no birth date, no number of a dossier.  Accounts may be those of a domain.
_ID: Final = r"(?=[^a-z]*[a-z])[a-z0-9]+([._:/-][a-z0-9]+)*"
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(form, re.ASCII)
    for name, form in {
        # An operator's id, or an account of the machine where nobody gave a name.
        "actor": r"(?=[0-9-]*[a-z])[a-z0-9][a-z0-9-]{0,62}|account [A-Za-z_][\w.@\\-]{0,54}",
        "about": rf"(?=.{{1,128}}\Z)({_ID}|[0-9a-f]{{32}}|[0-9a-f]{{64}})",
        "origin": r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}",
        "trace": r"[0-9a-f]{32}",
        "detail": r"(?=.{1,64}\Z)[a-z][a-z0-9.]*([/-][a-z0-9.]+)*",
    }.items()
}
_LABELS: Final = ("about", "origin", "withheld")
_NOT_PRINTABLE: Final = re.compile(r"[^!-~]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which gateway speaks.

    `sd_id` names our structured data: a name and the number of a private enterprise
    (RFC 5424, 7.2.2), of 32 characters at most.
    """

    instance: str
    version: str
    sd_id: str


def rfc5424(source: Source) -> Line:
    """Lines of RFC 5424, 6; no framing, no line end, at most 2048 bytes (RFC 5425, 4.3.1)."""
    host = _NOT_PRINTABLE.sub("_", source.instance)[:255] or "-"
    software = f'[origin software="taalpoort" swVersion="{_escaped(source.version)}"]'

    def line(seq: int, deed: Deed) -> bytes:
        nature = NATURES[deed.action]
        header = f"<{_FACILITY * 8 + severity_of(deed)}>1 {_moment(deed.at)} {host} taalpoort - "
        params = {
            "seq": str(seq),
            "action": deed.action.value,
            "class": nature.kind.value,
            "result": deed.result.value,
            **_fields(deed),
        }
        data = "".join(f' {name}="{_escaped(value)}"' for name, value in params.items())
        said = f"{nature.meaning}: {deed.result.value}"
        head = f"{header}{deed.action.value} [{source.sd_id}{data}]{software} "
        # A message in UTF-8 begins with a byte order mark; one in plain ASCII needs none.
        return head.encode() + (b"" if said.isascii() else _BOM) + said.encode()

    return line


def ecs(source: Source) -> Line:
    """Documents of the Elastic Common Schema 8, one line each, without the line end."""

    def line(seq: int, deed: Deed) -> bytes:
        fields = _fields(deed)
        labels = {"class": NATURES[deed.action].kind.value, "result": deed.result.value}
        labels |= {name: fields[name] for name in _LABELS if name in fields}
        document: dict[str, object] = {
            "@timestamp": _moment(deed.at),
            "ecs": {"version": ECS_VERSION},
            "log": {"level": _LEVELS[severity_of(deed)]},
            "message": f"{NATURES[deed.action].meaning}: {deed.result.value}",
            "event": _event(seq, deed, fields),
            "service": {
                "name": "taalpoort",
                "type": "taalpoort",
                "version": source.version,
                "node": {"name": source.instance},
            },
            "labels": labels,
        }
        if "actor" in fields:
            document["user"] = {"id": fields["actor"]}
        if "trace" in fields:
            document["trace"] = {"id": fields["trace"]}
        return json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode("ascii")

    return line


def _event(seq: int, deed: Deed, fields: Mapping[str, str]) -> dict[str, object]:
    nature = NATURES[deed.action]
    reason = {"reason": fields["detail"]} if "detail" in fields else {}
    return {
        "kind": "alert" if nature.kind is DeedClass.SECURITY else "event",
        "action": deed.action.value,
        "category": [nature.category],
        "type": list(nature.types),
        "outcome": "success" if deed.result is DeedResult.DONE else "failure",
        "severity": int(severity_of(deed)),
        "sequence": seq,
        "module": "taalpoort",
        "dataset": "taalpoort.audit",
        **reason,
    }


def _fields(deed: Deed) -> dict[str, str]:
    """Those that are filled in and of their form; `withheld` names those that are not."""
    given = {
        "actor": deed.actor,
        "about": deed.about,
        "origin": deed.origin,
        "trace": deed.trace,
        "detail": deed.detail,
    }
    kept = {name: value for name, value in given.items() if _FORMS[name].fullmatch(value)}
    withheld = [name for name, value in given.items() if value and name not in kept]
    return kept | ({"withheld": ",".join(withheld)} if withheld else {})


def _moment(at: datetime) -> str:
    """RFC 3339 in UTC with six digits of a second, as RFC 5424, 6.2.3 takes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _escaped(value: str) -> str:
    """RFC 5424, 6.3.3: quotation mark, backslash and closing bracket."""
    return re.sub(r'(["\\\]])', r"\\\1", value)
