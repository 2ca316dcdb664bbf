"""Missed: what somebody was told while their phone slept, and still counted as being there.

Who has a socket open is not pushed to. One that is cut off was open for too long: what was told
since its last sign of life went to nobody, and is pushed now.
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from backend.domains.notifications import manners, rules, store
from backend.domains.notifications.rules import Choice
from backend.persistence.database import fetch
from backend.persistence.work import PlannedJob
from protocol.ids import first_of_ms

PUSH_MISSED = "notifications.push_missed"
"""The job that finds what somebody missed."""
PUSHED_MAX = 5
"""More at once is only noise: the newest are pushed, the others wait in the inbox."""
LOOKED_AT_MAX = 100
ON_THE_WAY = timedelta(seconds=2)
"""News of an inbox may come so long after it was written, and the last sign in between."""

_MISSED = """
SELECT id, notification_type, title, message, priority, relationship_id, created_at, collapse_key
FROM notification
WHERE user_id = $1 AND id >= $2 AND read_at IS NULL AND pushed_at IS NULL
  AND rings IS NOT FALSE
ORDER BY id DESC LIMIT $3
"""


class CutOff(msgspec.Struct, frozen=True):
    """Who was cut off, and when they gave their last sign of life."""

    user_id: UUID
    last_sign_at: datetime


def on_cut_off(user_id: UUID, last_sign_at: datetime) -> PlannedJob:
    """Have somebody pushed to what they missed; they were cut off and did not come back."""
    return PlannedJob(PUSH_MISSED, CutOff(user_id, last_sign_at), 0.0)


async def read_missed(cut_off: CutOff, now: datetime) -> list[UUID]:
    """Find what somebody missed and wants pushed, of each subject the last, the oldest first."""
    begin = first_of_ms(int((cut_off.last_sign_at - ON_THE_WAY).timestamp() * 1000))
    rows = await fetch(_MISSED, cut_off.user_id, begin, LOOKED_AT_MAX)
    choice = (await store.load_choices([cut_off.user_id])).get(cut_off.user_id, Choice())
    newest: dict[str, UUID] = {}
    for row in rows:
        found = store.notification_of(row)
        if rules.wants_push(choice, found, now):
            subject = manners.subject_of(found, row["collapse_key"])
            newest.setdefault(subject, found.notification_id)
    return list(newest.values())[:PUSHED_MAX][::-1]
