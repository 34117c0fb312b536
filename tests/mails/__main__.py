"""``python -m tests.mails FOLDER``: every mail as a file, with keys and register to try it by hand.

``python -m tests.mails --table`` writes their table in ``docs/threat-model.md`` anew.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from gateway.domain.mail import Protection
from tests.mails import table
from tests.mails.faults import every, scenes
from tests.mails.looking import installation
from tests.mails.openpgp import person
from tests.mails.scene import Who
from tests.mails.smime import leaf

README = """\
Plainly fictitious mails, each named by its fault, and one good one; all people and
keys are made up and good for nothing else.  What the gateway says of each:

"""
SMIME = "smime"  # the folder of an installation whose contacts have S/MIME
INSPECT = {
    Protection.OPENPGP: "gateway inspect --config gateway.toml",
    Protection.SMIME: f"gateway inspect --config {SMIME}/gateway.toml",
}


def write(folder: Path) -> None:
    """The installation, the keys, the mails, and how to look at each."""
    folder.mkdir(parents=True)
    asyncio.run(installation(folder.resolve()))
    (folder / SMIME).mkdir()
    asyncio.run(installation(folder.resolve() / SMIME, Protection.SMIME))
    (folder / "keys").mkdir()
    (folder / "mails").mkdir()
    for who in Who:
        (folder / "keys" / f"{who.name.lower()}.sec").write_bytes(person(who).tsk)
        (folder / "keys" / f"{who.name.lower()}.asc").write_bytes(person(who).cert)
        (folder / "keys" / f"{who.name.lower()}.key").write_bytes(leaf(who).key)
        (folder / "keys" / f"{who.name.lower()}.pem").write_bytes(leaf(who).pem)
    lines = [README]
    for protection, scene in scenes().items():
        (folder / "mails" / f"{protection}-good.eml").write_bytes(scene.mail())
        lines.append(f"{INSPECT[protection]} mails/{protection}-good.eml\n")
    for protection, fault in every():
        mails = fault.mails(scenes()[protection])
        name = f"mails/{protection}-{fault.name}"
        for number, mail in enumerate(mails[:-1], 1):
            (folder / f"{name}.before-{number}.eml").write_bytes(mail)
        (folder / f"{name}.eml").write_bytes(mails[-1])
        at = (datetime.now(UTC) + fault.arrives).isoformat(timespec="seconds")[:19]
        reasons = " ".join(sorted(fault.reasons))
        lines.append(f"\n# {fault.what}: {fault.outcome} {reasons}\n")
        lines.append(f"{INSPECT[protection]} {name}.eml --at {at}\n")
    (folder / "README.txt").write_text("".join(lines))


if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        table.write()
    elif len(sys.argv) == 2:
        write(Path(sys.argv[1]))
    else:
        sys.exit(__doc__)
