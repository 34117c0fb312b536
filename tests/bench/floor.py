"""(a) The floor: opening one mail, sealing its report and its receipt, and nothing else."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.adapters.openpgp import SequoiaEngine
from gateway.adapters.unsealing import Engines, unseal
from tests.bench.figures import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.mail import Letter
    from tests.bench.material import Material


def floor(material: Material, mails: Sequence[bytes], letters: Sequence[Letter]) -> Part:
    """Each mail opened, then a report and a receipt sealed, in one process, one after another.

    `letters` are the very ones that a walk wrote, so that the same bytes are sealed.
    """
    engine = SequoiaEngine([material.secret_key])
    engine.set_keyring([each.cert for each in material.people.values()])
    at = datetime.now(UTC)
    _once(engine, mails[0], letters, at)
    before, began = os.times(), time.monotonic()
    for mail in mails:
        _once(engine, mail, letters, at)
    seconds, after = time.monotonic() - began, os.times()
    spent = after.user + after.system - before.user - before.system
    engine.close()
    return Part(
        key="floor",
        name="a  floor: open one, seal two",
        messages=len(mails),
        seconds=seconds,
        cpu={"openers": spent * 1000 / len(mails)},
    )


def _once(engine: SequoiaEngine, mail: bytes, letters: Sequence[Letter], at: datetime) -> None:
    unseal(mail, Engines(openpgp=engine), at)
    for letter in letters:
        engine.seal(letter)
