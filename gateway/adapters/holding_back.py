"""Which mail of the outbox a hold keeps from leaving, as one condition on both databases.

Where it is not on record whose key a letter is sealed to, a hold over anybody holds it too:
it might be theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from gateway.adapters.quick_reading import Query

if TYPE_CHECKING:
    from gateway.adapters.database import Database

_KEYS: Final = "SELECT k.fingerprint FROM contact_key k WHERE k.fingerprint IS NOT NULL AND"
_OF_PARTY: Final = "SELECT c.contact_id FROM contact c WHERE c.party_id = h.subject"
# A row of `outgoing` under a hold `h` that is in force.
_HELD: Final = f"""
    SELECT 1 FROM queue_hold h
    WHERE NOT EXISTS (SELECT 1 FROM queue_hold_end e WHERE e.hold_id = h.hold_id)
    AND (h.over = 'all' OR outgoing.sealed_to IS NULL
      OR (h.over = 'contact' AND (outgoing.sender_id = h.subject
        OR outgoing.sealed_to IN ({_KEYS} k.contact_id = h.subject)))
      OR (h.over = 'party' AND (outgoing.sender_id IN ({_OF_PARTY})
        OR outgoing.sealed_to IN ({_KEYS} k.contact_id IN ({_OF_PARTY}))))
      OR (h.over = 'key' AND (h.subject IN (outgoing.sealed_to, outgoing.sealed_by)
        OR outgoing.sender_id IN
          (SELECT p.contact_id FROM contact_key p WHERE p.fingerprint = h.subject))))
"""  # noqa: S608 - put together from texts of our own
NOT_HELD: Final = text(f"NOT EXISTS ({_HELD})")
# Asked right before a mail is handed over: no row where something holds it, or it was taken
# back since it was claimed, such as by an erasure.
MAY_LEAVE: Final = Query(
    f"SELECT 1 FROM outgoing WHERE id = :id AND state = 'claimed' AND NOT EXISTS ({_HELD})"  # noqa: S608 - as above
)
# What waits and is held, for who looks.
HELD_NOW: Final = text(
    f"SELECT count(*) FROM outgoing WHERE outgoing.due_at IS NOT NULL AND EXISTS ({_HELD})"  # noqa: S608 - as above
)


async def held_back_now(database: Database) -> int:
    """How many letters wait because something holds them back."""
    return await database.look(lambda connection: int(connection.scalar(HELD_NOW) or 0))
