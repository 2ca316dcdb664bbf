"""What may be put on a promise, and how limits change; pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from backend.domains.ledger import Asset
from backend.domains.stakes.messages import (
    LOOSENS_AFTER_DAYS,
    AdultsOnly,
    AlreadyExcluded,
    AssetLimits,
    Excluded,
    LimitExceeded,
    Protection,
)
from protocol.messages import Event

LOOSENS_AFTER = timedelta(days=LOOSENS_AFTER_DAYS)


class ExposureChanged(Event, frozen=True, tag="stakes.exposure_changed"):
    """What can be lost of a challenge is another now; only the actor's memory follows this."""

    challenge_id: UUID
    asset: Asset | None
    """None: nothing can be lost of it any more."""
    amount_minor: int = 0


class Exposure(NamedTuple):
    """What can be lost of a challenge."""

    asset: Asset
    amount_minor: int


class Stakes(msgspec.Struct, frozen=True, gc=False):
    """What protects somebody, and what they have at stake."""

    protection: Protection = Protection()
    open: dict[UUID, Exposure] = {}
    is_kept: bool = False
    """Whether they ever said anything of themselves."""

    def open_minor(self, asset: Asset) -> int:
        """Add up what can be lost of an asset."""
        return sum(found.amount_minor for found in self.open.values() if found.asset == asset)


def check(
    stakes: Stakes, asset: Asset, *, each_minor: int, total_minor: int, now: datetime
) -> None:
    """Refuse what somebody is to be protected from. Raises AdultsOnly, Excluded, LimitExceeded."""
    protection = stakes.protection
    check_is_let(protection, now)
    limits = limits_at(protection, now).get(asset)
    if limits is None:
        return
    wanted = (
        ("one occurrence", limits.each_minor, each_minor),
        ("one challenge", limits.challenge_minor, total_minor),
        ("all that goes on", limits.open_minor, stakes.open_minor(asset) + total_minor),
    )
    for what, limit_minor, amount_minor in wanted:
        if limit_minor is not None and amount_minor > limit_minor:
            raise LimitExceeded(
                what=what, asset=asset, limit_minor=limit_minor, amount_minor=amount_minor
            )


def check_is_let(protection: Protection, now: datetime) -> None:
    """Refuse who is to be kept from money altogether. Raises AdultsOnly, Excluded."""
    if protection.adult_at is None:
        raise AdultsOnly
    if protection.excluded_until is not None and now < protection.excluded_until:
        raise Excluded(until=protection.excluded_until)


def limits_at(protection: Protection, now: datetime) -> dict[Asset, AssetLimits]:
    """Say which limits hold at a moment."""
    if protection.next_limits is not None and protection.next_from and protection.next_from <= now:
        return protection.next_limits
    return protection.limits


def set_limits(
    protection: Protection, wanted: dict[Asset, AssetLimits], now: datetime
) -> Protection:
    """Set limits: of each the tighter holds at once, the looser after a week."""
    held = limits_at(protection, now)
    at_once = {
        asset: _tighter(held.get(asset, AssetLimits()), wanted.get(asset, AssetLimits()))
        for asset in {*held, *wanted}
    }
    at_once = {asset: limits for asset, limits in at_once.items() if limits != AssetLimits()}
    is_looser = at_once != {a: found for a, found in wanted.items() if found != AssetLimits()}
    return msgspec.structs.replace(
        protection,
        limits=at_once,
        next_limits=wanted if is_looser else None,
        next_from=now + LOOSENS_AFTER if is_looser else None,
    )


def exclude(protection: Protection, days: int, now: datetime) -> Protection:
    """Shut somebody out for a time. Raises AlreadyExcluded."""
    until = now + timedelta(days=days)
    if protection.excluded_until is not None and until <= protection.excluded_until:
        raise AlreadyExcluded(until=protection.excluded_until)
    return msgspec.structs.replace(protection, excluded_until=until)


def state_adult(protection: Protection, now: datetime, *, is_adult: bool) -> Protection:
    """Note that somebody is of age, or is not after all."""
    if is_adult and protection.adult_at is not None:
        return protection
    return msgspec.structs.replace(protection, adult_at=now if is_adult else None)


def exposed(stakes: Stakes, event: ExposureChanged) -> Stakes:
    """Know what can be lost of a challenge."""
    others = {key: found for key, found in stakes.open.items() if key != event.challenge_id}
    if event.asset is not None:
        others[event.challenge_id] = Exposure(event.asset, event.amount_minor)
    return Stakes(stakes.protection, others, stakes.is_kept)


def _tighter(one: AssetLimits, other: AssetLimits) -> AssetLimits:
    return AssetLimits(**dict(_tighter_of_each(one, other)))


def _tighter_of_each(one: AssetLimits, other: AssetLimits) -> Iterator[tuple[str, int | None]]:
    for name in AssetLimits.__struct_fields__:
        both = (getattr(one, name), getattr(other, name))
        yield name, min((limit for limit in both if limit is not None), default=None)
