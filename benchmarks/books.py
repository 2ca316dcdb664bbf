"""The books: what the database holds of the people measured, before and after.

A rate is true only if every ack left its rows. This counts them; what does not add up makes the
run fail, whatever its figures say.
"""

from collections.abc import Mapping, Sequence

import asyncpg

from benchmarks.conditions import Untrue
from benchmarks.seeding import Resident

_COUNTS = {
    "mood_log": "SELECT count(*) FROM mood_log WHERE relationship_id = ANY($1)",
    "event": "SELECT count(*) FROM event WHERE topic = ANY($3) "
    "AND body ->> 'type' = 'moods.logged'",
    "outcome": "SELECT count(*) FROM outcome WHERE actor = ANY($3) AND granted",
    "transfer": "SELECT count(*) FROM transfer AS t JOIN account AS a ON a.id = t.credit_account_id"
    " WHERE a.owner_id = ANY($2) AND a.asset = 'coin'",
    "account": "SELECT sum(credits_posted - debits_posted)::bigint FROM account "
    "WHERE owner_id = ANY($2) AND asset = 'coin'",
    "notification": "SELECT count(*) FROM notification WHERE user_id = ANY($2)",
}
"""Queries that grow by one with every command."""
_HEADS = "SELECT coalesce(sum(seq), 0)::bigint FROM head WHERE address = ANY($1)"
_EVENTS = "SELECT count(*) FROM event WHERE topic = ANY($1)"
Counts = Mapping[str, int]


async def count(dsn: str, people: Sequence[Resident]) -> Counts:
    """Count what there is of these people."""
    relationships = list({person.relationship_id for person in people})
    users = [person.user_id for person in people]
    addresses = [f"relationship/{relationship}" for relationship in relationships]
    values = {"$1": relationships, "$2": users, "$3": addresses}
    connection = await asyncpg.connect(dsn, command_timeout=300)
    try:
        found: dict[str, int] = {}
        for table, query in _COUNTS.items():
            place = next(name for name in values if name in query)
            found[table] = await connection.fetchval(query.replace(place, "$1"), values[place])
        found["numbers"] = await connection.fetchval(_HEADS, addresses)
        found["events"] = await connection.fetchval(_EVENTS, addresses)
    finally:
        await connection.close()
    return found


def check(before: Counts, after: Counts, totals: Mapping[str, int]) -> None:
    """Compare the rows with the acks. Raises Untrue with everything that differs."""
    acks = totals["granted"]
    wrong = [
        f"{table} grew by {after[table] - before[table]:,} with {acks:,} acks"
        for table in _COUNTS
        if after[table] - before[table] != acks
    ]
    if after["numbers"] != after["events"]:
        wrong.append(f"heads count {after['numbers']:,} events, the log has {after['events']:,}")
    if totals["sent"] != acks:
        wrong.append(f"{totals['sent']:,} commands were sent, {acks:,} acked")
    if totals["delivered"] != acks:
        wrong.append(f"{acks:,} commands were acked, {totals['delivered']:,} delivered")
    wrong += [
        f"{totals[what]:,} {what}" for what in ("refused", "unexpected", "holes") if totals[what]
    ]
    if wrong:
        raise Untrue("; ".join(wrong))
