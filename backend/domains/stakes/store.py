"""What is read into actors and written by them, of stakes."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from actors.principal import Principal
from actors.turn import Turn
from backend.domains.ledger import Asset
from backend.domains.stakes.messages import Limits, Protection
from backend.domains.stakes.rules import Exposure, Stakes
from backend.domains.stakes.tables import StakeExposure, StakeProtection
from backend.persistence.database import Record, fetch
from protocol.address import key_of

_PROTECTIONS = """
SELECT user_id, adult_at, excluded_until, limits, next_limits, next_from
FROM stake_protection WHERE user_id = ANY($1)
"""
_EXPOSURES = """
SELECT user_id, challenge_id, asset, amount_minor FROM stake_exposure WHERE user_id = ANY($1)
"""


async def load_stakes(keys: Sequence[UUID]) -> Mapping[UUID, Stakes]:
    """Read what protects many people, and what they have at stake."""
    protections = {
        row["user_id"]: _protection(row) for row in await fetch(_PROTECTIONS, list(keys))
    }
    open_: dict[UUID, dict[UUID, Exposure]] = {}
    for row in await fetch(_EXPOSURES, list(keys)):
        exposure = Exposure(Asset(row["asset"]), row["amount_minor"])
        open_.setdefault(row["user_id"], {})[row["challenge_id"]] = exposure
    return {
        key: Stakes(protections.get(key, Protection()), open_.get(key, {}), key in protections)
        for key in {*protections, *open_}
    }


def _protection(row: Record) -> Protection:
    next_limits = row["next_limits"]
    return Protection(
        adult_at=row["adult_at"],
        excluded_until=row["excluded_until"],
        limits=msgspec.json.decode(row["limits"], type=Limits),
        next_limits=msgspec.json.decode(next_limits, type=Limits) if next_limits else None,
        next_from=row["next_from"],
    )


async def show_protection(key: UUID, _reader: Principal) -> Protection:
    """Show a person what protects them; nobody else reads their topic."""
    return (await load_stakes([key])).get(key, Stakes()).protection


def write_protection(turn: Turn, protection: Protection, *, is_first: bool) -> None:
    """Write down what protects somebody."""
    user_id = key_of(turn.address)
    columns = {
        "adult_at": protection.adult_at,
        "excluded_until": protection.excluded_until,
        "limits": protection.limits,
        "next_limits": protection.next_limits,
        "next_from": protection.next_from,
        "updated_at": turn.now,
    }
    if is_first:
        turn.work.insert(StakeProtection, user_id=user_id, **columns)
    else:
        turn.work.update(StakeProtection, {"user_id": user_id}, **columns)


def add_exposure(turn: Turn, challenge_id: UUID, asset: Asset, amount_minor: int) -> None:
    """Write down what can be lost of a challenge."""
    turn.work.insert(
        StakeExposure,
        challenge_id=challenge_id,
        user_id=key_of(turn.address),
        asset=asset.value,
        amount_minor=amount_minor,
        created_at=turn.now,
    )


def remove_exposure(turn: Turn, challenge_id: UUID) -> None:
    """Write down that nothing can be lost of a challenge any more."""
    turn.work.delete(StakeExposure, {"challenge_id": challenge_id})
