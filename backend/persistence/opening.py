"""The opening of a batch: a statement that fences every turn and claims its commands and tells.

What it says decides how the transaction goes on. It changes nothing that a rollback does not undo.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from backend.persistence.asking import ask_together
from backend.persistence.columns import RowStatement
from backend.persistence.guards import Connection, Question
from backend.persistence.plan import Plan
from backend.persistence.ports import Opened, Row

# Heads are sorted by address, so that two batches never wait for each other in a circle. The first
# turn of an actor makes its head; two that try at once meet in the primary key. Shards are looked
# up beside: joined to every head they cost more than all the rest.
_PARTS = {
    "fenced": RowStatement(
        "UPDATE head AS h SET version = h.version + 1, seq = u.seq "
        "FROM {rows} AS u(address, version, seq) "
        "WHERE h.address = u.address AND h.version = u.version RETURNING h.address",
        ("text", "bigint", "bigint"),
    ),
    "begun": RowStatement(
        "INSERT INTO head (address, version, seq, generation) "
        "SELECT u.address, 1, u.seq, u.generation FROM {rows} AS u(address, seq, generation) "
        "ON CONFLICT (address) DO NOTHING RETURNING address",
        ("text", "bigint", "integer"),
    ),
    "stored": RowStatement(
        "INSERT INTO outcome (id, actor, principal, fingerprint, granted, body) "
        "SELECT u.id, u.actor, u.principal, u.fingerprint, u.granted, u.body::json "
        "FROM {rows} AS u(id, actor, principal, fingerprint, granted, body) "
        "ON CONFLICT (id) DO NOTHING RETURNING 1",
        ("uuid", "text", "uuid", "bytea", "boolean", "text"),
    ),
    # Found by their keys, whatever was known of the table when the plan was made: it is often empty
    # then, and a join would go through all of it.
    "heard": RowStatement(
        "DELETE FROM tell WHERE id = ANY(ARRAY(SELECT * FROM {rows})) RETURNING 1", ("uuid",)
    ),
}
_ADDRESSES = ("fenced", "begun")
_BESIDE = (
    "pg_current_xact_id()::text AS xid, "
    "ARRAY(SELECT id FROM shard WHERE id = ANY($1::integer[]) AND owner = $2::uuid) AS shards"
)


async def open_batch(
    connection: Connection, plans: Sequence[Plan], node_id: UUID, questions: Sequence[Question]
) -> tuple[Opened, list[list[Row]]]:
    """Fence the turns, store the outcomes of their commands, delete the tells they heard.

    What guards ask goes with it; returned with the rows they are answered.
    """
    arrays = {name: found for name, found in _arrays(plans).items() if found[0]}
    shards = {plan.turn.address: plan.turn.shard for plan in plans}
    parts, results = _text(tuple(arrays))
    values = [list(set(shards.values())), node_id]
    values += [array for found in arrays.values() for array in found]
    row, answers = await ask_together(connection, parts, results, values, questions)
    ours = set(row["shards"])
    addresses = [address for name in _ADDRESSES if name in arrays for address in row[name] or ()]
    opened = Opened(
        row["xid"],
        {address for address in addresses if shards[address] in ours},
        {address for address, shard in shards.items() if shard not in ours},
        "stored" in arrays and row["stored"] != len(arrays["stored"][0]),
        "heard" in arrays and row["heard"] != len(arrays["heard"][0]),
    )
    return opened, answers


def _arrays(plans: Sequence[Plan]) -> dict[str, list[list[Any]]]:
    """Give the rows of every part, one array a column."""
    known = sorted((plan for plan in plans if plan.turn.head.version), key=_by_address)
    new = sorted((plan for plan in plans if not plan.turn.head.version), key=_by_address)
    commands = [
        (plan.turn.address, step, letter) for plan in plans for _, step, letter in plan.commands
    ]
    return {
        "fenced": [
            [plan.turn.address for plan in known],
            [plan.turn.head.version for plan in known],
            [plan.seq for plan in known],
        ],
        "begun": [
            [plan.turn.address for plan in new],
            [plan.seq for plan in new],
            [plan.turn.head.generation for plan in new],
        ],
        "stored": [
            [letter.id for _, _, letter in commands],
            [address for address, _, _ in commands],
            [letter.principal.user_id for _, _, letter in commands],
            [letter.fingerprint for _, _, letter in commands],
            [step.outcome.granted for _, step, _ in commands],
            [step.outcome.body.decode() for _, step, _ in commands],
        ],
        "heard": [[letter.id for plan in plans for _, letter in plan.tells]],
    }


@cache
def _text(names: tuple[str, ...]) -> tuple[str, str]:
    """Write the parts that are needed, and what is selected of them.

    A part with no rows would still cost its start, which is most of a small batch.
    """
    parts, results, first = [], [_BESIDE], 3
    for name in names:
        statement = _PARTS[name]
        parts.append(f"{name} AS ({statement.numbered(first)})")
        first += len(statement.types)
        found = "array_agg(address)" if name in _ADDRESSES else "count(*)"
        results.append(f"(SELECT {found} FROM {name}) AS {name}")  # noqa: S608 - names are ours
    return ", ".join(parts), ", ".join(results)


def _by_address(plan: Plan) -> str:
    return plan.turn.address
